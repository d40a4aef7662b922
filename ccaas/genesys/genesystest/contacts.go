package genesystest

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// contact is an entry of an account's addresses [API: Contact]; address and extension exclude each other.
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

var (
	contactMedia  = []string{"PHONE", "EMAIL", "SMS"}
	contactTypes  = []string{"PRIMARY", "WORK", "WORK2", "WORK3", "WORK4", "HOME", "MOBILE", "MAIN", "OTHER"}
	e164          = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)
	extensionForm = regexp.MustCompile(`^[0-9]{1,20}$`)
)

// checkContacts refuses what the platform would, including an extension that another account has.
func (s *Server) checkContacts(contacts []contact, u *user) *answer {
	seen := map[string]bool{}
	for _, c := range contacts {
		if refused := c.check(seen); refused != nil {
			return refused
		}
		holder := s.world.byExtension[c.Extension]
		if c.Extension != "" && holder != nil && holder != u {
			refused := conflict("Extension %s is already assigned to another user", c.Extension)
			refused.body.(*errorBody).Details = []errorDetail{{Code: codeConflict, Field: "addresses.extension"}}
			return &refused
		}
	}
	return nil
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
	case (c.Address == "") == (c.Extension == ""):
		refused = badField("addresses", "exactly one of address and extension must be given")
	case c.Extension != "" && (c.MediaType != "PHONE" || !extensionForm.MatchString(c.Extension)):
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

func (c contact) render() object {
	body := object{"mediaType": c.MediaType, "type": c.Type}
	for name, value := range map[string]string{
		"address": c.Address, "extension": c.Extension, "countryCode": c.CountryCode, "integration": c.Integration,
	} {
		if value != "" {
			body[name] = value
		}
	}
	body["display"] = c.Address + c.Extension
	return body
}

// dropExtensions is what a deletion does: the extension is free for others and does not come back.
func (s *Server) dropExtensions(u *user) {
	var kept []contact
	for _, c := range u.Addresses {
		if c.Extension == "" {
			kept = append(kept, c)
		}
	}
	s.world.setAddresses(u, kept)
}
