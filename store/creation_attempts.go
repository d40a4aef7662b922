package store

import (
	"context"
	"fmt"
)

// CreationAttempted reports whether Muster has asked a platform to create an account for the person and was not refused: the
// account may exist even if the answer, or the process that waited for it, was lost.
func (s *Store) CreationAttempted(ctx context.Context, personID string) (bool, error) {
	var attempted bool
	err := s.pool.QueryRow(ctx, `
		select exists (
			select from audit intent left join audit result on result.intent_id = intent.id
			where intent.person_id `+oneWith("$1")+` and intent.phase = 'intent' and intent.action = 'account.create'
			and coalesce(result.detail ->> 'result', '') not in ('fenced', 'not_made')
			and coalesce(result.detail ->> 'error_kind', '') not in ('email_taken', 'invalid', 'forbidden', 'unauthorized', 'rate_limited', 'conflict', 'not_found')
		)`, personID).Scan(&attempted)
	if err != nil {
		return false, fmt.Errorf("look for an earlier creation: %w", err)
	}
	return attempted, nil
}

// CreatedAccount returns the account that a platform last created for the person at Muster's request, empty when it never said
// so. It knows an account that nobody linked, since a take-over came between its creation and its link.
func (s *Store) CreatedAccount(ctx context.Context, personID string) (accountID string, err error) {
	err = s.pool.QueryRow(ctx, `
		select coalesce((
			select result.detail ->> 'account_id' from audit intent join audit result on result.intent_id = intent.id
			where intent.person_id `+oneWith("$1")+` and intent.action = 'account.create' and result.detail ->> 'result' = 'done'
			order by result.id desc limit 1), '')`, personID).Scan(&accountID)
	if err != nil {
		return "", fmt.Errorf("look for the created account: %w", err)
	}
	return accountID, nil
}
