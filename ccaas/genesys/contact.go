package genesys

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// contact is definition Contact. There is one entry per media type and kind. Display is the platform's to write: it is
// read and never sent.
type contact struct {
	MediaType   string `json:"mediaType,omitempty"`
	Type        string `json:"type,omitempty"`
	Address     string `json:"address,omitempty"`
	Extension   string `json:"extension,omitempty"`
	Display     string `json:"display,omitempty"`
	CountryCode string `json:"countryCode,omitempty"`
	Integration string `json:"integration,omitempty"`
}

const (
	mediaPhone = "PHONE"
	mediaSMS   = "SMS"
	kindWork   = "WORK"
)

// workKinds are the kinds of phone contact that may hold the extension, the preferred one first.
var workKinds = [...]string{kindWork, "WORK2", "WORK3", "WORK4"}

// phone is what a PHONE or SMS contact says, whatever form the answer has.
type phone struct {
	number    string
	extension string // alone: an internal extension; beside a number: what is dialled after it
}

// allDigits is the form of an extension.
var allDigits = regexp.MustCompile(`^[0-9]+$`)

// phone reads the forms that the official Terraform provider documents (flattenUserAddresses), each with or without
// parentheses: address alone is a number; an extension that display repeats is one of a pool, in some organisations with
// an address too; an extension that display does not repeat follows the number in display; display alone is an extension
// outside every pool. A display alone that is no extension by its form is taken for a number, which is safe: numbers are
// left alone.
func (c contact) phone() phone {
	address, extension, display := bare(c.Address), bare(c.Extension), bare(c.Display)
	switch {
	case extension == "" && address == "" && allDigits.MatchString(display):
		return phone{extension: display}
	case extension == "":
		return phone{number: cmp.Or(address, display)}
	case cmp.Or(display, address, extension) == extension:
		return phone{extension: extension}
	default:
		return phone{number: cmp.Or(address, display), extension: extension}
	}
}

// bare is a value without the parentheses around all of it.
func bare(value string) string {
	value = strings.TrimSpace(value)
	inner, opened := strings.CutPrefix(value, "(")
	inner, closed := strings.CutSuffix(inner, ")")
	if opened && closed && !strings.ContainsAny(inner, "()") {
		return inner
	}
	return value
}

// carried is c as a write takes it. By its definition address and extension exclude each other; only a number with an
// extension of its own has both, as official code sends it: either half alone would lose the other.
func (c contact) carried() contact {
	if c.MediaType == mediaPhone || c.MediaType == mediaSMS {
		said := c.phone()
		c.Address, c.Extension = unformatted(said.number), said.extension
	}
	c.Display = ""
	return c
}

// unformatted takes what display puts between the digits out of an international number; other numbers stay as they are.
func unformatted(number string) string {
	if !strings.HasPrefix(number, "+") {
		return number
	}
	return strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "").Replace(number)
}

func (c contact) isPhone(kind string) bool { return c.MediaType == mediaPhone && c.Type == kind }

// workPhone is the contact of an extension.
func workPhone(kind, extension string) contact {
	return contact{MediaType: mediaPhone, Type: kind, Extension: extension}
}

// extensionKind is the kind of contact where the extension lives: the first work phone that holds no number; empty when
// all hold one.
func extensionKind(addresses []contact) string {
	for _, kind := range workKinds {
		if !slices.ContainsFunc(addresses, func(c contact) bool { return c.isPhone(kind) && c.phone().number != "" }) {
			return kind
		}
	}
	return ""
}

// extensionOf is the extension in addresses: the one where it lives, else the one beside the first work number.
func extensionOf(addresses []contact) string {
	for _, kind := range []string{extensionKind(addresses), kindWork} {
		for _, c := range addresses {
			if extension := c.phone().extension; c.isPhone(kind) && extension != "" {
				return extension
			}
		}
	}
	return ""
}

// hasPlaceFor says whether addresses can take the extension, or need not.
func hasPlaceFor(addresses []contact, extension string) bool {
	return extension == "" || extension == extensionOf(addresses) || extensionKind(addresses) != ""
}

// withExtension returns addresses, as a write takes them, with the extension replaced, or removed when it is empty. No
// number is lost. addresses must have a place for it.
func withExtension(addresses []contact, extension string) []contact {
	kind := extensionKind(addresses)
	contacts := make([]contact, 0, len(addresses)+1)
	for _, c := range addresses {
		elsewhere := slices.Contains(workKinds[:], c.Type) && c.phone() == phone{extension: extension}
		if c.isPhone(kind) || c.MediaType == mediaPhone && elsewhere {
			continue
		}
		carried := c.carried()
		if extension == "" && c.isPhone(kindWork) {
			carried.Extension = "" // of the number that stays
		}
		contacts = append(contacts, carried)
	}
	if extension == "" {
		return contacts
	}
	return append(contacts, workPhone(kind, extension))
}
