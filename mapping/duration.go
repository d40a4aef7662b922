package mapping

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

var errDuration = errors.New("not a duration")

// parseDuration reads what time.ParseDuration reads, and days in front: "300s", "4h", "30d", "1d12h". A day is 24 hours:
// periods run in UTC, so that a change of clocks does not lengthen them. Negative durations are refused.
func parseDuration(text string) (time.Duration, error) {
	var total time.Duration
	if before, after, found := strings.Cut(text, "d"); found {
		days, err := strconv.ParseUint(before, 10, 32)
		if err != nil || days > uint64(math.MaxInt64/int64(day)) {
			return 0, errDuration
		}
		total = time.Duration(days) * day
		if after == "" {
			return total, nil
		}
		text = after
	}
	rest, err := time.ParseDuration(text)
	if err != nil || rest < 0 || strings.HasPrefix(text, "-") || strings.HasPrefix(text, "+") || total > math.MaxInt64-rest {
		return 0, errDuration
	}
	return total + rest, nil
}

// writeDuration is the shortest text that parseDuration reads as d.
func writeDuration(d time.Duration) string {
	if d > 0 && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
