package genesystest

import "net/http"

func (s *Server) getStation(r *request) answer {
	u := s.world.living(r.params["userId"])
	if u == nil {
		return missing("user", r.params["userId"])
	}
	r.about(u)
	return ok(u.renderStation())
}

// renderStation shows the station in use before the default one.
func (u *user) renderStation() object {
	body := object{}
	for _, each := range []struct{ kind, name string }{{"defaultStation", u.DefaultStation}, {"associatedStation", u.Station}} {
		if each.name == "" {
			continue
		}
		station := object{"id": ID("station", each.name), "name": each.name, "type": "inin_webrtc_softphone"}
		body[each.kind], body["effectiveStation"] = station, station
	}
	return body
}

// releaseStation takes the account off the station in use; who has none is answered the same.
func (s *Server) releaseStation(r *request) answer {
	return s.clearStation(r, func(u *user) *string { return &u.Station })
}

// releaseDefaultStation takes the default station away.
func (s *Server) releaseDefaultStation(r *request) answer {
	return s.clearStation(r, func(u *user) *string { return &u.DefaultStation })
}

func (s *Server) clearStation(r *request, which func(*user) *string) answer {
	u := s.world.living(r.params["userId"])
	if u == nil {
		return missing("user", r.params["userId"])
	}
	r.about(u)
	*which(u) = ""
	return answer{status: http.StatusAccepted}
}
