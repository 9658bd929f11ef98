package pull

import (
	"slices"
	"strings"
	"time"
)

// Keyed is what a prompt of duo-bot's API is about: a key of the caller's choosing. It is the zero value for a prompt
// about a landing.
type Keyed struct {
	Key    string `json:"key"`
	Token  string `json:"token"`          // the name of the token that asked
	Factor Factor `json:"factor"`         // how the person was asked
	Info   string `json:"info,omitempty"` // what the caller had shown beside the key, as clean URL-encoded pairs
}

// Factor is a way to ask somebody through Duo.
type Factor string

// The factors of duo-bot's API.
const (
	FactorPush     Factor = "push"
	FactorPhone    Factor = "phone"
	FactorSMS      Factor = "sms" // sends passcodes, and confirms nothing
	FactorPasscode Factor = "passcode"
)

// Holder is who holds an API token, and what the token is good for.
type Holder struct {
	Name   string
	Scopes []string
	// Users are the people whom the token may ask about, as Duo names or github:LOGIN; empty for everybody.
	Users []string
	// Repositories are those that the token may see, as OWNER/NAME or OWNER/*; empty for all.
	Repositories []string
}

// Sees reports whether the token may be told of a repository.
func (h Holder) Sees(fullName string) bool {
	owner, _, _ := strings.Cut(fullName, "/")
	return len(h.Repositories) == 0 || slices.ContainsFunc(h.Repositories, func(allowed string) bool {
		return strings.EqualFold(allowed, fullName) || strings.EqualFold(allowed, owner+"/*")
	})
}

// KeyAsk is somebody's wish for a confirmation about a key. The passcode is sent to Duo and kept nowhere.
type KeyAsk struct {
	Key      string
	User     string // a Duo name, or github:LOGIN
	Device   string // "" for whichever can
	Factor   Factor
	Passcode string
	Info     string // as the caller wrote it
	By       Holder
}

// KeyQuery asks whether a key, or the commit that it names, was confirmed.
type KeyQuery struct {
	Key  string
	User string // "" for whoever it was
	// UnderWay also accepts a commit that Sallyport is landing at this moment: a hook sees it before it has landed.
	UnderWay bool
	By       Holder
}

// KeyAnswer is what became of a wish, or what is known of a key. The zero value confirms nothing.
type KeyAnswer struct {
	Valid   bool   // a person confirmed it, or it landed through the gate
	Code    string // stable
	Message string
	Next    string
	Prompt  Confirmation   // the latest prompt about the key; its ID is 0 when there is none
	Before  Confirmation   // the prompt that this one replaced; its ID is 0 when there was none
	Until   time.Time      // when a confirmation ends to be valid
	Pull    *KeyPull       // the pull request that the commit belongs to
	After   time.Duration  // how long to wait before asking again, where that is known
	People  []Confirmation // who confirmed the landing
}

// KeyPull is the pull request that a commit belongs to.
type KeyPull struct {
	Repo   Repo
	Number int
	Branch string
	Head   string
	Merge  string
	Landed string
	State  string // landed, landing, open
}

// KeyLimits bound what the API may ask of people. They count the last hour.
type KeyLimits struct {
	Person int // pushes, calls, messages and passcodes for one person
	Token  int // for one token
}
