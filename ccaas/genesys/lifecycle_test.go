package genesys_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/ccaas/genesys/genesystest"
)

func TestEveryWriteIsSeenByTheReadBack(t *testing.T) {
	o := newOrg(t)
	ctx := t.Context()
	manager := o.plant(genesystest.Plant{Name: new("Max Lead"), Email: new("max.lead@example.com")})
	id := o.hired().ID
	w := o.writer()

	name, title, employee, locations := "Jane Q. Doe", "Senior Agent", "WD-EMP-1", []string{location("Austin")}
	require.NoError(t, w.LinkExternalID(ctx, id, "WD-EMP-1"))
	require.NoError(t, w.SetProfile(ctx, id, ccaas.ProfileChange{
		Name: &name, Title: &title, EmployeeID: &employee, LocationIDs: &locations, ManagerID: &manager.ID,
	}))
	require.NoError(t, w.SetDivision(ctx, id, division("Sales")))
	require.NoError(t, w.SetRoles(ctx, id, []ccaas.Grant{{RoleID: role("Agent"), DivisionID: division("Sales")}}))
	require.NoError(t, w.SetSkills(ctx, id, []ccaas.Rated{{ID: skill("Technical_Support"), Proficiency: 4}}))
	require.NoError(t, w.PutLanguages(ctx, id, []ccaas.Rated{
		{ID: language("English"), Proficiency: 5}, {ID: language("Spanish"), Proficiency: 3},
	}))
	require.NoError(t, w.RemoveLanguage(ctx, id, language("English")))
	require.NoError(t, w.AddToGroup(ctx, id, group("Support Team")))
	require.NoError(t, w.AddToQueue(ctx, id, queue("General_Support")))
	require.NoError(t, w.AddToQueue(ctx, id, queue("Billing_Queue")))
	require.NoError(t, w.SetJoined(ctx, id, []string{queue("General_Support")}, false))
	require.NoError(t, w.SetWorkforce(ctx, id, unit("Support MU"), plan("Support Full Time")))

	eventually(t, func() bool {
		account := o.read(id)
		return len(account.GroupIDs) == 1 && contains(account.Queues, ccaas.Membership{QueueID: queue("General_Support")})
	})
	account := o.read(id)
	require.Equal(t, ccaas.Active, account.State)
	require.Equal(t, name, account.Name)
	require.Equal(t, "jane.doe@example.com", account.Email)
	require.Equal(t, "SUPP_L2", account.Department)
	require.Equal(t, title, account.Title)
	require.Equal(t, "4452", account.Extension)
	require.Equal(t, employee, account.EmployeeID)
	require.Equal(t, manager.ID, account.ManagerID)
	require.Equal(t, division("Sales"), account.DivisionID)
	require.Equal(t, locations, account.LocationIDs)
	require.Equal(t, []string{"WD-EMP-1"}, account.ExternalIDs)
	require.Equal(t, []ccaas.Grant{{RoleID: role("Agent"), DivisionID: division("Sales")}}, account.Roles)
	require.Equal(t, []ccaas.Rated{{ID: skill("Technical_Support"), Proficiency: 4}}, account.Skills)
	require.Equal(t, []ccaas.Rated{{ID: language("Spanish"), Proficiency: 3}}, account.Languages)
	require.Equal(t, []string{group("Support Team")}, account.GroupIDs)
	require.Contains(t, account.Queues, ccaas.Membership{QueueID: queue("Billing_Queue"), Joined: true})
	require.Equal(t, unit("Support MU"), account.ManagementUnitID)
	require.Equal(t, plan("Support Full Time"), account.WorkPlanID)
	require.Equal(t, 0, account.Live)

	require.NoError(t, w.RemoveFromGroup(ctx, id, group("Support Team")))
	require.NoError(t, w.RemoveFromQueue(ctx, id, queue("Billing_Queue")))
	require.NoError(t, w.SetWorkforce(ctx, id, "", ""))
	eventually(t, func() bool {
		account := o.read(id)
		return len(account.GroupIDs) == 0 && len(account.Queues) == 1 && account.ManagementUnitID == ""
	})
	require.Len(t, o.writes, o.changing(), "every changing request passed the guard once")
}

func contains(list []ccaas.Membership, wanted ccaas.Membership) bool {
	for _, m := range list {
		if m == wanted {
			return true
		}
	}
	return false
}

func TestEveryWriteMayBeRepeated(t *testing.T) {
	o := newOrg(t)
	ctx := t.Context()
	id := o.hired().ID
	title := "Senior Agent"
	var before genesystest.Truth
	for round := range 2 {
		w := o.writer()
		require.NoError(t, w.LinkExternalID(ctx, id, "WD-EMP-1"))
		require.NoError(t, w.SetProfile(ctx, id, ccaas.ProfileChange{Title: &title}))
		require.NoError(t, w.SetDivision(ctx, id, division("Sales")))
		require.NoError(t, w.SetRoles(ctx, id, []ccaas.Grant{{RoleID: role("Agent"), DivisionID: division("Sales")}}))
		require.NoError(t, w.SetSkills(ctx, id, []ccaas.Rated{{ID: skill("Technical_Support"), Proficiency: 4}}))
		require.NoError(t, w.PutLanguages(ctx, id, []ccaas.Rated{{ID: language("English"), Proficiency: 5}}))
		require.NoError(t, w.RemoveLanguage(ctx, id, language("French")))
		require.NoError(t, w.AddToGroup(ctx, id, group("Support Team")))
		require.NoError(t, w.RemoveFromGroup(ctx, id, group("Madrid Site")))
		require.NoError(t, w.AddToQueue(ctx, id, queue("General_Support")))
		require.NoError(t, w.RemoveFromQueue(ctx, id, queue("Sales_Inbound")))
		require.NoError(t, w.SetJoined(ctx, id, []string{queue("General_Support")}, false))
		require.NoError(t, w.SetWorkforce(ctx, id, unit("Support MU"), plan("Support Full Time")))
		require.NoError(t, w.Offline(ctx, id))
		require.NoError(t, w.RevokeSessions(ctx, id))
		eventually(t, func() bool {
			truth := o.truth(id)
			return len(truth.Groups) == 1 && !truth.Queues["General_Support"]
		})
		after := o.truth(id)
		after.Version = 0
		if round == 0 {
			before = after
		}
		require.Equal(t, before, after)
	}
}

func TestHireIsAffordable(t *testing.T) {
	o := newOrg(t)
	ctx := t.Context()
	w := o.writer()
	found, err := o.AccountByExternalID(ctx, "WD-EMP-1")
	require.NoError(t, err)
	require.Nil(t, found)
	same, err := o.AccountsByEmail(ctx, "jane.doe@example.com")
	require.NoError(t, err)
	require.Empty(t, same)
	id := o.hired().ID
	require.NoError(t, w.LinkExternalID(ctx, id, "WD-EMP-1"))
	require.NoError(t, w.SetRoles(ctx, id, []ccaas.Grant{{RoleID: role("Agent"), DivisionID: division("Customer Care")}}))
	require.NoError(t, w.SetSkills(ctx, id, []ccaas.Rated{{ID: skill("Technical_Support"), Proficiency: 4}}))
	require.NoError(t, w.PutLanguages(ctx, id, []ccaas.Rated{{ID: language("English"), Proficiency: 5}}))
	require.NoError(t, w.AddToQueue(ctx, id, queue("General_Support")))
	require.NoError(t, w.SetJoined(ctx, id, []string{queue("General_Support")}, false))
	require.NoError(t, w.SetWorkforce(ctx, id, unit("Support MU"), plan("Support Full Time")))
	account, err := o.Account(ctx, id, ccaas.Want{Grants: true, Workforce: true, ManagementUnitID: unit("Support MU")})
	require.NoError(t, err)
	require.Equal(t, plan("Support Full Time"), account.WorkPlanID)
	require.NoError(t, w.SetJoined(ctx, id, []string{queue("General_Support")}, true))
	joined, err := o.QueueIDs(ctx, id, true)
	require.NoError(t, err)
	require.Equal(t, []string{queue("General_Support")}, joined)
	require.LessOrEqual(t, o.calls(), 16)
}

func TestProfileAfterCreationAndLinkTakesOneCall(t *testing.T) {
	o := newOrg(t)
	w := o.writer()
	account, err := w.Create(t.Context(), ccaas.NewAccount{
		Name: "A", Email: "a@example.com", DivisionID: division("Home"), Extension: "77",
	})
	require.NoError(t, err)
	require.NoError(t, w.LinkExternalID(t.Context(), account.ID, "WD-EMP-1"))
	before := o.calls()
	employee, extension := "WD-EMP-1", "78"
	require.NoError(t, w.SetProfile(t.Context(), account.ID, ccaas.ProfileChange{EmployeeID: &employee, Extension: &extension}))
	require.Equal(t, before+1, o.calls())
	require.Equal(t, "78", o.truth(account.ID).Extension)
	require.Equal(t, employee, o.truth(account.ID).EmployeeID)
}

func TestDeletedAccountIsFoundByEmailAndRestoredWithoutItsRoles(t *testing.T) {
	o := newOrg(t)
	former := o.plant(genesystest.Plant{
		Name: new("Jane Doe"), Email: new("jane.doe@example.com"), State: new("deleted"), Roles: []string{"Agent"},
		ExternalIDs: []genesystest.ExternalID{{Authority: "muster-hris", Key: "WD-EMP-1"}},
	})
	accounts, err := o.AccountsByEmail(t.Context(), "jane.doe@example.com")
	require.NoError(t, err)
	require.Len(t, accounts, 1)
	require.Equal(t, former.ID, accounts[0].ID)
	require.Equal(t, ccaas.Deleted, accounts[0].State)
	require.Equal(t, []string{"WD-EMP-1"}, accounts[0].ExternalIDs)

	restored, err := o.writer().Restore(t.Context(), former.ID)
	require.NoError(t, err)
	require.Equal(t, ccaas.Active, restored.State)
	require.Equal(t, "active", o.truth(former.ID).State)
	require.Len(t, o.writes, 1)
	require.Equal(t, "account.restore", o.writes[0].Verb)
}

func TestDeletedAccountIsReadWithEverything(t *testing.T) {
	o := newOrg(t)
	former := o.plant(genesystest.Plant{
		Name: new("Jane Doe"), Email: new("jane.doe@example.com"), State: new("deleted"),
		Queues: map[string]bool{"General_Support": true}, WorkPlan: new("Support Full Time"),
	})
	require.Equal(t, ccaas.Deleted, o.read(former.ID).State)
}

func TestInactiveAccountIsRestored(t *testing.T) {
	o := newOrg(t)
	id := o.hired().ID
	require.NoError(t, o.writer().Deactivate(t.Context(), id))
	require.Equal(t, ccaas.Inactive, o.read(id).State)
	require.NoError(t, o.writer().Deactivate(t.Context(), id), "again, without a write")
	restored, err := o.writer().Restore(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, ccaas.Active, restored.State)
	require.Len(t, o.writes, 3)
}

func TestDeactivationDropsRolesAndKeepsTheProfile(t *testing.T) {
	o := newOrg(t)
	id := o.hired().ID
	require.NoError(t, o.writer().SetRoles(t.Context(), id, []ccaas.Grant{{RoleID: role("Agent"), DivisionID: division("Home")}}))
	require.NoError(t, o.writer().Deactivate(t.Context(), id))
	account := o.read(id)
	require.Empty(t, account.Roles)
	require.Equal(t, "Jane Doe", account.Name)
}

func TestRolesOfGroupsAreNotDirectGrants(t *testing.T) {
	o := newOrg(t)
	require.NoError(t, o.sim.ChangeCatalogue(genesystest.CatalogueChange{Add: []genesystest.Construct{
		{Kind: genesystest.KindGroup, Name: "Leads", Roles: []string{"Supervisor"}},
	}}))
	agent := o.plant(genesystest.Plant{
		Name: new("Jane Doe"), Email: new("jane.doe@example.com"), Groups: []string{"Leads"}, Roles: []string{"Agent"},
	})
	require.Equal(t, []ccaas.Grant{{RoleID: role("Agent"), DivisionID: division("Home")}}, o.read(agent.ID).Roles)
}

func TestLeaverOnACallGoesOfflineAndTheCallGoesOn(t *testing.T) {
	o := newOrg(t)
	agent := o.plant(genesystest.Plant{
		Name: new("Jane Doe"), Email: new("jane.doe@example.com"), Queues: map[string]bool{"General_Support": true},
		Presence: new("OnQueue"), Sessions: new(1),
	})
	_, err := o.sim.StartConversation(agent.ID, genesystest.StartConversation{Queue: "General_Support"})
	require.NoError(t, err)
	require.Equal(t, 1, o.read(agent.ID).Live)
	w := o.writer()
	require.NoError(t, w.SetJoined(t.Context(), agent.ID, []string{queue("General_Support")}, false))
	require.NoError(t, w.Offline(t.Context(), agent.ID))
	eventually(t, func() bool {
		joined, err := o.QueueIDs(t.Context(), agent.ID, true)
		require.NoError(t, err)
		return len(joined) == 0
	})
	account := o.read(agent.ID)
	require.Equal(t, "Offline", account.Presence)
	require.Equal(t, 1, account.Live)
	require.NoError(t, w.RevokeSessions(t.Context(), agent.ID))
	require.Zero(t, o.truth(agent.ID).Sessions)
}

func TestCatalogueOfTheOrganisation(t *testing.T) {
	o := newOrg(t)
	catalogue, err := o.Catalogue(t.Context(), false)
	require.NoError(t, err)
	require.Equal(t, division("Home"), catalogue.HomeDivisionID)
	require.Equal(t, division("Sales"), catalogue.Divisions["Sales"])
	require.Equal(t, role("Knowledge Base Editor"), catalogue.Roles["Knowledge Base Editor"])
	require.Equal(t, skill("Network_Troubleshooting"), catalogue.Skills["Network_Troubleshooting"])
	require.Equal(t, language("French"), catalogue.Languages["French"])
	require.Len(t, catalogue.Queues, 6)
	require.Equal(t, group("Austin Site"), catalogue.Groups["Austin Site"])
	require.Equal(t, location("Madrid"), catalogue.Locations["Madrid"])
	require.Equal(t, ccaas.ManagementUnit{ID: unit("Sales MU"), TimeZone: "Europe/Madrid"}, catalogue.ManagementUnits["Sales MU"])
	require.Equal(t, plan("Support Full Time"), catalogue.WorkPlans[unit("Support MU")]["Support Full Time"])
}
