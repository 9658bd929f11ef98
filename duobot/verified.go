package duobot

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"

	duoapi "github.com/duosecurity/duo_api_golang"
	"github.com/duosecurity/duo_api_golang/authapi"

	"github.com/sallyport/sallyport/pull"
)

// verification is what Duo gives with preauth where a policy of the tenant asks for verified push: a code that the person
// types into their phone, and the transaction that it belongs to. The zero verification is an ordinary push.
type verification struct {
	Txid string `json:"txid"`
	Code string `json:"verification_code"`
}

var codePattern = regexp.MustCompile(`^[0-9]{3,10}$`)

// preauthVerified is preauth by a client that can show a code. Duo's library has no fields for what is answered, so the
// answer is read here; that it is one at all the transport has seen to.
func (c *Client) preauthVerified(ctx context.Context, user string) (*authapi.PreauthResult, verification, error) {
	params := url.Values{"client_supports_verified_push": {"1"}}
	authapi.PreauthUsername(user)(&params)
	_, body, err := c.call(ctx, c.cfg.Timeout, false).SignedCall("POST", "/auth/v2/preauth", params, duoapi.UseTimeout)
	if err != nil {
		return nil, verification{}, err
	}
	reply := &authapi.PreauthResult{}
	var more struct {
		Response verification `json:"response"`
	}
	for _, into := range []any{reply, &more} {
		if err := json.Unmarshal(body, into); err != nil {
			return nil, verification{}, err
		}
	}
	reply.SyncCode()
	return reply, more.Response, more.Response.sound()
}

// sound refuses half an offer: without its code nobody could answer the push, without its transaction no code would be asked.
func (v verification) sound() error {
	if v == (verification{}) || txidPattern.MatchString(v.Txid) && codePattern.MatchString(v.Code) {
		return nil
	}
	return &pull.Failure{Class: pull.Transient, Code: "duo-bad-answer", Err: fmt.Errorf("duo asks for a verified push, with no usable transaction or code")}
}

// with adds the transaction to the push.
func (v verification) with(params *url.Values) {
	if v.Txid != "" {
		params.Set("txid", v.Txid)
	}
}
