package bell

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"muster/store"
)

// Pace says how often the relay looks and how patient it is. Every duration is positive.
type Pace struct {
	// Every is how often due rows are looked for while all goes well.
	Every time.Duration
	// RingAgain is when a person is rung once more, if the mailbox has not settled the ring by then.
	RingAgain time.Duration
	// DecisionAge is how old an undelivered decision is before it is signalled, and signalled again.
	DecisionAge time.Duration
	// MaxBackoff is the longest pause between attempts while PostgreSQL or Temporal is down.
	MaxBackoff time.Duration
	// VainAfter is how many rings in a row without effect are an error; a person not due for two RingAgain and a MaxBackoff was settled.
	VainAfter int
	// GraceCheck is how often each open grace of a leaver is checked for a workflow that counts it down.
	GraceCheck time.Duration
}

// DefaultPace is that of a production starter.
func DefaultPace() Pace {
	return Pace{
		Every: time.Second, RingAgain: 20 * time.Second, DecisionAge: 5 * time.Second, MaxBackoff: 30 * time.Second, VainAfter: 6,
		GraceCheck: time.Hour,
	}
}

// batch is how many due rows are taken at once; more are taken right after when a batch was full.
const batch = 200

// Relay rings again whatever is due and signals decisions that were not taken up. It is the guarantee behind the Bell: with it,
// a committed row reaches its mailbox whatever failed in between. Several relays may run; they take different rows.
type Relay struct {
	store  *store.Store
	bell   *Bell
	server Server
	pace   Pace
	log    *slog.Logger
	vain   *vain
	// unreachable is how long Temporal has not answered.
	unreachable outage
	graces      graceWatch
	due         []dueWatch
	failures    prometheus.Counter
	inVain      prometheus.Gauge
}

// NewRelay makes a relay that takes due rows from the store and sends them through the bell.
func NewRelay(records *store.Store, bell *Bell, server Server, pace Pace, registry *prometheus.Registry, log *slog.Logger) *Relay {
	patience := 2*pace.RingAgain + pace.MaxBackoff
	relay := &Relay{
		store: records, bell: bell, server: server, pace: pace, log: log,
		vain: newVain(pace.VainAfter, patience), unreachable: outage{patience: patience},
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "muster_relay_failures_total", Help: "Rounds of the relay that failed because PostgreSQL or Temporal did.",
		}),
		inVain: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "muster_relay_people_rung_in_vain", Help: "People whose mailbox was rung many times in a row without settling anything.",
		}),
	}
	relay.graces = newGraceWatch(relay, registry)
	relay.due = []dueWatch{
		{what: "rollouts", due: records.DueRollouts, every: rolloutCheck, start: bell.StartRollout, server: server, pace: pace, log: log},
		{what: "reconciliations", due: records.DueReconciliations, every: reconciliationCheck, start: bell.StartReconciliation, server: server, pace: pace, log: log},
		{what: "adoptions", due: records.DueAdoptions, every: adoptionCheck, start: bell.StartAdoption, server: server, pace: pace, log: log},
	}
	registry.MustRegister(relay.failures, relay.inVain)
	return relay
}

// Run relays until the context ends.
func (r *Relay) Run(ctx context.Context) {
	// Beside the rings: asking Temporal about many graces takes its time, and nobody's ring waits for it.
	var watching sync.WaitGroup
	watching.Go(func() { r.graces.run(ctx) })
	for _, due := range r.due {
		watching.Go(func() { due.run(ctx) })
	}
	defer watching.Wait()
	pace := rounds{
		first: r.pace.Every, every: r.pace.Every, least: r.pace.Every, most: r.pace.MaxBackoff,
		failed: func(pause time.Duration, err error) {
			r.failures.Inc()
			r.log.WarnContext(ctx, "the relay failed and tries again", "pause", pause, "error", err)
		},
	}
	pace.run(ctx, r.round)
}

// round sends what is due, once. It says whether there was more than fits into a round.
func (r *Relay) round(ctx context.Context) (full bool, err error) {
	// Rows are pushed into the future when they are taken, so nothing is taken while it could not be delivered.
	if err := r.reachable(ctx); err != nil {
		r.alert(ctx, r.unreachable.failed(time.Now())...)
		return false, err
	}
	r.unreachable.ended()
	people, err := r.store.DueRings(ctx, batch, r.pace.RingAgain)
	if err != nil {
		return false, err
	}
	decisions, err := r.store.UndeliveredDecisions(ctx, r.pace.DecisionAge, batch)
	if err != nil {
		return false, err
	}
	r.complain(ctx, people)
	// One that fails does not end the others: their rows have been taken, and nobody would try them again soon.
	var sending errgroup.Group
	sending.SetLimit(parallel)
	for _, personID := range people {
		if r.bell.isQueued(personID) {
			continue
		}
		sending.Go(func() error {
			return send(ctx, func(ctx context.Context) error { return r.bell.SendRing(ctx, personID) })
		})
	}
	for _, decision := range decisions {
		sending.Go(func() error {
			return send(ctx, func(ctx context.Context) error { return r.bell.SendDecision(ctx, decision) })
		})
	}
	return len(people) == batch || len(decisions) == batch, sending.Wait()
}

func (r *Relay) reachable(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, signalTimeout)
	defer cancel()
	return r.server.Reachable(ctx)
}

// send bounds one signal, so that one that hangs does not hold up the others.
func send(ctx context.Context, signal func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, signalTimeout)
	defer cancel()
	return signal(ctx)
}

// complain says loudly which mailboxes do not answer. It is an error of ours or of a worker that is down: someone has to look.
func (r *Relay) complain(ctx context.Context, people []string) {
	reached, stuck := r.vain.rung(people, time.Now())
	for _, personID := range reached {
		r.log.ErrorContext(ctx, "rung many times in vain: is a worker running?", "person_id", personID, "rings", r.pace.VainAfter)
	}
	r.inVain.Set(float64(r.vain.count()))
	r.alert(ctx, inVain(stuck, r.vain.count())...)
}
