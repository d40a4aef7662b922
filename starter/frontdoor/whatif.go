package frontdoor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"muster/api"
	"muster/hr"
	"muster/mapping"
	"muster/mapping/simulate"
	"muster/store"
)

// questionsAtOnce is how many what-if questions are worked on side by side: each takes all processors for seconds, and events must go
// on being taken in.
const questionsAtOnce = 2

// questionsRetryAfter is what others are told to wait.
const questionsRetryAfter = "10"

// openPeople is how many people are listed when nobody says.
const openPeople = 200

type simulateInput struct {
	Body api.SimulateRequest
}

type drillInput struct {
	Body api.DrillRequest
}

type coverageQuery struct {
	Days    int    `query:"days" minimum:"1" maximum:"3660" default:"90" doc:"How far back events are counted"`
	Version int    `query:"version" minimum:"0" doc:"A version's number; the one in force when absent"`
	At      string `query:"at" maxLength:"64" doc:"The instant, or the date (from 00:00 in the registry's zone), for which the rules are asked; now when absent"`
}

func (d *Door) addWhatIf() {
	readers := append(readers(), api.RoleRegistryEditor)
	const bounded = "It looks at everybody, so few of these run at once: 429 says when to come back. Hanging up ends it."
	add(d, route{
		method: http.MethodPost, path: "/v1/mapping/simulate", id: "simulate-mapping", tag: tagMapping,
		summary: "What another version would change for the people there are",
		description: "Compares two versions over everybody whom HR employs now, and over the events of the last days when asked. " +
			"A termination that is planned changes nothing in the answer. " + bounded,
		roles: readers, refusals: []int{http.StatusNotFound, http.StatusTooManyRequests},
	}, d.simulate)
	add(d, route{
		method: http.MethodGet, path: "/v1/mapping/coverage", id: "mapping-coverage", tag: tagMapping,
		summary:     "Codes that no rule answers, and rules that nobody uses",
		description: "Looks at what people have now and at the events of the last days. " + bounded,
		roles:       readers, refusals: []int{http.StatusNotFound, http.StatusTooManyRequests},
	}, d.coverage)
	add(d, route{
		method: http.MethodPost, path: "/v1/mapping/drill", id: "drill-mapping", tag: tagMapping,
		summary: "What a reorganisation at HR would break",
		description: "Takes a file of changes of HR codes, puts the new codes in the place of the old ones date by date, and says what the rules " +
			"would make of it. Mistakes in the file answer 422, each with its line. " + bounded,
		roles: readers, refusals: []int{http.StatusNotFound, http.StatusTooManyRequests},
	}, d.drill)
}

// beginQuestion lets few questions in at once; the others are told to come back.
func (d *Door) beginQuestion() (end func(), err error) {
	select {
	case d.questions <- struct{}{}:
		return func() { <-d.questions }, nil
	default:
		return nil, huma.ErrorWithHeaders(
			api.NewProblem(http.StatusTooManyRequests, fmt.Sprintf("%d questions of this kind are being worked on: ask again in %s s",
				questionsAtOnce, questionsRetryAfter)),
			http.Header{"Retry-After": {questionsRetryAfter}})
	}
}

func (d *Door) simulate(ctx context.Context, in *simulateInput) (*document[api.Simulation], error) {
	base, err := d.version(ctx, in.Body.Base)
	if err != nil {
		return nil, err
	}
	draft, err := d.tried(ctx, in.Body.YAML, in.Body.Version, d.newestVersion)
	if err != nil {
		return nil, err
	}
	now, limit := d.Now(), peopleLimit(in.Body.PeopleLimit)
	at, err := askedFor("body.at", in.Body.At, draft, now)
	if err != nil {
		return nil, err
	}
	end, err := d.beginQuestion()
	if err != nil {
		return nil, err
	}
	defer end()
	simulation := simulate.New(base, draft, simulate.Options{At: at, Minimums: minimums(in.Body.QueueLimits), People: limit})
	since := now.AddDate(0, 0, -in.Body.Days)
	if err := d.walkFolded(ctx, now, since, simulation.People); err != nil {
		return nil, err
	}
	told := telling{limit: limit}
	answer := told.simulation(simulation.Report())
	if in.Body.YAML != "" {
		answer.Version = 0
	}
	if in.Body.Days == 0 {
		answer.Replay = nil
	} else {
		answer.Replay.Since = since
	}
	return &document[api.Simulation]{Body: answer}, d.noteRead(ctx, "simulation", told.people()...)
}

func (d *Door) drill(ctx context.Context, in *drillInput) (*document[api.Drill], error) {
	changes, err := simulate.ParseChanges(nameOf(in.Body.Name), in.Body.Format, []byte(in.Body.Changes))
	if err != nil {
		return nil, changeMistakes(err)
	}
	registry, err := d.tried(ctx, in.Body.YAML, in.Body.Version, func(ctx context.Context) (*mapping.Registry, error) { return d.version(ctx, 0) })
	if err != nil {
		return nil, err
	}
	end, err := d.beginQuestion()
	if err != nil {
		return nil, err
	}
	defer end()
	now, limit := d.Now(), peopleLimit(in.Body.PeopleLimit)
	drill := simulate.NewDrill(registry, changes, simulate.Options{Minimums: minimums(in.Body.QueueLimits), People: limit})
	if err := d.walkFolded(ctx, now, now, drill.People); err != nil {
		return nil, err
	}
	told := telling{limit: limit}
	answer := told.drill(drill.Report())
	if in.Body.YAML != "" {
		answer.Version = 0
	}
	return &document[api.Drill]{Body: answer}, d.noteRead(ctx, "drill", told.people()...)
}

func (d *Door) coverage(ctx context.Context, query *coverageQuery) (*document[api.Coverage], error) {
	registry, err := d.version(ctx, query.Version)
	if err != nil {
		return nil, err
	}
	now := d.Now()
	at, err := askedFor("query.at", query.At, registry, now)
	if err != nil {
		return nil, err
	}
	end, err := d.beginQuestion()
	if err != nil {
		return nil, err
	}
	defer end()
	since := now.AddDate(0, 0, -query.Days)
	zones, err := d.registry.zones(ctx)
	if err != nil {
		return nil, err
	}
	coverage := simulate.NewCoverage(registry, at)
	if err := walkPeople(ctx, d.Store, speakerReader(now, since, zones), coverage.People); err != nil {
		return nil, err
	}
	told := telling{limit: openPeople}
	answer := told.coverage(coverage.Report())
	answer.Since = since
	return &document[api.Coverage]{Body: answer}, d.noteRead(ctx, "coverage", told.people()...)
}

// walkFolded hands everybody to count as foldedReader sees them. Dates are read in the zones in force, never in those of the rules that are
// asked about: with a zone of one's own one could see somebody leave before their last day is over.
func (d *Door) walkFolded(ctx context.Context, now, since time.Time, count func([]simulate.Person)) error {
	zones, err := d.registry.zones(ctx)
	if err != nil {
		return err
	}
	return walkPeople(ctx, d.Store, foldedReader(now, since, zones), count)
}

// tried are the rules that a question is about: the text, else the version, else those that otherwise gives.
func (d *Door) tried(
	ctx context.Context, yaml string, version int, otherwise func(context.Context) (*mapping.Registry, error),
) (*mapping.Registry, error) {
	switch {
	case yaml != "" && version != 0:
		return nil, invalid("body.version", "yaml and version", "one of them")
	case yaml != "":
		registry, err := mapping.Parse(1, "body", []byte(yaml))
		if err != nil {
			return nil, mistakes(err)
		}
		return registry, nil
	case version != 0:
		return d.version(ctx, version)
	default:
		return otherwise(ctx)
	}
}

// newestVersion is the version with the highest number, in force or not.
func (d *Door) newestVersion(ctx context.Context) (*mapping.Registry, error) {
	versions, err := d.Store.MappingVersions(ctx)
	if err != nil {
		return nil, err
	}
	if len(versions) == 0 {
		return nil, store.ErrNotFound
	}
	return d.version(ctx, versions[0].Version)
}

// askedFor is the instant for which rules are asked: that of the text, the beginning of its date where the rules' dates begin, else now.
func askedFor(field, text string, rules *mapping.Registry, now time.Time) (time.Time, error) {
	if text == "" {
		return now, nil
	}
	if date, err := hr.ParseDate(text); err == nil {
		return rules.DayBegins(date), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, invalid(field, "neither an instant nor a date", "an instant such as 2027-01-01T09:00:00Z, or a date such as 2027-01-01")
	}
	return at, nil
}

func peopleLimit(asked api.PeopleLimit) int {
	if asked.People == nil {
		return openPeople
	}
	return *asked.People
}

func minimums(limits api.QueueLimits) simulate.Minimums {
	return simulate.Minimums{All: limits.QueueMinimum, ByQueue: limits.QueueMinimums}
}

func nameOf(file string) string {
	if file == "" {
		return "changes"
	}
	return file
}

// changeMistakes turns the mistakes of a file of changes into a refusal that names every line.
func changeMistakes(err error) error {
	var parse *mapping.ParseError
	if !errors.As(err, &parse) {
		return invalid("body.changes", "a text that is no list of changes", err.Error())
	}
	problem := api.NewProblem(http.StatusUnprocessableEntity, fmt.Sprintf("the list of changes has %d mistakes", len(parse.Mistakes)))
	for _, mistake := range parse.Mistakes {
		field := fmt.Sprintf("%s:%d %s", parse.Source, mistake.Line, mistake.Field)
		problem.Errors = append(problem.Errors, api.FieldProblem{
			Field: strings.TrimSpace(field), Found: mistake.Found, Expected: mistake.Expected,
		})
	}
	return problem
}
