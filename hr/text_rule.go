package hr

import (
	"regexp"
	"strings"
	"sync"
	"unicode"

	"github.com/go-playground/validator/v10"
)

// textRule is what a text field must satisfy.
type textRule struct {
	tag      string // in the validator's language
	expected string // the same for the sender
	// cannotClear: null is refused, since an account cannot be without it.
	cannotClear bool
	// personal: a problem tells the value's shape only.
	personal bool
}

var (
	identifierRule = textRule{tag: "opaque_id", expected: identifierExpected, cannotClear: true}
	managerRule    = textRule{tag: "opaque_id", expected: identifierExpected}
	sourceRule     = textRule{
		tag: "plain,trimmed,max=64", cannotClear: true,
		expected: "the name of the source, 1 to 64 printable characters",
	}
	emailRule = textRule{
		tag: "plain,trimmed,max=254,email", cannotClear: true, personal: true,
		expected: "an email address such as name@example.com",
	}
	nameRule = textRule{
		tag: "plain,max=128", cannotClear: true, personal: true,
		expected: "a name of 1 to 128 printable characters",
	}
	extensionRule = textRule{
		tag: "extension", personal: true,
		expected: "1 to 20 of 0-9 * # -, a leading + allowed; null clears it",
	}
	codeRule = textRule{
		tag:      "plain,trimmed,max=128",
		expected: "a code of 1 to 128 printable characters without spaces around it; null clears it",
	}
	zoneRule = textRule{
		tag:      "plain,trimmed,max=128",
		expected: "an IANA time zone such as Europe/Madrid or UTC, or a name that the mapping registry translates; null clears it",
	}
	skillRule = textRule{
		tag: "plain,trimmed,max=128", cannotClear: true,
		expected: "a skill code of 1 to 128 printable characters without spaces around it",
	}
)

// fits says whether text satisfies the rule.
func (r textRule) fits(text string) bool { return validation().Var(text, r.tag) == nil }

// validation is built once: it is safe for concurrent use and nothing changes it afterwards.
var validation = sync.OnceValue(func() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	extension := regexp.MustCompile(`^\+?[0-9*#-]{1,20}$`)
	for tag, check := range map[string]func(string) bool{
		"opaque_id": ValidIdentifier,
		"plain":     printable,
		"trimmed":   func(text string) bool { return strings.TrimSpace(text) == text },
		"extension": extension.MatchString,
	} {
		err := v.RegisterValidation(tag, func(level validator.FieldLevel) bool { return check(level.Field().String()) })
		if err != nil {
			panic("hr: registering validation " + tag + ": " + err.Error()) // only an empty tag or nil function can fail
		}
	}
	return v
})

// printable says whether text has something to read and nothing that hides: control characters break logs, terminals and
// PostgreSQL (U+0000), directional overrides make one name look like another.
func printable(text string) bool {
	if strings.TrimSpace(text) == "" {
		return false
	}
	for _, r := range text {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return false
		}
	}
	return true
}
