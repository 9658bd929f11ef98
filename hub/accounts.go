package hub

import (
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// account reads an actor. Only people and bots have an identity here: a deleted account, or the placeholder of an
// import, is a name without a number.
func (a *actor) account() pull.Account {
	switch {
	case a == nil:
		return pull.Account{}
	case a.Kind == "Bot" || strings.HasSuffix(a.Login, pull.BotSuffix):
		// GraphQL leaves out the suffix that REST, webhooks and people use.
		return pull.Account{ID: a.ID, Login: strings.TrimSuffix(a.Login, pull.BotSuffix) + pull.BotSuffix, Kind: pull.Bot}
	case a.Kind == "User" || a.Kind == "":
		return pull.Account{ID: a.ID, Login: a.Login, Kind: pull.User}
	}
	return pull.Account{Login: a.Login}
}

// account reads whom GitHub attributes a commit to, the zero Account when nobody.
func (i *identity) account() pull.Account {
	if i == nil || i.User == nil || i.User.ID == 0 {
		return pull.Account{}
	}
	return i.User.account()
}

func (i *identity) email() string {
	if i == nil {
		return ""
	}
	return i.Email
}
