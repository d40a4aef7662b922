package store

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrNotFound: there is no such person, event, approval, review, plan or version.
	ErrNotFound = errors.New("not found")
	// ErrFenced: a newer operation has taken the person over; whoever gets it must stop.
	ErrFenced = errors.New("fenced: a newer operation has taken the person over")
	// ErrAlreadyDecided: an approval or review has its decision; errors.As with *AlreadyDecidedError tells which.
	ErrAlreadyDecided = errors.New("already decided")
	// ErrAmbiguousID: an external id without its namespace belongs to several people; write "namespace:id".
	ErrAmbiguousID = errors.New("several people have this id in different namespaces")
	// ErrLinked: the platform user is another person's.
	ErrLinked = errors.New("the platform user is linked to another person")
	// ErrBadCursor: a cursor that no page gave out.
	ErrBadCursor = errors.New("unreadable cursor")
	// ErrBadDecision: a word that does not decide this kind of question.
	ErrBadDecision = errors.New("not a decision")
	// ErrHeld: a legal hold on the person is in force.
	ErrHeld = errors.New("a legal hold is in force")
	// ErrErased: what was to be kept has been erased for good.
	ErrErased = errors.New("erased")
)

// NotMigratedError says that the database is behind the program.
type NotMigratedError struct{ Have, Wanted int32 }

func (e *NotMigratedError) Error() string {
	return fmt.Sprintf("database schema is at version %d, this program needs %d: run the migrations", e.Have, e.Wanted)
}

// FencedError is ErrFenced with the generations.
type FencedError struct {
	PersonID string
	// Own is the generation of whoever was refused, Current the one that holds the person.
	Own, Current int64
}

func (e *FencedError) Error() string {
	return fmt.Sprintf("person %s: %v (own generation %d, current %d)", e.PersonID, ErrFenced, e.Own, e.Current)
}

// Is makes errors.Is(err, ErrFenced) hold.
func (e *FencedError) Is(target error) bool { return target == ErrFenced }

// AlreadyDecidedError is ErrAlreadyDecided with the decision that stands.
type AlreadyDecidedError struct {
	ID        string
	State     string
	DecidedBy string
	DecidedAt time.Time
}

func (e *AlreadyDecidedError) Error() string {
	return fmt.Sprintf("%s: %v: %s by %s at %s", e.ID, ErrAlreadyDecided, e.State, e.DecidedBy, e.DecidedAt.Format(time.RFC3339))
}

// Is makes errors.Is(err, ErrAlreadyDecided) hold.
func (e *AlreadyDecidedError) Is(target error) bool { return target == ErrAlreadyDecided }

// isCode reports whether PostgreSQL refused with one of the SQLSTATE codes.
func isCode(err error, codes ...string) bool {
	var refusal *pgconn.PgError
	return errors.As(err, &refusal) && slices.Contains(codes, refusal.Code)
}
