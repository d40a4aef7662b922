package store

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	defaultPage = 50
	largestPage = 1000
)

// pageSize makes a limit a caller asked for one that is served.
func pageSize(asked int) int {
	if asked <= 0 {
		return defaultPage
	}
	return min(asked, largestPage)
}

// page cuts what was read with one row too many to its size and makes the cursor of the next page, empty at the end.
func page[T any](rows []T, size int, key func(T) string) (items []T, next string) {
	if len(rows) <= size {
		return rows, ""
	}
	rows = rows[:size]
	return rows, base64.RawURLEncoding.EncodeToString([]byte(key(rows[size-1])))
}

// after is the key a cursor stands for; the empty cursor gives the empty key, which lies before all.
func after(cursor string) (string, error) {
	key, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || !utf8.Valid(key) || bytes.ContainsRune(key, 0) {
		return "", fmt.Errorf("cursor %.40q: %w", cursor, ErrBadCursor)
	}
	return string(key), nil
}

// afterNumber is after for rows ordered by a number.
func afterNumber(cursor string) (int64, error) {
	key, err := after(cursor)
	if err != nil || key == "" {
		return 0, err
	}
	number, err := strconv.ParseInt(key, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("cursor %.40q: %w", cursor, ErrBadCursor)
	}
	return number, nil
}

func numberKey(n int64) string { return strconv.FormatInt(n, 10) }

// likePattern matches text anywhere, with nothing in it taken as a wildcard.
func likePattern(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}

// position is a place in an order by instant and id.
type position struct {
	at time.Time
	id string
}

func instantKey(at time.Time, id string) string { return at.UTC().Format(time.RFC3339Nano) + " " + id }

// afterInstant is after for rows ordered by an instant and an id.
func afterInstant(cursor string) (position, error) {
	key, err := after(cursor)
	if err != nil || key == "" {
		return position{}, err
	}
	instant, id, _ := strings.Cut(key, " ")
	at, err := time.Parse(time.RFC3339Nano, instant)
	if err != nil {
		return position{}, fmt.Errorf("cursor %.40q: %w", cursor, ErrBadCursor)
	}
	return position{at: at, id: id}, nil
}
