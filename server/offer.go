package server

import (
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// offer is the form by which whoever must confirm can do so otherwise than by the push.
type offer struct {
	Action, Merge string
	Factors       []pull.Factor
	Why           pull.Reason // what the gate says of the viewer
}

// offered is for the viewer whom the Duo gate names, while it waits for them.
func (s *Server) offered(rec pull.Record, v viewer) *offer {
	merge := mergeSHA(rec)
	why, asked := owes(rec, v.Login)
	factors := s.helpful(why)
	if s.Confirm == nil || rec.State != string(pull.Open) || merge == "" || !asked || len(factors) == 0 {
		return nil
	}
	return &offer{Action: pagePath(rec.Request) + "/confirm", Merge: merge, Factors: factors, Why: why}
}

// owes is the reason of the Duo gate that names the account as the one who must confirm.
func owes(rec pull.Record, login string) (pull.Reason, bool) {
	for _, verdict := range rec.Verdicts {
		if verdict.Gate != pull.GateDuo || verdict.State == pull.Pass {
			continue
		}
		for _, r := range verdict.Reasons {
			if r.State != pull.Pass && login != "" && strings.EqualFold(r.Evidence["account"], login) && r.Evidence["role"] != "" {
				return r, true
			}
		}
	}
	return pull.Reason{}, false
}

// helpful leaves out the push where there is no device that could take one.
func (s *Server) helpful(why pull.Reason) []pull.Factor {
	return slices.DeleteFunc(slices.Clone(s.Factors), func(f pull.Factor) bool {
		return f == pull.FactorPush && why.Code == "duo-no-device"
	})
}

// mendable are the codes whose next step is the form on the same page. Where somebody denied, the next step is to find out
// why.
var mendable = map[string]bool{"duo-no-device": true, "duo-timeout": true, "duo-outcome-unknown": true, "duo-passcode-wrong": true,
	"duo-misconfigured": true, "duo-unanswered": true, "duo-unguarded": true}

var byFactor = map[pull.Factor]string{pull.FactorPush: "another push", pull.FactorPhone: "a phone call", pull.FactorPasscode: "a passcode"}

// next is the step that the top of the page names: the form below, and what else would help. The check run's buttons and
// the comment ask for another push, which the form has too.
func (o *offer) next(top summary) string {
	if o == nil || !mendable[o.Why.Code] || top.Sentence != o.Why.Message {
		return top.Next
	}
	var ways []string
	for _, f := range slices.Backward(o.Factors) {
		ways = append(ways, byFactor[f])
	}
	below := "Confirm below by " + either(ways)
	if slices.Contains(o.Factors, pull.FactorPush) || top.Next == "" {
		return below
	}
	return below + ". Or: " + top.Next
}

// either is "a", "a or b", "a, b or c".
func either(ways []string) string {
	last := len(ways) - 1
	if last < 1 {
		return strings.Join(ways, "")
	}
	return strings.Join(ways[:last], ", ") + " or " + ways[last]
}
