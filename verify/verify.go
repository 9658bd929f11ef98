// Package verify proves offline, from a git repository and public keys alone, that every commit of a branch's first-parent
// history came through the gate. What git holds is computed anew and judged by the real judges; what only GitHub and Duo
// could know is taken from the attestations, which the bot signed.
package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/internal/gitdir"
)

// Options say what to verify, and by whose word.
type Options struct {
	Dir   string // the repository, bare or with a work tree
	Range string // A..B; B alone is all of its history
	// Keys are the bot's public keys, the present one and those it had before, armored.
	Keys [][]byte
	// Keyring is people's public keys; nil where none were given, and then commits' signatures are not verified again.
	Keyring *signature.Ring
	People  *duobot.People // nil: the attested entries count
	// Floor is a policy whose rules every landing must have met besides its own.
	Floor *config.Policy
	// Policies are clones of the repositories in which policies are kept for others, or folders of such files.
	Policies   []string
	Notes      string // the ref of the attestations; "" is the usual one
	Branch     string // what the attestations must speak of; "" is whatever the first one names
	Repository string // OWNER/NAME or the number; "" is whatever the first one names
	Since      *State // what was verified before; nil where nothing was
	// AllowBreakGlass accepts landings past the gates that two people broke the glass for.
	AllowBreakGlass bool
	// Strict asks that nothing is left unverified for want of a key or an object.
	Strict   bool
	Now      time.Time
	Progress func(done, total int) // nil: nobody watches
}

// Run verifies. An error says that the question could not be asked at all; what is wrong with the history is in the
// report.
func Run(ctx context.Context, o Options) (_ Report, err error) {
	if o.Notes == "" {
		o.Notes = attest.NotesRef
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	bot, err := signature.ReadKeys(o.Now, o.Keys...)
	if err != nil {
		return Report{}, fmt.Errorf("reading the bot's public keys: %w", err)
	}
	if len(bot.Fingerprints()) == 0 {
		return Report{}, errors.New("no public key of the bot was given")
	}
	git, err := gitdir.Open(ctx, o.Dir)
	if err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, git.Close()) }()
	v, err := newRun(o, git, bot)
	if err != nil {
		return Report{}, err
	}
	if v.shelves, err = openShelves(ctx, o.Policies); err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, closeShelves(v.shelves)) }()
	if err := v.open(); err != nil {
		return Report{}, err
	}
	v.judge()
	return v.report(), ctx.Err()
}

// run is one verification. Commits are looked at oldest first, since each is judged by what stood before it.
type run struct {
	Options
	git      *gitdir.Dir
	bot      *signature.Ring
	proofs   proofs
	growth   growth
	shelves  []*shelf
	from, to string
	chain    []*Commit // first-parent history, oldest first
	notes    notes
	known    map[string]bool // every commit behind the part of the chain that was judged
	past     past
	findings []Finding // about the whole
}

func newRun(o Options, git *gitdir.Dir, bot *signature.Ring) (*run, error) {
	p, err := newProofs(bot)
	if err != nil {
		return nil, err
	}
	return &run{Options: o, git: git, bot: bot, proofs: p, past: newPast(bot)}, nil
}

// judge looks at each commit in turn.
func (v *run) judge() {
	v.comparePast()
	v.mergeAll()
	v.growth = growthOf(v.chain, v.proofs.keys)
	for i, c := range v.chain {
		v.commit(c)
		v.Progress(i+1, len(v.chain))
	}
	for _, c := range v.chain {
		v.share(c)
	}
	v.sinceLast()
}
