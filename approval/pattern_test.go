package approval

import (
	"errors"
	"strings"
	"testing"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

// vectors are the golden meaning of patterns: what each matches and what it must not.
var vectors = []struct {
	pattern string
	yes, no []string
}{
	{"prod/**", []string{"prod/a", "prod/a/b.hcl", "prod/.hidden", "prod"}, []string{"production/a", "xprod/a", "a/prod/b", "Prod/a"}},
	{"**", []string{"a", "a/b", ".x", ".github/workflows/ci.yml"}, nil},
	{"*", []string{"a", ".x", "a.b"}, []string{"a/b"}},
	{"*.hcl", []string{"a.hcl", ".hcl"}, []string{"x/a.hcl", "a.hcl.bak"}},
	{"**/*.hcl", []string{"a.hcl", "x/a.hcl", "x/y/a.hcl"}, []string{"a.hcl/x"}},
	{"prod/**/main.tf", []string{"prod/main.tf", "prod/a/b/main.tf"}, []string{"prod/main.tfx", "main.tf"}},
	{"prod/*/x", []string{"prod/a/x"}, []string{"prod/x", "prod/a/b/x"}},
	{"prod/?.tf", []string{"prod/a.tf"}, []string{"prod/ab.tf", "prod/.tf", "prod//tf"}},
	{"prod/[ab].tf", []string{"prod/a.tf", "prod/b.tf"}, []string{"prod/c.tf", "prod/A.tf"}},
	{"{prod,live}/**", []string{"prod/a", "live/a"}, []string{"prodlive/a", "staging/a"}},
	{"a{b,{c,d}e}f", []string{"abf", "acef", "adef"}, []string{"af", "abcef"}},
	{"{a/**,b}", []string{"a/x", "b"}, []string{"b/x"}},
	{`lit\*eral`, []string{"lit*eral"}, []string{"litXeral"}},
	{`a\{b`, []string{"a{b"}, nil},
	{".sallyport.yml", []string{".sallyport.yml"}, []string{"xsallyport.yml", "a/.sallyport.yml", ".sallyport_yml"}},
	{"prod", []string{"prod"}, []string{"prod/a"}},
}

func matches(t *testing.T, pattern, path string) bool {
	t.Helper()
	groups := Governing(Policy{Rules: []Rule{{Name: "x", Paths: []string{pattern}}}}, request(changing(path)))
	return len(groups) == 1 && groups[0].Index == 0
}

func TestThreat22GoldenPatterns(t *testing.T) {
	for _, v := range vectors {
		if err := CheckPattern(v.pattern); err != nil {
			t.Errorf("%s: %v", v.pattern, err)
		}
		for _, path := range v.yes {
			if !matches(t, v.pattern, path) {
				t.Errorf("%s does not match %s", v.pattern, path)
			}
		}
		for _, path := range v.no {
			if matches(t, v.pattern, path) {
				t.Errorf("%s matches %s", v.pattern, path)
			}
		}
	}
}

func TestThreat23PatternsThatMislead(t *testing.T) {
	for _, test := range []struct{ pattern, text string }{
		{"", "empty"},
		{"/prod/**", "begins with a slash"},
		{"{/,}prod", "begins with a slash"},
		{"prod/", "ends with a slash"},
		{"prod//x", "empty, . or .."},
		{"./prod", "empty, . or .."},
		{"prod/../x", "empty, . or .."},
		{"!prod/**", "cannot be negated"},
		{"prod**", "** stands beside"},
		{"prod/**.tf", "** stands beside"},
		{"prod/{**,a}.tf", "** stands beside"},
		{"prod[!x]web", "also match a slash"},
		{"prod[^x]web", "also match a slash"},
		{"prod[.-0]web", "also match a slash"},
		{"prod/[", "not a valid pattern"},
		{"prod/{a", "not a valid pattern"},
		{`prod/\`, "not a valid pattern"},
		{"[{]a", "holds a brace"},
		{"prod/\u202e", "characters that block"},
		{"e\u0301", "characters that block"},
		{"a\nb", "characters that block"},
		{strings.Repeat("{a,b}", 7), "stand for more than"},
		{strings.Repeat("{a,b}", 200), "stand for more than"},
		{strings.Repeat("a", 2000), "longer than"},
	} {
		err := CheckPattern(test.pattern)
		if err == nil || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%.40q: got %v, want an error about %q", test.pattern, err, test.text)
		}
		if refused, ok := err.(*PatternError); ok && refused.Mend == "" {
			t.Errorf("%.40q: the error offers no mend", test.pattern)
		}
	}
}

func TestCountForms(t *testing.T) {
	for glob, want := range map[string]int{
		"a/**": 1, "**.md": 1, "/a": 1, "!a": 1, "a/[!b]c": 1, "{a,b}/{c,d,e}": 6, "{a,{b,c}d}": 3, `\{a,b\}`: 1, strings.Repeat("{a,b}", 6): 64,
	} {
		if got, err := CountForms(glob); err != nil || got != want {
			t.Errorf("%s: got %d, %v, want %d", glob, got, err, want)
		}
	}
	for glob, want := range map[string]string{
		"a[": "not a valid pattern", "a{b": "not a valid pattern", "a[,]": "holds a brace, a comma", strings.Repeat("a", 2000): "longer than",
		strings.Repeat("{a,b}", 7): "stand for more than", strings.Repeat("{a,b}", 200): "stand for more than",
	} {
		if _, err := CountForms(glob); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %v, want an error about %q", glob, err, want)
		}
	}
}

// FuzzPattern holds our matcher, with its shortcuts and its own reading of braces, to the library's.
func FuzzPattern(f *testing.F) {
	for _, v := range vectors {
		for _, path := range append(v.yes, v.no...) {
			f.Add(v.pattern, path)
		}
	}
	f.Add(strings.Repeat("{a,b}", 20), "aaaa")
	f.Add(strings.Repeat("*a", 60)+"b", strings.Repeat("a", 400))
	f.Add(strings.Repeat("**/a/", 60)+"b", strings.Repeat("a/", 200)+"a")
	f.Add("\xff/*", "\xff/a")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		globs, err := compilePattern(pattern)
		var refused *PatternError
		if _, dear := CountForms(pattern); dear != nil && (err == nil || !errors.As(dear, &refused)) {
			t.Errorf("%q: %v as another's glob, and %v as our pattern", pattern, dear, err)
		}
		if err != nil || odd(path) || strings.Count(pattern, "{") > 4 {
			return
		}
		got := false
		for _, g := range globs {
			got = got || g.match(path)
		}
		if want := doublestar.MatchUnvalidated(pattern, path); got != want {
			t.Errorf("%q on %q: got %v, want %v", pattern, path, got, want)
		}
	})
}

func TestGoverning(t *testing.T) {
	p := policy(from(1, "admin"))
	var got []string
	for _, g := range Governing(p, request(changing("other", "docs/a", "staging/a", "prod/a", "staging/b"))) {
		got = append(got, g.Rule.Name+": "+strings.Join(paths(g.Files), " "))
	}
	want := []string{"staging is approved by default: staging/a staging/b", "production: prod/a", "everything else: docs/a", ": other"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("governing (-want +got):\n%s", diff)
	}
	p.Rules[0].Paths = []string{"["}
	if groups := Governing(p, request(changing("staging/a"))); len(groups) != 1 || groups[0].Index != -1 {
		t.Errorf("an invalid policy governs: got %+v", groups)
	}
}

func TestParseFrom(t *testing.T) {
	for word, want := range map[string]From{
		"admin": {Role: pull.Admin}, "maintain": {Role: pull.Maintain}, "write": {Role: pull.Write}, "triage": {Role: pull.Triage}, "read": {Role: pull.Read},
		"@Acme/SRE-team": {Team: "acme/sre-team"}, "ana": {Login: "ana"}, "user:admin": {Login: "admin"}, "user:writer": {Login: "writer"},
		"renovate[bot]": {Login: "renovate[bot]"}, "ana_acme": {Login: "ana_acme"}, "a": {Login: "a"},
	} {
		got, err := ParseFrom(word)
		if err != nil || got != want {
			t.Errorf("ParseFrom(%q): got %+v, %v, want %+v", word, got, err, want)
		}
	}
	for _, word := range []string{"", "admins", "Admin", "adnin", "none", "owner", "maintainer", "writers", "@acme", "@acme/", "@acme/a/b", "user:", "a b", "-a", "a-", "a@b.c", "acme/sre"} {
		var refused *FromError
		if _, err := ParseFrom(word); err == nil {
			t.Errorf("ParseFrom(%q): got no error", word)
		} else if refused, _ = err.(*FromError); refused == nil || refused.Mend == "" {
			t.Errorf("ParseFrom(%q): %v offers no mend", word, err)
		}
	}
}
