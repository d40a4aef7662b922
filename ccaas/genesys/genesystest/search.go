package genesystest

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// maximumSearchPage is the largest page of a search; the platform publishes none, 100 is what official code uses.
const maximumSearchPage = 100

// searchIndex holds accounts as they were when the index last caught up with them.
type searchIndex struct {
	documents map[string]user
	order     []string
	byEmail   map[string]map[string]bool // lower-case email → ids
}

func newSearchIndex() *searchIndex {
	return &searchIndex{documents: map[string]user{}, byEmail: map[string]map[string]bool{}}
}

func (x *searchIndex) put(u user) {
	old, known := x.documents[u.ID]
	if known {
		delete(x.byEmail[strings.ToLower(old.Email)], u.ID)
	} else {
		x.order = append(x.order, u.ID)
	}
	x.documents[u.ID] = u
	email := strings.ToLower(u.Email)
	if x.byEmail[email] == nil {
		x.byEmail[email] = map[string]bool{}
	}
	x.byEmail[email][u.ID] = true
}

// remove forgets an account.
func (x *searchIndex) remove(id string) {
	delete(x.byEmail[strings.ToLower(x.documents[id].Email)], id)
	delete(x.documents, id)
	x.order = slices.DeleteFunc(x.order, func(each string) bool { return each == id })
}

// criterion is one condition of a search [API: UserSearchCriteria].
type criterion struct {
	Type       string      `json:"type"`
	Fields     []string    `json:"fields"`
	Value      string      `json:"value"`
	Values     []string    `json:"values"`
	Operator   string      `json:"operator"`
	Group      []criterion `json:"group"`
	StartValue string      `json:"startValue"`
	EndValue   string      `json:"endValue"`
	DateFormat string      `json:"dateFormat"`
}

type searchBody struct {
	Query                     []criterion       `json:"query"`
	PageSize                  *int              `json:"pageSize"`
	PageNumber                *int              `json:"pageNumber"`
	SortOrder                 string            `json:"sortOrder"`
	SortBy                    string            `json:"sortBy"`
	Sort                      []json.RawMessage `json:"sort"`
	Expand                    []string          `json:"expand"`
	IntegrationPresenceSource string            `json:"integrationPresenceSource"`
	EnforcePermissions        bool              `json:"enforcePermissions"`
}

// searchFields are the fields official code searches by.
var searchFields = map[string]func(user) string{
	"id":         func(u user) string { return u.ID },
	"email":      func(u user) string { return u.Email },
	"username":   func(u user) string { return u.Email },
	"name":       func(u user) string { return u.Name },
	"state":      func(u user) string { return u.State },
	"department": func(u user) string { return u.Department },
	"title":      func(u user) string { return u.Title },
	"hr.employeeId": func(u user) string {
		if u.Employer == nil {
			return ""
		}
		return u.Employer.EmployeeID
	},
}

func (s *Server) searchUsers(r *request) answer {
	var body searchBody
	if refused := r.decode(&body); refused != nil {
		return *refused
	}
	return s.search(body)
}

// replaySearch is GET /users/search?q64=, a page of an earlier search.
func (s *Server) replaySearch(r *request) answer {
	var body searchBody
	content, err := base64.URLEncoding.DecodeString(r.query.Get("q64"))
	if err == nil {
		err = json.Unmarshal(content, &body)
	}
	if err != nil {
		return badField("q64", "q64 is not a search this API gave")
	}
	return s.search(body)
}

func (s *Server) search(body searchBody) answer {
	size, number := 25, 1
	set(&size, body.PageSize)
	set(&number, body.PageNumber)
	if refused := body.check(size, number); refused != nil {
		return *refused
	}
	var hits []user
	for _, id := range s.world.index.candidates(body.Query) {
		document := s.world.index.documents[id]
		if all(body.Query, document) && (namesState(body.Query) || document.State == stateActive) {
			hits = append(hits, document)
		}
	}
	pages := (len(hits) + size - 1) / size
	answerBody := object{
		"total": len(hits), "pageCount": pages, "pageSize": size, "pageNumber": number, "types": []string{"users"},
		"results": renderAll(pageOf(hits, size, number), func(u user) object { return s.renderUser(&u, body.Expand) }),
	}
	if number < pages {
		next := number + 1
		body.PageNumber = &next
		content, err := json.Marshal(body)
		if err != nil {
			return fail(500, "internal.server.error", "%v", err)
		}
		answerBody["nextPage"] = "/api/v2/users/search?q64=" + base64.URLEncoding.EncodeToString(content)
	}
	return ok(answerBody)
}

func (b searchBody) check(size, number int) *answer {
	var refused answer
	switch {
	case size < 1 || size > maximumSearchPage:
		refused = badField("pageSize", "pageSize is %d: expected 1 to %d", size, maximumSearchPage)
	case number < 1:
		refused = badField("pageNumber", "pageNumber is %d: expected 1 or more", number)
	case b.SortOrder != "" && !slices.Contains([]string{"ASC", "DESC", "SCORE"}, b.SortOrder):
		refused = badField("sortOrder", "Value [%s] is not valid for field type [sortOrder]. Allowable values are: ASC, DESC, SCORE", b.SortOrder)
	case len(b.Query) == 0:
		refused = badField("query", "query must hold a criterion")
	default:
		for _, value := range b.Expand {
			if !slices.Contains(userExpands, value) {
				refused = badField("expand", "Value [%s] is not valid for field type [expand]", value)
				return &refused
			}
		}
		return checkCriteria(b.Query)
	}
	return &refused
}

func checkCriteria(criteria []criterion) *answer {
	for _, c := range criteria {
		if len(c.Group) > 0 {
			if refused := checkCriteria(c.Group); refused != nil {
				return refused
			}
			continue
		}
		var refused answer
		switch {
		case !slices.Contains([]string{"EXACT", "STARTS_WITH", "CONTAINS", "TERM", "TERMS"}, c.Type):
			refused = badField("query.type", "Value [%s] is not a criterion type this simulator models", c.Type)
		case c.Operator != "" && !slices.Contains([]string{"AND", "OR", "NOT"}, c.Operator):
			refused = badField("query.operator", "Value [%s] is not valid for field type [operator]", c.Operator)
		case len(c.Fields) == 0:
			refused = badField("query.fields", "fields is required")
		case (c.Value == "") == (len(c.Values) == 0):
			refused = badField("query.value", "exactly one of value and values must be given")
		default:
			for _, field := range c.Fields {
				if searchFields[field] == nil {
					refused = badField("query.fields", "%s is not a field this simulator searches, which are %v",
						field, slices.Sorted(maps.Keys(searchFields)))
					return &refused
				}
			}
			continue
		}
		return &refused
	}
	return nil
}

// candidates narrows the search by an exact email where one is asked for.
func (x *searchIndex) candidates(criteria []criterion) []string {
	for _, c := range criteria {
		if c.Type == "EXACT" && c.Value != "" && slices.Equal(c.Fields, []string{"email"}) && (c.Operator == "" || c.Operator == "AND") &&
			!slices.ContainsFunc(criteria, func(c criterion) bool { return c.Operator == "OR" }) {
			return slices.Sorted(maps.Keys(x.byEmail[strings.ToLower(c.Value)]))
		}
	}
	return x.order
}

// all combines criteria from left to right by each one's operator, AND where it names none.
func all(criteria []criterion, u user) bool {
	result := true
	for i, c := range criteria {
		holds := c.holds(u)
		switch {
		case c.Operator == "NOT":
			result = result && !holds
		case c.Operator == "OR" && i > 0:
			result = result || holds
		default:
			result = result && holds
		}
	}
	return result
}

func (c criterion) holds(u user) bool {
	if len(c.Group) > 0 {
		return all(c.Group, u)
	}
	wanted := c.Values
	if c.Value != "" {
		wanted = []string{c.Value}
	}
	for _, field := range c.Fields {
		is := strings.ToLower(searchFields[field](u))
		for _, value := range wanted {
			value = strings.ToLower(value)
			switch {
			case c.Type == "STARTS_WITH" && strings.HasPrefix(is, value), c.Type == "CONTAINS" && strings.Contains(is, value), is == value:
				return true
			}
		}
	}
	return false
}

func namesState(criteria []criterion) bool {
	return slices.ContainsFunc(criteria, func(c criterion) bool { return slices.Contains(c.Fields, "state") || namesState(c.Group) })
}
