package ccaas

// ErasureState is how far the platform has come with erasing an account.
type ErasureState string

// States of an erasure.
const (
	ErasureRunning ErasureState = "running"
	ErasureDone    ErasureState = "done" // nothing of the account is left
	// ErasureFailed: the platform gave up. Another Erase makes another request.
	ErasureFailed ErasureState = "failed"
)
