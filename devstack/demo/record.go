package demo

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"muster/api"
)

func (s *story) refusals() {
	unsigned, err := http.NewRequestWithContext(s.ctx, http.MethodPost, s.stack.StarterURL+"/v1/events", bytes.NewReader(guidesEventBytes))
	if err != nil {
		s.check("an unsigned event is sent", err)
		return
	}
	unsigned.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(unsigned)
	if err != nil {
		s.check("an unsigned event is sent", err)
		return
	}
	_ = response.Body.Close()
	s.check("an unsigned event is answered with 401", equal("status", response.StatusCode, http.StatusUnauthorized))

	wrong := bytes.Replace(guidesEventBytes, []byte("America/New_York"), []byte("UTC-7"), 1)
	_, err = s.send(bytes.Replace(wrong, []byte(janeEvent), []byte("evt_wrong_zone"), 1))
	var problem *api.Problem
	if !errors.As(err, &problem) {
		s.check("an offset in place of a time zone is refused", errors.Join(errors.New("no problem document"), err))
		return
	}
	s.check("an offset in place of a time zone is answered with 422, naming field, found and expected", errors.Join(
		equal("status", problem.Status, http.StatusUnprocessableEntity),
		holds(len(problem.Errors) == 1 && strings.HasSuffix(problem.Errors[0].Field, "payload.timezone") && strings.Contains(problem.Errors[0].Found, "UTC-7"), "problem: %+v", problem.Errors)))
	refused, err := s.operator.Event(s.ctx, "evt_wrong_zone")
	s.check("and what was refused is kept", errors.Join(err, equal("outcome", refused.Outcome, "rejected")))
}

// leaversReport is what an auditor asks for: what became of each termination, when, by whose word.
func (s *story) leaversReport() {
	page, err := s.auditor.Leavers(s.ctx, api.LeaverQuery{PageQuery: api.PageQuery{Limit: 500}, From: time.Now().Add(-24 * time.Hour)})
	cut, slowest := map[string]api.Leaver{}, 0.0
	for _, leaver := range page.Items {
		if leaver.SecondsToUnroutable != nil {
			cut[leaver.PersonID] = leaver
			slowest = max(slowest, *leaver.SecondsToUnroutable)
		}
	}
	s.check("the report lists all five whose access was cut", errors.Join(err, holds(
		hasAll(slices.Collect(maps.Keys(cut)), janeID, leaID, paulID, irisID, noraID), "%d terminations: %+v", len(page.Items), page.Items)))
	s.check(fmt.Sprintf("each was read back unroutable, the slowest %.1f s after it was due", slowest), holds(slowest < 60, "%.1f s", slowest))
	paul := cut[paulID]
	s.check("of Paul Winter: unroutable, sessions revoked, inactive, deleted, with the time of each and by whose word",
		holds(paul.Unroutable.At != nil && paul.Revoked.At != nil && paul.Inactive.At != nil && paul.Deleted.At != nil && paul.Deleted.By != "", "%+v", paul))
	s.check("of Iris Holm: reversed, and by whom", equal("reversed by", cut[irisID].ReversedBy, "legal"))
}

func (s *story) record() {
	s.eventually("the audit chain verifies, with nothing left unsealed", func() error {
		verdict, err := s.auditor.VerifyAudit(s.ctx)
		return errors.Join(err, holds(verdict.Intact && verdict.Unsealed == 0, "verdict: %+v", verdict))
	})
}
