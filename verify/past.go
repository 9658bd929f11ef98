package verify

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/ledger"
)

// past is what the commits before said, which the next one must not contradict.
type past struct {
	branch     string
	repository int64
	name       string
	pulls      map[int]string // the commit as which each pull request landed
	made       map[string]time.Time
	newest     string // the youngest of the bot's keys that was used
	checkpoint *ledger.Checkpoint
	signedNote string // the same, as it was signed
	row        int64
	policy     lineage
}

// lineage follows the policy through history.
type lineage struct {
	started bool
	seen    map[string]string // each text, and the commit that brought it
	tainted string            // the foreign commit that changed it; "" while nobody did
	sound   string            // the text before that
}

func newPast(bot *signature.Ring) past {
	p := past{pulls: map[int]string{}, made: map[string]time.Time{}, policy: lineage{seen: map[string]string{}}}
	for _, k := range bot.Keys() {
		p.made[k.Fingerprint] = k.Created
	}
	return p
}

// retired reports whether a younger key of the bot has signed already.
func (p past) retired(fingerprint string) (by string, yes bool) {
	return p.newest, p.newest != "" && p.made[fingerprint].Before(p.made[p.newest])
}

func (p *past) signed(fingerprint string) {
	if p.newest == "" || p.made[fingerprint].After(p.made[p.newest]) {
		p.newest = fingerprint
	}
}

// lineage compares the policy before and after a commit with what it was.
func (v *run) lineage(c *Commit) {
	before, after, err := v.policies(c)
	if err != nil {
		v.unreadable(c, "its policy", err)
		c.settle()
		return
	}
	p := &v.past.policy
	if !p.started {
		p.started = true
		p.seen[before] = v.from
	}
	if c.landing != nil && c.Part == "" {
		v.once(c)
		if p.tainted != "" && before != p.sound {
			c.fault("policy-tainted", fmt.Sprintf("It was judged by a policy that %.10s put in place, which did not come through the gate.", p.tainted))
			c.settle()
		}
	}
	if before == after {
		return
	}
	switch by, known := p.seen[after]; {
	case p.tainted != "" && after == p.sound:
		p.tainted = ""
	case c.Outcome == Foreign || c.Outcome == Bad:
		if p.tainted == "" {
			p.sound = before
		}
		p.tainted = c.SHA
	case known:
		c.find(Remark, "policy-restored", fmt.Sprintf("It puts the policy back to an older text, that of %s.", origin(by)), "")
	}
	p.seen[after] = c.SHA
}

func origin(sha string) string {
	if sha == "" {
		return "the beginning"
	}
	return fmt.Sprintf("%.10s", sha)
}

// policies name the policy's text before and after a commit.
func (v *run) policies(c *Commit) (before, after string, err error) {
	now, err := v.policy(c.facts.tree)
	if err != nil || len(c.facts.parents) == 0 {
		return "", now.Path + now.Blob, err
	}
	raw, err := v.git.Commit(c.facts.parents[0])
	if err != nil {
		return "", "", err
	}
	then, err := v.policy(parse(raw).tree)
	return then.Path + then.Blob, now.Path + now.Blob, err
}

// once asks that a pull request lands a single time.
func (v *run) once(c *Commit) {
	n := c.landing.PullRequest
	if earlier, twice := v.past.pulls[n]; twice {
		c.fault("pull-request-twice", fmt.Sprintf("Pull request #%d landed already, as %.10s.", n, earlier))
		c.settle()
		return
	}
	v.past.pulls[n] = c.SHA
}

// State is what a verification saw last, for whoever keeps it to compare with next time.
type State struct {
	Repository string    `json:"repository"`
	Branch     string    `json:"branch"`
	Tip        string    `json:"tip"`
	Notes      string    `json:"notes"`
	Checkpoint string    `json:"checkpoint"`
	Signer     string    `json:"signer,omitempty"` // the youngest of the bot's keys that had signed
	At         time.Time `json:"at"`
}

func (v *run) state() State {
	return State{Repository: fmt.Sprint(v.past.repository), Branch: v.past.branch, Tip: v.to, Notes: v.notes.tip, Checkpoint: v.past.signedNote, Signer: v.past.newest, At: v.Now.UTC()}
}

// comparePast asks whether branch, notes and ledger only grew since they were last seen.
func (v *run) comparePast() {
	s := v.Since
	if s == nil {
		return
	}
	v.past.branch, v.past.newest = s.Branch, s.Signer
	if id, err := strconv.ParseInt(s.Repository, 10, 64); err == nil {
		v.past.repository, v.past.name = id, s.Repository
	}
	rolled := func(what, was, is string) {
		v.findings = append(v.findings, Finding{"rolled-back", Fault, fmt.Sprintf("%s does not lead on from %.10s, where it stood on %s: it is at %.10s.",
			what, was, s.At.UTC().Format("2006-01-02 15:04 UTC"), is), "Find out who moved it, and compare with another clone."})
	}
	if !v.descends(v.to, s.Tip) {
		rolled("The branch", s.Tip, v.to)
	}
	if s.Notes != "" && (v.notes.tip == "" || !v.descends(v.notes.tip, s.Notes)) {
		rolled("The history of attestations", s.Notes, v.notes.tip)
	}
	if c, err := ledger.Parse(strings.TrimSpace(s.Checkpoint)); err == nil {
		v.past.checkpoint, v.past.signedNote = nil, s.Checkpoint
		v.proofs.floor = &c
	}
}

func (v *run) descends(from, old string) bool {
	if from == "" {
		return false
	}
	all, err := v.git.Ancestors(from)
	return err == nil && all[old]
}
