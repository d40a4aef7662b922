package frontdoor

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Version is the version of the API as the OpenAPI document says it.
const Version = "1.0.0"

func description() *huma.OpenAPI {
	return &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title:   "Muster",
			Version: Version,
			Description: "Keeps a contact centre's agents in step with HR. HR systems post events; operators, approvers and legal " +
				"read where people stand and decide what waits for them. Errors are RFC 9457 problem documents, times RFC 3339 in UTC, " +
				"lists answer {items, next_cursor}.",
		},
		Components: &huma.Components{
			Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
			SecuritySchemes: map[string]*huma.SecurityScheme{
				bearerScheme: {Type: "http", Scheme: "bearer", Description: "A token with the role the call names"},
				webhookScheme: {
					Type: "apiKey", In: "header", Name: "webhook-signature",
					Description: "Standard Webhooks: webhook-id, webhook-timestamp and webhook-signature with the source's secret",
				},
			},
		},
		Tags: []*huma.Tag{
			{Name: tagEvent, Description: "HR events: in, and what became of them"},
			{Name: tagAgent, Description: "Where people stand, what happened to them, and why"},
			{Name: tagHold, Description: "What legal keeps from being deleted"},
			{Name: tagApproval, Description: "Decisions that work waits for"},
			{Name: tagGuard, Description: "Whom the mass-change guard holds"},
			{Name: tagBatch, Description: "Planned mass changes that the guard lets pass"},
			{Name: tagReview, Description: "Work that is parked until a person decides"},
			{Name: tagAlert, Description: "What needs a person now"},
			{Name: tagMapping, Description: "Versions of the mapping registry"},
			{Name: tagPlatform, Description: "What exists on the platforms"},
			{Name: tagReconciliation, Description: "Where HR, the record and the platform disagree; accounts that are nobody's, and what may be otherwise for a time"},
			{Name: tagAudit, Description: "The audit trail and its chain"},
			{Name: tagOperation, Description: "Health, figures, this description"},
		},
	}
}

// The tags name what a route is about; a 404 says "there is no such " and the tag.
const (
	tagEvent          = "event"
	tagAgent          = "agent"
	tagHold           = "hold"
	tagReconciliation = "reconciliation"
	tagApproval       = "approval"
	tagReview         = "review"
	tagGuard          = "trip of the guard"
	tagBatch          = "batch"
	tagAlert          = "alert"
	tagMapping        = "mapping version"
	tagPlatform       = "platform"
	tagAudit          = "audit entry"
	tagOperation      = "operation"

	webhookScheme = "webhook"
)

// schemaOf is the schema of a type as the OpenAPI document refers to it.
func schemaOf[T any](documented huma.API) *huma.Schema {
	return documented.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
}

//go:embed documentation.html
var documentationTemplate string

// addDocumentation serves the finished OpenAPI document and a page that shows it. Both are made once: nothing is added later.
func (d *Door) addDocumentation() error {
	d.describePlain("/v1/openapi.json", "get-openapi", "This description as OpenAPI 3.1", "application/openapi+json")
	d.describePlain("/v1/docs", "get-docs", "This description as a page", "text/html")
	document := d.api.OpenAPI()
	// The router documents its own error form beside ours; no answer has it.
	schemas := document.Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	openAPI, err := json.Marshal(document)
	if err != nil {
		return fmt.Errorf("write the OpenAPI document: %w", err)
	}
	page, err := renderDocumentation(document)
	if err != nil {
		return err
	}
	d.router.Get("/v1/openapi.json", serve("application/openapi+json", openAPI))
	d.router.Get("/v1/docs", serve("text/html; charset=utf-8", page))
	return nil
}

func serve(mediaType string, content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		_, _ = w.Write(content) // fails only when the reader is gone
	}
}

// describePlain documents a route whose answer the router does not make.
func (d *Door) describePlain(path, id, summary, mediaType string) {
	d.api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: id, Method: http.MethodGet, Path: path, Tags: []string{tagOperation}, Summary: summary,
		Responses: map[string]*huma.Response{
			"200": {Description: http.StatusText(http.StatusOK), Content: map[string]*huma.MediaType{
				mediaType: {Schema: &huma.Schema{Type: huma.TypeString}},
			}},
		},
	})
}

// documentedCall is one call as the page shows it.
type documentedCall struct {
	Method, Path, Summary, Description string
	Parameters                         []documentedField
	Body                               []documentedBody
	Answers                            []documentedAnswer
}

type documentedField struct{ Name, Where, Type, Description string }

type documentedBody struct{ MediaType, Type string }

type documentedAnswer struct{ Status, Description, Type string }

type documentedSchema struct {
	Name, Description string
	Fields            []documentedField
}

type documentedGroup struct {
	Name, Description string
	Calls             []documentedCall
}

func renderDocumentation(document *huma.OpenAPI) ([]byte, error) {
	page, err := template.New("documentation").Parse(documentationTemplate)
	if err != nil {
		return nil, fmt.Errorf("read the template of the documentation: %w", err)
	}
	var rendered bytes.Buffer
	err = page.Execute(&rendered, map[string]any{
		"Info": document.Info, "Groups": documentedGroups(document), "Schemas": documentedSchemas(document),
	})
	if err != nil {
		return nil, fmt.Errorf("render the documentation: %w", err)
	}
	return rendered.Bytes(), nil
}

func documentedGroups(document *huma.OpenAPI) []documentedGroup {
	byTag := map[string][]documentedCall{}
	for path, item := range document.Paths {
		for _, operation := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if operation != nil && len(operation.Tags) > 0 {
				byTag[operation.Tags[0]] = append(byTag[operation.Tags[0]], documentedCallOf(path, operation))
			}
		}
	}
	groups := make([]documentedGroup, 0, len(document.Tags))
	for _, tag := range document.Tags {
		calls := byTag[tag.Name]
		slices.SortFunc(calls, func(a, b documentedCall) int {
			return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
		})
		groups = append(groups, documentedGroup{Name: tag.Name, Description: tag.Description, Calls: calls})
	}
	return groups
}

func documentedCallOf(path string, operation *huma.Operation) documentedCall {
	call := documentedCall{
		Method: operation.Method, Path: path, Summary: operation.Summary, Description: operation.Description,
	}
	for _, parameter := range operation.Parameters {
		call.Parameters = append(call.Parameters, documentedField{
			Name: parameter.Name, Where: parameter.In, Type: typeName(parameter.Schema), Description: parameter.Description,
		})
	}
	if operation.RequestBody != nil {
		for mediaType, content := range operation.RequestBody.Content {
			call.Body = append(call.Body, documentedBody{MediaType: mediaType, Type: typeName(content.Schema)})
		}
		slices.SortFunc(call.Body, func(a, b documentedBody) int { return strings.Compare(a.MediaType, b.MediaType) })
	}
	for status, response := range operation.Responses {
		answer := documentedAnswer{Status: status, Description: response.Description}
		for _, content := range response.Content {
			answer.Type = typeName(content.Schema)
		}
		call.Answers = append(call.Answers, answer)
	}
	slices.SortFunc(call.Answers, func(a, b documentedAnswer) int { return strings.Compare(a.Status, b.Status) })
	return call
}

func documentedSchemas(document *huma.OpenAPI) []documentedSchema {
	var schemas []documentedSchema
	for name, schema := range document.Components.Schemas.Map() {
		documented := documentedSchema{Name: name, Description: schema.Description}
		for field, property := range schema.Properties {
			where := "optional"
			if slices.Contains(schema.Required, field) {
				where = "always"
			}
			documented.Fields = append(documented.Fields, documentedField{
				Name: field, Where: where, Type: typeName(property), Description: property.Description,
			})
		}
		slices.SortFunc(documented.Fields, func(a, b documentedField) int { return strings.Compare(a.Name, b.Name) })
		schemas = append(schemas, documented)
	}
	slices.SortFunc(schemas, func(a, b documentedSchema) int { return strings.Compare(a.Name, b.Name) })
	return schemas
}

// typeName names a schema in a word or two.
func typeName(schema *huma.Schema) string {
	switch {
	case schema == nil:
		return ""
	case schema.Ref != "":
		return schema.Ref[strings.LastIndex(schema.Ref, "/")+1:]
	case len(schema.OneOf) > 0:
		names := make([]string, len(schema.OneOf))
		for i, one := range schema.OneOf {
			names[i] = typeName(one)
		}
		return strings.Join(names, " or ")
	case schema.Type == huma.TypeArray:
		return "list of " + typeName(schema.Items)
	case len(schema.Enum) > 0:
		words := make([]string, len(schema.Enum))
		for i, word := range schema.Enum {
			words[i] = fmt.Sprint(word)
		}
		return strings.Join(words, " | ")
	case schema.Format != "":
		return schema.Type + " (" + schema.Format + ")"
	default:
		return schema.Type
	}
}
