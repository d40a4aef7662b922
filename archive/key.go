package archive

import (
	"fmt"
	"strings"
)

// Key is where the archive of one termination of a person is kept: leavers/{person_id}/{generation}.json. Whatever is neither a
// letter, a digit, a hyphen nor an underscore in the id is written as = and two hexadecimal digits, so that no id reaches into
// another folder and different ids have different keys. They differ in case alone where the ids do: the bucket has to tell cases
// apart, as all but folders of some operating systems do.
func Key(personID string, generation int64) string {
	var safe strings.Builder
	for _, c := range []byte(personID) {
		switch {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
			safe.WriteByte(c)
		default:
			fmt.Fprintf(&safe, "=%02X", c)
		}
	}
	return fmt.Sprintf("leavers/%s/%d.json", &safe, generation)
}
