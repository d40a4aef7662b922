package frontdoor

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"muster/api"
)

// maxFound bounds how much of a wrong value a problem repeats.
const maxFound = 80

// asProblem turns the router's own refusals (a parameter out of range, a body that is not JSON) into problem documents of the
// same form as all others, and notes the path on every problem.
func asProblem(ctx huma.Context, _ string, body any) (any, error) {
	path := ctx.URL()
	switch found := body.(type) {
	case *huma.ErrorModel:
		problem := api.NewProblem(found.Status, found.Detail)
		problem.Instance = path.Path
		for _, detail := range found.Errors {
			if detail != nil {
				problem.Errors = append(problem.Errors, fieldProblem(detail))
			}
		}
		return problem, nil
	case *api.Problem:
		problem := *found
		problem.Instance = path.Path
		return &problem, nil
	default:
		return body, nil
	}
}

func fieldProblem(detail *huma.ErrorDetail) api.FieldProblem {
	expected, says := strings.CutPrefix(detail.Message, "expected ")
	if !says && detail.Message == "unknown query parameter" {
		return api.FieldProblem{Field: detail.Location, Found: "an unknown parameter", Expected: "a parameter of this call, see /v1/docs"}
	}
	problem := api.FieldProblem{Field: detail.Location, Found: "nothing", Expected: expected}
	switch value := detail.Value.(type) {
	case nil:
	case map[string]any:
		problem.Found = "an object"
	case []any:
		problem.Found = "a list"
	default:
		problem.Found = shortened(fmt.Sprint(value))
	}
	return problem
}

func shortened(text string) string {
	runes := []rune(text)
	if len(runes) <= maxFound {
		return text
	}
	return string(runes[:maxFound]) + "…"
}

// answerProblem answers a request before its handler.
func answerProblem(ctx huma.Context, problem *api.Problem) {
	path := ctx.URL()
	problem.Instance = path.Path
	ctx.SetHeader("Content-Type", api.ProblemMediaType)
	ctx.SetStatus(problem.Status)
	_ = json.NewEncoder(ctx.BodyWriter()).Encode(problem) // fails only when the reader is gone
}

// writeProblem answers a request outside the router's own handlers.
func writeProblem(w http.ResponseWriter, r *http.Request, problem *api.Problem) {
	answer := *problem
	answer.Instance = r.URL.Path
	body, err := json.Marshal(answer)
	if err != nil {
		http.Error(w, http.StatusText(problem.Status), problem.Status)
		return
	}
	w.Header().Set("Content-Type", api.ProblemMediaType)
	w.WriteHeader(problem.Status)
	_, _ = w.Write(append(body, '\n')) // the reader is gone when this fails; nobody is left to tell
}
