package genesystest

import (
	"net/url"
	"strconv"
)

// entityListing is the platform's page of things; rendered only for the things on the page.
func entityListing[T any](r *request, all []T, render func(T) object) object {
	size, number := r.page()
	pages := max(1, (len(all)+size-1)/size)
	body := object{
		"entities": renderAll(pageOf(all, size, number), render), "pageSize": size, "pageNumber": number,
		"total": len(all), "pageCount": pages,
		"firstUri": r.pageURI(1), "lastUri": r.pageURI(pages), "selfUri": r.pageURI(number),
	}
	if number < pages {
		body["nextUri"] = r.pageURI(number + 1)
	}
	if number > 1 {
		body["previousUri"] = r.pageURI(number - 1)
	}
	return body
}

// wholeListing is the same shape for answers that do not page.
func wholeListing[T any](all []T, render func(T) object) object {
	return object{
		"entities": renderAll(all, render), "pageSize": max(1, len(all)), "pageNumber": 1, "total": len(all), "pageCount": 1,
	}
}

func pageOf[T any](all []T, size, number int) []T {
	from := min(len(all), (number-1)*size)
	return all[from:min(len(all), from+size)]
}

func renderAll[T any](all []T, render func(T) object) []object {
	rendered := make([]object, 0, len(all))
	for _, each := range all {
		rendered = append(rendered, render(each))
	}
	return rendered
}

func (r *request) pageURI(number int) string {
	query := url.Values{}
	for name, values := range r.query {
		query[name] = values
	}
	query.Set("pageNumber", strconv.Itoa(number))
	return r.URL.Path + "?" + query.Encode()
}
