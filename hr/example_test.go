package hr_test

import (
	"errors"
	"fmt"
	"time"

	"muster/hr"
)

func ExampleDecode() {
	_, err := hr.Decode([]byte(`{
		"event_id": "evt-1", "event_type": "USER_UPDATE", "source_system": "WORKDAY", "timestamp_utc": "2024-05-14T10:23:45Z",
		"payload": {"external_user_id": "WD-EMP-99284", "timezone": "UTC-5", "nickname": "JD"}
	}`), hr.Zones{})

	var refusal *hr.Refusal
	if errors.As(err, &refusal) {
		for _, problem := range refusal.Problems {
			fmt.Println(problem.Field, "-", problem.Found)
		}
	}
	// Output:
	// payload.nickname - an unknown field
	// payload.timezone - "UTC-5"
}

func ExampleDecode_terminationWithDefect() {
	decoded, err := hr.Decode([]byte(`{
		"event_id": "evt-2", "event_type": "USER_TERMINATE", "source_system": "WORKDAY", "timestamp_utc": "2024-05-14T10:23:45Z",
		"payload": {"external_user_id": "WD-EMP-99284", "termination": {"last_day": "31/05/2024"}}
	}`), hr.Zones{})

	fmt.Println(err)
	fmt.Println(decoded.Defects[0])
	fmt.Println(string(decoded.Canonical))
	// Output:
	// <nil>
	// payload.termination.last_day: found "31/05/2024", expected a date YYYY-MM-DD; null clears it
	// {"event_id":"evt-2","event_type":"USER_TERMINATE","payload":{"external_user_id":"WD-EMP-99284","termination":{}},"source_system":"WORKDAY","timestamp_utc":"2024-05-14T10:23:45Z"}
}

func ExampleFold() {
	var events []hr.Accepted
	for _, document := range []string{
		`{"event_id":"evt-2","event_type":"SKILL_ASSIGN","source_system":"WORKDAY","timestamp_utc":"2024-05-10T08:00:00Z",
		  "payload":{"external_user_id":"E-1","skill_codes":["LANG_ES"]}}`,
		`{"event_id":"evt-1","event_type":"USER_CREATE","source_system":"WORKDAY","timestamp_utc":"2024-05-01T08:00:00Z",
		  "payload":{"external_user_id":"E-1","email":"jane@example.com","first_name":"Jane","last_name":"Doe",
		  "skill_codes":["SVC_TECH"],"timezone":"Europe/Madrid"}}`,
		`{"event_id":"evt-3","event_type":"USER_TERMINATE","source_system":"WORKDAY","timestamp_utc":"2024-05-20T08:00:00Z",
		  "payload":{"external_user_id":"E-1","termination":{"last_day":"2024-05-31"}}}`,
	} {
		decoded, err := hr.Decode([]byte(document), hr.Zones{})
		if err != nil {
			panic(err)
		}
		events = append(events, hr.Accepted{
			Event: decoded.Event, Namespace: "workday", ProcessingKey: hr.ProcessingKey("workday", decoded.Event),
			ReceivedAt: decoded.Event.TimestampUTC,
		})
	}

	picture := hr.Fold(events, time.Date(2024, 5, 21, 0, 0, 0, 0, time.UTC), hr.Zones{})
	fmt.Println(picture.State.Employment, picture.State.SkillCodes)
	fmt.Println(picture.Next.Format(time.RFC3339), picture.Ahead.Employment)
	for _, event := range picture.Events {
		fmt.Println(event.EventID, event.Standing)
	}
	// Output:
	// employed [LANG_ES SVC_TECH]
	// 2024-05-31T22:00:00Z left
	// evt-1 contributes
	// evt-2 contributes
	// evt-3 future
}
