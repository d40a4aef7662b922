package frontdoor

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// databaseUnavailable says whether an error means that PostgreSQL cannot be reached or is not taking work, as opposed to
// refusing this piece of work. The codes are those of PostgreSQL's appendix A.
func databaseUnavailable(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		switch refused.Code {
		case "57P01", "57P02", "57P03", // shut down, crashed, starting up
			"57P05",                   // a session that was silent for too long: ours, when we were stopped for a while
			"53100", "53200", "53300", // disk full, out of memory, too many connections
			"25006", // read-only: a standby, or a primary on its way out
			"3D000": // the database does not exist (yet)
			return true
		}
		return strings.HasPrefix(refused.Code, "08") // connection exceptions
	}
	var connecting *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connecting) || errors.As(err, &network) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, context.DeadlineExceeded) || pgconn.SafeToRetry(err) ||
		strings.Contains(err.Error(), "conn closed")
}
