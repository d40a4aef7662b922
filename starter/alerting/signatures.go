package alerting

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"muster/store"
)

// More deliveries than a misconfigured source retries at once: somebody guesses, or a secret is wrong and events are being lost.
const (
	signatureFailures = 10
	signatureWindow   = 10 * time.Minute
	// repeatEvery bounds how often one address costs a write while it goes on.
	repeatEvery = time.Minute
	// addressesKept bounds the memory, and the alerts, that a flood from many addresses costs. The rest counts as one.
	addressesKept = 256
	manyAddresses = "many addresses"
)

// SignatureFailures counts deliveries that no known source has signed, by the network address they came from. It is this
// process's own count. Behind a proxy all addresses are the proxy's.
type SignatureFailures struct {
	mutex sync.Mutex
	seen  map[string]*addressFailures
}

type addressFailures struct {
	times  []time.Time // of the last ones, oldest first
	raised time.Time
}

// NewSignatureFailures makes a count of none.
func NewSignatureFailures() *SignatureFailures {
	return &SignatureFailures{seen: map[string]*addressFailures{}}
}

// Note counts a failure from a remote address (host:port) and returns the alert it makes necessary, if any: when there have been
// ten within ten minutes, and once a minute while it goes on. The alert lapses ten minutes after that.
func (f *SignatureFailures) Note(remote string, now time.Time) (alert store.Alert, needed bool) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	address := f.keep(network(remote), now)
	failures := f.seen[address]
	failures.times = append(failures.times, now)
	if extra := len(failures.times) - signatureFailures; extra > 0 {
		failures.times = slices.Delete(failures.times, 0, extra)
	}
	if len(failures.times) < signatureFailures || now.Sub(failures.times[0]) > signatureWindow || now.Sub(failures.raised) < repeatEvery {
		return store.Alert{}, false
	}
	failures.raised = now
	lapses := now.Add(signatureWindow)
	return store.Alert{
		Kind: store.AlertSignatureFailures, Severity: store.SeverityWarning, SubjectID: address, LapsesAt: &lapses,
		Text: fmt.Sprintf("%d deliveries or more within %d minutes from %s were not signed by a known source.",
			signatureFailures, int(signatureWindow.Minutes()), address),
	}, true
}

// keep makes room for an address, forgetting those that were quiet for the window, and returns what to count it under.
func (f *SignatureFailures) keep(address string, now time.Time) string {
	if f.seen[address] != nil {
		return address
	}
	for known, failures := range f.seen {
		if now.Sub(failures.times[len(failures.times)-1]) > signatureWindow {
			delete(f.seen, known)
		}
	}
	if len(f.seen) >= addressesKept {
		address = manyAddresses
	}
	if f.seen[address] == nil {
		f.seen[address] = &addressFailures{}
	}
	return address
}

// network is whom an address stands for: an IPv4 address itself, of an IPv6 address the network of its subscriber (a /64).
func network(remote string) string {
	parsed, err := netip.ParseAddrPort(remote)
	if err != nil {
		return "an unknown address"
	}
	address := parsed.Addr().Unmap().WithZone("")
	if address.Is4() {
		return address.String()
	}
	return netip.PrefixFrom(address, 64).Masked().String()
}
