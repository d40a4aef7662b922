package mapping

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"muster/hr"
)

// field is one of a rule or section, with its value and what a person reads.
type field struct {
	name  string // as in YAML, e.g. "policies.grace"
	value any
	words string
}

// fieldsOf are the fields of a part of a document that the digest covers, by their names there, so that none can be forgotten; of a
// section inside, with its name in front. A nil part has none. What the text does not say is no field.
func fieldsOf(of any) []field {
	v := reflect.ValueOf(of)
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	return structFields(v, "", map[string]bool{})
}

// structFields goes through a struct as encoding/json does: what it embeds counts as its own, and its own stands before it.
func structFields(v reflect.Value, prefix string, seen map[string]bool) []field {
	var list []field
	var embedded []reflect.Value
	for i := range v.NumField() {
		of := v.Type().Field(i)
		name, _, _ := strings.Cut(of.Tag.Get("json"), ",")
		switch {
		case of.Anonymous:
			embedded = append(embedded, v.Field(i))
			continue
		case name == "" || seen[prefix+name]:
			continue
		}
		seen[prefix+name] = true
		switch value := v.Field(i); {
		case value.IsZero():
		case value.Kind() == reflect.Struct:
			list = append(list, structFields(value, prefix+name+".", seen)...)
		default:
			said := value.Interface()
			list = append(list, field{prefix + name, said, inWords(said)})
		}
	}
	for _, inner := range embedded {
		list = append(list, structFields(inner, prefix, seen)...)
	}
	return list
}

// inWords is a field's value as an author would write it.
func inWords(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case []string:
		return strings.Join(v, ", ")
	case *bool:
		return strconv.FormatBool(*v)
	case *int:
		return strconv.Itoa(*v)
	case *float64:
		return strconv.FormatFloat(*v, 'g', -1, 64)
	case *time.Duration:
		return writeDuration(*v)
	case *hr.Date:
		return v.String()
	case []Queue:
		list := make([]string, 0, len(v))
		for _, q := range v {
			list = append(list, q.words())
		}
		return strings.Join(list, ", ")
	case []Target:
		list := make([]string, 0, len(v))
		for _, t := range v {
			list = append(list, t.words())
		}
		return strings.Join(list, ", ")
	default:
		return fmt.Sprint(v)
	}
}

// words is the queue as explanations show it, e.g. "Tier_2_Escalation (else General_Support)".
func (q Queue) words() string {
	if q.Fallback == "" {
		return q.Name
	}
	return q.Name + " (else " + q.Fallback + ")"
}

// words is the target as explanations show it, e.g. "Technical_Support 4 (weight 10)".
func (t Target) words() string {
	return fmt.Sprintf("%s %s (weight %d)", t.Name, strconv.FormatFloat(t.Proficiency, 'g', -1, 64), t.Weight)
}
