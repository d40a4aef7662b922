package report_test

import (
	"testing"

	"muster/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }
