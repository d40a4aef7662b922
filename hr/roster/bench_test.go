package roster_test

import (
	"testing"

	"muster/hr"
	"muster/hr/roster"
)

// BenchmarkJSONLines tells what a line costs, and that it costs no memory that stays.
func BenchmarkJSONLines(b *testing.B) {
	line := `{"external_user_id":"WD-EMP-101","status":"ACTIVE","email":"noor.haddad@enterprise.example","first_name":"Noor","last_name":"Haddad",` +
		`"phone_extension":"4452","department_code":"SUPP_L2","job_title_code":"AGENT","location_code":"MAD","skill_codes":["SVC_TECH","LANG_ES"],` +
		`"manager_external_id":"WD-EMP-7","timezone":"Europe/Madrid","hire_date":"2024-03-01"}` + "\n"
	reader := roster.NewJSONLines(&repeating{line: []byte(line)}, hr.Zones{})
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		if got, err := reader.Next(); err != nil || got.Refused() {
			b.Fatal(err, got.Problems)
		}
	}
}
