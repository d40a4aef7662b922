package genesys

import (
	"context"
	"net/http"

	"muster/ccaas"
)

// Create creates an active user: one POST /users. The state is always named, since the platform's own default depends on
// whether invitations are sent. A conflict means that the email is taken, by a deleted user too (KindEmailTaken), unless
// it names the extension (KindExtensionTaken).
func (w *writer) Create(ctx context.Context, n ccaas.NewAccount) (ccaas.Account, error) {
	body := struct {
		Name       string    `json:"name"`
		Email      string    `json:"email"`
		DivisionID string    `json:"divisionId"`
		Department string    `json:"department,omitempty"`
		Title      string    `json:"title,omitempty"`
		Addresses  []contact `json:"addresses,omitempty"`
		State      string    `json:"state"`
	}{
		Name: n.Name, Email: n.Email, DivisionID: n.DivisionID, Department: n.Department, Title: n.Title,
		State: string(ccaas.Active),
	}
	if n.Extension != "" {
		body.Addresses = []contact{workPhone(kindWork, n.Extension)}
	}
	write := ccaas.Write{Verb: "account.create", Detail: map[string]any{"division_id": n.DivisionID}}
	r := request{op: write.Verb, method: http.MethodPost, path: []string{"users"}, body: body}
	var created user
	err := w.guard(ctx, write, func(ctx context.Context) (ccaas.Receipt, error) {
		got, err := w.platform.calls.do(ctx, r, &created)
		if failure := asError(err); failure != nil && failure.Kind == ccaas.KindConflict {
			failure.Kind = takenKind(failure.Message)
		}
		return ccaas.Receipt{Status: got.status, CorrelationID: got.correlation, AccountID: created.ID}, err
	})
	if err != nil {
		return ccaas.Account{}, err
	}
	// A new user has neither locations nor an employer: its answer is all there is.
	w.remember(created, true)
	return created.account(), nil
}

// Restore brings a deleted or inactive user back by a PATCH of the state alone, and reads it again. An active one is only
// read.
func (w *writer) Restore(ctx context.Context, id string) (ccaas.Account, error) {
	if err := w.setState(ctx, id, ccaas.Active, "account.restore"); err != nil {
		return ccaas.Account{}, err
	}
	return w.platform.Account(ctx, id, ccaas.Want{})
}

// Deactivate makes the user inactive by a PATCH of the state alone; the platform then drops its directly granted roles. A
// user that is inactive or deleted already is left alone.
func (w *writer) Deactivate(ctx context.Context, id string) error {
	return w.setState(ctx, id, ccaas.Inactive, "account.deactivate")
}

// setState changes the state and nothing else: with a state in the body the platform refuses every other field. After a
// version conflict it reads again: what is done is done, otherwise the change is tried with the newer version. It never
// trusts what this writer saw earlier, since somebody else's change of state must not make this one look done.
func (w *writer) setState(ctx context.Context, id string, state ccaas.State, verb string) error {
	defer w.forget(id)
	for try := 1; ; try++ {
		current, err := w.platform.userInAnyState(ctx, id, nil)
		if err != nil {
			return err
		}
		if current.State == string(state) || (state == ccaas.Inactive && current.State == string(ccaas.Deleted)) {
			return nil
		}
		body := map[string]any{"state": state, "version": current.Version}
		write := ccaas.Write{
			Verb: verb, AccountID: id,
			Detail: map[string]any{"from": current.State, "to": string(state), "version": current.Version},
		}
		r := request{method: http.MethodPatch, path: []string{"users", id}, body: body}
		err = w.change(ctx, write, r, nil, nil)
		if !ccaas.IsKind(err, ccaas.KindConflict) || try == maxVersionTries || !w.pause(ctx, try) {
			return err
		}
	}
}

// Delete deletes the user softly: one DELETE, which the platform answers with 404 when the user is deleted already or was
// never there. The deletion itself can raise version conflicts (the official Terraform provider retries them), so it is
// tried again after one.
func (w *writer) Delete(ctx context.Context, id string) error {
	write := ccaas.Write{Verb: "account.delete", AccountID: id}
	return withoutMissing(w.changeUntilAgreed(ctx, write, request{method: http.MethodDelete, path: []string{"users", id}}))
}

// LinkExternalID records externalID under our authority: one POST. The call has no repeatable form, so a conflict is
// looked into: the id may be on this very user, from an attempt whose answer was lost. External ids are kept beside the
// directory object, so the user's version that this writer knows is kept (if it did move, the next PATCH meets a conflict
// and reads it again).
func (w *writer) LinkExternalID(ctx context.Context, id, externalID string) error {
	write := ccaas.Write{
		Verb: "external_id.link", AccountID: id,
		Detail: map[string]any{"authority": w.platform.authority, "external_id": externalID},
	}
	// The answer is an array by the API's definition and one object by what official code decodes; neither is needed.
	err := w.change(ctx, write, request{
		method: http.MethodPost, path: []string{"users", id, "externalid"},
		body: map[string]string{"authorityName": w.platform.authority, "externalKey": externalID},
	}, nil, nil)
	if !ccaas.IsKind(err, ccaas.KindConflict) {
		return err
	}
	holder, lookErr := w.platform.AccountByExternalID(ctx, externalID)
	if lookErr != nil {
		return lookErr
	}
	if holder != nil && holder.ID == id {
		return nil
	}
	return err
}

// RevokeSessions ends every session of the user: one DELETE of its tokens. A user without tokens is no failure.
func (w *writer) RevokeSessions(ctx context.Context, id string) error {
	write := ccaas.Write{Verb: "sessions.revoke", AccountID: id}
	return withoutMissing(w.change(ctx, write, request{method: http.MethodDelete, path: []string{"tokens", id}}, nil, nil))
}
