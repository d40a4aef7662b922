package source

import (
	"regexp"
	"strings"
	"time"
)

// Name is the pattern of a file's name: * is anything but a slash; {date} a date (20260514 or 2026-05-14) and {time} a time of day in
// UTC (0200, 02:00, 02-00, with seconds or without).
type Name struct {
	text    string
	form    *regexp.Regexp
	hasDate bool
}

// tokens of a pattern and what they stand for.
func nameToken(token string) string {
	switch token {
	case "{date}":
		return `(?P<date>\d{4}-?\d{2}-?\d{2})`
	case "{time}":
		return `(?P<time>\d{2}[:-]?\d{2}(?:[:-]?\d{2})?)`
	case "*":
		return `[^/]*`
	default:
		return regexp.QuoteMeta(token)
	}
}

var nameParts = regexp.MustCompile(`\{[^}]*\}|\*|[^*{]+|\{`)

// ParseName reads a pattern; ok is false where a date or time is given twice, or a time without a date.
func ParseName(pattern string) (name Name, ok bool) {
	dates, times := strings.Count(pattern, "{date}"), strings.Count(pattern, "{time}")
	if pattern == "" || dates > 1 || times > dates {
		return Name{}, false
	}
	var form strings.Builder
	for _, part := range nameParts.FindAllString(pattern, -1) {
		form.WriteString(nameToken(part))
	}
	compiled, err := regexp.Compile("^" + form.String() + "$")
	return Name{text: pattern, form: compiled, hasDate: dates == 1}, err == nil
}

func (n Name) String() string { return n.text }

// prefix is what all names begin with.
func (n Name) prefix() string {
	if end := strings.IndexAny(n.text, "*{"); end >= 0 {
		return n.text[:end]
	}
	return n.text
}

// matches says whether key is of the pattern, and the moment that it names; one without a date names none.
func (n Name) matches(key string) (at time.Time, ok bool) {
	parts := n.form.FindStringSubmatch(key)
	if parts == nil {
		return time.Time{}, false
	}
	if !n.hasDate {
		return time.Time{}, true
	}
	digits := func(group string) string {
		i := n.form.SubexpIndex(group)
		if i < 0 {
			return ""
		}
		return strings.NewReplacer("-", "", ":", "").Replace(parts[i])
	}
	text := digits("date") + digits("time")
	at, err := time.Parse("20060102150405"[:len(text)], text)
	return at, err == nil
}
