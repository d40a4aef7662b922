package report

import (
	"fmt"
	"strings"
	"time"

	"muster/reconcile"
)

// inWords says what a type of delta means.
func inWords(t reconcile.DeltaType) string {
	switch t {
	case reconcile.HRTerminatedCCaaSActive:
		return "HR has ended the employment, the account is active"
	case reconcile.HRActiveCCaaSMissing:
		return "HR employs the person, there is no working account"
	case reconcile.SkillMismatch:
		return "skills or languages differ"
	case reconcile.QueueMismatch:
		return "memberships of queues differ"
	case reconcile.RoleMismatch:
		return "roles differ"
	case reconcile.AttributeMismatch:
		return "profile, division, groups, work plan or HR's own word differ"
	case reconcile.PlatformOnly:
		return "an active account that is nobody's"
	case reconcile.MissingFromHR:
		return "HR's roster does not have the person"
	case reconcile.WorkflowMissing:
		return "the record and the open workflows disagree"
	}
	return ""
}

// reasonInWords says what a reason means.
func reasonInWords(r reconcile.Reason) string {
	switch r {
	case reconcile.InGrace:
		return "a leaver's account waits for its deletion"
	case reconcile.OnHold:
		return "it does, under a legal hold"
	case reconcile.ReversedAwaitingHR:
		return "legal reversed what HR still tells of"
	case reconcile.OnLeave:
		return "on leave or suspended"
	case reconcile.FutureStart:
		return "the hire has yet to take effect"
	case reconcile.Parked:
		return "a person has to decide first"
	case reconcile.OperationRunning:
		return "an operation is on its way"
	case reconcile.UnmanagedConstruct:
		return "no rule names it: left alone"
	case reconcile.NotAnAgent:
		return "not an agent by the registry"
	case reconcile.DatedException:
		return "somebody excepted it until a day"
	case reconcile.SeatMissing:
		return "it waits for a seat"
	case reconcile.FallbackInUse:
		return "a fallback stands in for a queue that is gone"
	case reconcile.NotJoined:
		return "a member who turned the queue off"
	case reconcile.OwnedElsewhere:
		return "somebody else writes it"
	case reconcile.IgnoredAccount:
		return "nobody's account, left alone by decision"
	case reconcile.OtherPlatform:
		return "works on another platform now"
	case reconcile.RosterOlder:
		return "HR has sent an event since its roster was made"
	case reconcile.IndexLag:
		return "the platform's list lagged; reading by id showed nothing"
	}
	return ""
}

// count writes a number with its thousands apart.
func count(n int) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// percent is a share in whole percent; a little is never nothing, and almost all is never all.
func percent(part, whole int) string {
	if whole == 0 || part == 0 {
		return "0 %"
	}
	share := 100 * float64(part) / float64(whole)
	switch {
	case share < 1:
		return "< 1 %"
	case part < whole && share > 99:
		return "> 99 %"
	}
	return fmt.Sprintf("%.0f %%", share)
}

// took writes how long something took as people say it.
func took(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d d %d h", int(d.Hours())/24, int(d.Hours())%24)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

func list(items []string) string { return strings.Join(items, ", ") }
