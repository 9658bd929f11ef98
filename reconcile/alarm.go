package reconcile

import (
	"fmt"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

// alarm is about how this pull request ended.
func (p *pass) alarm(d Decision, kind, text string) pull.Alarm {
	return pull.Alarm{Kind: kind, Repo: p.work.Key.Repo, Branch: d.Request.Base.Branch, Number: p.work.Key.Number,
		SHA: d.Request.Landed.SHA, By: d.Request.Landed.By, Mark: d.Request.Landed.SHA, Text: d.Request.Repo.FullName() + ": " + text,
		URL: fmt.Sprintf("%s/%s/pull/%d", p.PublicURL, d.Request.Repo.FullName(), p.work.Key.Number)}
}

// freezeForeign is the freeze that a landing past the gate leads to, where the policy that it went past asks for one.
func freezeForeign(onForeign string, repo int64, branch string, got pull.Landed) []pull.Freeze {
	if onForeign != config.OnForeignFreeze {
		return nil
	}
	return []pull.Freeze{{Repo: repo, Branch: branch, Code: "foreign", By: got.By,
		Reason: fmt.Sprintf("%.10s came in without going through the gates", got.SHA)}}
}

func orSomebody(a pull.Account) string {
	if a.Login == "" {
		return "Somebody"
	}
	return a.Login
}
