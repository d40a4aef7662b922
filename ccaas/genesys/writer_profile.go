package genesys

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"muster/ccaas"
)

// SetProfile changes the fields set in p with one PATCH /users/{id} at the user's current version, which is read first
// unless this writer has just seen it. Fields that already are as wanted make no call. After a version conflict the user
// is read again; a conflict without another version means that the new email (*ccaas.Error of KindEmailTaken) or the
// extension (KindExtensionTaken) is taken. An extension goes where no number is, WORK first; without such a place it is of
// KindInvalid.
func (w *writer) SetProfile(ctx context.Context, id string, p ccaas.ProfileChange) error {
	if p.Empty() {
		return nil
	}
	current, found := w.recall(id)
	if !found || !current.expanded {
		if err := w.readForProfile(ctx, id, &current); err != nil {
			return err
		}
	}
	for try := 1; ; try++ {
		if p.Extension != nil && !hasPlaceFor(current.Addresses, *p.Extension) {
			return invalid("profile.set", "phone extension: every work phone of the account holds a number, want one that is free")
		}
		body := profilePatch(current.user, p)
		if len(body) == 0 {
			return nil
		}
		fields := fieldNames(body)
		body["version"] = current.Version
		write := ccaas.Write{
			Verb: "profile.set", AccountID: id,
			// Names of fields, not their values: those are personal data.
			Detail: map[string]any{"fields": fields, "version": current.Version},
		}
		var patched user
		err := w.change(ctx, write, request{method: http.MethodPatch, path: []string{"users", id}, body: body}, &patched, nil)
		if err == nil {
			w.remember(patched, false)
			return nil
		}
		w.forget(id)
		if !ccaas.IsKind(err, ccaas.KindConflict) || try == maxVersionTries || !w.pause(ctx, try) {
			return err
		}
		sent := current.Version
		if readErr := w.readForProfile(ctx, id, &current); readErr != nil {
			return readErr
		}
		if failure := asError(err); current.Version == sent && !namesVersion(failure.Message) {
			_, changesEmail := body["email"]
			if kind := takenKind(failure.Message); changesEmail || kind != ccaas.KindEmailTaken {
				failure.Kind = kind
			}
			return err
		}
	}
}

// readForProfile reads what a profile change merges into. A deleted user has no profile to change and is not found.
func (w *writer) readForProfile(ctx context.Context, id string, into *seenUser) error {
	read, err := w.platform.userInState(ctx, id, "", []string{"locations", "employerInfo"})
	if err != nil {
		return err
	}
	*into = seenUser{user: read, expanded: true}
	w.remember(read, true)
	return nil
}

// profilePatch is the body that brings u to p, without the version: only what differs, and nothing when nothing does.
// Addresses and employer are replaced as a whole by the platform, so what p does not name is carried over.
func profilePatch(u user, p ccaas.ProfileChange) map[string]any {
	body := map[string]any{}
	set := func(field string, current string, wanted *string) {
		if wanted != nil && *wanted != current {
			body[field] = *wanted
		}
	}
	set("name", u.Name, p.Name)
	if p.Email != nil && !strings.EqualFold(*p.Email, u.Email) { // the platform compares emails without case
		body["email"] = *p.Email
	}
	set("department", u.Department, p.Department)
	set("title", u.Title, p.Title)
	set("manager", u.account().ManagerID, p.ManagerID)
	if p.Extension != nil && *p.Extension != extensionOf(u.Addresses) {
		body["addresses"] = withExtension(u.Addresses, *p.Extension)
	}
	if p.EmployeeID != nil {
		var employer employerInfo
		if u.EmployerInfo != nil {
			employer = *u.EmployerInfo
		}
		if employer.EmployeeID != *p.EmployeeID {
			employer.EmployeeID = *p.EmployeeID
			body["employerInfo"] = employer
		}
	}
	if p.LocationIDs != nil && !sameSet(u.account().LocationIDs, *p.LocationIDs) {
		body["locations"] = withLocations(u.Locations, *p.LocationIDs)
	}
	return body
}

// withLocations names the wanted locations and keeps the notes of those that stay.
func withLocations(current []userLocation, wanted []string) []userLocation {
	locations := make([]userLocation, 0, len(wanted))
	for _, id := range wanted {
		location := userLocation{ID: id}
		for _, known := range current {
			if known.locationID() == id {
				location.Notes = known.Notes
			}
		}
		locations = append(locations, location)
	}
	return locations
}

// fieldNames lists what a PATCH changes, sorted.
func fieldNames(body map[string]any) []string {
	names := make([]string, 0, len(body))
	for name := range body {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// sameSet compares two lists of ids without regard to order.
func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.SortFunc(a, strings.Compare)
	slices.SortFunc(b, strings.Compare)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}
