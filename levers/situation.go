package levers

import (
	"muster/hr"
	"muster/lifecycle"
	"muster/store"
)

// Situation is what lifecycle.Judge would judge a lever by, for those who show what can be done. picture is Fold's.
func Situation(person store.Person, picture hr.Picture) lifecycle.LeverSituation {
	return situationOf(person, picture)
}
