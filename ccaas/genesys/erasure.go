package genesys

import (
	"context"
	"net/http"
	"net/url"

	"muster/ccaas"
)

// Verbs of erasure in errors and records.
const (
	opErasure    = "erasure.read"
	verbErase    = "account.erase"
	gdprDelete   = "GDPR_DELETE"
	gdprFailed   = "ERROR"
	gdprFinished = "COMPLETED"
)

// pageOfRequests is the page size of the listing of GDPR requests; no larger one is documented.
const pageOfRequests = 100

// gdprRequest is definition GDPRRequest. Its results, which would hold personal data, are not read.
type gdprRequest struct {
	ID          string `json:"id"`
	RequestType string `json:"requestType"`
	Status      string `json:"status"`
	Subject     struct {
		UserID string `json:"userId"`
	} `json:"subject"`
}

// Erase submits a GDPR_DELETE request for the user and returns its id: the listing of requests (1 call per 100), and one POST
// unless it shows a request for this user that has not failed. The POST has no repeatable form, so after a lost answer the
// listing is what tells the next attempt that the request was made.
func (w *writer) Erase(ctx context.Context, id string) (string, error) {
	if id == "" {
		return "", invalid(verbErase, "id: found an empty one, want the id of an account")
	}
	requests, err := all[gdprRequest](ctx, w.platform.calls, opErasure, []string{"gdpr", "requests"}, nil, pageOfRequests)
	if err != nil {
		return "", err
	}
	for _, request := range requests {
		if request.RequestType == gdprDelete && request.Subject.UserID == id && request.state() != ccaas.ErasureFailed {
			return request.ID, nil
		}
	}
	var made gdprRequest
	err = w.change(ctx, ccaas.Write{Verb: verbErase, AccountID: id}, request{
		method: http.MethodPost, path: []string{"gdpr", "requests"}, query: url.Values{"deleteConfirmed": {"true"}},
		body: map[string]any{"requestType": gdprDelete, "subject": map[string]string{"userId": id}},
	}, &made, func() *ccaas.Error {
		if made.ID == "" {
			return &ccaas.Error{Kind: ccaas.KindUnavailable, Message: "the answer has no id of the request"}
		}
		return nil
	})
	return made.ID, err
}

// Erasure reads how far a GDPR request has come: one GET.
func (p *Platform) Erasure(ctx context.Context, requestID string) (ccaas.ErasureState, error) {
	var found gdprRequest
	_, err := p.calls.do(ctx, request{op: opErasure, method: http.MethodGet, path: []string{"gdpr", "requests", requestID}}, &found)
	if err != nil {
		return "", err
	}
	return found.state(), nil
}

// state is the port's name of a request's status. One that is not known is not the end.
func (r gdprRequest) state() ccaas.ErasureState {
	switch r.Status {
	case gdprFinished:
		return ccaas.ErasureDone
	case gdprFailed:
		return ccaas.ErasureFailed
	default: // INITIATED, SEARCHING, UPDATING, DELETING, FINALIZING
		return ccaas.ErasureRunning
	}
}
