package reconcile

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/pull"
)

var commitName = regexp.MustCompile(`^[0-9a-f]{40}$`)

// Check says whether a person confirmed the key or, where it names a commit, whether that landed through the gate.
// Either is enough; otherwise it says what is known.
func (k *Keys) Check(ctx context.Context, q pull.KeyQuery) (pull.KeyAnswer, error) {
	user := ""
	if q.User != "" {
		who, refused := k.person(q.User, q.By)
		if refused != nil {
			return *refused, nil
		}
		user = who.Duo
	}
	prompt, now, err := k.Store.Keyed(ctx, q.Key)
	if err != nil {
		return pull.KeyAnswer{}, err
	}
	if prompt.ID != 0 && !k.mayAskAbout(q.By, prompt.DuoUser) {
		prompt = pull.Confirmation{} // the token may not know of this person
	}
	answer := duobot.JudgeKeyed(duobot.KeyedCase{Query: q, User: user, Prompt: prompt, Now: now, Validity: k.Validity})
	if !commitName.MatchString(q.Key) {
		return answer, nil
	}
	return k.landing(ctx, q, user, answer)
}

// landing adds what the books say of the commit. A repository that the token may not see is not spoken of.
func (k *Keys) landing(ctx context.Context, q pull.KeyQuery, user string, answer pull.KeyAnswer) (pull.KeyAnswer, error) {
	intent, repo, confirmed, found, err := k.Store.LandingOf(ctx, q.Key)
	if err != nil {
		return pull.KeyAnswer{}, err
	}
	if !found || !q.By.Sees(repo.FullName()) {
		return k.proposed(ctx, q, answer)
	}
	b := intent.Binding
	answer.Pull = &pull.KeyPull{Repo: repo, Number: b.Number, Branch: b.Branch, Head: b.Head, Merge: b.Merge, Landed: intent.Landed, State: "landed"}
	answer.People = confirmed
	if intent.State != pull.IntentDone {
		answer.Pull.State = "landing"
	}
	if answer.Valid || intent.State != pull.IntentDone && !q.UnderWay {
		return answer, nil
	}
	name := fmt.Sprintf("%s#%d", repo.FullName(), b.Number)
	if user != "" && !confirmedBy(confirmed, user) {
		answer.Code, answer.Next = "other-user", "Ask without user= for whether it landed at all"
		answer.Message = fmt.Sprintf("%s landed through the gate, but %s did not confirm it.", name, user)
		return answer, nil
	}
	answer.Valid, answer.Code, answer.Next = true, answer.Pull.State, ""
	answer.Message = fmt.Sprintf("%s landed through the gate as this commit.", name)
	if intent.State != pull.IntentDone {
		answer.Message = fmt.Sprintf("%s is landing as this commit.", name)
	}
	return answer, nil
}

func confirmedBy(all []pull.Confirmation, duoUser string) bool {
	for _, c := range all {
		if strings.EqualFold(c.DuoUser, duoUser) {
			return true
		}
	}
	return false
}

// proposed names the open pull request whose head the commit is, so that whoever waits knows for what.
func (k *Keys) proposed(ctx context.Context, q pull.KeyQuery, answer pull.KeyAnswer) (pull.KeyAnswer, error) {
	records, err := k.Store.PullsWithHead(ctx, q.Key)
	if err != nil {
		return pull.KeyAnswer{}, err
	}
	for _, rec := range records {
		r := rec.Request
		if !q.By.Sees(r.Repo.FullName()) {
			continue
		}
		answer.Pull = &pull.KeyPull{Repo: r.Repo, Number: r.Number, Branch: r.Base.Branch, Head: r.Head.SHA, Merge: rec.MergeSHA, State: "open"}
		if answer.Code == "no-record" {
			answer.Code, answer.Message = "not-landed", fmt.Sprintf("This commit is the head of %s, which has not landed.", r.Ref())
			answer.Next = rec.Next
		}
		break
	}
	return answer, nil
}

// Prompt is how the prompt of an earlier Ask stands.
func (k *Keys) Prompt(ctx context.Context, id int64) (pull.KeyAnswer, error) {
	c, err := k.Store.Prompt(ctx, id)
	if err != nil {
		return pull.KeyAnswer{}, err
	}
	return duobot.OfKeyed(c), nil
}

// Thaw lets somebody be asked again who reported fraud. It is false when nothing kept them from it, and a *[pull.Refusal]
// where the token is not for this person: who may not ring a phone must not undo its owner's alarm either.
func (k *Keys) Thaw(ctx context.Context, user string, by pull.Holder) (bool, error) {
	if !k.MayAskAbout(by, user) {
		return false, &pull.Refusal{Reason: pull.Reason{Code: "user-forbidden", Message: fmt.Sprintf("This token may not ask about %.100q.", user),
			Next: "Add the user to the token's users in the tokens file"}}
	}
	who, ok := k.lookup(user)
	if !ok {
		return false, nil
	}
	thawed, err := k.Store.ThawPhone(ctx, who.Duo, by.Name)
	if thawed {
		k.Log.Warn("duo_thawed", "user", who.Duo, "token", by.Name)
	}
	return thawed, err
}

// MayAskAbout reports whether a token is for somebody, named as tokens and callers name people. The same person by another
// name is the same person.
func (k *Keys) MayAskAbout(by pull.Holder, user string) bool {
	named := slices.ContainsFunc(by.Users, func(u string) bool { return strings.EqualFold(u, user) })
	who, ok := k.lookup(user)
	return len(by.Users) == 0 || named || ok && k.mayAskAbout(by, who.Duo)
}
