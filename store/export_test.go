package store

import "testing"

// CurrentRole is the role that the store's connections work under.
func (s *Store) CurrentRole(t testing.TB) (role string) {
	t.Helper()
	if err := s.pool.QueryRow(t.Context(), "select current_user").Scan(&role); err != nil {
		t.Fatal(err)
	}
	return role
}
