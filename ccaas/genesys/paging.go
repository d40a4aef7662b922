package genesys

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// maxPages stops a listing that never ends: with the page sizes used here it is at least 25,000 entries, far above any
// listing that is read this way.
const maxPages = 1000

// page is what all paged listings share. Some leave pageCount out, so the end is also an empty or short page.
type page[T any] struct {
	Entities  []T `json:"entities"`
	PageCount int `json:"pageCount"`
}

// all reads a listing from its first page to its last. A pageSize of 0 means that the listing does not page.
func all[T any](ctx context.Context, c *caller, op string, path []string, query url.Values, pageSize int) ([]T, error) {
	entities := []T{}
	for number := 1; number <= maxPages; number++ {
		asked := url.Values{}
		for key, values := range query {
			asked[key] = values
		}
		if pageSize > 0 {
			asked.Set("pageSize", strconv.Itoa(pageSize))
			asked.Set("pageNumber", strconv.Itoa(number))
		}
		var got page[T]
		if _, err := c.do(ctx, request{op: op, method: http.MethodGet, path: path, query: asked}, &got); err != nil {
			return nil, err
		}
		entities = append(entities, got.Entities...)
		if pageSize == 0 || len(got.Entities) == 0 || number == got.PageCount ||
			(got.PageCount == 0 && len(got.Entities) < pageSize) {
			return entities, nil
		}
	}
	return nil, invalid(op, "the listing has more than "+strconv.Itoa(maxPages)+" pages")
}
