package genesys

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Defaults of Config.
const (
	defaultAuthority    = "muster-hris"
	defaultMaxInFlight  = 10
	defaultCatalogueTTL = 5 * time.Minute
	defaultCallTimeout  = 10 * time.Second
)

// Config says which organisation to talk to, as whom, and how hard.
type Config struct {
	// Domain is a region's domain, e.g. "mypurecloud.ie". It gives LoginURL and APIURL where those are empty. It is not an
	// enumeration: regions come and go.
	Domain string
	// LoginURL and APIURL are the two hosts without a path, e.g. "https://login.mypurecloud.ie",
	// "https://api.mypurecloud.ie".
	LoginURL string
	APIURL   string
	// ClientID and ClientSecret are an OAuth client's with the client-credentials grant.
	ClientID     string
	ClientSecret string
	// ExternalIDAuthority names the external ids that are Muster's. A plain name: URL-like authority names caused trouble
	// (community.genesys.com, user-generic-sso). Default "muster-hris".
	ExternalIDAuthority string
	// HTTPClient carries the requests; nil: one of our own. Redirects are not followed in either case.
	HTTPClient *http.Client
	// Logger gets one debug line per request and a warning per throttling or re-authentication; nil: none.
	Logger *slog.Logger
	// MaxInFlight bounds the requests that are under way at once. Default 10.
	MaxInFlight int
	// CatalogueTTL is how long the catalogue may be reused. Default 5 minutes.
	CatalogueTTL time.Duration
	// CallTimeout bounds one request, its answer included. Default 10 s, which is how long the fence is held at most.
	CallTimeout time.Duration
}

// LogValue keeps the secret out of logs.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("login_url", c.LoginURL),
		slog.String("api_url", c.APIURL),
		slog.String("domain", c.Domain),
		slog.String("client_id", c.ClientID),
		slog.Bool("client_secret_set", c.ClientSecret != ""),
		slog.String("external_id_authority", c.ExternalIDAuthority),
		slog.Int("max_in_flight", c.MaxInFlight),
		slog.Duration("catalogue_ttl", c.CatalogueTTL),
		slog.Duration("call_timeout", c.CallTimeout),
	)
}

// String keeps the secret out of printed structs.
func (c Config) String() string { return c.LogValue().String() }

// completed returns the configuration with its defaults filled in, or what is wrong with it.
func (c Config) completed() (Config, error) {
	if c.Domain != "" {
		if strings.ContainsAny(c.Domain, ":/@?# ") {
			return c, fmt.Errorf("genesys: Domain %q: want a host name such as mypurecloud.ie", c.Domain)
		}
		if c.LoginURL == "" {
			c.LoginURL = "https://login." + c.Domain
		}
		if c.APIURL == "" {
			c.APIURL = "https://api." + c.Domain
		}
	}
	for _, host := range []struct{ field, value string }{{"LoginURL", c.LoginURL}, {"APIURL", c.APIURL}} {
		if _, err := hostURL(host.value); err != nil {
			return c, fmt.Errorf("genesys: %s: %w", host.field, err)
		}
	}
	if c.ClientID == "" || c.ClientSecret == "" {
		return c, fmt.Errorf("genesys: ClientID and ClientSecret: both are needed, found client id %q, secret set: %t",
			c.ClientID, c.ClientSecret != "")
	}
	if c.ExternalIDAuthority == "" {
		c.ExternalIDAuthority = defaultAuthority
	}
	if strings.ContainsAny(c.ExternalIDAuthority, "/: ") {
		return c, fmt.Errorf("genesys: ExternalIDAuthority %q: want a plain name such as %s", c.ExternalIDAuthority, defaultAuthority)
	}
	if c.MaxInFlight <= 0 {
		c.MaxInFlight = defaultMaxInFlight
	}
	if c.CatalogueTTL <= 0 {
		c.CatalogueTTL = defaultCatalogueTTL
	}
	if c.CallTimeout <= 0 {
		c.CallTimeout = defaultCallTimeout
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.HTTPClient = c.client()
	return c, nil
}

// client returns the HTTP client to use: the caller's, or one that keeps a connection per request in flight.
func (c Config) client() *http.Client {
	client := &http.Client{}
	switch base, isTransport := http.DefaultTransport.(*http.Transport); {
	case c.HTTPClient != nil:
		*client = *c.HTTPClient
	case isTransport:
		transport := base.Clone()
		transport.MaxIdleConnsPerHost = c.MaxInFlight
		client.Transport = transport
	}
	// The API redirects nothing that we call; a redirect is a wrong host and must not see the bearer token or a repeated
	// write.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client
}

// hostURL parses a base URL that has a scheme and a host and nothing else.
func hostURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%q is not a URL: %w", raw, err)
	}
	if (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" ||
		u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%q: want scheme and host only, such as https://api.mypurecloud.ie", raw)
	}
	u.Path = ""
	return u, nil
}
