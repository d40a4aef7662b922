package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"muster/hr"
	"muster/hr/roster"
)

// RosterPage is a page of a roster: as much of it as is recorded at once.
type RosterPage struct {
	Page   int    // from 1
	SHA256 string // of its bytes where it is a thing of its own; else empty
	Lines  int64
	// Place is where it was found, Next where the one after it is; empty: it was the last.
	Place, Next string
}

// RosterPages returns the pages of a roster that are here, in their order.
func (s *Store) RosterPages(ctx context.Context, id string) ([]RosterPage, error) {
	return list[RosterPage](ctx, s.pool, "the pages of roster "+id, `
		select page, sha256, lines, place, next from roster_pages where roster_id = $1 order by page`, id)
}

// AddRosterPage records a page with all of its lines, or nothing of it. Again it changes nothing. Of people whose personal data was
// erased it keeps none. Errors: ErrNotFound, ErrRosterEnded; ErrRosterChanged when the page is here and was another one.
func (s *Store) AddRosterPage(ctx context.Context, id string, page RosterPage, lines []roster.Line) error {
	page.Lines = int64(len(lines))
	return s.transact(ctx, fmt.Sprintf("record page %d of roster %s", page.Page, id), func(tx pgx.Tx) error {
		of, err := oneRoster(ctx, tx, "roster "+id, `id = $1 for share`, id)
		if err != nil {
			return err
		}
		if here, err := addPage(ctx, tx, id, page); err != nil || here {
			return err
		}
		if of.State != RosterReading {
			return ErrRosterEnded
		}
		known, err := whoIsMeant(ctx, tx, of.Namespace, lines)
		if err != nil {
			return err
		}
		return copyLines(ctx, tx, of, page.Page, lines, known)
	})
}

// addPage says whether the page is here already.
func addPage(ctx context.Context, tx pgx.Tx, id string, page RosterPage) (here bool, err error) {
	added, err := tx.Exec(ctx, `
		insert into roster_pages (roster_id, page, sha256, lines, place, next) values ($1, $2, $3, $4, $5, $6)
		on conflict (roster_id, page) do nothing`, id, page.Page, page.SHA256, page.Lines, page.Place, page.Next)
	if err != nil || added.RowsAffected() == 1 {
		return false, err
	}
	before, err := one[RosterPage](ctx, tx, "the page", `
		select page, sha256, lines, place, next from roster_pages where roster_id = $1 and page = $2`, id, page.Page)
	if err == nil && before != page {
		err = ErrRosterChanged
	}
	return true, err
}

// meant is whom an external id belongs to.
type meant struct {
	ExternalID string
	PersonID   string
	// Erased: nothing of who they are is known any more.
	Erased bool
}

// whoIsMeant looks up the ids. An erasure of one of them is waited for, and waits for the end of the transaction; what is received
// meanwhile does not.
func whoIsMeant(ctx context.Context, tx pgx.Tx, namespace string, lines []roster.Line) (map[string]meant, error) {
	ids := make([]string, 0, len(lines))
	for _, line := range lines {
		if line.ExternalUserID != "" {
			ids = append(ids, line.ExternalUserID)
		}
	}
	_, err := tx.Exec(ctx, `
		select from person_ids where namespace = $1 and external_id = any($2) order by external_id for key share`, namespace, ids)
	if err != nil {
		return nil, fmt.Errorf("hold the ids: %w", err)
	}
	found, err := list[meant](ctx, tx, "whom the ids belong to", `
		select i.external_id, i.person_id, coalesce(
			a.erased_at is not null and p.email is null and p.first_name is null and p.last_name is null, false) as erased
		from person_ids i join persons p using (person_id) left join agents a using (person_id)
		where i.namespace = $1 and i.external_id = any($2)`, namespace, ids)
	known := make(map[string]meant, len(found))
	for _, m := range found {
		known[m.ExternalID] = m
	}
	return known, err
}

func copyLines(ctx context.Context, tx pgx.Tx, of Roster, page int, lines []roster.Line, known map[string]meant) error {
	var records, defects [][]any
	for _, line := range lines {
		m := known[line.ExternalUserID]
		if line.Refused() {
			problems, err := json.Marshal(impersonalProblems(line.Problems, m.Erased))
			if err != nil {
				return fmt.Errorf("write the problems of line %d: %w", line.Number, err)
			}
			defects = append(defects, []any{of.ID, line.ExternalUserID, m.PersonID, of.Namespace, problems, page, line.Number})
			continue
		}
		person := line.Person
		if m.Erased {
			person = impersonal(person)
		}
		records = append(records, []any{
			of.ID, m.PersonID, of.Namespace, line.ExternalUserID, string(person.Status.Value), hr.CanonicalRecord(person), page, line.Number,
		})
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"roster_records"},
		[]string{"roster_id", "person_id", "namespace", "external_user_id", "status", "record", "page", "line"}, pgx.CopyFromRows(records))
	if err != nil {
		return fmt.Errorf("copy the records: %w", err)
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"roster_defects"},
		[]string{"roster_id", "external_user_id", "person_id", "namespace", "problems", "page", "line"}, pgx.CopyFromRows(defects))
	if err != nil {
		return fmt.Errorf("copy the refused lines: %w", err)
	}
	return nil
}

// impersonal is a record without who the person is and who leads them, as an erasure leaves events.
func impersonal(p hr.Payload) hr.Payload {
	none := hr.Optional[string]{}
	p.Email, p.FirstName, p.LastName, p.PhoneExtension, p.ManagerExternalID = none, none, none, none, none
	return p
}

func impersonalProblems(problems []hr.Problem, erased bool) []hr.Problem {
	if !erased {
		return problems
	}
	left := make([]hr.Problem, len(problems))
	for i, problem := range problems {
		problem.Found = "erased"
		left[i] = problem
	}
	return left
}

// RosterRecord is what a roster says about a person.
type RosterRecord struct {
	PersonID       string // empty: Muster does not know them
	Namespace      string
	ExternalUserID string
	Line           int64
	Person         hr.Payload
}

// RosterPlace is where in the order of a roster one is: by person id, then external id, both in the order of their bytes. People whom
// Muster does not know have an empty person id and come first. The zero value lies before all. Line tells apart what has the same ids
// while the roster is still being read.
type RosterPlace struct {
	PersonID, ExternalUserID string
	Line                     int64
}

// Place is where the record is.
func (r RosterRecord) Place() RosterPlace {
	return RosterPlace{PersonID: r.PersonID, ExternalUserID: r.ExternalUserID, Line: r.Line}
}

// RosterRecords returns the records of a roster after a place, at most limit; fewer are the last. A person with several ids has several
// records, one after the other.
func (s *Store) RosterRecords(ctx context.Context, id string, after RosterPlace, limit int) ([]RosterRecord, error) {
	return rosterLines(ctx, s.pool, `
		select person_id, namespace, external_user_id, line, record from roster_records
		where roster_id = $1 and (person_id, external_user_id, line) > ($2, $3, $4)
		order by person_id, external_user_id, line limit $5`, id, after.PersonID, after.ExternalUserID, after.Line, limit)
}

type rosterRow struct {
	PersonID, Namespace, ExternalUserID string
	Line                                int64
	Record                              []byte
}

func (r rosterRow) record() (RosterRecord, error) {
	person, err := hr.FromCanonicalRecord(r.Record)
	if err != nil {
		return RosterRecord{}, fmt.Errorf("read line %d of a roster of %s: %w", r.Line, r.Namespace, err)
	}
	return RosterRecord{PersonID: r.PersonID, Namespace: r.Namespace, ExternalUserID: r.ExternalUserID, Line: r.Line, Person: person}, nil
}

// RosterDefect is a line of a roster that tells nothing that may be used. Whoever it is about is not missing from HR.
type RosterDefect struct {
	Page           int
	Line           int64
	Namespace      string
	ExternalUserID string // empty: it could not be read
	PersonID       string // empty: Muster does not know them
	Problems       []hr.Problem
}

// RosterDefects returns the refused lines of a roster after a line (0: from the first), at most limit; fewer are the last.
func (s *Store) RosterDefects(ctx context.Context, id string, after int64, limit int) ([]RosterDefect, error) {
	return list[RosterDefect](ctx, s.pool, "the refused lines of roster "+id, `
		select page, line, namespace, external_user_id, person_id, problems from roster_defects
		where roster_id = $1 and line > $2 order by line limit $3`, id, after, limit)
}
