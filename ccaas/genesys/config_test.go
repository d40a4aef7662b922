package genesys

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRegionDomainGivesBothHosts(t *testing.T) {
	config, err := Config{Domain: "usw2.pure.cloud", ClientID: "id", ClientSecret: "secret"}.completed()
	require.NoError(t, err)
	require.Equal(t, "https://login.usw2.pure.cloud", config.LoginURL)
	require.Equal(t, "https://api.usw2.pure.cloud", config.APIURL)
	require.Equal(t, "muster-hris", config.ExternalIDAuthority)
	require.Equal(t, 10, config.MaxInFlight)
}

func TestConfigThatCannotWorkIsRefusedByName(t *testing.T) {
	good := Config{Domain: "mypurecloud.ie", ClientID: "id", ClientSecret: "secret"}
	for field, spoil := range map[string]func(*Config){
		"Domain":              func(c *Config) { c.Domain = "https://mypurecloud.ie" },
		"LoginURL":            func(c *Config) { c.LoginURL = "login.mypurecloud.ie" },
		"APIURL":              func(c *Config) { c.APIURL = "https://api.mypurecloud.ie/api/v2" },
		"ClientSecret":        func(c *Config) { c.ClientSecret = "" },
		"ClientID":            func(c *Config) { c.ClientID = "" },
		"ExternalIDAuthority": func(c *Config) { c.ExternalIDAuthority = "https://hr.example" },
	} {
		spoiled := good
		spoil(&spoiled)
		_, err := New(spoiled)
		require.ErrorContains(t, err, field)
	}
	_, err := New(good)
	require.NoError(t, err)
}
