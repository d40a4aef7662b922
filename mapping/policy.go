package mapping

import "time"

// DefaultPolicies hold where neither the department's rule nor the registry's defaults say otherwise.
func DefaultPolicies() Policies {
	return Policies{DrainWindow: 300 * time.Second, HandOverWindow: time.Minute, Grace: 30 * day, ApprovalDeadline: 4 * time.Hour}
}

// policySettings are policies as a rule says them; nil leaves the policy as it was.
type policySettings struct {
	ActivationApproval *bool          `json:"activation_approval,omitempty"`
	ApprovalDeadline   *time.Duration `json:"approval_deadline,omitempty"`
	DrainWindow        *time.Duration `json:"drain_window,omitempty"`
	Grace              *time.Duration `json:"grace,omitempty"`
	HandOverWindow     *time.Duration `json:"hand_over_window,omitempty"`
	NightShiftGrace    *time.Duration `json:"night_shift_grace,omitempty"`
}

// over returns base with what the settings say put over it.
func (p policySettings) over(base Policies) Policies {
	set(&base.ActivationApproval, p.ActivationApproval)
	set(&base.ApprovalDeadline, p.ApprovalDeadline)
	set(&base.DrainWindow, p.DrainWindow)
	set(&base.HandOverWindow, p.HandOverWindow)
	set(&base.Grace, p.Grace)
	return base
}

func set[T any](target *T, value *T) {
	if value != nil {
		*target = *value
	}
}

// policies reads a policies section. The bounds are those of the decisions behind them: nobody waits a year in grace without
// a hold, a hand-over keeps nobody's access open for longer than a quarter of an hour, and a night shift ends at most twelve hours after
// midnight.
func (s *section) policies(settings *policySettings) {
	s.child("policies", func(p *section) {
		settings.ActivationApproval = p.flag("activation_approval")
		settings.ApprovalDeadline = p.duration("approval_deadline", time.Second, 30*day)
		settings.DrainWindow = p.duration("drain_window", 0, day)
		settings.Grace = p.duration("grace", time.Second, 365*day)
		settings.HandOverWindow = p.duration("hand_over_window", time.Second, 15*time.Minute)
		settings.NightShiftGrace = p.duration("night_shift_grace", 0, 12*time.Hour)
	})
}
