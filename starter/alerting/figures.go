package alerting

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"muster/store"
)

// scrapeTimeout bounds what a scrape asks of the database.
const scrapeTimeout = 3 * time.Second

// openAlerts counts the open alerts at each scrape. When the database does not answer there is no figure; muster_database_up says why.
type openAlerts struct {
	store *store.Store
	open  *prometheus.Desc
}

func newOpenAlerts(records *store.Store) *openAlerts {
	return &openAlerts{
		store: records, open: prometheus.NewDesc("muster_alerts_open", "Open alerts by kind and severity.", []string{"kind", "severity"}, nil),
	}
}

// Describe names the figure.
func (o *openAlerts) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- o.open }

// Collect reads it.
func (o *openAlerts) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	counts, err := o.store.OpenAlerts(ctx)
	if err != nil {
		return
	}
	for _, count := range counts {
		metrics <- prometheus.MustNewConstMetric(o.open, prometheus.GaugeValue, float64(count.Count), string(count.Kind), string(count.Severity))
	}
}
