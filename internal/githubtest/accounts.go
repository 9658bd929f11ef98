package githubtest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
)

// The kinds of account, in GitHub's words.
const (
	UserKind         = "User"
	BotKind          = "Bot"
	OrganizationKind = "Organization"
)

// Account is a person, a bot or an organization.
type Account struct {
	ID int64 // never changes

	s       *Server
	kind    string
	login   string
	name    string
	emails  []string // verified addresses; the first one goes into commits
	keys    openpgp.EntityList
	app     *App             // the app behind a bot
	system  bool             // GitHub's own account, nobody who signs in
	members map[int64]string // an organization's: account id → "admin" or "member"
	teams   []*Team          // an organization's
	created time.Time
}

// User returns the person of that login, who is created on first mention.
func (s *Server) User(login string) *Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.account(UserKind, login)
}

// Bot returns the bot account of that login ("renovate[bot]"), created on first mention.
func (s *Server) Bot(login string) *Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.account(BotKind, login)
}

// Organization returns the organization of that login, created on first mention with these owners.
func (s *Server) Organization(login string, owners ...*Account) *Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	org := s.account(OrganizationKind, login)
	for _, o := range owners {
		org.members[o.ID] = "admin"
	}
	return org
}

// Account finds an account by login, whatever its kind.
func (s *Server) Account(login string) (*Account, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.logins[strings.ToLower(login)]
	return a, a != nil
}

func (s *Server) account(kind, login string) *Account {
	if a := s.logins[strings.ToLower(login)]; a != nil {
		return a
	}
	a := &Account{ID: s.nextID(), s: s, kind: kind, login: login, name: login, created: s.now()}
	a.emails = []string{fmt.Sprintf("%d+%s@users.noreply.github.com", a.ID, login)}
	if kind == OrganizationKind {
		a.members = map[int64]string{}
	}
	s.accounts[a.ID], s.logins[strings.ToLower(login)] = a, a
	return a
}

// Login is the account's present name.
func (a *Account) Login() string {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	return a.login
}

// Email is the address that the account's commits carry.
func (a *Account) Email() string {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	return a.emails[0]
}

// AddEmail verifies one more address for the account, so that commits carrying it are attributed to it; the newest
// one is what the account's own commits carry from then on.
func (a *Account) AddEmail(address string) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	a.emails = slices.Insert(a.emails, 0, address)
}

// AddKey uploads OpenPGP keys to the account, as GitHub needs to call a signature verified.
func (a *Account) AddKey(armored string) error {
	ring, err := openpgp.ReadArmoredKeyRing(strings.NewReader(armored))
	if err != nil {
		return fmt.Errorf("reading the key of %s: %w", a.Login(), err)
	}
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	a.keys = append(a.keys, ring...)
	return nil
}

// RemoveKeys forgets the account's OpenPGP keys.
func (a *Account) RemoveKeys() {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	a.keys = nil
}

// Rename gives the account another login; its id stays.
func (a *Account) Rename(login string) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	delete(a.s.logins, strings.ToLower(a.login))
	a.login = login
	a.s.logins[strings.ToLower(login)] = a
}

// Delete removes the account: its commits and reviews lose their author, as with GitHub's ghost.
func (a *Account) Delete() {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	delete(a.s.logins, strings.ToLower(a.login))
	delete(a.s.accounts, a.ID)
}

// attribute finds the account that GitHub would credit for an e-mail address; nil for none.
func (s *Server) attribute(email string) *Account {
	var hit *Account
	for _, a := range s.accounts {
		for _, e := range a.emails {
			if strings.EqualFold(e, email) && (hit == nil || a.ID < hit.ID) {
				hit = a
			}
		}
	}
	return hit
}

// alive is the account, or nil for one that was deleted.
func (a *Account) alive() *Account {
	if a == nil || a.s.accounts[a.ID] == nil {
		return nil
	}
	return a
}

func (a *Account) nodeID() string {
	switch a.kind {
	case BotKind:
		return nodeID("BOT", a.ID)
	case OrganizationKind:
		return nodeID("O", a.ID)
	}
	return nodeID("U", a.ID)
}
