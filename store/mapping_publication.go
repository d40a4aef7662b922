package store

import (
	"encoding/json"
	"fmt"
	"time"

	"muster/mapping"
)

// Registry is the version ready to answer. Of one that is published, it manages what was managed before too.
func (v MappingVersion) Registry() (*mapping.Registry, error) {
	registry, err := mapping.Parse(v.Version, fmt.Sprintf("mapping version %d", v.Version), v.YAML)
	if err != nil {
		return nil, fmt.Errorf("read mapping version %d: %w", v.Version, err)
	}
	if v.Managed == nil {
		return registry, nil
	}
	var managed mapping.Managed
	if err := json.Unmarshal(v.Managed, &managed); err != nil {
		return nil, fmt.Errorf("read what mapping version %d manages: %w", v.Version, err)
	}
	return registry.Inheriting(managed), nil
}

// clocksApart is by how much the clocks of two machines may differ.
const clocksApart = time.Hour

// NewPublication is what a version brings with it when it is published on top of a base, which is nil for the first: what Muster manages
// from then on, and the dates in it. The zero effective means at once.
func NewPublication(registry, base *mapping.Registry, effective time.Time, by Decision) (Publication, error) {
	if base != nil {
		registry = registry.Inheriting(base.Managed())
	}
	managed, err := json.Marshal(registry.Managed())
	if err != nil {
		return Publication{}, fmt.Errorf("write what mapping version %d manages: %w", registry.VersionNumber(), err)
	}
	from := effective
	if from.IsZero() {
		from = time.Now().Add(-clocksApart) // the database, whose clock says when it takes effect, leaves out what is over then
	}
	p := Publication{Version: registry.VersionNumber(), EffectiveAt: effective, Managed: managed, By: by}
	for _, boundary := range registry.Boundaries(from) {
		date := RolloutDate{At: boundary.At}
		for _, rule := range boundary.Begins {
			date.About = append(date.About, rule.String()+" begins")
		}
		for _, rule := range boundary.Ends {
			date.About = append(date.About, rule.String()+" ends")
		}
		p.Dates = append(p.Dates, date)
	}
	return p, nil
}
