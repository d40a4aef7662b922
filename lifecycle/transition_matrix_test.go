package lifecycle_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/lifecycle"
)

// The whole transition function, cell by cell: what is wanted and which event is due, by where the person stands and what runs.

// occasions are the columns: what is due when the mailbox looks. With an involuntary termination the dismissal is known.
var occasions = []string{"-", "create", "update", "end", "dismiss", "rescind"}

func due(occasion string) func(*lifecycle.Situation) {
	return func(s *lifecycle.Situation) {
		event := &s.Picture.Events[0]
		switch occasion {
		case "-":
			nothingDue(s)
		case "create":
			event.Type = hr.UserCreate
		case "update":
			event.Type = hr.UserUpdate
		case "end":
			event.Type = hr.UserTerminate
		case "dismiss":
			event.Type = hr.UserTerminate
			s.Dismissed = true
			if s.Picture.State.Employment == hr.Left {
				s.Picture.State.Reason = hr.Involuntary
			}
		case "rescind":
			event.Type = hr.EventRescind
		}
	}
}

// standings are the rows' names beyond state and operation. A grace has its phase, and whether its workflow runs.
var standings = map[string]func(*lifecycle.Situation){
	"":               func(*lifecycle.Situation) {},
	"linked":         func(s *lifecycle.Situation) { s.Linked = true },
	"not linked":     func(s *lifecycle.Situation) { s.Linked = false },
	"interrupted":    func(s *lifecycle.Situation) { s.Interrupted = true },
	"grace":          withGrace(lifecycle.GraceWaiting, true),
	"grace lost":     withGrace(lifecycle.GraceWaiting, false),
	"expedited":      withGrace(lifecycle.GraceExpedited, true),
	"suspended":      withGrace(lifecycle.GraceSuspended, true),
	"deleting":       withGrace(lifecycle.GraceDeleting, true),
	"deletion lost":  withGrace(lifecycle.GraceDeleting, false),
	"deleted":        withGrace(lifecycle.GraceDeleted, false),
	"erasing":        withGrace(lifecycle.GraceErasing, false),
	"erased halfway": withGrace(lifecycle.GraceErased, false),
	"erased":         func(s *lifecycle.Situation) { withGrace(lifecycle.GraceErased, false)(s); s.Linked = false },
	"reversed":       func(s *lifecycle.Situation) { withGrace(lifecycle.GraceEnded, false)(s); s.Reversed = true },
	"came back":      withGrace(lifecycle.GraceEnded, false),

	"owned elsewhere": owned,
	"ended elsewhere": func(s *lifecycle.Situation) {
		owned(s)
		s.EndedElsewhere = map[string]bool{"evt-1": true, leftKey: true}
	},
	"owned in grace":       func(s *lifecycle.Situation) { owned(s); withGrace(lifecycle.GraceWaiting, true)(s) },
	"owned after deletion": func(s *lifecycle.Situation) { owned(s); withGrace(lifecycle.GraceDeleted, false)(s) },
}

// leftKey is that of the question about an access that ended with the employment of a situation.
const leftKey = "left 0001-01-01T00:00:00Z"

func owned(s *lifecycle.Situation) { s.Owner = "SCIM" }

func withGrace(phase lifecycle.GracePhase, runs bool) func(*lifecycle.Situation) {
	return func(s *lifecycle.Situation) {
		s.Grace, s.GraceRuns = &lifecycle.Grace{Generation: 2, Phase: phase}, runs
	}
}

// told says in a word what a decision does; of a rest, what becomes of the event.
func done(d lifecycle.Decision) string {
	word := map[lifecycle.Operation]string{lifecycle.Termination: "cut", lifecycle.Erasure: "erase"}[d.Operation]
	if word == "" {
		word = string(d.Operation)
	}
	if d.AskOwner != nil {
		return "ask"
	}
	switch d.Do {
	case lifecycle.Start:
		return word
	case lifecycle.TakeOver:
		return "!" + word
	case lifecycle.Nudge:
		return "nudge"
	case lifecycle.Restart:
		return "grace"
	case lifecycle.Rest:
	}
	switch {
	case len(d.Park) > 0:
		return "ask"
	case len(d.Settle) > 0 && d.Settle[0].Outcome == lifecycle.NoChange:
		return "same"
	case len(d.Settle) > 0 && d.Settle[0].Outcome == lifecycle.OutcomeOwnedElsewhere:
		return "owner"
	case len(d.Settle) > 0:
		return "scope"
	case len(d.Waits) > 0:
		return "waits"
	}
	return "."
}

// transitions is the table: a row for every state, running operation and standing that can meet, a column for every occasion; first for
// somebody who is wanted at work, then for somebody whose employment has ended. A cell says what the mailbox does:
//
//	hire, transfer, cut, erase   starts Hire, Transfer, Termination, Erasure
//	!hire, !cut                  takes over what runs
//	nudge                        tells the running operation to look again
//	grace                        starts the lost workflow of a grace again
//	waits, same, ask, scope      rests; the event waits, changed nothing, is a question for a person, is out of scope
//	owner                        rests; the event comes to nothing, since somebody else owns the account
//	.                            rests, and no event is due
//
// "end" for somebody who is wanted at work is one of two employments that ended, "dismiss" likewise by dismissal.
const transitions = `
                                                        wanted at work                                no access
state, running, standing                              | -     create  update  end     dismiss rescind | -     create update end   dismiss rescind

# DESIGN section 5: unknown. A leaver nobody knows is looked for.
unknown                                               | .     hire    hire    hire    hire    hire    | .     cut    cut    cut   cut     cut
unknown,, linked                                      | .     hire    hire    hire    hire    hire    | cut   cut    cut    cut   cut     cut
unknown,, interrupted                                 | hire  hire    hire    hire    hire    hire    | .     cut    cut    cut   cut     cut
unknown, termination                                  | !hire !hire   !hire   !hire   !hire   !hire   | .     waits  waits  waits waits   waits

# Hire under way. What is not wanted any more is taken over; somebody dismissed is asked about by the hire itself (RULES 5).
preparing, hire                                       | .     nudge   nudge   nudge   nudge   nudge   | !cut  !cut   !cut   !cut  !cut    !cut
waiting_activation, hire                              | .     nudge   nudge   nudge   nudge   nudge   | !cut  !cut   !cut   !cut  !cut    !cut
active, hire                                          | .     nudge   nudge   nudge   !cut    nudge   | !cut  !cut   !cut   !cut  !cut    !cut
preparing                                             | .     hire    hire    hire    hire    hire    | cut   cut    cut    cut   cut     cut
preparing,, interrupted                               | hire  hire    hire    hire    hire    hire    | cut   cut    cut    cut   cut     cut
waiting_activation                                    | .     hire    hire    hire    hire    hire    | cut   cut    cut    cut   cut     cut
waiting_activation,, interrupted                      | hire  hire    hire    hire    hire    hire    | cut   cut    cut    cut   cut     cut
preparing, termination                                | !hire !hire   !hire   !hire   !hire   !hire   | .     waits  waits  waits waits   waits
waiting_activation, termination                       | !hire !hire   !hire   !hire   !hire   !hire   | .     waits  waits  waits waits   waits

# At work. A dismissal is carried out before anything else is done, whatever HR says next (RULES 5).
active                                                | .     transfer transfer transfer cut  transfer | cut  cut    cut    cut   cut     cut
active,, interrupted                                  | transfer transfer transfer transfer cut transfer | cut cut   cut    cut   cut     cut
active,, came back                                    | .     transfer transfer transfer cut  transfer | cut  cut    cut    cut   cut     cut
active,, reversed                                     | .     transfer transfer transfer cut  transfer | cut  cut    cut    cut   cut     cut
active, transfer                                      | .     nudge   nudge   nudge   !cut    nudge   | !cut  !cut   !cut   !cut  !cut    !cut
active, termination                                   | !hire !hire   !hire   !hire   waits   !hire   | .     waits  waits  waits waits   waits

# Access ends. Whoever is wanted again does not wait to be cut off first, but for a dismissal.
isolating, termination                                | !hire !hire   !hire   !hire   waits   !hire   | .     waits  waits  waits waits   waits
draining, termination                                 | !hire !hire   !hire   !hire   waits   !hire   | .     waits  waits  waits waits   waits
isolating                                             | .     hire    hire    hire    cut     hire    | cut   cut    cut    cut   cut     cut
isolating,, interrupted                               | hire  hire    hire    hire    cut     hire    | cut   cut    cut    cut   cut     cut
draining                                              | .     hire    hire    hire    cut     hire    | cut   cut    cut    cut   cut     cut
draining,, interrupted                                | hire  hire    hire    hire    cut     hire    | cut   cut    cut    cut   cut     cut

# No access, and no delete timer (RULES 1 and 13): leave, out of scope, a hire that was taken back. The employment's end begins a grace.
on_leave                                              | .     hire    hire    hire    hire    hire    | cut   cut    cut    cut   cut     cut
on_leave,, came back                                  | .     hire    hire    hire    hire    hire    | cut   cut    cut    cut   cut     cut
on_leave, termination                                 | !hire !hire   !hire   !hire   !hire   !hire   | .     waits  waits  waits waits   waits
deactivated                                           | .     hire    hire    hire    hire    hire    | cut   cut    cut    cut   cut     cut
deactivated,, reversed                                | .     hire    hire    hire    hire    hire    | cut   cut    cut    cut   cut     cut
deactivated,, came back                               | .     hire    hire    hire    hire    hire    | cut   cut    cut    cut   cut     cut
deactivated, termination                              | !hire !hire   !hire   !hire   !hire   !hire   | .     waits  waits  waits waits   waits
out_of_scope                                          | .     hire    hire    hire    hire    hire    | cut   cut    cut    cut   cut     cut
out_of_scope,, not linked                             | .     hire    hire    hire    hire    hire    | .     scope  scope  scope scope   scope
out_of_scope, termination                             | !hire !hire   !hire   !hire   !hire   !hire   | .     waits  waits  waits waits   waits

# In grace (RULES 5 to 8): HR's word brings back and never brings the deadline forward; a hold stops no coming back.
deactivated,, grace                                   | .     hire    hire    hire    hire    hire    | .     same   same   same  same    same
deactivated,, grace lost                              | .     hire    hire    hire    hire    hire    | grace grace  grace  grace grace   grace
deactivated,, expedited                               | .     hire    hire    hire    hire    hire    | .     same   same   same  same    same
held,, grace                                          | .     hire    hire    hire    hire    hire    | .     same   same   same  same    same
held,, suspended                                      | .     hire    hire    hire    hire    hire    | .     same   same   same  same    same
held,, grace lost                                     | .     hire    hire    hire    hire    hire    | grace grace  grace  grace grace   grace
suspended,, suspended                                 | .     hire    hire    hire    hire    hire    | .     same   same   same  same    same

# Past the point of no return: only forward. Coming back follows the deletion.
deleting,, deleting                                   | .     waits   waits   waits   waits   waits   | .     same   same   same  same    same
deleting,, deletion lost                              | grace grace   grace   grace   grace   grace   | grace grace  grace  grace grace   grace

# Deleted: a hire alone brings back; what else HR says is for a person. An approved erasure goes on, past its own point of no return even
# against a hire.
deleted,, deleted                                     | .     hire    ask     same    same    ask     | .     ask    ask    same  same    ask
deleted,, reversed                                    | .     hire    hire    hire    hire    hire    | .     ask    ask    same  same    ask
deleted,, erasing                                     | erase hire    erase   erase   erase   erase   | erase erase  erase  erase erase   erase
deleted,, erased halfway                              | erase erase   erase   erase   erase   erase   | erase erase  erase  erase erase   erase
deleted,, erased                                      | .     hire    ask     same    same    ask     | .     ask    ask    same  same    ask
deleted, erasure, erasing                             | .     waits   waits   waits   waits   waits   | .     waits  waits  waits waits   waits
deleted, erasure, erased halfway                      | .     waits   waits   waits   waits   waits   | .     waits  waits  waits waits   waits

# Owned elsewhere (RULES 16): nothing begins on the account. Where access has to end, somebody is asked to end it there; what runs ends.
unknown,, owned elsewhere                             | .     owner   owner   owner   owner   owner   | .     ask    ask    ask   ask     ask
preparing, hire, owned elsewhere                      | nudge nudge   nudge   nudge   nudge   nudge   | ask   ask    ask    ask   ask     ask
active,, owned elsewhere                              | .     owner   owner   owner   ask     owner   | ask   ask    ask    ask   ask     ask
active, transfer, owned elsewhere                     | nudge nudge   nudge   nudge   ask     nudge   | ask   ask    ask    ask   ask     ask
active, termination, owned elsewhere                  | .     waits   waits   waits   waits   waits   | .     waits  waits  waits waits   waits
active,, ended elsewhere                              | .     owner   owner   owner   owner   owner   | .     owner  owner  owner owner   owner
on_leave,, owned elsewhere                            | .     owner   owner   owner   owner   owner   | ask   ask    ask    ask   ask     ask
deactivated,, owned in grace                          | .     owner   owner   owner   owner   owner   | .     same   same   same  same    same
deleted,, owned after deletion                        | .     owner   ask     same    same    ask     | .     ask    ask    same  same    ask
`

// cannotMeet are the states and operations that never meet, with the reason.
func cannotMeet(state lifecycle.State, running lifecycle.Operation) (why string) {
	switch running {
	case lifecycle.Hire:
		return "a hire that takes somebody over makes the state preparing, and ends as active"
	case lifecycle.Transfer:
		return "a transfer is of somebody active, and stays that"
	case lifecycle.Erasure:
		return "only what is deleted is erased"
	case lifecycle.Termination:
		switch state {
		case lifecycle.Held, lifecycle.Suspended, lifecycle.Deleting, lifecycle.Deleted:
			return "a person in grace or deleted is no operation's: the termination has ended as one, and no other begins"
		}
	}
	return ""
}

// row is a line of transitions.
type row struct {
	name, standing string
	state          lifecycle.State
	running        lifecycle.Operation
	cells          [2][]string // by side, one for each occasion
}

func rows(t *testing.T) (all []row) {
	t.Helper()
	for _, line := range strings.Split(transitions, "\n") {
		parts := strings.Split(line, "|")
		if len(parts) != 3 || strings.HasPrefix(line, "state,") {
			continue
		}
		r := row{name: strings.TrimSpace(parts[0]), cells: [2][]string{strings.Fields(parts[1]), strings.Fields(parts[2])}}
		key := append(strings.Split(r.name, ","), "", "")
		r.state, r.running = lifecycle.State(strings.TrimSpace(key[0])), lifecycle.Operation(strings.TrimSpace(key[1]))
		r.standing = strings.TrimSpace(key[2])
		for _, cells := range r.cells {
			require.Len(t, cells, len(occasions), "cells of %s", r.name)
		}
		require.Contains(t, standings, r.standing)
		all = append(all, r)
	}
	return all
}

// situations calls do for every cell of a row.
func (r row) situations(do func(cell string, s lifecycle.Situation)) {
	for side, wanted := range []func(*lifecycle.Situation){func(*lifecycle.Situation) {}, left} {
		for i, occasion := range occasions {
			do(r.cells[side][i], situation(in(r.state), whileRunning(r.running), standings[r.standing], wanted, due(occasion)))
		}
	}
}

func TestEveryCellOfTheTransitionTable(t *testing.T) {
	for _, r := range rows(t) {
		t.Run(r.name, func(t *testing.T) {
			var want, got []string
			r.situations(func(cell string, s lifecycle.Situation) {
				want, got = append(want, cell), append(got, done(lifecycle.Decide(s)))
			})
			require.Equal(t, want, got)
		})
	}
}

func TestEveryStateMeetsEveryOperationInTheTableOrCannot(t *testing.T) {
	type meeting struct {
		state   lifecycle.State
		running lifecycle.Operation
	}
	listed, shown := map[meeting]bool{}, map[string]bool{}
	for _, r := range rows(t) {
		listed[meeting{r.state, r.running}] = true
		shown[r.standing] = true
	}
	for _, state := range constants(t, "State") {
		for _, running := range constants(t, "Operation") {
			m := meeting{lifecycle.State(state), lifecycle.Operation(running)}
			if !listed[m] {
				require.NotEmpty(t, cannotMeet(m.state, m.running), "a row for %s, %s", state, running)
			}
		}
	}
	phases := map[lifecycle.GracePhase]bool{}
	for name := range shown {
		s := situation(standings[name])
		if s.Grace != nil {
			phases[s.Grace.Phase] = true
		}
	}
	for _, phase := range constants(t, "GracePhase") {
		require.True(t, phases[lifecycle.GracePhase(phase)], "a row for a grace that is %s", phase)
	}
	for name := range standings {
		require.True(t, shown[name], "a row for the standing %q", name)
	}
}

// What cannot occur must do no harm if it does: a second operation never begins beside one that runs.
func TestNothingIsEverStartedBesideWhatRuns(t *testing.T) {
	for _, state := range constants(t, "State") {
		for _, running := range constants(t, "Operation") {
			if running == string(lifecycle.None) {
				continue
			}
			for standing := range standings {
				r := row{state: lifecycle.State(state), running: lifecycle.Operation(running), standing: standing}
				r.cells[0], r.cells[1] = occasions, occasions
				r.situations(func(_ string, s lifecycle.Situation) {
					require.NotContains(t, []lifecycle.Action{lifecycle.Start, lifecycle.Restart}, lifecycle.Decide(s).Do, "%s while %s, %s", state, running, standing)
				})
			}
		}
	}
}

func TestNothingIsDoneInAnyStateWhileAReviewBlocks(t *testing.T) {
	for _, r := range rows(t) {
		r.situations(func(_ string, s lifecycle.Situation) {
			s.BlockedBy = "rev_1"
			d := lifecycle.Decide(s)
			require.Equal(t, lifecycle.Rest, d.Do, r.name)
			require.Empty(t, d.Settle, r.name)
			require.Len(t, d.Waits, len(s.Unsettled), r.name)
			require.True(t, d.Blocked, "%s: what an owner was asked before stays asked", r.name)
		})
	}
}

// Equal situations give equal decisions, and none changes what it was asked about.
func TestDecidingLeavesTheSituationAlone(t *testing.T) {
	for _, r := range rows(t) {
		r.situations(func(_ string, s lifecycle.Situation) {
			before := fmt.Sprintf("%+v %+v", s, s.Grace)
			require.Equal(t, lifecycle.Decide(s), lifecycle.Decide(s), r.name)
			require.Equal(t, before, fmt.Sprintf("%+v %+v", s, s.Grace), r.name)
		})
	}
}

// Nobody is given access back by what is due while nobody wants them at work, and nobody's is cut who is wanted there and was not dismissed.
func TestADecisionNeverGoesAgainstWhatIsWanted(t *testing.T) {
	for _, r := range rows(t) {
		r.situations(func(_ string, s lifecycle.Situation) {
			d := lifecycle.Decide(s)
			wanted := lifecycle.WantAfter(s.Dismissed, s.State, s.Picture.State, s.InScope)
			begins := d.Do == lifecycle.Start || d.Do == lifecycle.TakeOver
			switch {
			case begins && (d.Operation == lifecycle.Hire || d.Operation == lifecycle.Transfer):
				require.Equal(t, lifecycle.AtWork, wanted, r.name)
			case begins && d.Operation == lifecycle.Termination:
				require.Equal(t, lifecycle.NoAccess, wanted, r.name)
			}
		})
	}
}

// reasons are why somebody has no access. What is due is an update; after the arrow is the state that the person is in from then on, and
// "ends" says that a grace ends: HR employs them.
const reasons = `
state                        | left             on leave              suspended             out of scope                never employed
unknown                      | cut              cut                   cut                   scope>out_of_scope          same
unknown,, linked             | cut              same                  same                  same                        same
preparing                    | cut              cut                   cut                   cut                         cut
waiting_activation           | cut              cut                   cut                   cut                         cut
active                       | cut              cut                   cut                   cut                         cut
isolating                    | cut              cut                   cut                   cut                         cut
draining                     | cut              cut                   cut                   cut                         cut
on_leave                     | cut              same>on_leave         same>on_leave         same>out_of_scope           same>deactivated
deactivated                  | cut              same>on_leave         same>on_leave         same>out_of_scope           same>deactivated
out_of_scope                 | cut              same>on_leave         same>on_leave         same>out_of_scope           same>deactivated
out_of_scope,, not linked    | scope            scope                 scope                 scope>out_of_scope          scope
deactivated,, grace          | same>deactivated same>on_leave,ends    same>on_leave,ends    same>out_of_scope,ends      same>deactivated
deactivated,, grace lost     | grace>deactivated same>on_leave,ends   same>on_leave,ends    same>out_of_scope,ends      grace>deactivated
deactivated,, expedited      | same>deactivated same>on_leave,ends    same>on_leave,ends    same>out_of_scope,ends      same>deactivated
held,, grace                 | same             same>on_leave,ends    same>on_leave,ends    same>out_of_scope,ends      same
suspended,, suspended        | same             same>on_leave,ends    same>on_leave,ends    same>out_of_scope,ends      same
deleting,, deleting          | same             same                  same                  same                        same
deleted,, deleted            | ask              ask                   ask                   ask                         ask
`

func TestWhatBecomesOfSomebodyWithoutAccessByTheReason(t *testing.T) {
	why := []func(*lifecycle.Situation){
		left, onLeave, func(s *lifecycle.Situation) { s.Picture.State.Status = hr.StatusSuspended }, outOfScope, notYetEmployed,
	}
	seen := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(reasons), "\n")[1:] {
		parts := strings.Split(line, "|")
		name, cells := strings.TrimSpace(parts[0]), strings.Fields(parts[1])
		require.Len(t, cells, len(why), name)
		key := append(strings.Split(name, ","), "", "")
		seen[key[0]] = true
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, reason := range why {
				d := lifecycle.Decide(situation(in(lifecycle.State(key[0])), standings[strings.TrimSpace(key[2])], reason, due("update")))
				cell := done(d)
				if d.State != "" {
					cell += ">" + string(d.State)
				}
				if d.EndGrace {
					cell += ",ends"
				}
				got = append(got, cell)
			}
			require.Equal(t, cells, got)
		})
	}
	for _, state := range constants(t, "State") {
		require.True(t, seen[state], "a row for %s", state)
	}
}

// constants are the values of all constants of a type in this package's source.
func constants(t *testing.T, ofType string) (values []string) {
	t.Helper()
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file.Name(), nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(parsed, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if named, ok := spec.Type.(*ast.Ident); ok && named.Name == ofType {
				for _, value := range spec.Values {
					values = append(values, strings.Trim(value.(*ast.BasicLit).Value, `"`))
				}
			}
			return false
		})
	}
	require.NotEmpty(t, values)
	return values
}
