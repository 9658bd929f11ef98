package reconcile

import (
	"slices"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/pull"
)

// withSigned lays beside each commit what its signature is worth, for policies that decide by it.
func (w World) withSigned() pull.Request {
	r := w.Request
	r.Commits = slices.Clone(r.Commits)
	for i, c := range r.Commits {
		result := signature.Verify(c, w.Ring, r.At)
		alone := r
		alone.Commits, alone.CommitsTotal = []pull.Commit{c}, 1
		verdict := duobot.JudgeSignatures(true, alone, map[string]signature.Result{c.SHA: result}, w.People)
		signed := pull.Signed{Good: verdict.State == pull.Pass, Key: result.Fingerprint}
		if signed.Good {
			signed.By = w.signer(c, result.Fingerprint)
		} else {
			signed.Code = verdict.Lead().Code
		}
		r.Commits[i].Signed = &signed
	}
	return r
}

// signer is the commit's committer or author, whichever the key's owner is.
func (w World) signer(c pull.Commit, fingerprint string) pull.Account {
	owner, _ := w.People.ByFingerprint(fingerprint)
	for _, a := range []pull.Account{c.Committer, c.Author} {
		person, ok := w.People.ByLogin(a.Login)
		if ok && a.Known() && person.Name == owner.Name {
			return a
		}
	}
	return pull.Account{}
}
