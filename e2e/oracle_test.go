package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/ccaas/genesys/genesystest"
	"muster/lifecycle"
)

// finding is a broken invariant, by its number in the list below, and where it is broken.
type finding struct {
	invariant int
	what      string
}

// The invariants that must hold whatever was killed, cut or cancelled:
//
//  1. Every event that was accepted has an outcome, or waits and says what for.
//  2. A person has one account at most, and an account is one person's.
//  3. Muster joins nobody before the activation was allowed, nor after a termination took the person over.
//  4. Nothing is deleted before its deadline (or an approved expedite), under hold, after a reversal, or without an archive that reads back.
//  5. What is called verified was read back, and at rest the platform equals the plan.
//  6. The chain of the audit trail verifies, and every write has its intent and its result.
//  7. Everything delivered again, shuffled, changes nothing.
//  8. Whoever's employment has ended is read back unroutable and is inactive, or somebody is told.
func (s *stack) invariantsHold(t *testing.T) {
	t.Helper()
	s.theRecordIsWhole(t)
	for _, found := range s.evidence(t).findings() {
		t.Errorf("invariant %d is broken: %s", found.invariant, found.what)
	}
	s.deliveredAgainChangesNothing(t)
}

// findings are the broken invariants, but for those of the audit chain and of redelivery, which cannot be seen by looking.
func (e *evidence) findings() (found []finding) {
	for invariant, check := range map[int]func(report func(format string, args ...any)){
		1: e.everyEventIsAnswered, 2: e.oneAccountEach, 3: e.joinsWereAllowed, 4: e.deletionsWereAllowed, 5: e.theRecordIsTrue,
		6: e.everyWriteIsOnRecord, 8: e.leaversAreCutOff,
	} {
		check(func(format string, args ...any) {
			found = append(found, finding{invariant, fmt.Sprintf(format, args...)})
		})
	}
	slices.SortFunc(found, func(a, b finding) int { return a.invariant - b.invariant })
	return found
}

func (e *evidence) everyEventIsAnswered(report func(string, ...any)) {
	kept := map[string]bool{}
	for _, event := range e.events {
		kept[event.EventID] = true
		if event.Outcome == "" && event.WaitingFor == "" && event.WaitingUntil == nil {
			report("event %s (%s of %s) has no outcome and waits for nothing", event.EventID, event.Type, event.PersonID)
		}
	}
	for _, id := range e.posted {
		if !kept[id] {
			report("event %s was accepted and is lost", id)
		}
	}
}

func (e *evidence) oneAccountEach(report func(string, ...any)) {
	owner := map[string]string{}
	for _, p := range e.people {
		var accounts []string
		for _, account := range e.accounts {
			if p.Email != "" && strings.EqualFold(account.Email, p.Email) ||
				slices.ContainsFunc(account.ExternalIDs, func(id genesystest.ExternalID) bool { return slices.Contains(p.ExternalIDs, id.Key) }) {
				accounts = append(accounts, account.ID)
			}
		}
		if len(accounts) > 1 {
			report("%s has the accounts %v", p.PersonID, accounts)
		}
		if p.Account == "" {
			continue
		}
		if other := owner[p.Account]; other != "" {
			report("account %s is both %s's and %s's", p.Account, other, p.PersonID)
		}
		owner[p.Account] = p.PersonID
	}
}

// joining says whether a request of Muster's joins accounts to a queue: by saying so, or by making them members, which the platform
// takes for a join. Agents who join by themselves make no requests of Muster's.
func joins(entry genesystest.Entry) (joined, member bool) {
	body := strings.ReplaceAll(string(entry.Body), " ", "")
	return strings.Contains(body, `"joined":true`),
		entry.Method == http.MethodPost && strings.HasSuffix(entry.Path, "/members") && !strings.Contains(entry.Query, "delete=true")
}

func (e *evidence) joinsWereAllowed(report func(string, ...any)) {
	owners := e.owners()
	for _, entry := range e.journal {
		joined, member := joins(entry)
		if !joined && !member {
			continue
		}
		accounts := about(entry, owners)
		if len(accounts) == 0 {
			report("%s joins an account that no write on record is about", request(entry))
		}
		for _, account := range accounts {
			person := owners[account]
			holder := e.holder(person, entry.Time)
			switch {
			case holder == nil:
				report("%s joins %s, whom no operation had taken over", request(entry), person)
			case holder.Operation != lifecycle.Hire && holder.Operation != lifecycle.Transfer:
				report("%s joins %s after %s %d took over", request(entry), person, holder.Operation, holder.Generation)
			case joined && holder.Operation == lifecycle.Hire && !e.activationAllowed(person, *holder, entry.Time):
				report("%s joins %s before the activation was approved", request(entry), person)
			}
		}
	}
}

// activationAllowed says whether the plan of a hire that was in force asks for no approval, or one for an equal plan had been given.
func (e *evidence) activationAllowed(personID string, hire startRow, at time.Time) bool {
	var inForce *planRow
	for _, plan := range e.plans {
		if plan.PersonID == personID && plan.Generation == hire.Generation && plan.CreatedAt.Before(at) {
			inForce = &plan
		}
	}
	if inForce == nil {
		return false
	}
	return !inForce.Body.Policies.ActivationApproval || slices.ContainsFunc(e.approvals, func(a approvalRow) bool {
		return a.PersonID == personID && a.Kind == string(lifecycle.ApprovalActivation) && a.State == "approved" && a.PlanDigest == inForce.Digest &&
			a.DecidedAt.Before(at)
	})
}

func (e *evidence) deletionsWereAllowed(report func(string, ...any)) {
	graceOf := map[string]graceRow{}
	for _, g := range e.graces {
		if g.Generation >= graceOf[g.Account].Generation {
			graceOf[g.Account] = g
		}
		account, known := e.accounts[g.Account]
		past := slices.Contains([]string{"deleting", "deleted", "erasing", "erased"}, g.Phase)
		if known && account.State == "deleted" && !past {
			report("the account of %s is deleted and its grace is %s", g.PersonID, g.Phase)
		}
	}
	for _, entry := range e.journal {
		account, deletes := strings.CutPrefix(entry.Path, "/api/v2/users/")
		if entry.Method != http.MethodDelete || !deletes || strings.Contains(account, "/") {
			continue
		}
		g, known := graceOf[account]
		if !known {
			report("%s deletes an account without a grace", request(entry))
			continue
		}
		e.deletionWasAllowed(entry, g, func(format string, args ...any) {
			report("%s deletes the account of %s "+format, append([]any{request(entry), g.PersonID}, args...)...)
		})
	}
}

func (e *evidence) deletionWasAllowed(entry genesystest.Entry, g graceRow, report func(string, ...any)) {
	decided := e.decidedToDelete(g, entry.Time)
	if decided.IsZero() {
		report("before its point of no return")
		return
	}
	expedited := slices.ContainsFunc(e.approvals, func(a approvalRow) bool {
		return a.PersonID == g.PersonID && a.Kind == string(lifecycle.ApprovalExpedite) && a.State == "approved" && a.DecidedAt.Before(decided)
	})
	if decided.Before(g.Deadline) && !expedited {
		report("decided %s before its deadline", g.Deadline.Sub(decided))
	}
	for _, h := range e.holds {
		if h.PersonID == g.PersonID && h.PlacedAt.Before(decided) && (h.ReleasedAt == nil || h.ReleasedAt.After(decided)) {
			report("under hold")
		}
	}
	for _, o := range e.overrides {
		if o.PersonID == g.PersonID && o.Generation == g.Generation && o.MadeAt.Before(decided) {
			report("after its reversal")
		}
	}
	kept, found := e.archives[g.ArchiveID]
	switch {
	case !found || kept.VerifiedAt == nil || kept.VerifiedAt.After(decided):
		report("without an archive that was read back before")
	case e.unreadable[kept.ID] != nil:
		report("without an archive that reads back: %v", e.unreadable[kept.ID])
	}
}

// decidedToDelete is when a grace came to its point of no return, if it did before an instant.
func (e *evidence) decidedToDelete(g graceRow, before time.Time) (decided time.Time) {
	for _, line := range e.timeline {
		if line.PersonID == g.PersonID && line.Kind == "account.deleting" && line.At.Before(before) && line.At.After(g.StartedAt) {
			decided = line.At
		}
	}
	return decided
}

func (e *evidence) theRecordIsTrue(report func(string, ...any)) {
	owners := e.owners()
	e.verifiedMeansRead(owners, report)
	for _, p := range e.people {
		account, exists := e.accounts[p.Account]
		if p.Operation != "" || !exists {
			continue
		}
		switch state := lifecycle.State(p.State); state {
		case lifecycle.Active:
			e.isAsPlanned(p, account, report)
		case lifecycle.Deactivated, lifecycle.Held, lifecycle.Suspended, lifecycle.OnLeave, lifecycle.OutOfScope:
			if account.State != "inactive" {
				report("%s is %s and the account is %s", p.PersonID, state, account.State)
			}
		case lifecycle.Deleted:
			if account.State != "deleted" {
				report("%s is deleted and the account is %s", p.PersonID, account.State)
			}
		case lifecycle.Unknown, lifecycle.Preparing, lifecycle.WaitingActivation, lifecycle.Isolating, lifecycle.Draining, lifecycle.Deleting:
		}
	}
}

// verifiedMeansRead: between the last write and the line that calls its effect verified, the account was read.
func (e *evidence) verifiedMeansRead(owners map[string]string, report func(string, ...any)) {
	byAccount := map[string][]genesystest.Entry{}
	for _, entry := range e.journal {
		for _, account := range about(entry, owners) {
			byAccount[account] = append(byAccount[account], entry)
		}
	}
	accounts := map[string]string{}
	for account, person := range owners {
		accounts[person] = account
	}
	for _, line := range e.timeline {
		if !slices.Contains([]string{"account.unroutable", "account.deleted"}, line.Kind) && !strings.Contains(line.Text, "verified ") {
			continue
		}
		read := false
		for _, entry := range byAccount[accounts[line.PersonID]] {
			if entry.Ended.IsZero() || entry.Ended.After(line.At) {
				continue
			}
			if len(changes([]genesystest.Entry{entry})) > 0 {
				read = false
			} else if entry.Status == http.StatusOK || entry.Status == http.StatusNotFound {
				read = true
			}
		}
		if !read {
			report("%s of %s at %s (%s) was not read back", line.Kind, line.PersonID, line.At.UTC().Format(time.StampMicro), line.Text)
		}
	}
}

func (e *evidence) isAsPlanned(p personRow, account genesystest.Truth, report func(string, ...any)) {
	var plan *planRow
	for _, candidate := range e.plans {
		if candidate.PersonID == p.PersonID && candidate.Digest == p.PlanDigest && candidate.Generation <= p.Generation {
			plan = &candidate
		}
	}
	if plan == nil {
		return // what the record says last is not what a plan says: a part of it waits
	}
	desired := plan.Body.Desired
	if account.State != "active" {
		report("%s is active and the account is %s", p.PersonID, account.State)
	}
	for _, queue := range desired.Queues {
		if !account.Queues[queue.Name] && !account.Queues[queue.Fallback] {
			report("%s is active and not joined to %s", p.PersonID, queue.Name)
		}
	}
	for _, skill := range desired.Skills {
		if account.Skills[skill.Name] != skill.Proficiency {
			report("%s has skill %s at %v instead of %v", p.PersonID, skill.Name, account.Skills[skill.Name], skill.Proficiency)
		}
	}
	for _, role := range desired.Roles {
		if !slices.Contains(account.Roles, role) {
			report("%s lacks role %s", p.PersonID, role)
		}
	}
	for field, values := range map[string][2]string{
		"division": {desired.Division, account.Division}, "department": {desired.Department, account.Department},
		"management unit": {desired.ManagementUnit, account.ManagementUnit}, "work plan": {desired.WorkPlan, account.WorkPlan},
	} {
		if values[0] != "" && values[0] != values[1] {
			report("%s has %s %q instead of %q", p.PersonID, field, values[1], values[0])
		}
	}
}

// everyWriteIsOnRecord: each changing request is one whose answer is on record, or falls into the time of a write of which nobody knows
// what became, for no other request.
func (e *evidence) everyWriteIsOnRecord(report func(string, ...any)) {
	answered, unanswered := map[string]bool{}, []writeRow{}
	for _, w := range e.writes {
		switch {
		case w.Result == "":
			report("the intent %s of %s at %s has no result", w.Action, w.PersonID, w.At.UTC().Format(time.StampMicro))
		case w.CorrelationID != "":
			answered[w.CorrelationID] = true
		case w.Result != "fenced" && w.Result != "not_made":
			unanswered = append(unanswered, w)
		}
	}
	owners := e.owners()
	for _, entry := range changes(e.journal) {
		if answered[entry.CorrelationID] || entry.Status >= http.StatusBadRequest {
			continue // on record, or refused and perhaps made again under the same intent
		}
		accounts := about(entry, owners)
		at := slices.IndexFunc(unanswered, func(w writeRow) bool {
			of := w.Account == "" || slices.Contains(accounts, w.Account) || w.Conversation != "" && strings.Contains(entry.Path, w.Conversation)
			return of && !w.At.After(entry.Time) && !w.EndedAt.Before(entry.Time)
		})
		if at < 0 {
			report("%s changes something, and no intent on record says so", request(entry))
			continue
		}
		unanswered = slices.Delete(unanswered, at, at+1)
	}
}

// settled are the outcomes of a termination that had, or has, nothing to cut off.
var settledWithoutCut = []string{"superseded", "rescinded", "dismissed", "no_change", "duplicate", "rejected", "out_of_scope"}

func (e *evidence) leaversAreCutOff(report func(string, ...any)) {
	byID := map[string]personRow{}
	for _, p := range e.people {
		byID[p.PersonID] = p
	}
	for _, event := range e.events {
		p := byID[event.PersonID]
		future := event.WaitingUntil != nil && event.WaitingUntil.After(e.at)
		if event.Type != "USER_TERMINATE" || slices.Contains(settledWithoutCut, event.Outcome) || future || e.troubled[p.PersonID] {
			continue
		}
		holder := e.holder(p.PersonID, e.at)
		if holder == nil || holder.At.Before(event.ReceivedAt) && event.Outcome == "" {
			report("the termination %s of %s is due, and nothing has begun", event.EventID, event.PersonID)
			continue
		}
		if holder.Operation != lifecycle.Termination {
			continue // came back since
		}
		e.isCutOff(p, *holder, report)
	}
}

func (e *evidence) isCutOff(p personRow, holder startRow, report func(string, ...any)) {
	account, exists := e.accounts[p.Account]
	if !exists {
		return
	}
	suffix := fmt.Sprintf("termination/%s/%d", p.PersonID, holder.Generation)
	if !slices.ContainsFunc(e.timeline, func(line timelineRow) bool { return line.Kind == "account.unroutable" && line.WorkflowID == suffix }) {
		report("%s was never read back unroutable by termination %d", p.PersonID, holder.Generation)
	}
	if account.State == "active" {
		report("%s has left and the account is active", p.PersonID)
	}
	for queue, joined := range account.Queues {
		if joined {
			report("%s has left and is joined to %s", p.PersonID, queue)
		}
	}
	if account.Presence != "Offline" {
		report("%s has left and is %s", p.PersonID, account.Presence)
	}
}

// deliveredAgainChangesNothing delivers everything that was posted once more, in another order.
func (s *stack) deliveredAgainChangesNothing(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	ids, bodies, everybody := append([]string{}, s.posted...), maps.Clone(s.bodies), append([]*person{}, s.everybody...)
	s.mu.Unlock()
	before, sequence := s.outcomes(t), s.sequence()
	rand.New(rand.NewPCG(3, uint64(len(ids)))).Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	var batch struct {
		Events []json.RawMessage `json:"events"`
	}
	for _, id := range ids {
		batch.Events = append(batch.Events, bodies[id])
	}
	body, err := json.Marshal(batch)
	require.NoError(t, err)
	receipts, err := s.api.SendSignedEvents(t.Context(), webhookSecret, "msg_"+newEventID(), body)
	require.NoError(t, err)
	for _, receipt := range receipts.Events {
		require.Equal(t, api.EventDuplicate, receipt.Status, "invariant 7: %s", receipt.EventID)
	}
	for _, p := range everybody {
		if p.agent(t).Operation == string(lifecycle.Termination) {
			require.NoError(t, s.ring(t, p.id)) // it waits, to look for an account once more
			continue
		}
		p.quiet(t)
	}
	require.Equal(t, before, s.outcomes(t), "invariant 7")
	require.Empty(t, changes(s.platform.Journal(genesystest.JournalFilter{After: sequence})), "invariant 7")
}

// outcomes are what has become of all events.
func (s *stack) outcomes(t *testing.T) map[string]string {
	t.Helper()
	outcomes := map[string]string{}
	for _, event := range s.evidence(t).events {
		outcomes[event.EventID] = event.Outcome
	}
	return outcomes
}
