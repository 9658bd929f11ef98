package reconcile

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/pull"
)

// KeyedDuo asks people about keys.
type KeyedDuo interface {
	// AskKeyed asks once. The state says whether it is open, decided, certainly unsent, or of unknown fate.
	AskKeyed(ctx context.Context, k duobot.Keyed) (duobot.Answer, error)
}

// KeyedStore keeps prompts about keys, and knows what landed.
type KeyedStore interface {
	// BeginKeyed writes down that somebody is about to be asked. It refuses with [pull.ErrKeyPending],
	// [pull.ErrPromptPending], [pull.ErrPhoneFrozen], [pull.ErrQuota] or [pull.ErrTokenQuota].
	BeginKeyed(ctx context.Context, c pull.Confirmation, limits pull.KeyLimits) (begun, before pull.Confirmation, err error)
	UpdatePrompt(ctx context.Context, c pull.Confirmation) error
	// Keyed is the latest prompt about a key, and the clock that stamped it.
	Keyed(ctx context.Context, key string) (pull.Confirmation, time.Time, error)
	Prompt(ctx context.Context, id int64) (pull.Confirmation, error)
	// LandingOf finds the landing that made a commit, or is about to, and who confirmed it.
	LandingOf(ctx context.Context, sha string) (pull.Intent, pull.Repo, []pull.Confirmation, bool, error)
	PullsWithHead(ctx context.Context, sha string) ([]pull.Record, error)
	ThawPhone(ctx context.Context, duoUser, token string) (bool, error)
}

// Keys answers duo-bot's API: it asks people about keys of the caller's choosing, and says what was confirmed or landed.
type Keys struct {
	Duo      KeyedDuo // nil: Duo is not configured, and nobody is asked
	Store    KeyedStore
	People   func() *duobot.People
	Limits   pull.KeyLimits
	Validity time.Duration
	Log      *slog.Logger
}

// askTimeout bounds both calls to Duo together with the writing down, whoever hangs up meanwhile.
const askTimeout = 40 * time.Second

// Ask writes down that somebody is about to be asked, asks once, and writes down what became of it. A crash in between
// leaves a prompt of unknown fate, which nobody sends again unasked.
func (k *Keys) Ask(ctx context.Context, a pull.KeyAsk) (pull.KeyAnswer, error) {
	who, refused := k.person(a.User, a.By)
	if refused != nil {
		return *refused, nil
	}
	if k.Duo == nil {
		return pull.KeyAnswer{Code: "duo-not-configured", Message: "This server cannot ask anybody: Duo is not configured.",
			Next: "Have an operator fill in the duo section of the server's configuration"}, nil
	}
	info, err := duobot.CleanInfo(a.Info)
	if err != nil {
		return pull.KeyAnswer{Code: "bad-pushinfo", Message: capitalised(err.Error()) + ".", Next: "Change duoPushInfo"}, nil
	}
	// From here on somebody's phone may ring: a caller who hangs up changes nothing any more.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
	defer cancel()
	c, before, err := k.Store.BeginKeyed(ctx, pull.Confirmation{Person: who.Name, DuoUser: who.Duo,
		Keyed: pull.Keyed{Key: a.Key, Token: a.By.Name, Factor: a.Factor, Info: info}}, k.Limits)
	if err != nil {
		return held(err, who)
	}
	answer, err := k.send(ctx, c, a)
	if answer.Before = before; err != nil {
		return pull.KeyAnswer{}, err
	}
	return answer, nil
}

func (k *Keys) send(ctx context.Context, c pull.Confirmation, a pull.KeyAsk) (pull.KeyAnswer, error) {
	said, cause := k.Duo.AskKeyed(ctx, duobot.Keyed{User: c.DuoUser, Factor: a.Factor, Device: a.Device, Passcode: a.Passcode,
		Key: a.Key, Token: a.By.Name, Info: c.Keyed.Info})
	c.State, c.Txid, c.Detail = said.State, said.Txid, said.Detail
	if err := k.Store.UpdatePrompt(ctx, c); err != nil {
		return pull.KeyAnswer{}, fmt.Errorf("writing down the prompt: %w", err)
	}
	k.Log.Info("duo_key", "key", a.Key, "user", c.DuoUser, "token", a.By.Name, "factor", string(a.Factor), "state", string(c.State))
	stands, err := k.Store.Prompt(ctx, c.ID)
	if err != nil {
		return pull.KeyAnswer{}, err
	}
	answer := duobot.OfKeyed(stands)
	answer.After = pull.Delay(cause)
	return answer, nil
}

// held says why nobody was asked.
func held(err error, who duobot.Person) (pull.KeyAnswer, error) {
	answer := pull.KeyAnswer{After: pull.Delay(err)}
	switch {
	case isAny(err, pull.ErrKeyPending):
		answer.Code, answer.Message = "key-pending", "A request about this key is still waiting for its answer."
		answer.Next = "Ask GET /v1/check/KEY until it is answered, a minute at most"
	case isAny(err, pull.ErrPromptPending):
		answer.Code, answer.Message = "prompt-pending", fmt.Sprintf("%s already has an open Duo prompt; nobody gets two at a time.", who.Name)
		answer.Next = "Answer it, or try again in a minute"
	case isAny(err, pull.ErrPhoneFrozen):
		answer.Code, answer.Message = "duo-fraud", fmt.Sprintf("%s reported a push as fraud, and is not asked over the API.", who.Name)
		answer.Next = "Find out who asked; then have somebody with an admin token lift it: DELETE /api/v1/duo/freezes/USER"
	case isAny(err, pull.ErrQuota):
		answer.Code, answer.Message = "duo-quota", fmt.Sprintf("%s was asked too often in the last hour.", who.Name)
		answer.Next = "Wait as long as Retry-After says"
	case isAny(err, pull.ErrTokenQuota):
		answer.Code, answer.Message = "token-quota", "This token asked too many people in the last hour."
		answer.Next = "Wait as long as Retry-After says"
	default:
		return answer, err
	}
	return answer, nil
}

const githubPrefix = "github:"

// duoName is what Duo calls somebody. Their length and letters are bounded, since they go into logs and messages.
var duoName = regexp.MustCompile(`^[A-Za-z0-9._@+\\'-]([A-Za-z0-9._@+\\ '-]{0,98}[A-Za-z0-9._@+\\'-])?$`)

// person finds who is meant by a Duo name or github:LOGIN, as far as the token may ask about them.
func (k *Keys) person(user string, by pull.Holder) (duobot.Person, *pull.KeyAnswer) {
	who, ok := k.lookup(user)
	switch {
	case user == "":
		return who, &pull.KeyAnswer{Code: "no-user", Message: "The request does not say who is to be asked.",
			Next: "Add user=DUO_NAME or user=github:LOGIN"}
	case !ok && strings.HasPrefix(user, githubPrefix):
		return who, &pull.KeyAnswer{Code: "duo-unmapped", Message: fmt.Sprintf("The GitHub login %.40q has no Duo user in the people file.", strings.TrimPrefix(user, githubPrefix)),
			Next: "Have an operator add it to the people file"}
	case !ok:
		return who, &pull.KeyAnswer{Code: "bad-user", Message: "The user is neither a Duo name nor github:LOGIN.",
			Next: "Write user=DUO_NAME or user=github:LOGIN"}
	case !k.mayAskAbout(by, who.Duo):
		return who, &pull.KeyAnswer{Code: "user-forbidden", Message: fmt.Sprintf("This token may not ask about %s.", who.Name),
			Next: "Add the user to the token's users in the tokens file"}
	}
	return who, nil
}

func (k *Keys) lookup(user string) (duobot.Person, bool) {
	if login, ok := strings.CutPrefix(user, githubPrefix); ok {
		who, known := k.People().ByLogin(login)
		return who, known && who.Duo != ""
	}
	if !duoName.MatchString(user) {
		return duobot.Person{}, false
	}
	for _, who := range k.People().All() {
		if strings.EqualFold(who.Duo, user) {
			return who, true
		}
	}
	return duobot.Person{Name: user, Duo: user}, true // Duo knows people whom the people file does not
}

func (k *Keys) mayAskAbout(by pull.Holder, duoUser string) bool {
	return len(by.Users) == 0 || slices.ContainsFunc(by.Users, func(allowed string) bool {
		who, ok := k.lookup(allowed)
		return ok && strings.EqualFold(who.Duo, duoUser)
	})
}

func capitalised(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
