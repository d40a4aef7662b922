// Package genesystest is a simulator of the Genesys Cloud platform: an HTTP server with the contract of the calls that
// provisioning needs, strict about what it is sent and honest about the platform's quirks.
//
// It exists so that everything above the adapter can be tested and demonstrated over real HTTP, with faults on demand and with
// oracles a real organisation does not offer: the full truth about every account and a journal of every request.
//
// What it promises, each with its own test:
//
//   - Accounts carry an optimistic version. A PATCH without it is refused with 400, with an old one with 409
//     general.conflict; a state change tolerates no other field beside it.
//   - An email belongs to one account for ever, deleted ones included. Deletion is soft, moves the account to the Home
//     division, drops roles and extension; inactivation drops roles; coming back gives none of them back.
//   - Search reads an index that lags behind; reads by id do not. Joining a queue is answered before it is effective,
//     non-members are ignored in silence, and a new member of a queue is joined at once.
//   - A conversation is a customer, a queue while one waits in it, and agents, each a leg of its own. Analytics lists whose legs
//     are open, late; a read by id is true. Transfers and disconnections are answered before they are effective, end one leg and
//     no other, and leave the agent its after-call work. The last agent off a call leaves the customer on the line alone.
//   - A GDPR request is carried out some time after it was accepted. The account is then gone in every read, and its email free.
//   - Every token has its own request budget (inin-ratelimit-* headers, 429 with Retry-After); the token endpoint throttles
//     with 400 invalid_request.
//   - An OAuth client may do what the permissions of its role allow; what they do not is answered 403.
//   - The listing of inactive accounts ends at 10,000; the one by cursor has no end but the last account, and neither skips nor
//     doubles an account when others come and go.
//   - A request that is not in the contract (unknown path, query parameter or body field, a page beyond its limit) fails.
//
// Where the platform's behaviour is not documented, the simulator does what is hardest on its client and [Settings] says so.
//
// Beside the platform's paths it answers a control API under /_sim/ to loopback clients, without a token; the methods of
// [Server] do the same from Go. Bodies are the JSON forms of the types named here.
//
//	GET    /_sim/users?state=&email=&external_id=     list of Truth
//	GET    /_sim/users/{id}                           Truth
//	POST   /_sim/users                                Plant → Truth: an account in any state, as if it had been there for long
//	PATCH  /_sim/users/{id}                           Plant → Truth: a change behind everybody's back
//	POST   /_sim/crowds                               Crowd → {count, ids}: many accounts of one kind, each with a number
//	POST   /_sim/clients                              Client: an OAuth client with the permissions it names
//	POST   /_sim/users/{id}/rejoin                    Rejoin: the agent joins again by itself after being unjoined
//	POST   /_sim/users/{id}/conversations             StartConversation → {id}
//	GET    /_sim/conversations?agent=&state=          list of ConversationTruth
//	DELETE /_sim/conversations/{id}                   ends it for everybody; after-call work follows
//	GET    /_sim/journal?user=&path=&method=&contains=&after=   list of Entry
//	DELETE /_sim/journal
//	GET, POST, DELETE /_sim/faults                    Fault: requests that go wrong
//	GET, POST /_sim/settings                          Settings: fields that are not named stay
//	POST   /_sim/catalogue                            CatalogueChange
//	POST   /_sim/rejections                           Rejection: an accepted skill is taken back
//	POST   /_sim/move-results                         MoveResult: moves between management units answer this
//	DELETE /_sim/tokens                               revokes every access token
//	POST   /_sim/reset                                back to the seed
package genesystest
