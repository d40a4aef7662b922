package frontdoor

import (
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"muster/api"
)

// observe measures and logs every request by the pattern of its route, so that ids and addresses stay out of both.
func (d *Door) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		wrapped := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		next.ServeHTTP(wrapped, r)
		route := chi.RouteContext(r.Context()).RoutePattern()
		if route == "" {
			route = "none"
		}
		status := wrapped.Status()
		if status == 0 {
			status = http.StatusOK
		}
		took := time.Since(began)
		d.figures.requests.WithLabelValues(r.Method, route, strconv.Itoa(status)).Observe(took.Seconds())
		d.Log.DebugContext(r.Context(), "answered", "method", r.Method, "route", route, "status", status, "took", took)
	})
}

// recoverPanics answers 500 where a handler panicked, and logs where.
func (d *Door) recoverPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			panicked := recover()
			if panicked == nil {
				return
			}
			if panicked == http.ErrAbortHandler { //nolint:errorlint // the sentinel is compared as net/http does
				panic(panicked)
			}
			d.Log.ErrorContext(r.Context(), "a handler panicked", "panic", panicked, "stack", string(debug.Stack()))
			writeProblem(w, r, api.NewProblem(http.StatusInternalServerError, "the server failed; its log says why"))
		}()
		next.ServeHTTP(w, r)
	})
}
