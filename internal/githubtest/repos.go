package githubtest

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// MergeSettings are the repository settings about landing pull requests.
type MergeSettings struct {
	Merge, Squash, Rebase bool // the methods that the repository allows
	DeleteBranch          bool // delete the head branch after landing
}

// Repo is a repository: GitHub's state around a bare git repository.
type Repo struct {
	ID int64 // never changes

	s         *Server
	owner     *Account
	name      string
	main      string
	private   bool
	values    map[string]any // custom properties: a text, or a list of them
	archived  bool
	parent    *Repo // what it was forked from
	settings  MergeSettings
	roles     map[int64]pull.Role // people added directly
	teamRoles map[int64]pull.Role // by team id
	git       *gitRepo

	labels      []*Label
	pulls       []*Pull
	suites      []*CheckSuite
	checkRuns   []*CheckRun
	runsBySHA   map[string][]*CheckRun
	statuses    map[string][]*Status // by commit, oldest first
	protections []*Protection
	rulesets    []*Ruleset
	queues      map[string]*mergeQueue // by branch
	activity    []activity
	lastNumber  int
	issues      []*Issue
	issuesOff   bool // issues are disabled
	created     time.Time
	pushed      time.Time
	blind       bool // pull requests stay open when a push brings in their head
	unnamed     int  // see Unnamed
}

// Repo creates a private repository with an empty main branch, all merge methods allowed. The owner of a personal
// repository and the owners of an organization are its admins.
func (s *Server) Repo(owner *Account, name string) (*Repo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.newRepo(owner, name, nil)
	if err != nil {
		return nil, err
	}
	s.emit(delivery{event: "repository", action: "created", repo: r, sender: owner.owner()})
	return r, nil
}

// Fork copies the repository to another account, sharing its objects as GitHub does.
func (r *Repo) Fork(to *Account) (*Repo, error) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.s.newRepo(to, r.name, r)
}

func (s *Server) newRepo(owner *Account, name string, parent *Repo) (*Repo, error) {
	if s.findRepo(owner.login, name) != nil {
		return nil, fmt.Errorf("repository %s/%s exists already", owner.login, name)
	}
	r := &Repo{
		ID: s.nextID(), s: s, owner: owner, name: name, main: "main", private: true, parent: parent, created: s.now(), pushed: s.now(),
		settings: MergeSettings{Merge: true, Squash: true, Rebase: true},
		roles:    map[int64]pull.Role{}, teamRoles: map[int64]pull.Role{},
		runsBySHA: map[string][]*CheckRun{}, statuses: map[string][]*Status{},
	}
	var err error
	dir := filepath.Join(s.dir, fmt.Sprintf("%d.git", r.ID))
	if parent == nil {
		r.git, err = initRepo(dir)
	} else {
		r.main, r.private = parent.main, parent.private
		r.git, err = parent.git.fork(dir)
	}
	if err != nil {
		return nil, err
	}
	s.repos[r.ID] = r
	return r, nil
}

// FindRepo finds a repository by "owner/name".
func (s *Server) FindRepo(fullName string) (*Repo, bool) {
	owner, name, _ := strings.Cut(fullName, "/")
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.findRepo(owner, name)
	return r, r != nil
}

func (s *Server) findRepo(owner, name string) *Repo {
	for _, r := range s.repos {
		if strings.EqualFold(r.owner.login, owner) && strings.EqualFold(r.name, name) {
			return r
		}
	}
	return s.moved[strings.ToLower(owner+"/"+name)]
}

// FullName is "owner/name" as it is now.
func (r *Repo) FullName() string {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.fullName()
}

func (r *Repo) fullName() string { return r.owner.login + "/" + r.name }

// Dir is the folder of the bare repository, for git itself.
func (r *Repo) Dir() string { return r.git.dir }

// Publish lets everybody read the repository.
func (r *Repo) Publish() {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.private = false
	r.s.emit(delivery{event: "repository", action: "publicized", repo: r, sender: r.owner.owner()})
}

// Rename gives the repository another name; its id stays and the old name leads to it.
func (r *Repo) Rename(name string) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	old := r.name
	r.s.moved[strings.ToLower(r.fullName())] = r
	r.name = name
	r.s.emit(delivery{event: "repository", action: "renamed", repo: r, sender: r.owner.owner(),
		body: object{"changes": object{"repository": object{"name": object{"from": old}}}}})
}

// Transfer moves the repository to another account; its id stays and the old name leads to it.
func (r *Repo) Transfer(to *Account) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	from := r.owner
	r.s.moved[strings.ToLower(r.fullName())] = r
	r.owner = to
	key := map[bool]string{true: "organization", false: "user"}[from.kind == OrganizationKind]
	r.s.emit(delivery{event: "repository", action: "transferred", repo: r, sender: from.owner(),
		body: object{"changes": object{"owner": object{"from": object{key: from.json()}}}}})
}

// SetArchived makes the repository read-only, or not.
func (r *Repo) SetArchived(on bool) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.archived = on
	action := map[bool]string{true: "archived", false: "unarchived"}[on]
	r.s.emit(delivery{event: "repository", action: action, repo: r, sender: r.owner.owner()})
}

// SetPublic shows the repository to everybody, or not.
func (r *Repo) SetPublic(on bool) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.private = !on
	action := map[bool]string{true: "publicized", false: "privatized"}[on]
	r.s.emit(delivery{event: "repository", action: action, repo: r, sender: r.owner.owner()})
}

// SetProperty gives a custom property a value: a string, a []string, or nil for none.
func (r *Repo) SetProperty(name string, value any) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if r.values == nil {
		r.values = map[string]any{}
	}
	old := []object{{"property_name": name, "value": r.values[name]}}
	r.values[name] = value
	r.s.emit(delivery{event: "custom_property_values", action: "updated", repo: r, sender: r.owner.owner(),
		body: object{"new_property_values": []object{{"property_name": name, "value": value}}, "old_property_values": old}})
}

// SetMerge changes the merge settings.
func (r *Repo) SetMerge(m MergeSettings) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.settings = m
}

// node finds one of the repository's numbered things by the kind of its node id; nil for none.
func (r *Repo) node(kind string, id int64) any {
	for _, l := range r.labels {
		if kind == "LA" && l.ID == id {
			return l
		}
	}
	for _, c := range r.checkRuns {
		if kind == "CR" && c.ID == id {
			return c
		}
	}
	for _, c := range r.suites {
		if kind == "CS" && c.ID == id {
			return c
		}
	}
	for _, p := range r.pulls {
		if kind == "PR" && p.ID == id {
			return p
		}
		if n := p.node(kind, id); n != nil {
			return n
		}
	}
	return nil
}
