package hr

import (
	"regexp"
	"strings"
)

// identifierForm is what every id looks like: opaque, case-sensitive, safe in a workflow ID and in a URL.
var identifierForm = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,128}$`)

const identifierExpected = "an opaque id: 1 to 128 of A-Z a-z 0-9 . _ : -, neither an email address nor a national number"

// Forms of national numbers that an employee number does not take by chance: they have a fixed layout of groups or
// letters, or carry check characters. Ids appear in workflow IDs, search attributes and logs, where such a number must never
// be. Numbers without a layout of their own (nine bare digits, the eleven of a Polish PESEL) are not refused: ordinary
// employee numbers look the same, and a check digit alone would refuse every tenth of them.
var (
	socialSecurityUS = regexp.MustCompile(`^\d{3}-\d{2}-\d{4}$`)
	// https://www.gov.uk/hmrc-internal-manuals/national-insurance-manual/nim39110: two letters, six digits, A to D.
	nationalInsuranceGB = regexp.MustCompile(`(?i)^[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$`)
	identityES          = regexp.MustCompile(`(?i)^([XYZ]?)(\d{7,8})-?([A-Z])$`)
	fiscalCodeIT        = regexp.MustCompile(`(?i)^[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]$`)
	taxpayerBR          = regexp.MustCompile(`^\d{3}\.\d{3}\.\d{3}-\d{2}$`)
	registrationFR      = regexp.MustCompile(`^[12]\d{14}$`)
)

// ValidIdentifier says whether text can be an event id or an external id.
func ValidIdentifier(text string) bool {
	return identifierForm.MatchString(text) && sensitiveForm(text) == ""
}

// sensitiveForm names the personal identifier that text looks like; empty when it looks like none.
func sensitiveForm(text string) string {
	switch {
	case strings.Contains(text, "@"):
		return "an email address"
	case socialSecurityUS.MatchString(text):
		return "a number in the form of a US social security number"
	case nationalInsuranceGB.MatchString(text):
		return "a number in the form of a UK national insurance number"
	case spanishIdentity(text):
		return "a Spanish DNI or NIE with its check letter"
	case fiscalCodeIT.MatchString(text):
		return "a number in the form of an Italian fiscal code"
	case taxpayerBR.MatchString(text):
		return "a number in the form of a Brazilian CPF"
	case registrationFR.MatchString(text) && frenchKeyFits(text):
		return "a French social security number with its key"
	default:
		return ""
	}
}

// spanishIdentity recognises a DNI (eight digits and a letter) or a NIE (X, Y or Z, seven digits and a letter) by its check
// letter: the number modulo 23, with the NIE's first letter read as 0, 1 or 2 (Real Decreto 1553/2005).
func spanishIdentity(text string) bool {
	parts := identityES.FindStringSubmatch(text)
	if parts == nil || len(parts[1])+len(parts[2]) != 8 {
		return false
	}
	number := 0
	if parts[1] != "" {
		number = strings.Index("XYZ", strings.ToUpper(parts[1]))
	}
	for _, digit := range parts[2] {
		number = number*10 + int(digit-'0')
	}
	return "TRWAGMYFPDXBNJZSQVHLCKE"[number%23] == strings.ToUpper(parts[3])[0]
}

// frenchKeyFits checks the last two of fifteen digits: 97 less the first thirteen modulo 97 (INSEE's NIR).
func frenchKeyFits(text string) bool {
	number := 0
	for _, digit := range text[:13] {
		number = number*10 + int(digit-'0')
	}
	key := int(text[13]-'0')*10 + int(text[14]-'0')
	return key == 97-number%97
}
