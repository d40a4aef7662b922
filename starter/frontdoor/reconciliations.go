package frontdoor

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"muster/api"
	"muster/names"
	"muster/store"
)

const reconciliationsPath = "/v1/reconciliations"

// reconciledPlatform is the platform that people are reconciled with.
const reconciledPlatform = "genesys"

// ReconciliationPath names a reconciliation. Like PageQuery it is exported for the router alone.
type ReconciliationPath struct {
	ID string `path:"id" maxLength:"100"`
}

type startReconciliationInput struct {
	Body api.StartReconciliation
}

type deltasInput struct {
	ReconciliationPath
	PageQuery
	Type   string `query:"type" maxLength:"50" doc:"Only deltas of this type"`
	Action string `query:"action" maxLength:"50" doc:"Only deltas about which this is to be done"`
}

type modeInput struct {
	DeltaType string `path:"type" maxLength:"50"`
	Body      api.SetDeltaMode
}

type personReconciliationInput struct {
	ID string `path:"id" maxLength:"300" doc:"A person id, or any external id"`
}

// answered is a document whose status tells whether it is whole.
type answered[T any] struct {
	Status int
	Body   T
}

func (d *Door) addReconciliations() {
	add(d, route{
		method: http.MethodPost, path: reconciliationsPath, id: "start-reconciliation", tag: tagReconciliation, status: http.StatusAccepted,
		summary: "Compare HR, the record and the platform, for everybody",
		description: "It runs in the background. One that was started in this minute is returned as it stands, unless another mode is asked for: then 409. " +
			"A mode given here is for all types of deltas and for this one; otherwise each type has its own.",
		roles: []api.Role{api.RoleOperator}, refusals: []int{http.StatusConflict},
	}, d.startReconciliation)
	add(d, route{
		method: http.MethodGet, path: reconciliationsPath, id: "list-reconciliations", tag: tagReconciliation,
		summary: "List reconciliations, the newest first", roles: readers(),
	}, d.listReconciliations)
	add(d, route{
		method: http.MethodGet, path: reconciliationsPath + "/modes", id: "list-reconciliation-modes", tag: tagReconciliation,
		summary: "What is done about each type of deltas", roles: readers(),
	}, d.listModes)
	add(d, route{
		method: http.MethodPost, path: reconciliationsPath + "/modes/{type}", id: "set-reconciliation-mode", tag: tagReconciliation,
		summary: "Set what is done about a type of deltas, from the next reconciliation on", roles: []api.Role{api.RoleOperator},
	}, d.setMode)
	add(d, route{
		method: http.MethodPost, path: reconciliationsPath + "/person/{id}", id: "reconcile-person", tag: tagReconciliation, missing: tagAgent,
		summary: "Compare HR, the record and the platform for one person",
		description: "With the last good rosters, and with the account as it is now. It answers 200 with the deltas, or 202 where it has not ended " +
			"within ten seconds: then it goes on, and is found under its id.",
		roles: []api.Role{api.RoleOperator}, refusals: []int{http.StatusNotFound, http.StatusConflict},
	}, d.reconcilePerson)
	add(d, route{
		method: http.MethodGet, path: reconciliationsPath + "/{id}", id: "get-reconciliation", tag: tagReconciliation,
		summary: "How far one has come, and what it counted", roles: readers(), refusals: []int{http.StatusNotFound},
	}, func(ctx context.Context, in *ReconciliationPath) (*document[api.Reconciliation], error) {
		run, err := d.Store.Reconciliation(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		shown, err := reconciliationOf(run)
		return &document[api.Reconciliation]{Body: shown}, err
	})
	add(d, route{
		method: http.MethodGet, path: reconciliationsPath + "/{id}/deltas", id: "list-deltas", tag: tagReconciliation,
		summary: "What one found, in the order it was found", roles: readers(), refusals: []int{http.StatusNotFound},
	}, d.listDeltas)
	d.addReconciliationReport()
	d.addReconciliationRelease()
}

func (d *Door) startReconciliation(ctx context.Context, in *startReconciliationInput) (*document[api.Reconciliation], error) {
	modes, err := d.modes(ctx, in.Body.Mode)
	if err != nil {
		return nil, err
	}
	run, isNew, err := d.Store.StartReconciliation(ctx, store.Reconciliation{
		ID: reconciliationID(d.Now()), Platform: reconciledPlatform, Modes: modes, RequestedBy: actorOf(ctx).Name, RequesterVerified: true,
	})
	if err != nil {
		return nil, err
	}
	if !isNew && in.Body.Mode != "" && !maps.Equal(run.Modes, modes) {
		return nil, api.NewProblem(http.StatusConflict,
			run.ID+" began in this minute with other modes than the one asked for, and there is one a minute: ask again in the next")
	}
	shown, err := reconciliationOf(run)
	return &document[api.Reconciliation]{Body: shown}, err
}

// reconciliationID is the id of one that begins now.
func reconciliationID(now time.Time) string { return "rec_" + now.UTC().Format("20060102_1504") }

// personReconciliationID is the id of one person's that begins now: there may be any number of them in a minute.
func personReconciliationID(now time.Time) string {
	suffix := make([]byte, 4)
	_, _ = rand.Read(suffix) // never fails
	return reconciliationID(now) + "_" + hex.EncodeToString(suffix)
}

// modes are what is done by type: one for all, or each type's own.
func (d *Door) modes(ctx context.Context, forAll string) (map[string]store.ReconciliationMode, error) {
	modes, err := d.Store.ModesFor(ctx, api.DeltaTypes())
	if err != nil || forAll == "" {
		return modes, err
	}
	for t := range modes {
		modes[t] = store.ReconciliationMode(forAll)
	}
	return modes, nil
}

func (d *Door) listReconciliations(ctx context.Context, query *PageQuery) (*listed[api.Reconciliation], error) {
	runs, next, err := d.Store.Reconciliations(ctx, store.ReconciliationFilter{Cursor: query.Cursor, Limit: query.Limit})
	if err != nil {
		return nil, err
	}
	answer := &listed[api.Reconciliation]{Body: api.Page[api.Reconciliation]{Items: []api.Reconciliation{}, NextCursor: next}}
	for _, run := range runs {
		shown, err := reconciliationOf(run)
		if err != nil {
			return nil, err
		}
		answer.Body.Items = append(answer.Body.Items, shown)
	}
	return answer, nil
}

func reconciliationOf(r store.Reconciliation) (api.Reconciliation, error) {
	shown := api.Reconciliation{
		ID: r.ID, Platform: r.Platform, PersonID: r.PersonID, Status: string(r.Status), Reason: r.Reason, RequestedBy: r.RequestedBy,
		StartedAt: r.StartedAt, EndedAt: r.EndedAt, Modes: map[string]string{}, Sources: []api.ReconciliationSource{},
		NotEvaluated: []api.NotEvaluated{}, WorkflowID: names.ReconcileWorkflowID(r.ID),
	}
	for t, mode := range r.Modes {
		shown.Modes[t] = string(mode)
	}
	for _, s := range r.Sources {
		shown.Sources = append(shown.Sources, api.ReconciliationSource{Source: s.Source, Healthy: s.Healthy, Why: s.Why, AsOf: s.AsOf, Rows: s.Rows})
	}
	for _, n := range r.NotEvaluated {
		shown.NotEvaluated = append(shown.NotEvaluated, api.NotEvaluated(n))
	}
	if err := json.Unmarshal(r.Counts, &shown.Counts); err != nil {
		return shown, fmt.Errorf("read the counts of %s: %w", r.ID, err)
	}
	return shown, nil
}

func (d *Door) listModes(ctx context.Context, _ *struct{}) (*listed[api.DeltaMode], error) {
	set, err := d.Store.ReconciliationModes(ctx)
	if err != nil {
		return nil, err
	}
	answer := &listed[api.DeltaMode]{Body: api.Page[api.DeltaMode]{Items: []api.DeltaMode{}}}
	for _, t := range api.DeltaTypes() {
		mode := api.DeltaMode{DeltaType: t, Mode: string(store.ModeReport)}
		if i := slices.IndexFunc(set, func(m store.ModeChange) bool { return m.DeltaType == t }); i >= 0 {
			mode = modeOf(set[i])
		}
		answer.Body.Items = append(answer.Body.Items, mode)
	}
	return answer, nil
}

func modeOf(m store.ModeChange) api.DeltaMode {
	return api.DeltaMode{DeltaType: m.DeltaType, Mode: string(m.Mode), ChangedBy: m.ChangedBy, ChangedAt: &m.ChangedAt, Reason: m.Reason}
}

func (d *Door) setMode(ctx context.Context, in *modeInput) (*document[api.DeltaMode], error) {
	reason := strings.TrimSpace(in.Body.Reason)
	switch {
	case !slices.Contains(api.DeltaTypes(), in.DeltaType):
		return nil, invalid("path.type", shortened(in.DeltaType), "one of "+strings.Join(api.DeltaTypes(), ", "))
	case reason == "":
		return nil, invalid("body.reason", "nothing", "why, in a sentence")
	case !storable(reason):
		return nil, unstorable("body.reason")
	}
	set, err := d.Store.SetReconciliationMode(ctx, store.ModeChange{
		DeltaType: in.DeltaType, Mode: store.ReconciliationMode(in.Body.Mode), ChangedBy: actorOf(ctx).Name, ChangedVerified: true, Reason: reason,
	})
	if err != nil {
		return nil, err
	}
	return &document[api.DeltaMode]{Body: modeOf(set)}, nil
}

// How long the reconciliation of one person is waited for, and how often it is looked for.
const (
	personWithin = 10 * time.Second
	personLooks  = 200 * time.Millisecond
)

func (d *Door) reconcilePerson(ctx context.Context, in *personReconciliationInput) (*answered[api.PersonReconciliation], error) {
	view, err := d.person(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	modes, err := d.modes(ctx, "")
	if err != nil {
		return nil, err
	}
	run, _, err := d.Store.StartReconciliation(ctx, store.Reconciliation{
		ID: personReconciliationID(d.Now()), Platform: reconciledPlatform, PersonID: view.PersonID, Modes: modes,
		RequestedBy: actorOf(ctx).Name, RequesterVerified: true,
	})
	if err != nil {
		return nil, err
	}
	if run, err = d.awaitEnd(ctx, run); err != nil {
		return nil, err
	}
	shown, err := reconciliationOf(run)
	if err != nil {
		return nil, err
	}
	answer := &answered[api.PersonReconciliation]{Status: http.StatusAccepted, Body: api.PersonReconciliation{Reconciliation: shown, Deltas: []api.Delta{}}}
	if run.EndedAt == nil {
		return answer, d.noteRead(ctx, "reconciliation", view.PersonID)
	}
	answer.Status = http.StatusOK
	rows, _, err := d.Store.Deltas(ctx, store.DeltaFilter{ReconciliationID: run.ID})
	if err != nil {
		return nil, err
	}
	reader := d.newDeltaReader()
	for _, row := range rows {
		delta, err := reader.show(ctx, row)
		if err != nil {
			return nil, err
		}
		answer.Body.Deltas = append(answer.Body.Deltas, delta)
	}
	return answer, d.noteRead(ctx, "reconciliation", view.PersonID)
}

func (d *Door) awaitEnd(ctx context.Context, run store.Reconciliation) (store.Reconciliation, error) {
	deadline := time.NewTimer(personWithin)
	defer deadline.Stop()
	looks := time.NewTicker(personLooks)
	defer looks.Stop()
	for run.EndedAt == nil {
		select {
		case <-ctx.Done():
			return run, ctx.Err()
		case <-deadline.C:
			return run, nil
		case <-looks.C:
		}
		var err error
		if run, err = d.Store.Reconciliation(ctx, run.ID); err != nil {
			return run, err
		}
	}
	return run, nil
}

func (d *Door) listDeltas(ctx context.Context, in *deltasInput) (*listed[api.Delta], error) {
	if _, err := d.Store.Reconciliation(ctx, in.ID); err != nil {
		return nil, err
	}
	rows, next, err := d.Store.Deltas(ctx, store.DeltaFilter{
		ReconciliationID: in.ID, DeltaType: in.Type, ResolutionAction: in.Action, Cursor: in.Cursor, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	answer := &listed[api.Delta]{Body: api.Page[api.Delta]{Items: []api.Delta{}, NextCursor: next}}
	reader := d.newDeltaReader()
	var people []string
	for _, row := range rows {
		delta, err := reader.show(ctx, row)
		if err != nil {
			return nil, err
		}
		answer.Body.Items = append(answer.Body.Items, delta)
		people = append(people, row.PersonID)
	}
	return answer, d.noteRead(ctx, "deltas", distinct(people)...)
}

// deltaReader shows deltas to one caller. A delta says where HR, the record and the platform disagree now; the event that it names may be a
// termination which is not in effect, and its outcomes may name what was asked about one.
type deltaReader struct {
	door      *Door
	secrecies map[string]secrecy
}

func (d *Door) newDeltaReader() deltaReader {
	return deltaReader{door: d, secrecies: map[string]secrecy{}}
}

func (r deltaReader) show(ctx context.Context, row store.Delta) (api.Delta, error) {
	var shown api.Delta
	if err := json.Unmarshal(row.Body, &shown); err != nil {
		return shown, fmt.Errorf("read delta %d: %w", row.ID, err)
	}
	for _, o := range row.Outcomes {
		shown.Outcomes = append(shown.Outcomes, api.DeltaOutcome{At: o.At, Outcome: o.Outcome, Actor: o.Actor, Reference: o.Reference, Text: o.Text})
	}
	if actorOf(ctx).Has(api.RoleLegal) || row.PersonID == "" || (row.OriginalEventID == "" && len(row.Outcomes) == 0) {
		return shown, nil
	}
	hidden, err := r.hidden(ctx, row.PersonID)
	if err != nil {
		return shown, err
	}
	if hidden[shown.OriginalEventID] {
		shown.OriginalEventID = ""
	}
	if mentions(shown.Because, hidden) {
		shown.Because = withheldText
	}
	for i := range shown.Outcomes {
		o := &shown.Outcomes[i]
		if hidden[o.Reference] || mentions(o.Text, hidden) {
			o.Reference, o.Text = "", withheldText
		}
	}
	return shown, nil
}

// hidden are the ids that must not be named to the caller about a person. Whoever is known by a roster alone has none.
func (r deltaReader) hidden(ctx context.Context, personID string) (map[string]bool, error) {
	known, there := r.secrecies[personID]
	if !there {
		var err error
		if known, err = r.door.secrecyFor(ctx, personID); err != nil {
			return nil, err
		}
		r.secrecies[personID] = known
	}
	return known.unspeakable(), nil
}

// reportFormats are the forms of a report by the word that asks for them.
func reportFormats() map[string]string {
	return map[string]string{"html": "text/html; charset=utf-8", "csv": "text/csv; charset=utf-8", "json": "application/json"}
}

// formatOf is the form that was asked for: by the query, else by what the caller accepts, else a page for people.
func formatOf(asked, accepts string) string {
	if asked != "" {
		return asked
	}
	for _, accepted := range strings.Split(accepts, ",") {
		kind, _, _ := strings.Cut(strings.TrimSpace(accepted), ";")
		switch kind {
		case "text/csv":
			return "csv"
		case "application/json":
			return "json"
		case "text/html":
			return "html"
		}
	}
	return cmp.Or(asked, "html")
}
