package frontdoor

import (
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/jackc/pgx/v5/pgconn"

	"muster/api"
)

// PostgreSQL keeps neither a NUL nor what is not UTF-8 in text, so neither can be the name of anything here.

// storable says whether PostgreSQL can keep a text.
func storable(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

// unstorable is the refusal of a field that holds what storable forbids. It does not repeat it.
func unstorable(field string) *api.Problem {
	return invalid(field, "a NUL or bytes that are not UTF-8", "UTF-8 text without NUL")
}

// requireText refuses a request whose path or query holds what cannot be stored.
func (d *Door) requireText(ctx huma.Context, next func(huma.Context)) {
	for _, parameter := range ctx.Operation().Parameters {
		var value string
		switch parameter.In {
		case "path":
			value = ctx.Param(parameter.Name)
		case "query":
			value = ctx.Query(parameter.Name)
		}
		if !storable(value) {
			answerProblem(ctx, unstorable(parameter.In+"."+parameter.Name))
			return
		}
	}
	next(ctx)
}

// unstorableText says whether PostgreSQL refused a text or a number for what it holds, where no check of ours found it before:
// 22021 bytes that are not UTF-8, 22P05 an escaped NUL in JSON, 22P02 another malformed value (PostgreSQL's appendix A).
func unstorableText(err error) bool {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Code {
	case "22021", "22P05", "22P02":
		return true
	default:
		return false
	}
}

// errUnstorable is what the caller gets then.
func errUnstorable() *api.Problem {
	return api.NewProblem(http.StatusUnprocessableEntity, "the request holds a value that cannot be stored: want UTF-8 text without NUL")
}
