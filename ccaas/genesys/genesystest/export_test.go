package genesystest

import (
	"net/http"
	"strings"
)

// RouteTemplates lists the simulator's operations as "METHOD path".
func RouteTemplates() []string {
	var templates []string
	for _, each := range routes() {
		templates = append(templates, each.method+" "+each.path)
	}
	return templates
}

// TemplateFinder finds the template for a request among templates of "METHOD path", with its path parameters.
func TemplateFinder(templates map[string][]string) func(method, escapedPath string) (string, map[string]string, bool) {
	var all []route
	for path, methods := range templates {
		for _, method := range methods {
			all = append(all, route{method: method, path: path})
		}
	}
	finder := newRouter(all)
	return func(method, escapedPath string) (string, map[string]string, bool) {
		found, params, refused := finder.find(method, escapedPath)
		if refused != nil {
			return http.StatusText(http.StatusNotFound), nil, false
		}
		return found.path, params, true
	}
}

// PermissionsOf lists what an operation of RouteTemplates asks of a client, and whether it asks for all of it.
func PermissionsOf(template string) (all bool, permissions []string) {
	wanted := operationNeeds()[template]
	return wanted.all, strings.Fields(wanted.permissions)
}
