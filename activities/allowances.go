package activities

import (
	"context"
	"time"

	"muster/ccaas"
	"muster/reconcile"
)

// allowances are the constructs that somebody lets be on an account until a day (RULES 2), as of an instant.
type allowances struct {
	excepted []reconcile.Exception
	names    reconcile.Names
	at       time.Time
}

func (ph *phase) allowances(ctx context.Context, cat *ccaas.Catalogue, at time.Time) (allowances, error) {
	found, err := ph.a.store.Exceptions(ctx, []string{ph.in.PersonID}, at)
	if err != nil || len(found[ph.in.PersonID]) == 0 {
		return allowances{}, err
	}
	return allowances{excepted: reconcile.ExceptionsOf(found[ph.in.PersonID]), names: reconcile.NamesOf(cat), at: at}, nil
}

func (x allowances) none() bool { return len(x.excepted) == 0 }

// on is a target with what is excepted as the account has it.
func (x allowances) on(t reconcile.Target, account ccaas.Account) reconcile.Target {
	if x.none() {
		return t
	}
	return t.Allowing(x.excepted, account, x.names, x.at)
}
