package genesystest

import (
	"fmt"
	"slices"
	"strings"
)

// Crowd plants many accounts of one kind at once: a hundred thousand take a second or two.
type Crowd struct {
	// Count is how many; From is the number of the first.
	Count int `json:"count"`
	From  int `json:"from,omitempty"`
	// Like is the pattern. In its name, email, extension, employee id and external ids {n} is replaced by the account's number
	// with seven digits; the email needs it.
	Like Plant `json:"like"`
}

// crowdNumber is what a pattern has in the place of the number.
const crowdNumber = "{n}"

// plantCrowd returns the ids in the order of the numbers. Nothing is planted when the pattern is refused; a number that is
// taken ends the planting there.
func (s *Server) plantCrowd(crowd Crowd) ([]string, error) {
	if crowd.Count < 1 || crowd.From < 0 {
		return nil, fmt.Errorf("crowd of %d from number %d: expected 1 or more, from 0 or more", crowd.Count, crowd.From)
	}
	if crowd.Like.Name == nil || crowd.Like.Email == nil || !strings.Contains(*crowd.Like.Email, crowdNumber) {
		return nil, fmt.Errorf("pattern of a crowd: expected a name and an email with %s in it", crowdNumber)
	}
	ids := make([]string, 0, crowd.Count)
	for n := range crowd.Count {
		p := crowd.Like.numbered(crowd.From + n)
		if err := s.checkPlant(nil, p); err != nil {
			return ids, fmt.Errorf("number %d of the crowd: %w", crowd.From+n, err)
		}
		ids = append(ids, s.put(p).ID)
	}
	return ids, nil
}

// numbered is the pattern with a number in its place.
func (p Plant) numbered(n int) Plant {
	digits := fmt.Sprintf("%07d", n)
	for _, field := range []**string{&p.Name, &p.Email, &p.Extension, &p.EmployeeID} {
		if *field != nil {
			text := strings.ReplaceAll(**field, crowdNumber, digits)
			*field = &text
		}
	}
	p.ExternalIDs = slices.Clone(p.ExternalIDs)
	for i := range p.ExternalIDs {
		p.ExternalIDs[i].Key = strings.ReplaceAll(p.ExternalIDs[i].Key, crowdNumber, digits)
	}
	return p
}
