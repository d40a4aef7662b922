#!/bin/sh
# usage: vulnerabilities.sh "COMMAND THAT RUNS govulncheck"
#
# Fails on a known vulnerability that Muster's code reaches. The database of vulnerabilities is on the network: where it cannot
# be reached this says so and passes, because a closed machine is no defect of the code.
set -u

report=$(mktemp)
trap 'rm -f "$report"' EXIT

$1 ./... >"$report" 2>&1
status=$?
# govulncheck exits 3 when it found something and 1 when it could not look.
if [ "$status" -eq 0 ]; then
    echo "govulncheck: no known vulnerability is reached"
elif [ "$status" -ne 3 ] && grep -qE 'vuln\.go\.dev|fetching vulnerabilities' "$report"; then
    echo "govulncheck: its database cannot be reached from here; known vulnerabilities were not checked"
else
    cat "$report"
    exit "$status"
fi
