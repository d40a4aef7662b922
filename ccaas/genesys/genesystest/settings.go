package genesystest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Settings are the simulator's dials. Durations are milliseconds; zero means at once, or no limit.
type Settings struct {
	// SearchLagMS is how long the search index stays behind a change of an account. Official code waits up to three minutes.
	SearchLagMS int `json:"search_lag_ms"`
	// JoinLagMS is how long after the answer a join or unjoin becomes effective.
	JoinLagMS int `json:"join_lag_ms"`
	// GroupLagMS is how long after the answer (202) a group membership becomes effective.
	GroupLagMS int `json:"group_lag_ms"`
	// MoveLagMS is how long after the answer (202) a move between management units becomes effective.
	MoveLagMS int `json:"move_lag_ms"`
	// AuthorizationLagMS is how long grants answer 404 for a new account, role or division. Official code retries these.
	AuthorizationLagMS int `json:"authorization_lag_ms"`
	// ConversationLagMS is how long after the answer (202) a transfer or a disconnection becomes effective.
	ConversationLagMS int `json:"conversation_lag_ms"`
	// AnalyticsLagMS is how long the query of conversations stays behind them. The platform publishes no figure.
	AnalyticsLagMS int `json:"analytics_lag_ms"`
	// ErasureLagMS is how long after the answer a GDPR request is carried out. The platform publishes no figure.
	ErasureLagMS int `json:"erasure_lag_ms"`
	// LatencyMS is added to every answer of the platform.
	LatencyMS int `json:"latency_ms"`

	// RequestsPerMinute is the budget of one token. The platform's default is 300; 0 lifts it (the headers then show a million).
	RequestsPerMinute int `json:"requests_per_minute"`
	// TokensPerMinute is the budget of the token endpoint. The platform's figure is not published.
	TokensPerMinute int `json:"tokens_per_minute"`
	// TokenSeconds is a token's lifetime.
	TokenSeconds int `json:"token_seconds"`

	// Seats is how many accounts may be joined to a queue at once; an account without a seat is refused when it joins.
	// The platform sells licences; that it refuses with 400 is this simulator's choice.
	Seats int `json:"seats"`
	// ManagementUnitLimit is how many agents fit in a management unit.
	ManagementUnitLimit int `json:"management_unit_limit"`
	// NewUserRole is the role a created account has from the start; empty means none. Undocumented on the platform.
	NewUserRole string `json:"new_user_role"`
	// ExternalIDFindsDeleted lets the lookup by external id find deleted accounts. Undocumented; false is the harder case.
	ExternalIDFindsDeleted bool `json:"external_id_finds_deleted"`
	// DeletedReleasesExternalID lets an external id of a deleted account be given to another one. Undocumented.
	DeletedReleasesExternalID bool `json:"deleted_releases_external_id"`
	// DeleteDropsMemberships lets a deletion also drop skills, languages, groups, queues and the management unit. Undocumented;
	// false is the harder case, since a restored account then finds itself joined.
	DeleteDropsMemberships bool `json:"delete_drops_memberships"`
	// TokenHidesRoles lets GET /tokens/me leave out the roles of the OAuth client. The contract has them and does not promise them.
	TokenHidesRoles bool `json:"token_hides_roles"`
	// CursorMS is how long a cursor of GET /users/query is good for; 0: for ever. Undocumented.
	CursorMS int `json:"cursor_ms"`
	// FailErasures lets GDPR requests end with ERROR and erase nothing.
	FailErasures bool `json:"fail_erasures"`
	// ExtensionAnswers is how answers show an extension: "pooled" (extension and display), "pooled_with_address" (address, too)
	// or "unpooled" (display alone, in parentheses), as official code documents for organisations with and without a pool.
	// Empty means pooled.
	ExtensionAnswers string `json:"extension_answers"`
	// OmitExpands are expand blocks left out of answers although asked for: the platform calls them best effort.
	OmitExpands []string `json:"omit_expands"`
	// KeepAnswers keeps the bodies of answers in the journal, too.
	KeepAnswers bool `json:"keep_answers"`
}

// DefaultSettings are short lags, the platform's own figures where it publishes them, and a budget that tests do not meet.
func DefaultSettings() Settings {
	return Settings{
		SearchLagMS: 300, JoinLagMS: 50, GroupLagMS: 50, ConversationLagMS: 50, AnalyticsLagMS: 300, ErasureLagMS: 300,
		RequestsPerMinute: 30_000, TokensPerMinute: 300, TokenSeconds: 86_400,
		ManagementUnitLimit: 1500, NewUserRole: "employee", OmitExpands: []string{},
	}
}

func (s Settings) clone() Settings {
	s.OmitExpands = slices.Clone(s.OmitExpands)
	return s
}

func (s Settings) check() error {
	numbers := map[string]int{
		"search_lag_ms": s.SearchLagMS, "join_lag_ms": s.JoinLagMS, "group_lag_ms": s.GroupLagMS, "move_lag_ms": s.MoveLagMS,
		"authorization_lag_ms": s.AuthorizationLagMS, "conversation_lag_ms": s.ConversationLagMS, "analytics_lag_ms": s.AnalyticsLagMS,
		"erasure_lag_ms": s.ErasureLagMS, "latency_ms": s.LatencyMS, "cursor_ms": s.CursorMS,
		"requests_per_minute": s.RequestsPerMinute, "tokens_per_minute": s.TokensPerMinute,
		"token_seconds": s.TokenSeconds, "seats": s.Seats, "management_unit_limit": s.ManagementUnitLimit,
	}
	for _, name := range slices.Sorted(maps.Keys(numbers)) {
		if numbers[name] < 0 {
			return fmt.Errorf("setting %s is %d: expected zero or more", name, numbers[name])
		}
	}
	if s.ExtensionAnswers != "" && !slices.Contains(extensionAnswers, s.ExtensionAnswers) {
		return fmt.Errorf("setting extension_answers is %q: expected one of %s", s.ExtensionAnswers, strings.Join(extensionAnswers, ", "))
	}
	for _, expand := range s.OmitExpands {
		if !slices.Contains(userExpands, expand) {
			return fmt.Errorf("setting omit_expands holds %q: expected an expand value of the platform", expand)
		}
	}
	return nil
}
