package api

import "context"

// LinkRequest asks whether two persons are one and the same. Who asks is never in it: that is the token's name.
type LinkRequest struct {
	Kept   string `json:"kept" minLength:"1" maxLength:"200" doc:"The one that stays: a person id or any of the person's external ids" example:"WD-EMP-99284"`
	Joined string `json:"joined" minLength:"1" maxLength:"200" doc:"The one that ends up in it, by any id" example:"C-4711"`
	Reason string `json:"reason" maxLength:"2000" doc:"Why they are one; mandatory" example:"contractor hired on 1 May"`
}

// LinkPersons asks for two persons to be joined into one. Nothing is joined before somebody else grants the approval it answers.
func (c *Client) LinkPersons(ctx context.Context, request LinkRequest) (Approval, error) {
	var asked Approval
	outgoing, err := post("/v1/persons/link", request)
	if err != nil {
		return asked, err
	}
	err = c.call(ctx, outgoing, &asked)
	return asked, err
}
