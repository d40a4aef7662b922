package frontdoor

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"muster/store"
)

const (
	// scrapeTimeout bounds what a scrape asks of the database, pingTimeout how long it may take to answer at all.
	scrapeTimeout = 3 * time.Second
	pingTimeout   = 2 * time.Second
	// figuresKept is how long the figures stand: they count whole tables, and everybody may scrape.
	figuresKept = 15 * time.Second
)

// recordFigures tells what the database knows. When it does not answer, muster_database_up is 0 and the rest is left out; when
// counting takes too long, which is no sign of that, only the rest is.
type recordFigures struct {
	store *store.Store
	now   func() time.Time

	mutex sync.Mutex
	kept  store.Figures
	until time.Time

	up, events, agents, reviews, approvals, attention *prometheus.Desc
	dueRings, oldestDueRing, oldestWaiting            *prometheus.Desc
	unsealed, openIntents                             *prometheus.Desc
}

func newRecordFigures(records *store.Store, now func() time.Time) *recordFigures {
	describe := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("muster_"+name, help, labels, nil)
	}
	return &recordFigures{
		store:         records,
		now:           now,
		up:            describe("database_up", "1 when the database answered this scrape."),
		events:        describe("events", "HR events by outcome, waiting included.", "outcome"),
		agents:        describe("agents", "People by lifecycle state.", "state"),
		reviews:       describe("open_reviews", "Open reviews by kind.", "kind"),
		approvals:     describe("open_approvals", "Open approvals by kind.", "kind"),
		attention:     describe("agents_needing_attention", "People who need a person's attention."),
		dueRings:      describe("due_rings", "People whose mailbox is due a ring by the relay."),
		oldestDueRing: describe("oldest_due_ring_seconds", "How long the oldest ring has been due."),
		oldestWaiting: describe("oldest_waiting_event_seconds", "Age of the oldest event that waits for nothing later than now."),
		unsealed:      describe("unsealed_audit_rows", "Audit rows that are not in the chain yet."),
		openIntents:   describe("open_platform_writes", "Platform writes whose result is not recorded yet."),
	}
}

// Describe names the figures.
func (r *recordFigures) Describe(descriptions chan<- *prometheus.Desc) {
	for _, description := range []*prometheus.Desc{
		r.up, r.events, r.agents, r.reviews, r.approvals, r.attention, r.dueRings, r.oldestDueRing, r.oldestWaiting, r.unsealed, r.openIntents,
	} {
		descriptions <- description
	}
}

// answers says whether the database does, in whatever state it is.
func (r *recordFigures) answers() bool {
	ctx, cancel := context.WithTimeout(context.Background(), pingTimeout)
	defer cancel()
	err := r.store.Ping(ctx)
	var behind *store.NotMigratedError
	return err == nil || errors.As(err, &behind)
}

// figures are those of the last fifteen seconds, else new ones.
func (r *recordFigures) figures() (store.Figures, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.now().Before(r.until) {
		return r.kept, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	figures, err := r.store.Figures(ctx)
	if err == nil {
		r.kept, r.until = figures, r.now().Add(figuresKept)
	}
	return figures, err
}

// Collect reads them.
func (r *recordFigures) Collect(metrics chan<- prometheus.Metric) {
	gauge := func(description *prometheus.Desc, value float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(description, prometheus.GaugeValue, value, labels...)
	}
	if !r.answers() {
		gauge(r.up, 0)
		return
	}
	gauge(r.up, 1)
	figures, err := r.figures()
	if err != nil {
		return
	}
	for _, group := range []struct {
		description *prometheus.Desc
		counts      map[string]int64
	}{
		{r.events, figures.EventsByOutcome},
		{r.agents, figures.AgentsByState},
		{r.reviews, figures.OpenReviewsByKind},
		{r.approvals, figures.OpenApprovalsByKind},
	} {
		for label, count := range group.counts {
			gauge(group.description, float64(count), label)
		}
	}
	gauge(r.attention, float64(figures.NeedingAttention))
	gauge(r.dueRings, float64(figures.DueRings))
	gauge(r.oldestDueRing, figures.OldestDueRing.Seconds())
	gauge(r.oldestWaiting, figures.OldestWaiting.Seconds())
	gauge(r.unsealed, float64(figures.UnsealedAudit))
	gauge(r.openIntents, float64(figures.OpenIntents))
}
