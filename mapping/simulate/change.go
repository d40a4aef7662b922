package simulate

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"muster/mapping"
)

// Kind is what a change is about.
type Kind string

// The kinds of change, in the order in which a person's changes are listed.
const (
	KindScope              Kind = "scope"    // enters (add) or leaves (remove) the contact centre
	KindUnmapped           Kind = "unmapped" // a code that has no rule (add), or has one now (remove)
	KindPlatform           Kind = "platform"
	KindQueue              Kind = "queue" // before and after are the fallbacks
	KindRole               Kind = "role"
	KindSkill              Kind = "skill" // before and after are proficiencies
	KindLanguage           Kind = "language"
	KindGroup              Kind = "group"
	KindDivision           Kind = "division"
	KindDepartment         Kind = "department"
	KindTitle              Kind = "title"
	KindLocation           Kind = "location"
	KindManagementUnit     Kind = "management_unit"
	KindWorkPlan           Kind = "work_plan"
	KindOwnedElsewhere     Kind = "owned_elsewhere"     // what somebody else writes from now on (add), or no longer does (remove)
	KindActivationApproval Kind = "activation_approval" // a team lead is asked before the queues are joined
	KindApprovalDeadline   Kind = "approval_deadline"
	KindDrainWindow        Kind = "drain_window"
	KindGrace              Kind = "grace"
)

// Action is what becomes of it.
type Action string

// The actions.
const (
	Add    Action = "add"
	Remove Action = "remove"
	Alter  Action = "change"
)

// Change is one difference between two answers of the registry about the same person.
type Change struct {
	Kind   Kind
	Action Action
	// Name of the construct; empty where there is only one per person, whose values are then Before and After.
	Name string
	// Before and After are its values as people read them; empty where there is none.
	Before, After string
}

// String is the change in one line, e.g. "+ skill Technical_Support 4" or "~ division Sales → Customer Care".
func (c Change) String() string {
	sign := map[Action]string{Add: "+", Remove: "-", Alter: "~"}[c.Action]
	words := []string{sign, strings.ReplaceAll(string(c.Kind), "_", " ")}
	if c.Name != "" {
		words = append(words, c.Name)
	}
	switch {
	case c.Action == Alter:
		words = append(words, cmp.Or(c.Before, "none"), "→", cmp.Or(c.After, "none"))
	case c.Kind == KindQueue && c.Before+c.After != "":
		words = append(words, "(else "+c.Before+c.After+")")
	case c.Before+c.After != "":
		words = append(words, c.Before+c.After)
	}
	return strings.Join(words, " ")
}

// signature is the same for the same changes.
func signature(changes []Change) string {
	var text strings.Builder
	for _, c := range changes {
		text.WriteString(string(c.Kind) + "\x00" + string(c.Action) + "\x00" + c.Name + "\x00" + c.Before + "\x00" + c.After + "\x01")
	}
	return text.String()
}

// differences lists what the second answer changes about the first, in the order of the kinds.
func differences(before, after mapping.Resolution) []Change {
	d := &difference{}
	if before.InScope != after.InScope {
		d.presence(KindScope, "", before.InScope, after.InScope)
	}
	d.values(KindUnmapped, unmappedValues(before), unmappedValues(after))
	was, is := before.Desired, after.Desired
	d.single(KindPlatform, was.Platform, is.Platform)
	d.values(KindQueue, queueValues(was.Queues), queueValues(is.Queues))
	d.values(KindRole, nameValues(was.Roles), nameValues(is.Roles))
	d.values(KindSkill, ratedValues(was.Skills), ratedValues(is.Skills))
	d.values(KindLanguage, ratedValues(was.Languages), ratedValues(is.Languages))
	d.values(KindGroup, nameValues(was.Groups), nameValues(is.Groups))
	d.single(KindDivision, was.Division, is.Division)
	d.single(KindDepartment, was.Department, is.Department)
	d.single(KindTitle, was.Title, is.Title)
	d.single(KindLocation, was.Location, is.Location)
	d.single(KindManagementUnit, was.ManagementUnit, is.ManagementUnit)
	d.single(KindWorkPlan, was.WorkPlan, is.WorkPlan)
	d.values(KindOwnedElsewhere, ownedValues(was.OwnedElsewhere), ownedValues(is.OwnedElsewhere))
	d.policies(before, after)
	return d.changes
}

// difference is a list of changes in the making.
type difference struct{ changes []Change }

// value is a named construct with what is said about it.
type value struct{ name, is string }

func unmappedValues(r mapping.Resolution) []value {
	var values []value
	for _, u := range r.Unmapped {
		values = append(values, value{name: unmappedName(u)})
	}
	return values
}

// unmappedName is the code with its kind; the kind alone where HR has said no code.
func unmappedName(u mapping.Unmapped) string { return strings.TrimSpace(u.Kind + " " + u.Code) }

func queueValues(queues []mapping.Queue) []value {
	values := make([]value, len(queues))
	for i, q := range queues {
		values[i] = value{q.Name, q.Fallback}
	}
	return values
}

func nameValues(names []string) []value {
	values := make([]value, len(names))
	for i, name := range names {
		values[i] = value{name: name}
	}
	return values
}

func ownedValues(fields []mapping.Ownable) []value {
	values := make([]value, len(fields))
	for i, field := range fields {
		values[i] = value{name: string(field)}
	}
	return values
}

func ratedValues(rated []mapping.Rated) []value {
	values := make([]value, len(rated))
	for i, r := range rated {
		values[i] = value{r.Name, strconv.FormatFloat(r.Proficiency, 'g', -1, 64)}
	}
	return values
}

// values compares two lists without repeats; changes come in the order of the names.
func (d *difference) values(kind Kind, before, after []value) {
	was := make(map[string]string, len(before))
	for _, v := range before {
		was[v.name] = v.is
	}
	var found []Change
	for _, v := range after {
		old, had := was[v.name]
		switch {
		case !had:
			found = append(found, Change{Kind: kind, Action: Add, Name: v.name, After: v.is})
		case old != v.is:
			found = append(found, Change{Kind: kind, Action: Alter, Name: v.name, Before: old, After: v.is})
		}
		delete(was, v.name)
	}
	for name, old := range was {
		found = append(found, Change{Kind: kind, Action: Remove, Name: name, Before: old})
	}
	slices.SortFunc(found, func(a, b Change) int { return cmp.Compare(a.Name, b.Name) })
	d.changes = append(d.changes, found...)
}

func (d *difference) single(kind Kind, before, after string) {
	switch {
	case before == after:
	case before == "":
		d.changes = append(d.changes, Change{Kind: kind, Action: Add, After: after})
	case after == "":
		d.changes = append(d.changes, Change{Kind: kind, Action: Remove, Before: before})
	default:
		d.changes = append(d.changes, Change{Kind: kind, Action: Alter, Before: before, After: after})
	}
}

func (d *difference) presence(kind Kind, name string, before, after bool) {
	switch {
	case after && !before:
		d.changes = append(d.changes, Change{Kind: kind, Action: Add, Name: name})
	case before && !after:
		d.changes = append(d.changes, Change{Kind: kind, Action: Remove, Name: name})
	}
}

// policies compares how operations run. Who is out of scope has none; the figures of who enters or leaves are no news.
func (d *difference) policies(before, after mapping.Resolution) {
	was, is := before.Policies, after.Policies
	d.presence(KindActivationApproval, "", before.InScope && was.ActivationApproval, after.InScope && is.ActivationApproval)
	if !before.InScope || !after.InScope {
		return
	}
	d.single(KindApprovalDeadline, fmt.Sprint(was.ApprovalDeadline), fmt.Sprint(is.ApprovalDeadline))
	d.single(KindDrainWindow, fmt.Sprint(was.DrainWindow), fmt.Sprint(is.DrainWindow))
	d.single(KindGrace, fmt.Sprint(was.Grace), fmt.Sprint(is.Grace))
}
