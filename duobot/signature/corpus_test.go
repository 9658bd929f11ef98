package signature

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

// scene is one commit before one keyring, with what must be said of it. git is what git verify-commit, which asks
// GnuPG 2.2, says with the same keys.
type scene struct {
	commit pull.Commit
	ring   *Ring
	at     time.Time // zero: now
	want   string
	git    bool
}

// condition is one way for a signature to be good or bad.
type condition struct {
	name string
	make func() scene
}

// corpus is every condition, by section. Its keys are GnuPG's own, except where GnuPG cannot make the like.
var corpus = map[string]func(*lab) []condition{
	"algorithms": algorithmConditions, "hashes": hashConditions, "options": optionConditions, "keyring": keyringConditions,
	"subkeys": subkeyConditions, "lifetimes": lifetimeConditions, "revocations": revocationConditions,
	"payloads": payloadConditions, "armor": armorConditions, "formats": formatConditions, "packets": packetConditions,
	"subpackets": subpacketConditions, "keys": keyConditions,
}

// TestCorpus holds Verify, and what docs/signatures.md says of it, to every condition, and asks git and GnuPG about
// the same bytes.
func TestCorpus(t *testing.T) {
	l := newLab(t)
	total, whole := 0, true
	stricter, looser := map[string]string{}, map[string]string{}
	for _, section := range slices.Sorted(maps.Keys(corpus)) {
		ran := t.Run(section, func(t *testing.T) {
			l.t = t
			for _, c := range corpus[section](l) {
				total++
				looked := false
				t.Run(c.name, func(t *testing.T) {
					l.t, looked = t, true
					s := c.make()
					s.check(t, l)
					switch {
					case s.git && s.want != Good:
						stricter[c.name] = s.want
					case !s.git && s.want == Good && s.at.IsZero():
						looser[c.name] = s.want
					}
				})
				whole = whole && looked
				l.t = t
			}
		})
		whole = whole && ran
	}
	l.t = t
	if !whole || total == 0 {
		return // only a part was asked for, or it failed: the tables cannot be compared
	}
	if total < 60 {
		t.Errorf("%d conditions, want at least 60", total)
	}
	text := documentation(t)
	if diff := cmp.Diff(stricter, tableOf(text, "### Stricter")); diff != "" {
		t.Errorf("where we are stricter (- as seen, + as written):\n%s", diff)
	}
	if diff := cmp.Diff(looser, tableOf(text, "### Wider")); diff != "" {
		t.Errorf("where we accept more (- as seen, + as written):\n%s", diff)
	}
}

func (s scene) check(t *testing.T, l *lab) Result {
	t.Helper()
	if s.at.IsZero() {
		s.at = time.Now()
	}
	got := Verify(s.commit, s.ring, s.at)
	if got.Code != s.want {
		t.Errorf("code %q, want %q: %s %v", got.Code, s.want, got.Message, got.Evidence)
	}
	checkWords(t, got)
	if raw, err := Raw(s.commit); err == nil {
		if said := l.verified(raw, s.commit.SHA); said != s.git {
			t.Errorf("git verify-commit says %v, expected %v", said, s.git)
		}
	}
	return got
}

// checkWords holds every result to being understandable: a sentence, a next step, and never a key without a name.
func checkWords(t *testing.T, r Result) {
	t.Helper()
	if !strings.HasSuffix(r.Message, ".") || strings.ToUpper(r.Message[:1]) != r.Message[:1] {
		t.Errorf("message %q is no sentence", r.Message)
	}
	if (r.Next == "") != (r.Code == Good) {
		t.Errorf("code %q with next step %q", r.Code, r.Next)
	}
	if r.OK() != (r.Code == Good) {
		t.Errorf("OK is %v with code %q and fingerprint %q", r.OK(), r.Code, r.Fingerprint)
	}
}

func documentation(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/signatures.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// row is a line of a table whose first cell lists conditions, each between backticks, and whose second is a code.
var row = regexp.MustCompile("(?m)^\\| (`.*`) \\| (?:`([a-z-]+)`|accepted) \\|")

// tableOf reads the rows below a heading, up to the next one.
func tableOf(text, heading string) map[string]string {
	rows := map[string]string{}
	_, text, _ = strings.Cut(text, heading)
	text, _, _ = strings.Cut(text, "\n#")
	for _, m := range row.FindAllStringSubmatch(text, -1) {
		for _, name := range strings.Split(m[1], "`, `") {
			rows[strings.Trim(name, "`")] = m[2]
		}
	}
	return rows
}

// TestEveryCodeIsDocumented holds the table of reason codes, and the mend it gives, to the code's own.
func TestEveryCodeIsDocumented(t *testing.T) {
	text := documentation(t)
	for code, mend := range next {
		pattern := "(?m)^\\| `" + regexp.QuoteMeta(code) + "` \\| [^|]+ \\| " + regexp.QuoteMeta(mend) + " \\|$"
		if !regexp.MustCompile(pattern).MatchString(text) {
			t.Errorf("docs/signatures.md has no row for %s that ends in %q", code, mend)
		}
	}
}

var (
	y2020 = time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC)
	year  = 365 * 24 * time.Hour
	never = time.Time{}
)

// simple signs the plain commit with a key whose export is the whole keyring.
func (l *lab) simple(key, want string, git bool, options ...string) scene {
	l.t.Helper()
	o := plain("a change\n")
	return scene{commit: signed(o, l.sign(never, key, o.Bytes(), options...)), ring: ringFrom(l.t, l.export(key)), want: want, git: git}
}
