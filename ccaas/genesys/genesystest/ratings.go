package genesystest

import (
	"net/http"
	"slices"
)

// maximumRatings is how many skills or languages one bulk call takes.
const maximumRatings = 50

// ratingBody is an entry of the skill and language calls [API: UserRoutingSkillPost, UserRoutingLanguagePost].
type ratingBody struct {
	ID          string   `json:"id"`
	Proficiency *float64 `json:"proficiency"`
	SkillURI    ignored  `json:"skillUri"`
	LanguageURI ignored  `json:"languageUri"`
	SelfURI     ignored  `json:"selfUri"`
}

func (s *Server) checkRating(kind string, body ratingBody) (rated, *answer) {
	var refused answer
	switch {
	case body.ID == "":
		refused = badField("id", "id is required")
	case body.Proficiency == nil:
		refused = badField("proficiency", "proficiency is required")
	case *body.Proficiency < 0 || *body.Proficiency > 5:
		refused = badField("proficiency", "proficiency is %v: expected 0.0 to 5.0", *body.Proficiency)
	case s.world.construct(kind, body.ID) == nil:
		refused = badField("id", "%s is not a routing %s", body.ID, kind)
	default:
		return rated{body.ID, *body.Proficiency}, nil
	}
	return rated{}, &refused
}

func (s *Server) readRatings(r *request, kind string) (*user, []rated, *answer) {
	var bodies []ratingBody
	if refused := r.decode(&bodies); refused != nil {
		return nil, nil, refused
	}
	u := s.world.living(r.params["userId"])
	if u == nil {
		refused := missing("user", r.params["userId"])
		return nil, nil, &refused
	}
	if len(bodies) > maximumRatings {
		refused := badRequest("%d entries: a call takes %d at most", len(bodies), maximumRatings)
		return nil, nil, &refused
	}
	var ratings []rated
	for _, body := range bodies {
		rating, refused := s.checkRating(kind, body)
		if refused != nil {
			return nil, nil, refused
		}
		if slices.ContainsFunc(ratings, func(other rated) bool { return other.ID == rating.ID }) {
			refused := badField("id", "%s is given twice", rating.ID)
			return nil, nil, &refused
		}
		ratings = append(ratings, rating)
	}
	r.about(u)
	return u, ratings, nil
}

func (s *Server) readRating(r *request, kind, id string) (*user, rated, *answer) {
	var body struct {
		ratingBody
		Name  ignored `json:"name"`
		State ignored `json:"state"`
	}
	if refused := r.decode(&body); refused != nil {
		return nil, rated{}, refused
	}
	u := s.world.living(r.params["userId"])
	if u == nil {
		refused := missing("user", r.params["userId"])
		return nil, rated{}, &refused
	}
	if id != "" {
		body.ID = id
	}
	rating, refused := s.checkRating(kind, body.ratingBody)
	r.about(u)
	return u, rating, refused
}

func mergeRatings(have, more []rated) []rated {
	merged := slices.Clone(have)
	for _, rating := range more {
		if at := slices.IndexFunc(merged, func(h rated) bool { return h.ID == rating.ID }); at >= 0 {
			merged[at] = rating
		} else {
			merged = append(merged, rating)
		}
	}
	return merged
}

func without(have []rated, id string) []rated {
	return slices.DeleteFunc(slices.Clone(have), func(h rated) bool { return h.ID == id })
}

func (s *Server) setSkills(u *user, skills []rated) {
	u.Skills = skills
	s.bump(u)
	s.rejectIfArmed(u)
}

func (s *Server) listUserSkills(r *request) answer {
	u := s.world.living(r.params["userId"])
	if u == nil {
		return missing("user", r.params["userId"])
	}
	r.about(u)
	return ok(entityListing(r, u.Skills, s.renderUserSkill))
}

// replaceUserSkills makes the account's skills exactly these.
func (s *Server) replaceUserSkills(r *request) answer {
	u, skills, refused := s.readRatings(r, KindSkill)
	if refused != nil {
		return *refused
	}
	s.setSkills(u, skills)
	return ok(wholeListing(skills, s.renderUserSkill))
}

// addUserSkills adds skills or changes their proficiency.
func (s *Server) addUserSkills(r *request) answer {
	u, skills, refused := s.readRatings(r, KindSkill)
	if refused != nil {
		return *refused
	}
	s.setSkills(u, mergeRatings(u.Skills, skills))
	return ok(wholeListing(u.Skills, s.renderUserSkill))
}

func (s *Server) addUserSkill(r *request) answer {
	u, skill, refused := s.readRating(r, KindSkill, "")
	if refused != nil {
		return *refused
	}
	s.setSkills(u, mergeRatings(u.Skills, []rated{skill}))
	return ok(s.renderUserSkill(skill))
}

func (s *Server) setUserSkill(r *request) answer {
	u, skill, refused := s.readRating(r, KindSkill, r.params["skillId"])
	if refused != nil {
		return *refused
	}
	s.setSkills(u, mergeRatings(u.Skills, []rated{skill}))
	return ok(s.renderUserSkill(skill))
}

func (s *Server) removeUserSkill(r *request) answer {
	u, refused := s.ratedUser(r, "skillId", func(u *user) []rated { return u.Skills })
	if refused != nil {
		return *refused
	}
	s.setSkills(u, without(u.Skills, r.params["skillId"]))
	return answer{status: http.StatusOK}
}

// ratedUser returns the account whose skill or language a path names.
func (s *Server) ratedUser(r *request, parameter string, of func(*user) []rated) (*user, *answer) {
	u, id := s.world.living(r.params["userId"]), r.params[parameter]
	var refused answer
	switch {
	case u == nil:
		refused = missing("user", r.params["userId"])
	case !slices.ContainsFunc(of(u), func(each rated) bool { return each.ID == id }):
		refused = missing(parameter, id)
	default:
		r.about(u)
		return u, nil
	}
	return nil, &refused
}

func (s *Server) listUserLanguages(r *request) answer {
	u := s.world.living(r.params["userId"])
	if u == nil {
		return missing("user", r.params["userId"])
	}
	r.about(u)
	return ok(entityListing(r, u.Languages, s.renderUserLanguage))
}

// addUserLanguages adds languages or changes their proficiency; there is no call that replaces them.
func (s *Server) addUserLanguages(r *request) answer {
	u, languages, refused := s.readRatings(r, KindLanguage)
	if refused != nil {
		return *refused
	}
	u.Languages = mergeRatings(u.Languages, languages)
	s.bump(u)
	return ok(wholeListing(u.Languages, s.renderUserLanguage))
}

func (s *Server) addUserLanguage(r *request) answer { return s.putUserLanguage(r, "") }

func (s *Server) setUserLanguage(r *request) answer {
	return s.putUserLanguage(r, r.params["languageId"])
}

func (s *Server) putUserLanguage(r *request, id string) answer {
	u, language, refused := s.readRating(r, KindLanguage, id)
	if refused != nil {
		return *refused
	}
	u.Languages = mergeRatings(u.Languages, []rated{language})
	s.bump(u)
	return ok(s.renderUserLanguage(language))
}

func (s *Server) removeUserLanguage(r *request) answer {
	u, refused := s.ratedUser(r, "languageId", func(u *user) []rated { return u.Languages })
	if refused != nil {
		return *refused
	}
	u.Languages = without(u.Languages, r.params["languageId"])
	s.bump(u)
	return done()
}

func (s *Server) renderUserSkill(each rated) object {
	return object{
		"id": each.ID, "name": s.world.nameOf(KindSkill, each.ID), "proficiency": each.Proficiency, "state": stateActive,
		"skillUri": "/api/v2/routing/skills/" + each.ID,
	}
}

func (s *Server) renderUserLanguage(each rated) object {
	return object{
		"id": each.ID, "name": s.world.nameOf(KindLanguage, each.ID), "proficiency": each.Proficiency, "state": stateActive,
		"languageUri": "/api/v2/routing/languages/" + each.ID,
	}
}
