package reconcile

import "slices"

// entitlements compares the account with its target, construct by construct.
func (j *judging) entitlements() {
	e, rec := j.e, j.e.Record
	if j.final && rec.ChangedAt.After(j.mine.ReadAt) {
		j.expect(OperationRunning, Difference{}, "the record changed after the account was read")
		return
	}
	for _, part := range distinctParts(j.mine.Unread) {
		j.verdict.Unevaluated = append(j.verdict.Unevaluated, Unevaluated{Part: part, Why: "it could not be read from the platform"})
	}
	managed := j.run.Managed
	if e.Partial {
		managed = ManagedIDs{} // silence about something is no reason to take it away
	}
	deltas := map[DeltaType][]Difference{}
	mine := *j.mine
	mine.Account = mine.legible(e.Target, j.run.Digest)
	for _, d := range differencesOf(e.Target, managed, mine, j.run.Names) {
		if !j.mine.Confirmed && slices.Contains(j.run.NotListed, d.Part) {
			continue
		}
		if reason, detail, explained := j.explain(d); explained {
			j.expect(reason, d, detail)
			continue
		}
		deltas[typeOf(d.Part)] = append(deltas[typeOf(d.Part)], d)
	}
	j.alsoExpected(mine)
	for _, t := range DeltaTypes() {
		if found := deltas[t]; len(found) > 0 {
			j.onPlatform(j.mismatch(t, found))
		}
	}
}

// explain says why a difference of an account is as it should be.
func (j *judging) explain(d Difference) (reason Reason, detail string, explained bool) {
	if x, excepted := j.excepted(d); excepted {
		return DatedException, x.String(), true
	}
	if j.run.Foreign.has(d.Part, d.ID) {
		return OwnedElsewhere, "", true
	}
	if d.Part == PartQueue && d.How == Lacking && slices.Contains(j.e.Record.Unjoined, d.ID) {
		return SeatMissing, "", true
	}
	if q, parked := j.e.Record.heldUp(d); parked {
		return Parked, q.ID, true
	}
	return "", "", false
}

// excepted finds the exception that lets a construct be as it is.
func (j *judging) excepted(d Difference) (Exception, bool) {
	i := slices.IndexFunc(j.e.Exceptions, func(x Exception) bool { return x.covers(d.Part, d.ID, d.Name, j.run.At) })
	if i < 0 {
		return Exception{}, false
	}
	return j.e.Exceptions[i], true
}

// alsoExpected notes what is no difference to the target and yet not as one would have it.
func (j *judging) alsoExpected(mine Actual) {
	for _, what := range j.e.Unanswered {
		j.expect(Parked, Difference{}, "the registry or the platform has no answer: "+what)
	}
	for _, name := range j.e.Fallbacks {
		j.expect(FallbackInUse, Difference{Part: PartQueue, ID: name, Name: name, How: Different}, "")
	}
	join := j.e.Target.JoinIDs()
	for _, q := range mine.Account.Queues {
		if q.Joined || !slices.Contains(join, q.QueueID) || !mine.read(PartQueue) {
			continue
		}
		reason := NotJoined
		if slices.Contains(j.e.Record.Unjoined, q.QueueID) {
			reason = SeatMissing
		}
		j.expect(reason, Difference{Part: PartQueue, ID: q.QueueID, Name: j.run.Names.of(q.QueueID), How: Different}, "")
	}
	for _, d := range unmanagedOf(j.run.Managed, j.e.Target, mine, j.run.Names) {
		if d.Part != PartRole || !j.run.BaseRoles[d.ID] {
			j.expect(UnmanagedConstruct, d, "")
		}
	}
}

func typeOf(p Part) DeltaType {
	switch p {
	case PartSkill, PartLanguage:
		return SkillMismatch
	case PartQueue:
		return QueueMismatch
	case PartRole:
		return RoleMismatch
	case PartAccount, PartGroup, PartDivision, PartWorkPlan, PartProfile, PartHR, PartWorkflow:
	}
	return AttributeMismatch
}

// mismatch is about constructs of an account that differ from its target.
func (j *judging) mismatch(t DeltaType, found []Difference) Delta {
	d := j.run.delta(j.e, t, Transfer, "the account differs from what HR and the registry say: "+describe(found))
	d.Differences = found
	switch t {
	case SkillMismatch:
		account := j.mine.Account
		d.ExpectedSkills = distinct(append([]string{}, j.e.Fold.Skills...))
		d.ActualSkills = j.run.Codes.Codes(d.ExpectedSkills, account.Skills, account.Languages)
		d.ExpectedSkillNames = ratedNames(j.run.Names, j.e.Target.Skills, j.e.Target.Languages)
		d.ActualSkillNames = ratedNames(j.run.Names, account.Skills, account.Languages)
	case RoleMismatch:
		for _, f := range found {
			if f.How == Lacking && !slices.Contains(j.e.ApprovedRoleIDs, f.ID) {
				d.ResolutionAction = AskRoleApproval
			}
		}
	default:
	}
	for _, f := range found {
		j.contested = j.contested || AskInsteadOfPuttingBack(j.e.PutBacks, f.Part, f.ID)
	}
	return d
}

// askAboutContested turns every write against the person's account into a question when one construct of it was put back too often: a
// transfer brings the whole account to its target, the contested construct too.
func (j *judging) askAboutContested() {
	if !j.contested {
		return
	}
	for i := range j.verdict.Deltas {
		d := &j.verdict.Deltas[i]
		switch d.ResolutionAction {
		case Transfer, AskRoleApproval, ReemitUpdate, ReemitHire:
			d.ResolutionAction = AskThirdPutBack
			d.Because += "; somebody else writes one of this person's constructs too, which was put back three times: ask before a fourth"
		default:
		}
	}
}

func distinctParts(parts []Part) []Part {
	return slices.Compact(slices.Sorted(slices.Values(parts)))
}
