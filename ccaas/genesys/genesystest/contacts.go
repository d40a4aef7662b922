package genesystest

import (
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// contact is an entry of an account's addresses [API: Contact]; address and extension exclude each other. Official code all
// the same sends both for a number that has an extension of its own: who has such a contact may keep it.
type contact struct {
	MediaType   string          `json:"mediaType,omitempty"`
	Type        string          `json:"type,omitempty"`
	Address     string          `json:"address,omitempty"`
	Extension   string          `json:"extension,omitempty"`
	CountryCode string          `json:"countryCode,omitempty"`
	Integration string          `json:"integration,omitempty"`
	Display     json.RawMessage `json:"display,omitempty"` // read-only
}

type employerInfo struct {
	OfficialName string `json:"officialName,omitempty"`
	EmployeeID   string `json:"employeeId,omitempty"`
	EmployeeType string `json:"employeeType,omitempty"`
	DateHire     string `json:"dateHire,omitempty"`
}

type userLocation struct {
	ID    string `json:"id"`
	Notes string `json:"notes,omitempty"`
}

const mediaPhone = "PHONE"

var (
	contactMedia  = []string{mediaPhone, "EMAIL", "SMS"}
	contactTypes  = []string{"PRIMARY", "WORK", "WORK2", "WORK3", "WORK4", "HOME", "MOBILE", "MAIN", "OTHER"}
	e164          = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)
	extensionForm = regexp.MustCompile(`^[0-9]{1,20}$`)
)

// Ways in which answers show an extension of an account [Settings.ExtensionAnswers].
const (
	ExtensionsPooled            = "pooled"
	ExtensionsPooledWithAddress = "pooled_with_address"
	ExtensionsUnpooled          = "unpooled"
)

var extensionAnswers = []string{ExtensionsPooled, ExtensionsPooledWithAddress, ExtensionsUnpooled}

// internal says whether c is an extension of the organisation, which one account has, and not what follows a number.
func (c contact) internal() bool { return c.Extension != "" && c.Address == "" }

// checkContacts refuses what the platform would, including an extension that another account has.
func (s *Server) checkContacts(contacts []contact, u *user) *answer {
	seen := map[string]bool{}
	for _, c := range contacts {
		if refused := c.check(seen); refused != nil {
			return refused
		}
		if c.Address != "" && c.Extension != "" && !u.has(c) {
			refused := badField("addresses", "exactly one of address and extension must be given")
			return &refused
		}
		holder := s.world.byExtension[c.Extension]
		if c.internal() && holder != nil && holder != u {
			refused := conflict("Extension %s is already assigned to another user", c.Extension)
			refused.body.(*errorBody).Details = []errorDetail{{Code: codeConflict, Field: "addresses.extension"}}
			return &refused
		}
	}
	return nil
}

// has says whether the account, if there is one, has that very contact.
func (u *user) has(c contact) bool {
	return u != nil && slices.ContainsFunc(u.Addresses, func(held contact) bool {
		return held.MediaType == c.MediaType && held.Type == c.Type && held.Address == c.Address && held.Extension == c.Extension
	})
}

func (c contact) check(seen map[string]bool) *answer {
	key := c.MediaType + "/" + c.Type
	var refused answer
	switch {
	case !slices.Contains(contactMedia, c.MediaType):
		refused = badField("addresses.mediaType", "Value [%s] is not valid for field type [mediaType]. Allowable values are: %s",
			c.MediaType, strings.Join(contactMedia, ", "))
	case !slices.Contains(contactTypes, c.Type):
		refused = badField("addresses.type", "Value [%s] is not valid for field type [type]. Allowable values are: %s",
			c.Type, strings.Join(contactTypes, ", "))
	case c.Address == "" && c.Extension == "":
		refused = badField("addresses", "one of address and extension must be given")
	case c.Extension != "" && (c.MediaType != mediaPhone || !extensionForm.MatchString(c.Extension)):
		refused = badField("addresses.extension", "extension must be digits of a PHONE contact")
	case c.MediaType != "EMAIL" && c.Address != "" && !e164.MatchString(c.Address):
		refused = badField("addresses.address", "a phone number must be E.164")
	case seen[key]:
		refused = badField("addresses", "more than one contact of %s", key)
	default:
		seen[key] = true
		return nil
	}
	return &refused
}

func stored(contacts []contact) []contact {
	kept := slices.Clone(contacts)
	for i := range kept {
		kept[i].Display = nil
	}
	return kept
}

// renderContact answers a number in address, an extension as the settings say, and a number with an extension of its own in
// display beside that extension.
func (s *Server) renderContact(c contact) object {
	address, extension, display := c.Address, c.Extension, cmp.Or(c.Address, c.Extension)
	switch {
	case c.Address != "" && c.Extension != "":
		address = ""
	case c.internal() && s.settings.ExtensionAnswers == ExtensionsPooledWithAddress:
		address = c.Extension
	case c.internal() && s.settings.ExtensionAnswers == ExtensionsUnpooled:
		extension, display = "", "("+c.Extension+")"
	}
	body := object{"mediaType": c.MediaType, "type": c.Type, "display": display}
	for name, value := range map[string]string{
		"address": address, "extension": extension, "countryCode": c.CountryCode, "integration": c.Integration,
	} {
		if value != "" {
			body[name] = value
		}
	}
	return body
}

// dropExtensions is what a deletion does: the extension is free for others and does not come back.
func (s *Server) dropExtensions(u *user) {
	var kept []contact
	for _, c := range u.Addresses {
		if !c.internal() {
			kept = append(kept, c)
		}
	}
	s.world.setAddresses(u, kept)
}

// numbers are the phone numbers of the account by kind, each with its own extension, if any, after an x.
func (u *user) numbers() map[string]string {
	numbers := map[string]string{}
	for _, c := range u.Addresses {
		if c.MediaType == mediaPhone && c.Address != "" {
			numbers[c.Type] = strings.TrimSuffix(c.Address+"x"+c.Extension, "x")
		}
	}
	return numbers
}

// numbered is the contact of a number as numbers writes it.
func numbered(kind, number string) contact {
	address, extension, _ := strings.Cut(number, "x")
	return contact{MediaType: mediaPhone, Type: kind, Address: address, Extension: extension}
}

// plantNumbers replaces the account's phone numbers; its extension stays.
func (s *Server) plantNumbers(u *user, numbers map[string]string) {
	kept := slices.DeleteFunc(slices.Clone(u.Addresses), func(c contact) bool { return c.MediaType == mediaPhone && !c.internal() })
	for _, kind := range slices.Sorted(maps.Keys(numbers)) {
		kept = append(kept, numbered(kind, numbers[kind]))
	}
	s.world.setAddresses(u, kept)
}
