package store

// OutstandingKey is the dedupe key of the alert about an account that is nobody's.
func OutstandingKey(accountID string) string { return AlertKey(AlertDeltaOpen, accountID) }
