package verify

import (
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
)

// together lands two pull requests in one batch, each confirmed by its head. forge sees each before it is judged, and its
// statement before that is signed; between happens after the first commit was made.
type together struct {
	between   func(*town)
	world     func(place int, b *pull.Batch)
	confirmed func(*pull.Confirmation)
	recorded  func(*pull.Binding)
	statement func(place int, l *attest.Landing)
}

func (w *town) landTogether(f together) []string {
	w.t.Helper()
	b := pull.Batch{Base: w.tip, State: pull.BatchLanded}
	var worlds []reconcile.World
	var landed []pull.Landed
	var digests []string
	for i, path := range []string{"prod/api.nomad", "prod/web.nomad"} {
		l := landing{path: path, text: "together\n", method: pull.MethodExact, signer: w.bot}
		world := w.propose(l)
		at, digest := w.merge(l, &world)
		w.tip = at.SHA
		worlds, landed, digests = append(worlds, world), append(landed, at), append(digests, digest)
		b.Members = append(b.Members, pull.BatchMember{Number: world.Request.Number, Candidate: *world.Candidate})
		if i == 0 && f.between != nil {
			f.between(w)
		}
	}
	b.Head = w.tip
	w.ref("refs/heads/main", w.tip)
	var shas []string
	for i, world := range worlds {
		own := b
		own.Members = slices.Clone(b.Members)
		if f.world != nil {
			f.world(i, &own)
		}
		world.Batch = &own
		c := world.Confirmations[0]
		if c.Binding = world.Decide().Binding; f.confirmed != nil {
			f.confirmed(&c)
		}
		world.Confirmations = []pull.Confirmation{c}
		d := world.Decide()
		l := d.Describe(landed[i], digests[i])
		recorded := d.Binding
		if f.recorded != nil {
			f.recorded(&recorded)
		}
		l.Ledger = w.record(recorded, landed[i].SHA, pull.MethodExact, w.bot)
		if f.statement != nil {
			f.statement(i, &l)
		}
		w.attest(landed[i].SHA, w.seal(l, w.bot))
		shas = append(shas, landed[i].SHA)
	}
	return shas
}

func TestABatchIsVerifiedMemberByMember(t *testing.T) {
	w := newTown(t)
	w.land(landing{path: "prod/api.nomad", text: "two\n"})
	w.landTogether(together{})
	w.land(landing{path: "prod/api.nomad", text: "three\n"})
	if r := w.verify(w.options()); r.Verdict != Good || r.Landings != 4 {
		t.Errorf("verdict %v, %d landings, findings %v", r.Verdict, r.Landings, codes(r))
	}
}

// Threat 54: an answer about one batch vouches for what that batch held, and for nothing else.
func TestThreat54AnAnswerAboutABatchVouchesForNothingElse(t *testing.T) {
	elsewhere := strings.Repeat("ee", 20)
	for _, tt := range []struct {
		name  string
		forge together
		want  []string // codes, each on one of the two
	}{
		{"the members in another order", together{world: func(_ int, b *pull.Batch) { slices.Reverse(b.Members) }}, []string{"batch-differs"}},
		{"another commit in a member's place", together{world: func(i int, b *pull.Batch) {
			b.Members[1-i].Candidate.SHA = elsewhere
			b.Head = b.Members[1].Candidate.SHA
		}}, []string{"batch-line-differs", "batch-head-missing"}},
		{"a commit that slipped in", together{between: func(w *town) { w.foreign("prod/evil.nomad", "evil\n") }}, []string{"batch-line-differs"}},
		{"another base", together{world: func(_ int, b *pull.Batch) { b.Base = elsewhere }}, []string{"batch-line-differs"}},
		{"a head that is nowhere", together{world: func(_ int, b *pull.Batch) {
			b.Head = elsewhere
			b.Members = append(b.Members, pull.BatchMember{Number: 99, Candidate: pull.Candidate{SHA: elsewhere}})
		}}, []string{"batch-head-missing"}},
		{"the answer about another batch", together{confirmed: func(c *pull.Confirmation) { c.Binding.Batch = elsewhere }}, []string{"awaiting-push"}},
		{"the answer about a landing alone", together{confirmed: func(c *pull.Confirmation) { c.Binding.Batch = "" }}, []string{"awaiting-push"}},
		{"a row about another batch", together{recorded: func(b *pull.Binding) { b.Batch = elsewhere }}, []string{"ledger-row-differs"}},
		{"a member that knows of none", together{statement: func(i int, l *attest.Landing) {
			if i == 1 {
				l.Batch = nil
			}
		}}, []string{"batch-member-differs"}},
		{"another place", together{statement: func(i int, l *attest.Landing) { l.Batch.Position = 2 - i }}, []string{"batch-differs"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newTown(t)
			shas := w.landTogether(tt.forge)
			r := w.verify(w.options())
			got := codes(r)
			for _, code := range tt.want {
				if !slices.Contains(got, at(shas[0], code)) && !slices.Contains(got, at(shas[1], code)) {
					t.Errorf("found %v, want %s", got, code)
				}
			}
			if r.Verdict != Bad {
				t.Errorf("verdict %v", r.Verdict)
			}
		})
	}
}
