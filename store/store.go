// Package store keeps Muster's record in PostgreSQL: the inbox and event store, people and their accounts, plans, decisions,
// timeline, audit, and the fence that stands before every platform write.
//
// It remembers and it locks; what is to be done about what it remembers is decided elsewhere. All times are UTC.
package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// applicationRole is the role that cannot change the record; migration 005 creates it.
const applicationRole = "muster_app"

// defaultMaxConns bounds the pool when neither WithMaxConns nor the URL (pool_max_conns) says otherwise.
const defaultMaxConns = 24

// guardConns bounds the connections of guarded platform calls. Each holds one for as long as the call lasts, so they have a pool of
// their own: slow platform calls never keep a take-over, or anything else, from a connection.
const guardConns = 12

// idleInTransaction is when PostgreSQL drops a connection that holds a transaction and says nothing: a process that froze in the
// middle of a platform call must not hold the fence for ever. It is longer than any guarded call may take.
const idleInTransaction = 40 * time.Second

// Store is the record. It is safe for concurrent use.
type Store struct {
	pool *pgxpool.Pool
	// guards is for guarded platform calls only.
	guards *pgxpool.Pool
}

// Option changes how Open connects.
type Option func(*pgxpool.Config)

// WithMaxConns bounds the number of connections.
func WithMaxConns(n int32) Option {
	return func(c *pgxpool.Config) { c.MaxConns = n }
}

// Open prepares a pool for a PostgreSQL URL. It does not connect: a process may start while PostgreSQL is down and ask Ping.
// It fails only when the URL cannot be read. Each connection works under the application role where that is possible.
func Open(ctx context.Context, url string, opts ...Option) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read the database URL: %w", err)
	}
	if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = defaultMaxConns
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "muster"
	}
	config.AfterConnect = prepareConnection
	for _, option := range opts {
		option(config)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("prepare the connection pool: %w", err)
	}
	config = config.Copy()
	config.MinConns, config.MaxConns = 0, min(config.MaxConns, guardConns)
	guards, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("prepare the connection pool of guarded calls: %w", err)
	}
	return &Store{pool: pool, guards: guards}, nil
}

// Close ends all connections; it waits for those in use.
func (s *Store) Close() {
	s.guards.Close()
	s.pool.Close()
}

// Ping says whether the store is ready: PostgreSQL answers and is migrated as far as this program needs. A database that is
// behind gives *NotMigratedError. One that is ahead is fine: migrations come before the programs that need them.
func (s *Store) Ping(ctx context.Context) error {
	have, err := schemaVersion(ctx, s.pool)
	if err != nil {
		return fmt.Errorf("ask PostgreSQL for its schema version: %w", err)
	}
	wanted, err := wantedVersion()
	if err != nil {
		return err
	}
	if have < wanted {
		return &NotMigratedError{Have: have, Wanted: wanted}
	}
	return nil
}

// prepareConnection makes times UTC, bounds silent transactions and takes on the application role.
func prepareConnection(ctx context.Context, conn *pgx.Conn) error {
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	setting := fmt.Sprintf("set idle_in_transaction_session_timeout = %d", idleInTransaction.Milliseconds())
	if _, err := conn.Exec(ctx, setting); err != nil {
		return fmt.Errorf("bound silent transactions: %w", err)
	}
	// The role is of use only where this database's migrations granted it its rights.
	var usable bool
	err := conn.QueryRow(ctx, `
		select coalesce(pg_has_role(current_user, oid, 'member')
		                and has_table_privilege(oid, to_regclass('hr_events'), 'insert'), false)
		from pg_roles where rolname = $1`, applicationRole).Scan(&usable)
	if errors.Is(err, pgx.ErrNoRows) || (err == nil && !usable) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for the application role: %w", err)
	}
	_, err = conn.Exec(ctx, "set role "+applicationRole)
	if isCode(err, "42501") {
		return nil // a member that may not become the role (PostgreSQL 16 grants these apart)
	}
	if err != nil {
		return fmt.Errorf("take on the application role: %w", err)
	}
	return nil
}

// database is what a pool, a connection and a transaction have in common.
type database interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// list runs a query and scans all rows by name. What is being read goes into the error.
func list[T any](ctx context.Context, db database, what, sql string, args ...any) ([]T, error) {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return found, nil
}

// one runs a query that has at most one row and scans it by name; no row is ErrNotFound.
func one[T any](ctx context.Context, db database, what, sql string, args ...any) (T, error) {
	found, err := list[T](ctx, db, what, sql, args...)
	if err != nil || len(found) == 0 {
		var none T
		if err == nil {
			err = fmt.Errorf("%s: %w", what, ErrNotFound)
		}
		return none, err
	}
	return found[0], nil
}

// transact runs fn in a transaction and commits it unless fn fails. A transaction that lost to another one (deadlock,
// serialization) is run again: it left nothing behind.
func (s *Store) transact(ctx context.Context, what string, fn func(tx pgx.Tx) error) error {
	const attempts = 4
	var err error
	for range attempts {
		err = pgx.BeginFunc(ctx, s.pool, fn)
		if !isCode(err, "40P01", "40001") {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
