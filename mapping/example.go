package mapping

import (
	_ "embed"
	"slices"
)

//go:embed example.yaml
var example []byte

// Example is the registry of the demonstration, as YAML for Parse. It names constructs that the platform simulator has.
func Example() []byte { return slices.Clone(example) }
