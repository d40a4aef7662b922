package reconcile

import (
	"cmp"
	"fmt"

	"muster/hr"
	"muster/lifecycle"
)

// withoutAccess: nobody may reach the person with work, nor the person the platform.
func (j *judging) withoutAccess() {
	word, rec := j.heard.word, j.e.Record
	state := Difference{Part: PartAccount, ID: "state", Name: "state", How: Different}
	if !j.active() {
		// Muster never links an account that is owned elsewhere, and a leaver's may be active all the same.
		j.look = j.mine == nil && j.foreign() && word.left()
		j.resting(state)
		return
	}
	switch {
	case j.elsewhere() && j.here() && rec.AccountID != "", word.Employment == hr.Employed, word.Employment == hr.NeverEmployed && j.linked():
		j.activeWhileResting(state)
	case word.left():
		j.activeLeaver(state)
	case !j.heard.startsAt.IsZero():
		j.expect(FutureStart, state, "the account is there before the employment begins")
	default:
		d := j.run.platformOnly(Expected{}, *j.mine)
		d.PersonID, d.ExternalUserID = j.e.PersonID, j.e.ExternalUserID
		j.onPlatform(d)
	}
}

// activeLeaver: HR has ended the employment and the account is active. Only a termination that is on its way explains that; no open
// question does.
func (j *judging) activeLeaver(state Difference) {
	rec := j.e.Record
	if rec.Operation == lifecycle.Termination || rec.Pending && !j.heard.lostLeave {
		j.expect(OperationRunning, state, "the termination is on its way")
		return
	}
	d := j.run.delta(j.e, HRTerminatedCCaaSActive, IsolateAndAsk, "HR has ended the employment and the account is active")
	switch {
	case j.heard.lostLeave:
		d.Because = "HR's roster has ended the employment, no such event is in effect, and the account is active"
	case rec.inGrace():
		d.Because = "the account was deactivated and is active again"
	}
	if j.foreign() {
		// Its owner ends it. Where HR's termination was lost, the mailbox asks for that once the event is there.
		d.ResolutionAction = NoneReportOnly
		if j.heard.lostLeave {
			d.ResolutionAction = ReemitTermination
		}
		d.Because += "; the account is owned elsewhere"
	}
	d.AccountID, d.OriginalEventID, d.Differences = j.mine.Account.ID, j.e.LeaveEventID, []Difference{state}
	if j.heard.lostLeave {
		d.ExternalUserID = j.heard.line.ExternalUserID
	}
	j.onPlatform(d)
}

// activeWhileResting: the person is on leave, suspended, out of scope, on another platform or not employed, and has an active account.
func (j *judging) activeWhileResting(state Difference) {
	reason, why := j.restingReason()
	switch q, parked := j.e.Record.heldUp(state); {
	case !j.linked():
		// Muster never had it: somebody out of scope may have an account that is nobody else's business.
		j.expect(cmp.Or(reason, NotAnAgent), state, "")
	case j.foreign():
		j.expect(OwnedElsewhere, state, "")
	case parked:
		j.expect(Parked, state, q.ID)
	case j.inFlight():
		j.expect(OperationRunning, state, "")
	default:
		d := j.run.delta(j.e, AttributeMismatch, IsolateAndAsk, "the account is active and the person is "+why)
		d.Differences = []Difference{state}
		j.onPlatform(d)
	}
}

func (j *judging) restingReason() (reason Reason, why string) {
	switch word := j.heard.word; {
	case j.elsewhere():
		return OtherPlatform, "to work on another platform"
	case word.Employment == hr.NeverEmployed && !j.heard.startsAt.IsZero():
		return FutureStart, "yet to begin"
	case word.Employment == hr.NeverEmployed:
		return "", "not employed"
	case word.left() && j.e.Record.inGrace() && j.e.Record.Held:
		return OnHold, "a leaver"
	case word.left() && j.e.Record.inGrace():
		return InGrace, "a leaver"
	case word.left():
		return "", "a leaver"
	case !j.e.InScope:
		return NotAnAgent, "not an agent by the registry"
	}
	return OnLeave, "on leave or suspended"
}

// resting: there is no active account, as it should be.
func (j *judging) resting(state Difference) {
	if j.inFlight() {
		j.expect(OperationRunning, state, "")
		return
	}
	if reason, _ := j.restingReason(); reason != "" {
		j.expect(reason, state, "")
	}
}

func (j *judging) inFlight() bool {
	return j.e.Record.Operation != lifecycle.None || j.e.Record.Pending
}

// atWork: HR and the registry want the person at work.
func (j *judging) atWork() {
	state := Difference{Part: PartAccount, ID: "state", Name: "state", How: Lacking}
	if j.inFlight() && (!j.heard.lostHire || j.e.Record.Operation == lifecycle.Hire || j.e.Record.Pending) {
		if open := j.e.Record.Open; len(open) > 0 {
			j.expect(Parked, Difference{}, open[0].ID)
			return
		}
		j.expect(OperationRunning, Difference{}, string(j.e.Record.Operation))
		return
	}
	if j.active() && j.foreign() && !j.heard.lostHire {
		j.expect(OwnedElsewhere, Difference{Part: PartAccount}, "")
		return
	}
	if j.active() && j.linked() && !j.heard.lostHire {
		j.entitlements()
		return
	}
	if q, parked := j.e.Record.heldUp(state); parked {
		j.expect(Parked, state, q.ID)
		return
	}
	if x, excepted := j.excepted(state); excepted && j.wasAtWork() {
		j.expect(DatedException, state, x.String())
		return
	}
	j.onPlatform(j.missing(state))
}

// wasAtWork says that the account which is missing was Muster's and was read back as active: somebody else has taken it away since, and
// whoever brings it back fights with them over it (RULES 16). Of what HR's events do not say, nobody knows that.
func (j *judging) wasAtWork() bool {
	return j.e.Record.State == lifecycle.Active && j.e.Record.AccountID != "" && j.here() && !j.heard.lostHire
}

// missing is about somebody who is wanted at work and has no working account of Muster's.
func (j *judging) missing(state Difference) Delta {
	d := j.run.delta(j.e, HRActiveCCaaSMissing, ReemitHire, "HR employs the person and there is no account")
	d.OriginalEventID = j.original("")
	if d.OriginalEventID == "" {
		d.OriginalEventID = j.e.ChangeEventID
	}
	if j.mine != nil {
		state.How = Different
		d.AccountID = j.mine.Account.ID
		d.Because = fmt.Sprintf("HR employs the person and the account is %s", j.mine.Account.State)
		if j.active() {
			d.Because = "HR employs the person, and the active account found for them is not one that Muster keeps: the hire adopts it"
		}
	}
	if j.foreign() {
		d.ResolutionAction = NoneReportOnly
		d.Because += "; it is owned elsewhere"
	}
	switch {
	case j.heard.lostHire:
		d.ExternalUserID = j.heard.line.ExternalUserID
		d.Because += "; HR's events do not say so"
	case j.heard.reversed || j.e.Record.Reversed:
		// HR still tells of the termination that legal reversed: a hire in HR's name would say what HR does not.
		d.ResolutionAction = NoneReportOnly
		d.Because += "; legal reversed the termination and HR has not agreed"
	}
	d.Differences = []Difference{state}
	if d.ResolutionAction == ReemitHire && j.wasAtWork() {
		d.WasAtWork = true
		j.contested = j.contested || AskInsteadOfPuttingBack(j.e.PutBacks, state.Part, state.ID)
	}
	return d
}
