// Package bench measures the whole: the real programs as processes of their own, a real PostgreSQL, a real Temporal server, the platform
// over HTTP in a process of its own with its limit lifted. `make bench` runs it; each figure stands beside a reference that was measured
// in the same run, and all of them are written to RESULTS.md with the machine they were measured on.
//
// Nothing here fails because a machine is slow: whether a figure is good enough is for whoever reads it.
package bench
