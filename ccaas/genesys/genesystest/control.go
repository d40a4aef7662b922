package genesystest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// The methods of this file do from Go what the control API does over HTTP. Those that change something return an error that
// names the field, what was found and what is expected.

// Plant puts an account on the platform; name and email are required.
func (s *Server) Plant(p Plant) (Truth, error) {
	return locked(s, func() (Truth, error) { return s.plant(p) })
}

// Populate plants a crowd and returns the ids in the order of the numbers.
func (s *Server) Populate(crowd Crowd) ([]string, error) {
	return locked(s, func() ([]string, error) { return s.plantCrowd(crowd) })
}

// PutClient lets an OAuth client in, or replaces the one of that id.
func (s *Server) PutClient(client Client) error {
	_, err := locked(s, func() (bool, error) { return true, s.putClient(client) })
	return err
}

// Change changes an account behind everybody's back, as a supervisor or another system would.
func (s *Server) Change(userID string, p Plant) (Truth, error) {
	return locked(s, func() (Truth, error) { return s.replant(userID, p) })
}

// User returns the truth about an account by id; the second result says whether there is one.
func (s *Server) User(userID string) (Truth, bool) {
	found, err := locked(s, func() (Truth, error) {
		if u := s.world.byID[userID]; u != nil {
			return s.truth(u), nil
		}
		return Truth{}, unknown("user", userID, "an account of the platform")
	})
	return found, err == nil
}

// Users returns the truth about the accounts a filter selects, in order of creation.
func (s *Server) Users(filter TruthFilter) []Truth {
	found, _ := locked(s, func() ([]Truth, error) { return s.truths(filter), nil })
	return found
}

// Journal returns the requests a filter selects, in order of arrival.
func (s *Server) Journal(filter JournalFilter) []Entry { return s.journal.list(filter) }

// ClearJournal forgets all requests. Sequences go on.
func (s *Server) ClearJournal() { s.journal.clear() }

// Fault makes matching requests go wrong.
func (s *Server) Fault(fault Fault) error { return s.faults.add(fault) }

// Faults returns the faults that still wait for requests.
func (s *Server) Faults() []Fault { return s.faults.list() }

// ClearFaults removes all faults.
func (s *Server) ClearFaults() { s.faults.clear() }

// Settings returns the dials.
func (s *Server) Settings() Settings {
	settings, _ := locked(s, func() (Settings, error) { return s.settings.clone(), nil })
	return settings
}

// ChangeSettings lets change turn the dials.
func (s *Server) ChangeSettings(change func(*Settings)) error {
	_, err := locked(s, func() (Settings, error) {
		settings := s.settings.clone()
		change(&settings)
		if err := settings.check(); err != nil {
			return settings, err
		}
		s.settings = settings
		return settings, nil
	})
	return err
}

// ChangeCatalogue adds and removes constructs.
func (s *Server) ChangeCatalogue(change CatalogueChange) error {
	_, err := locked(s, func() (bool, error) { return true, s.changeCatalogue(change) })
	return err
}

// Rejoin makes an account's agent undo unjoins by itself; a later call replaces an earlier one.
func (s *Server) Rejoin(userID string, rejoin Rejoin) error {
	_, err := locked(s, func() (bool, error) { return true, s.armRejoin(userID, rejoin) })
	return err
}

// RejectSkill makes the platform take an accepted skill back.
func (s *Server) RejectSkill(rejection Rejection) error {
	_, err := locked(s, func() (bool, error) { return true, s.armRejection(rejection) })
	return err
}

// AnswerMoves makes moves between management units answer a result and do nothing.
func (s *Server) AnswerMoves(result MoveResult) error {
	_, err := locked(s, func() (bool, error) { return true, s.armMoveResult(result) })
	return err
}

// StartConversation gives an account a live conversation and returns its id.
func (s *Server) StartConversation(userID string, start StartConversation) (string, error) {
	return locked(s, func() (string, error) { return s.startConversation(userID, start) })
}

// EndConversation ends a conversation for everybody; after-call work follows.
func (s *Server) EndConversation(id string) error {
	_, err := locked(s, func() (bool, error) {
		c := s.world.conversations[id]
		if c == nil || !c.live() {
			return false, unknown("conversation", id, "a live one")
		}
		s.endConversation(c)
		return true, nil
	})
	return err
}

// Conversations returns the truth about the conversations a filter selects, in order of their beginning.
func (s *Server) Conversations(filter ConversationFilter) []ConversationTruth {
	found, _ := locked(s, func() ([]ConversationTruth, error) { return s.conversationTruths(filter), nil })
	return found
}

// RevokeTokens ends every access token of the OAuth client.
func (s *Server) RevokeTokens() {
	_, _ = locked(s, func() (bool, error) {
		for _, t := range s.tokens.issued {
			t.revoked = true
		}
		return true, nil
	})
}

// Reset goes back to the seed: no accounts, the seed's catalogue, the settings of the start, no faults, an empty journal. Tokens
// stay valid.
func (s *Server) Reset() {
	_, _ = locked(s, func() (bool, error) {
		counter := s.world.Counter
		s.world = newWorld(s.world.Seed)
		s.world.Counter = counter // ids are never given twice
		s.settings, s.armed = s.initialSettings(), armed{}
		return true, nil
	})
	s.faults.clear()
	s.journal.clear()
}

// locked runs a control function on the settled world.
func locked[T any](s *Server, do func() (T, error)) (T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	s.keeper.dirty.Store(true)
	s.members = nil
	return do()
}

// serveControl answers /_sim/ without authentication, to loopback clients only.
func (s *Server) serveControl(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if address := net.ParseIP(host); err != nil || address == nil || !address.IsLoopback() {
		s.logger.Warn("refused a control request from elsewhere", "remote", host)
		http.Error(w, "the control API answers to loopback clients only", http.StatusForbidden)
		return
	}
	result, err := s.control(r)
	status := http.StatusOK
	if err != nil {
		status, result = http.StatusBadRequest, object{"error": err.Error()}
		if errors.Is(err, errNoControl) {
			status = http.StatusNotFound
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(result)
}

var errNoControl = errors.New("no such control request")

// control is the table of the control API.
func (s *Server) control(r *http.Request) (any, error) {
	parts := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, "/_sim"), "/"), "/")
	id := ""
	if len(parts) > 1 {
		id, parts[1] = parts[1], "{id}"
	}
	query := r.URL.Query()
	switch r.Method + " " + strings.Join(parts, "/") {
	case "GET journal":
		after, err := strconv.ParseInt("0"+query.Get("after"), 10, 64)
		if err != nil {
			return nil, unknown("after", query.Get("after"), "a sequence")
		}
		return s.Journal(JournalFilter{
			Method: query.Get("method"), Path: query.Get("path"), User: query.Get("user"), Contains: query.Get("contains"), After: after,
		}), nil
	case "DELETE journal":
		s.ClearJournal()
		return object{}, nil
	case "GET faults":
		return s.Faults(), nil
	case "POST faults":
		fault, err := read[Fault](r)
		if err == nil {
			err = s.Fault(fault)
		}
		return s.Faults(), err
	case "DELETE faults":
		s.ClearFaults()
		return object{}, nil
	case "GET settings":
		return s.Settings(), nil
	case "POST settings":
		return s.controlSettings(r)
	case "GET users":
		return s.Users(TruthFilter{
			State: query.Get("state"), Email: query.Get("email"), ExternalKey: query.Get("external_id"),
		}), nil
	case "GET users/{id}":
		found, is := s.User(id)
		if !is {
			return nil, fmt.Errorf("user %s: %w", id, errNoControl)
		}
		return found, nil
	case "POST users":
		p, err := read[Plant](r)
		if err != nil {
			return nil, err
		}
		return s.Plant(p)
	case "POST crowds":
		crowd, err := read[Crowd](r)
		if err != nil {
			return nil, err
		}
		ids, err := s.Populate(crowd)
		return object{"count": len(ids), "ids": ids}, err
	case "POST clients":
		client, err := read[Client](r)
		if err == nil {
			err = s.PutClient(client)
		}
		return object{}, err
	case "PATCH users/{id}":
		p, err := read[Plant](r)
		if err != nil {
			return nil, err
		}
		return s.Change(id, p)
	case "POST users/{id}/rejoin":
		rejoin, err := read[Rejoin](r)
		if err == nil {
			err = s.Rejoin(id, rejoin)
		}
		return object{}, err
	case "POST users/{id}/conversations":
		start, err := read[StartConversation](r)
		if err != nil {
			return nil, err
		}
		conversationID, err := s.StartConversation(id, start)
		return object{"id": conversationID}, err
	case "GET conversations":
		return s.Conversations(ConversationFilter{AgentID: query.Get("agent"), State: query.Get("state")}), nil
	case "DELETE conversations/{id}":
		return object{}, s.EndConversation(id)
	case "POST catalogue":
		change, err := read[CatalogueChange](r)
		if err == nil {
			err = s.ChangeCatalogue(change)
		}
		return object{}, err
	case "POST rejections":
		rejection, err := read[Rejection](r)
		if err == nil {
			err = s.RejectSkill(rejection)
		}
		return object{}, err
	case "POST move-results":
		result, err := read[MoveResult](r)
		if err == nil {
			err = s.AnswerMoves(result)
		}
		return object{}, err
	case "DELETE tokens":
		s.RevokeTokens()
		return object{}, nil
	case "POST reset":
		s.Reset()
		return object{}, nil
	}
	return nil, fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, errNoControl)
}

// controlSettings turns the dials the body names and leaves the others.
func (s *Server) controlSettings(r *http.Request) (any, error) {
	content, err := io.ReadAll(io.LimitReader(r.Body, maximumBody))
	if err != nil {
		return nil, fmt.Errorf("reading the body: %w", err)
	}
	if _, err := strict[Settings](content, Settings{}); err != nil {
		return nil, err
	}
	err = s.ChangeSettings(func(settings *Settings) { *settings, _ = strict(content, *settings) })
	return s.Settings(), err
}

func read[T any](r *http.Request) (T, error) {
	content, err := io.ReadAll(io.LimitReader(r.Body, maximumBody))
	var nothing T
	if err != nil {
		return nothing, fmt.Errorf("reading the body: %w", err)
	}
	return strict(content, nothing)
}

// strict decodes onto a value and refuses fields it does not have; an empty body is an empty object.
func strict[T any](content []byte, onto T) (T, error) {
	if len(bytes.TrimSpace(content)) == 0 {
		return onto, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&onto); err != nil {
		return onto, fmt.Errorf("body of the control request: %w", err)
	}
	return onto, nil
}
