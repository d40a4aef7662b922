package genesys

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/ccaas"
)

func TestEachFormOfAPhoneContactIsReadAndCarriedOver(t *testing.T) {
	for name, c := range map[string]struct {
		found   contact
		said    phone
		carried contact
	}{
		"number": {
			contact{Address: "+13174269078", Display: "+1 317-426-9078"},
			phone{number: "+13174269078"},
			contact{Address: "+13174269078"},
		},
		"number in parentheses":     {contact{Address: "(+13174269078)"}, phone{number: "+13174269078"}, contact{Address: "+13174269078"}},
		"number in display alone":   {contact{Display: "(+13174269078)"}, phone{number: "+13174269078"}, contact{Address: "+13174269078"}},
		"pooled extension":          {contact{Extension: "4452", Display: "4452"}, phone{extension: "4452"}, contact{Extension: "4452"}},
		"pooled in parentheses":     {contact{Extension: "4452", Display: "(4452)"}, phone{extension: "4452"}, contact{Extension: "4452"}},
		"pooled with address":       {contact{Address: "4452", Extension: "4452", Display: "4452"}, phone{extension: "4452"}, contact{Extension: "4452"}},
		"extension without display": {contact{Extension: "4452"}, phone{extension: "4452"}, contact{Extension: "4452"}},
		"extension outside a pool":  {contact{Display: "(4452)"}, phone{extension: "4452"}, contact{Extension: "4452"}},
		"number plus extension": {
			contact{Extension: "12", Display: "+1 (317) 426-9078"},
			phone{number: "+1 (317) 426-9078", extension: "12"},
			contact{Address: "+13174269078", Extension: "12"},
		},
		"number plus extension and address": {
			contact{Address: "+13174269078", Extension: "12", Display: "+1 317-426-9078"},
			phone{number: "+13174269078", extension: "12"},
			contact{Address: "+13174269078", Extension: "12"},
		},
	} {
		for _, media := range []string{mediaPhone, mediaSMS} {
			t.Run(name+" "+media, func(t *testing.T) {
				c.found.MediaType, c.carried.MediaType = media, media
				require.Equal(t, c.said, c.found.phone())
				require.Equal(t, c.carried, c.found.carried())
			})
		}
	}
}

func TestEmailContactIsCarriedOverWithoutItsDisplay(t *testing.T) {
	found := contact{MediaType: "EMAIL", Type: kindWork, Address: "a@example.com", Display: "A"}
	require.Equal(t, contact{MediaType: "EMAIL", Type: kindWork, Address: "a@example.com"}, found.carried())
}

func TestExtensionBesideTheWorkNumberCountsUntilItIsCleared(t *testing.T) {
	work := contact{MediaType: mediaPhone, Type: kindWork, Extension: "12", Display: "+13174269078"}
	require.Equal(t, "12", extensionOf([]contact{work}))
	changed := withExtension([]contact{work}, "4452")
	require.Equal(t, "4452", extensionOf(changed))
	require.Equal(t, phone{number: "+13174269078", extension: "12"}, changed[0].phone())
	cleared := withExtension([]contact{work}, "")
	require.Equal(t, []contact{{MediaType: mediaPhone, Type: kindWork, Address: "+13174269078"}}, cleared)
}

func TestExtensionIsReadBackAndNoNumberIsLost(t *testing.T) {
	number := rapid.SampledFrom([]string{"+13174269078", "+441434634996"})
	extension := rapid.SampledFrom([]string{"", "1", "22"})
	rapid.Check(t, func(t *rapid.T) {
		var addresses []contact
		numbers := map[string]string{}
		for _, kind := range []string{"WORK", "WORK2", "WORK3", "WORK4", "HOME"} {
			c := contact{MediaType: mediaPhone, Type: kind}
			switch rapid.IntRange(0, 5).Draw(t, kind) {
			case 0:
				continue
			case 1:
				c.Address = number.Draw(t, "address")
			case 2:
				c.Extension = "22"
				c.Display = c.Extension
			case 3:
				c.Address, c.Extension, c.Display = "22", "22", "22"
			case 4:
				c.Extension, c.Display = "1", number.Draw(t, "display")
			case 5:
				c.Display = "(22)"
			}
			addresses = append(addresses, c)
			if said := c.phone(); said.number != "" {
				numbers[kind] = said.number
			}
		}
		wanted := extension.Draw(t, "extension")
		if !hasPlaceFor(addresses, wanted) {
			return
		}
		if wanted == extensionOf(addresses) {
			return
		}
		sent := withExtension(addresses, wanted)
		require.Equal(t, wanted, extensionOf(sent))
		kinds := map[string]bool{}
		for _, c := range sent {
			require.False(t, kinds[c.Type], "two contacts of one kind")
			kinds[c.Type] = true
			require.Empty(t, c.Display)
			require.NotEqual(t, phone{}, c.phone())
			if said := c.phone(); said.number != "" {
				require.Equal(t, numbers[c.Type], said.number)
				delete(numbers, c.Type)
			}
		}
		require.Empty(t, numbers, "a number was lost")
	})
}

func TestExtensionWithoutAPlaceIsRefusedAndNothingIsSent(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, answering(http.StatusOK, `{"id":"u1","version":7,"state":"active","addresses":[
		{"mediaType":"PHONE","type":"WORK","address":"+13174269078"},{"mediaType":"PHONE","type":"WORK2","address":"+13174269079"},
		{"mediaType":"PHONE","type":"WORK3","address":"+13174269080"},{"mediaType":"PHONE","type":"WORK4","address":"+13174269081"}]}`))
	r := &recorder{}
	extension := "4452"
	err := s.platform().Writer(r.guard).SetProfile(t.Context(), "u1", ccaas.ProfileChange{Extension: &extension})
	requireKind(t, err, ccaas.KindInvalid)
	require.Empty(t, r.writes)
}
