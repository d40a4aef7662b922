package frontdoor

// visible is a page of what the caller may see: as many as were asked for, and a cursor only where there is more that they may see.
// Neither a short page nor an empty one tells of what is hidden. read is a page of everything.
func visible[T any](
	asked PageQuery, read func(cursor string, limit int) ([]T, string, error), hides func(T) (bool, error),
) (shown []T, next string, err error) {
	limit := asked.Limit
	if limit <= 0 {
		limit = openLimit
	}
	next = asked.Cursor
	for first := true; first || (next != "" && len(shown) < limit); first = false {
		if shown, next, err = more(shown, next, limit-len(shown), read, hides); err != nil {
			return nil, "", err
		}
	}
	var ahead []T
	for cursor := next; cursor != "" && len(ahead) == 0; {
		if ahead, cursor, err = more(nil, cursor, openLimit, read, hides); err != nil {
			return nil, "", err
		}
	}
	if len(ahead) == 0 {
		next = ""
	}
	return shown, next, nil
}

// more adds what is visible of the page behind a cursor.
func more[T any](
	shown []T, cursor string, limit int, read func(cursor string, limit int) ([]T, string, error), hides func(T) (bool, error),
) ([]T, string, error) {
	found, next, err := read(cursor, limit)
	if err != nil {
		return nil, "", err
	}
	for _, one := range found {
		hidden, err := hides(one)
		if err != nil {
			return nil, "", err
		}
		if !hidden {
			shown = append(shown, one)
		}
	}
	return shown, next, nil
}
