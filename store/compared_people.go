package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"muster/lifecycle"
)

// ComparedPerson is a person with all that the record has for a reconciliation.
type ComparedPerson struct {
	// Person is as WalkPeople has it, with Reviews and Approvals (the open ones), Grace and Holds filled in. Of whoever is known by a roster
	// alone it has ExternalIDs, and a PersonID that nobody has yet.
	Person
	// NeverHeard: Muster knows the person by HR's roster alone.
	NeverHeard bool
	// Lines are what the rosters say about the person's ids; Defects what could not be read of that.
	Lines   []RosterRecord
	Defects []RosterDefect
	// Exceptions hold now; PutBacks is the history that RULES 16 counts. Unjoined are queues that wait for a seat.
	Exceptions []Exception
	PutBacks   []PutBack
	Unjoined   []string
}

// WalkByAccount visits everybody whom Muster or one of the rosters (by id, all judged) knows, a page at a time, all as of one moment, in the order of their accounts'
// ids and of their own, both byte by byte: those who are not linked come first, and among them those whom only a roster knows. at is the
// instant at which exceptions count. While visit has a page, the next one is read; visit is never called twice at once, and an error of it
// ends the walk and is returned as it is.
func (s *Store) WalkByAccount(ctx context.Context, rosterIDs []string, at time.Time, page int, visit func([]ComparedPerson) error) error {
	if page < 1 {
		page = defaultWalkPage
	}
	return s.snapshot(ctx, "walk all people by account", func(tx pgx.Tx) error {
		return readAhead(visit, func(give func([]ComparedPerson) bool) error {
			more, err := walkUnlinked(ctx, tx, texts(rosterIDs), at, page, give)
			if err != nil || !more {
				return err
			}
			return walkLinked(ctx, tx, texts(rosterIDs), at, page, give)
		})
	})
}

// walkUnlinked gives those who are not linked; more: somebody still wants to know.
func walkUnlinked(
	ctx context.Context, tx pgx.Tx, rosterIDs []string, at time.Time, page int, give func([]ComparedPerson) bool,
) (more bool, err error) {
	for last := ""; ; {
		subjects, err := unlinkedSubjects(ctx, tx, rosterIDs, last, page)
		if err != nil {
			return false, err
		}
		if more, err := giveSubjects(ctx, tx, rosterIDs, at, subjects, give); err != nil || !more {
			return false, err
		}
		if len(subjects) < page {
			return true, nil
		}
		last = subjects[len(subjects)-1].Subject
	}
}

func walkLinked(ctx context.Context, tx pgx.Tx, rosterIDs []string, at time.Time, page int, give func([]ComparedPerson) bool) error {
	for lastAccount, lastPerson := "", ""; ; {
		type row struct{ Account, Subject string }
		linked, err := list[row](ctx, tx, "a page of linked people", `
			select platform_user_id as account, person_id as subject from agents join persons using (person_id)
			where platform_user_id is not null and joined_into is null
			  and (platform_user_id collate "C", person_id collate "C") > ($1, $2)
			order by platform_user_id collate "C", person_id collate "C" limit $3`, lastAccount, lastPerson, page)
		if err != nil {
			return err
		}
		subjects := make([]subject, len(linked))
		for i, l := range linked {
			subjects[i] = subject{Subject: l.Subject, Known: true}
		}
		if more, err := giveSubjects(ctx, tx, rosterIDs, at, subjects, give); err != nil || !more || len(linked) < page {
			return err
		}
		lastAccount, lastPerson = linked[len(linked)-1].Account, linked[len(linked)-1].Subject
	}
}

func giveSubjects(
	ctx context.Context, tx pgx.Tx, rosterIDs []string, at time.Time, subjects []subject, give func([]ComparedPerson) bool,
) (more bool, err error) {
	people, err := peopleToCompare(ctx, tx, rosterIDs, at, subjects)
	if err != nil {
		return false, err
	}
	return len(people) == 0 || give(people), nil
}

// ComparePerson is one person as WalkByAccount has them; ErrNotFound for whoever was joined into another and for whom neither Muster nor a
// roster knows. id is a person id, or one that WalkByAccount gave.
func (s *Store) ComparePerson(ctx context.Context, id string, rosterIDs []string, at time.Time) (person ComparedPerson, err error) {
	err = s.snapshot(ctx, "read a person for a comparison", func(tx pgx.Tx) error {
		subjects, err := list[subject](ctx, tx, "person "+id, `
			select person_id as subject, true as known, '' as namespace, '' as external_user_id from persons
			where person_id = $1 and joined_into is null
			union all
			select $1, false, r.namespace, r.external_user_id from (select distinct namespace, external_user_id from roster_records
				where roster_id = any($2) and person_id = '' and namespace || ':' || external_user_id = $1) r
			where not exists (select from persons where person_id = $1)`, id, texts(rosterIDs))
		if err != nil {
			return err
		}
		if len(subjects) == 0 {
			return fmt.Errorf("person %s: %w", id, ErrNotFound)
		}
		people, err := peopleToCompare(ctx, tx, texts(rosterIDs), at, subjects)
		if err == nil {
			person = people[0]
		}
		return err
	})
	return person, err
}

// subject is whom a page is about: a person, or an id that only a roster has.
type subject struct {
	Subject        string
	Known          bool
	Namespace      string
	ExternalUserID string
}

func unlinkedSubjects(ctx context.Context, tx pgx.Tx, rosterIDs []string, last string, page int) ([]subject, error) {
	return list[subject](ctx, tx, "a page of people who are not linked", `
		select subject, known, namespace, external_user_id from (
			(select p.person_id collate "C" as subject, true as known, '' as namespace, '' as external_user_id
			 from persons p left join agents a using (person_id)
			 where p.joined_into is null and a.platform_user_id is null and p.person_id collate "C" > $1
			 order by p.person_id collate "C" limit $3)
			union all
			(select distinct (r.namespace || ':' || r.external_user_id) collate "C" as subject, false, r.namespace, r.external_user_id
			 from roster_records r
			 where r.roster_id = any($2) and r.person_id = ''
			   and (r.namespace || ':' || r.external_user_id) collate "C" > $1
			   and not exists (select from person_ids i where i.namespace = r.namespace and i.external_id = r.external_user_id)
			   and not exists (select from persons p where p.person_id = r.namespace || ':' || r.external_user_id)
			 order by subject limit $3)
		) as both_kinds
		order by subject limit $3`, last, rosterIDs, page)
}

// peopleToCompare reads the people of a page, in its order, with one query for each kind of row.
func peopleToCompare(ctx context.Context, tx pgx.Tx, rosterIDs []string, at time.Time, subjects []subject) ([]ComparedPerson, error) {
	if len(subjects) == 0 {
		return nil, nil
	}
	people := make([]ComparedPerson, len(subjects))
	var ids []string
	var known, unheard []int
	for i, who := range subjects {
		people[i].PersonID = who.Subject
		if who.Known {
			ids, known = append(ids, who.Subject), append(known, i)
			continue
		}
		unheard = append(unheard, i)
		people[i].NeverHeard = true
		people[i].ExternalIDs = []ExternalID{{Namespace: who.Namespace, ID: who.ExternalUserID}}
	}
	loaded, err := peopleOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	place := make(map[string]*ComparedPerson, len(ids))
	for i, person := range loaded {
		people[known[i]].Person = person
		place[person.PersonID] = &people[known[i]]
	}
	fill := comparing{ctx: ctx, tx: tx, rosterIDs: rosterIDs, at: at, ids: texts(ids), place: place}
	for _, step := range []func() error{fill.questions, fill.leaving, fill.rosters, fill.put, fill.unjoined} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return people, fill.unheard(people, unheard)
}

// comparing fills in a page of people.
type comparing struct {
	ctx       context.Context //nolint:containedctx // lives exactly as long as the transaction
	tx        pgx.Tx
	rosterIDs []string
	at        time.Time
	ids       []string
	place     map[string]*ComparedPerson
}

func (c comparing) questions() error {
	reviews, err := list[Review](c.ctx, c.tx, "the open reviews", `
		select `+reviewColumns+` from reviews where person_id = any($1) and state = 'open' order by opened_at, id`, c.ids)
	if err != nil {
		return err
	}
	for _, r := range reviews {
		c.place[r.PersonID].Reviews = append(c.place[r.PersonID].Reviews, r)
	}
	approvals, err := list[Approval](c.ctx, c.tx, "the open approvals", `
		select `+approvalColumns+` from approvals where person_id = any($1) and state = 'open' order by opened_at, id`, c.ids)
	for _, a := range approvals {
		c.place[a.PersonID].Approvals = append(c.place[a.PersonID].Approvals, a)
	}
	return err
}

func (c comparing) leaving() error {
	graces, err := list[lifecycle.Grace](c.ctx, c.tx, "the newest graces", `
		select distinct on (person_id) `+graceColumns+` from graces where person_id = any($1) order by person_id, generation desc`, c.ids)
	if err != nil {
		return err
	}
	for i, g := range graces {
		c.place[g.PersonID].Grace = &graces[i]
	}
	holds, err := list[lifecycle.Hold](c.ctx, c.tx, "the holds in force", `
		select `+holdColumns+` from holds where person_id = any($1) and released_at is null order by placed_at, id`, c.ids)
	for _, h := range holds {
		c.place[h.PersonID].Holds = append(c.place[h.PersonID].Holds, h)
	}
	return err
}

// rosters finds lines by the ids that a person has, not by whom they were staged for: ids may have been joined since.
func (c comparing) rosters() error {
	if len(c.rosterIDs) == 0 {
		return nil
	}
	records, err := rosterLines(c.ctx, c.tx, `
		select i.person_id, r.namespace, r.external_user_id, r.line, r.record
		from person_ids i join roster_records r on r.namespace = i.namespace and r.external_user_id = i.external_id
		where i.person_id = any($1) and r.roster_id = any($2) order by r.namespace, r.external_user_id, r.line`, c.ids, c.rosterIDs)
	if err != nil {
		return err
	}
	for _, r := range records {
		c.place[r.PersonID].Lines = append(c.place[r.PersonID].Lines, r)
	}
	defects, err := list[RosterDefect](c.ctx, c.tx, "the refused lines", `
		select d.page, d.line, d.namespace, d.external_user_id, i.person_id, d.problems
		from person_ids i join roster_defects d on d.namespace = i.namespace and d.external_user_id = i.external_id
		where i.person_id = any($1) and d.roster_id = any($2) order by d.line`, c.ids, c.rosterIDs)
	for _, d := range defects {
		c.place[d.PersonID].Defects = append(c.place[d.PersonID].Defects, d)
	}
	return err
}

func rosterLines(ctx context.Context, db database, sql string, args ...any) ([]RosterRecord, error) {
	rows, err := list[rosterRow](ctx, db, "the lines of the rosters", sql, args...)
	if err != nil {
		return nil, err
	}
	records := make([]RosterRecord, len(rows))
	for i, row := range rows {
		if records[i], err = row.record(); err != nil {
			return nil, err
		}
	}
	return records, nil
}

func (c comparing) put() error {
	type exception struct {
		Person string
		Exception
	}
	exceptions, err := list[exception](c.ctx, c.tx, "the exceptions", `
		select person, `+exceptionColumns+` from exceptions x `+heldBy+` x.person_id
		where ended_at is null and until > $2 order by made_at, id`, c.ids, c.at)
	if err != nil {
		return err
	}
	for _, x := range exceptions {
		c.place[x.Person].Exceptions = append(c.place[x.Person].Exceptions, x.Exception)
	}
	type putBack struct {
		Person string
		PutBack
	}
	history, err := list[putBack](c.ctx, c.tx, "what was put back", `
		select person, person_id, part, construct, at, decided, reference from put_backs p `+heldBy+` p.person_id order by p.id`, c.ids)
	for _, h := range history {
		c.place[h.Person].PutBacks = append(c.place[h.Person].PutBacks, h.PutBack)
	}
	return err
}

// unjoined is Unjoined for all.
func (c comparing) unjoined() error {
	type row struct{ PersonID, State, Unjoined string }
	newest, err := list[row](c.ctx, c.tx, "the queues that wait to be joined", `
		select distinct on (person_id) person_id, state, detail ->> '`+unjoinedDetail+`' as unjoined from reviews
		where person_id = any($1) and kind = $2 and detail ? '`+unjoinedDetail+`' order by person_id, opened_at desc, id desc`,
		c.ids, lifecycle.ReviewConflict)
	for _, r := range newest {
		if r.State != ReviewDismissed {
			c.place[r.PersonID].Unjoined = strings.Fields(r.Unjoined)
		}
	}
	return err
}

// unheard fills in what the rosters say of those whom nothing else knows.
func (c comparing) unheard(people []ComparedPerson, which []int) error {
	if len(which) == 0 {
		return nil
	}
	namespaces, ids := []string{}, []string{}
	for _, i := range which {
		namespaces, ids = append(namespaces, people[i].ExternalIDs[0].Namespace), append(ids, people[i].ExternalIDs[0].ID)
	}
	records, err := rosterLines(c.ctx, c.tx, `
		select '' as person_id, r.namespace, r.external_user_id, r.line, r.record
		from unnest($1::text[], $2::text[]) as wanted (namespace, id)
		join roster_records r on r.namespace = wanted.namespace and r.external_user_id = wanted.id
		where r.roster_id = any($3) order by r.line`, namespaces, ids, c.rosterIDs)
	if err != nil {
		return err
	}
	for _, r := range records {
		for _, i := range which {
			if people[i].ExternalIDs[0] == (ExternalID{Namespace: r.Namespace, ID: r.ExternalUserID}) {
				people[i].Lines = append(people[i].Lines, r)
				break
			}
		}
	}
	return nil
}

// Superior is a manager by the id that HR names them by.
type Superior struct {
	AccountID string // empty: none is linked
	State     lifecycle.State
	// Manager is HR's id of the manager's own manager, in the form that Superiors takes; set where the manager has left.
	Manager string
}

// Superiors finds managers by person id or any external id, as Agent does; who is not known, or is several people, is left out.
func (s *Store) Superiors(ctx context.Context, ids []string) (map[string]Superior, error) {
	type row struct {
		ID        string
		PersonID  string
		AccountID string
		State     lifecycle.State
	}
	rows, err := list[row](ctx, s.pool, "the managers", `
		with wanted as (select distinct id from unnest($1::text[]) as w (id) where id <> ''),
		found as (
			select id, coalesce(joined_into, person_id) as person_id, true as exact from wanted join persons on person_id = id
			union
			select id, i.person_id, false from wanted join person_ids i on i.external_id = id
			union
			select id, i.person_id, false from wanted
			join person_ids i on i.namespace = split_part(id, ':', 1) and i.external_id = substr(id, strpos(id, ':') + 1)
		), one_each as (
			select id, (array_agg(person_id order by exact desc, person_id))[1] as person_id from found group by id
			having count(distinct person_id) = 1 or bool_or(exact)
		)
		select id, person_id, coalesce(platform_user_id, '') as account_id, lifecycle_state as state from one_each join agents using (person_id)`,
		texts(ids))
	if err != nil {
		return nil, err
	}
	found := make(map[string]Superior, len(rows))
	for _, r := range rows {
		superior := Superior{AccountID: r.AccountID, State: r.State}
		if r.State.HasLeft() {
			if superior.Manager, err = s.NamedManager(ctx, r.PersonID); err != nil {
				return nil, err
			}
		}
		found[r.ID] = superior
	}
	return found, nil
}

// Unidentified counts the refused lines of rosters that name nobody whom Muster knows.
func (s *Store) Unidentified(ctx context.Context, rosterIDs []string) (lines int, err error) {
	err = s.pool.QueryRow(ctx, `
		select count(*) from roster_defects d where roster_id = any($1)
		and not exists (select from person_ids i where i.namespace = d.namespace and i.external_id = d.external_user_id)`, texts(rosterIDs)).Scan(&lines)
	if err != nil {
		return 0, fmt.Errorf("count the refused lines that name nobody: %w", err)
	}
	return lines, nil
}

// PersonNamespaces are the namespaces that people have ids in, sorted.
func (s *Store) PersonNamespaces(ctx context.Context) ([]string, error) {
	rows, err := list[struct{ Namespace string }](ctx, s.pool, "the namespaces", `select distinct namespace from person_ids`)
	found := make([]string, 0, len(rows))
	for _, r := range rows {
		found = append(found, r.Namespace)
	}
	slices.Sort(found)
	return found, err
}
