package duobot_test

import (
	"testing"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/internal/duotest"
	"github.com/sallyport/sallyport/pull"
)

func verifying(cfg *duobot.Config) { cfg.Verified = true }

func TestVerifiedPushCarriesItsCode(t *testing.T) {
	srv := simulated(t)
	srv.RequireVerifiedPush()
	client := dial(t, srv, verifying)
	answer, err := client.Ask(t.Context(), "ana", landing)
	if err != nil || answer.State != pull.PromptOpen || answer.Code == "" || answer.Code != srv.Code(answer.Txid) {
		t.Fatalf("got %+v, %v; want an open push with Duo's code", answer, err)
	}
	if err := srv.Approve(answer.Txid); err == nil {
		t.Error("the phone took no code")
	}
	if err := srv.Type(answer.Txid, "0"+answer.Code); err == nil {
		t.Error("the phone took a wrong code")
	}
	if state, _, err := client.Status(t.Context(), answer.Txid); state != pull.PromptOpen || err != nil {
		t.Errorf("after a wrong code: got %q, %v; want open", state, err)
	}
	if err := srv.Type(answer.Txid, answer.Code); err != nil {
		t.Fatal(err)
	}
	if state, _, err := client.Status(t.Context(), answer.Txid); state != pull.PromptAllowed || err != nil {
		t.Errorf("got %q, %v; want allowed", state, err)
	}
}

// Where it is switched off, or the tenant does not ask for it, a push is an ordinary one.
func TestOrdinaryPushesHaveNoCode(t *testing.T) {
	for name, tt := range map[string]struct {
		required bool
		change   []func(*duobot.Config)
	}{
		"switched off": {true, nil}, "not required": {false, []func(*duobot.Config){verifying}},
	} {
		t.Run(name, func(t *testing.T) {
			srv := simulated(t)
			if tt.required {
				srv.RequireVerifiedPush()
			}
			answer, err := dial(t, srv, tt.change...).Ask(t.Context(), "ana", landing)
			if err != nil || answer.State != pull.PromptOpen || answer.Code != "" {
				t.Errorf("got %+v, %v; want an open push without a code", answer, err)
			}
			if err := srv.Approve(answer.Txid); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestHalfAnOfferSendsNothing: a code that nobody could be shown, or that nothing would ask for, is an answer that is not
// understood, before any phone rings.
func TestHalfAnOfferSendsNothing(t *testing.T) {
	for name, more := range map[string]string{
		"no code": `"txid": "t1"`, "no transaction": `"verification_code": "123456"`,
		"markup":            `"txid": "t1", "verification_code": "<b>1</b>"`,
		"no transaction id": `"txid": "a/b", "verification_code": "123456"`,
	} {
		t.Run(name, func(t *testing.T) {
			srv := simulated(t)
			srv.Fail("preauth", duotest.Answer(200, `{"stat": "OK", "response": {"result": "auth", "status_msg": "x", "devices": [{"device": "D", "capabilities": ["push"]}], `+more+`}}`), 1)
			answer, err := dial(t, srv, verifying).Ask(t.Context(), "ana", landing)
			classified(t, err, pull.Transient, "duo-bad-answer")
			if answer.State != pull.PromptUnsent || len(srv.Pushes()) != 0 {
				t.Errorf("got %+v and %d pushes; want none sent", answer, len(srv.Pushes()))
			}
		})
	}
}
