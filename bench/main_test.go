package bench

import (
	"flag"
	"testing"

	"muster/testenv"
)

// results is the file that the figures are written to; empty: they are printed only.
var results = flag.String("results", "", "file to write the figures to, with the machine they were measured on")

func TestMain(m *testing.M) {
	flag.Parse()
	testenv.Main(m)
}
