package duobot_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/duobot"
)

const print1 = "0123456789ABCDEF0123456789ABCDEF01234567"

func TestParsePeople(t *testing.T) {
	people, err := duobot.ParsePeople("people.yml", []byte(`# who is who
- name: Ana Kovač
  github: [Ana, 'ana-admin']
  duo: ana.k
  pgp:
    - 0123 4567 89ab cdef 0123  4567 89ab cdef 0123 4567
- {name: Digits, github: [007], duo: 12345, pgp: [1111111111111111111111111111111111111111, 12345678901234567890123456789012345678E1]}
- {name: No phone, github: [cy]}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []duobot.Person{
		{Name: "Ana Kovač", GitHub: []string{"Ana", "ana-admin"}, Duo: "ana.k", PGP: []string{print1}},
		{Name: "Digits", GitHub: []string{"007"}, Duo: "12345",
			PGP: []string{strings.Repeat("1", 40), "12345678901234567890123456789012345678E1"}},
		{Name: "No phone", GitHub: []string{"cy"}},
	}
	if diff := cmp.Diff(want, people.All()); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
	for login, name := range map[string]string{"ana": "Ana Kovač", "ANA-ADMIN": "Ana Kovač", "007": "Digits", "ana.k": "", "": ""} {
		if p, ok := people.ByLogin(login); p.Name != name || ok != (name != "") {
			t.Errorf("ByLogin(%q): got %q, %v; want %q", login, p.Name, ok, name)
		}
	}
	for fingerprint, name := range map[string]string{print1: "Ana Kovač", strings.ToLower(print1): "Ana Kovač", print1[24:]: "", "": ""} {
		if p, ok := people.ByFingerprint(fingerprint); p.Name != name || ok != (name != "") {
			t.Errorf("ByFingerprint(%q): got %q, %v; want %q", fingerprint, p.Name, ok, name)
		}
	}
}

func TestPeopleNeverChange(t *testing.T) {
	people := everybody(t)
	p, _ := people.ByLogin("ana")
	p.GitHub[0], p.PGP[0] = "mallory", "FFFF"
	people.All()[0].GitHub[0] = "mallory"
	if again, _ := people.ByLogin("ana"); again.GitHub[0] != "ana" || again.PGP[0] == "FFFF" {
		t.Errorf("got %+v after somebody wrote to a copy", again)
	}
}

func TestThreat35OneHumanTwoAccounts(t *testing.T) {
	people := everybody(t)
	tests := []struct {
		people *duobot.People
		a, b   string
		want   bool
	}{
		{people, "ana", "ana-admin", true}, {people, "ANA", "Ana-Admin", true}, {people, "ana", "bo", false},
		{people, "stranger", "Stranger", true}, {people, "stranger", "other", false}, {people, "", "", false},
		{people, "ana", "", false}, {nil, "ana", "ana-admin", false}, {nil, "ana", "ANA", true},
	}
	for _, tt := range tests {
		if got := tt.people.Same(tt.a, tt.b); got != tt.want {
			t.Errorf("Same(%q, %q): got %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestNilPeopleKnowNobody(t *testing.T) {
	var people *duobot.People
	if _, ok := people.ByLogin("ana"); ok {
		t.Error("found ana among nobody")
	}
	if _, ok := people.ByFingerprint(print1); ok {
		t.Error("found a key among nobody")
	}
	if all := people.All(); all != nil {
		t.Errorf("got %v among nobody", all)
	}
}

func TestThreat11PeopleFileIsStrict(t *testing.T) {
	one := "- {name: Ana, github: [ana], duo: ana.k, pgp: [" + print1 + "]}\n"
	tests := []struct {
		name, text string
		at, want   string
	}{
		{"empty", "", "1:1", "lists nobody"},
		{"comment only", "# nobody\n", "1:1", "lists nobody"},
		{"a mapping", "ana: {duo: x}\n", "1:", "not a list of people"},
		{"a word", "ana\n", "1:1", "not a list of people"},
		{"list of words", "- ana\n", "1:3", "not a person"},
		{"unknown key", "- name: Ana\n  github: [ana]\n  duo_user: x\n", "3:3", `unknown key "duo_user"`},
		{"duplicate key", "- name: Ana\n  github: [ana]\n  name: Bo\n", "3:3", `key "name" is given twice`},
		{"merge key", "- &a {name: Ana, github: [ana]}\n- <<: *a\n  name: Bo\n", "1:", "not a person"},
		{"alias", "- name: &n Ana\n  github: [ana]\n", "1:", "not a name"},
		{"tag", "- name: !!str Ana\n  github: [ana]\n", "1:", "not a name"},
		{"two documents", one + "---\n" + one, "3:", "second YAML document"},
		{"no name", "- github: [ana]\n", "1:", "has no name"},
		{"no logins", "- name: Ana\n", "1:", "no github logins"},
		{"login not in a list", "- name: Ana\n  github: ana\n", "2:11", "not a list of logins"},
		{"null duo", "- name: Ana\n  github: [ana]\n  duo:\n", "3:", "not a Duo user name"},
		{"boolean duo", "- name: Ana\n  github: [ana]\n  duo: true\n", "3:8", "not a Duo user name"},
		{"empty duo", "- name: Ana\n  github: [ana]\n  duo: ''\n", "3:8", "cannot be a Duo user name"},
		{"spaced duo", "- name: Ana\n  github: [ana]\n  duo: ' ana'\n", "3:8", "cannot be a Duo user name"},
		{"invisible name", "- name: \"An\u202ea\"\n  github: [ana]\n", "1:9", "cannot be a name"},
		{"login with @", "- name: Ana\n  github: ['@ana']\n", "2:12", "not a GitHub login"},
		{"bot login", "- name: Ana\n  github: ['renovate[bot]']\n", "2:12", "not a GitHub login"},
		{"short key id", "- name: Ana\n  github: [ana]\n  pgp: [89ABCDEF01234567]\n", "3:9", "not a full fingerprint"},
		{"fingerprint with a letter too many", "- name: Ana\n  github: [ana]\n  pgp: [" + print1 + "0]\n", "3:9", "not a full fingerprint"},
		{"duplicate name", one + "- {name: Ana, github: [bo]}\n", "2:10", `name "Ana" is already taken on line 1`},
		{"duplicate login", one + "- {name: Bo, github: [ANA]}\n", "2:23", `already listed for "Ana"`},
		{"duplicate login of one person", "- {name: Bo, github: [bo, Bo]}\n", "1:27", "already listed for this person"},
		{"duplicate duo user", one + "- {name: Bo, github: [bo], duo: ANA.K}\n", "2:33", `Duo user "ANA.K" is already taken on line 1`},
		{"duplicate fingerprint", one + "- {name: Bo, github: [bo], pgp: [" + strings.ToLower(print1) + "]}\n", "2:34", `already listed for "Ana"`},
		{"broken YAML", "- name: Ana\n  github: [ana\n", "", "not valid YAML"},
		{"not UTF-8", one + "# \xff\n", "2:1", "not UTF-8"},
		{"too large", strings.Repeat("#\n", 1<<20), "1:1", "bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			people, err := duobot.ParsePeople("people.yml", []byte(tt.text))
			if err == nil {
				t.Fatalf("got %+v, want a refusal", people.All())
			}
			first := strings.SplitN(err.Error(), "\n", 2)
			if !strings.HasPrefix(first[0], "people.yml:"+tt.at) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v\nwant people.yml:%s with %q", err, tt.at, tt.want)
			}
			if len(strings.Split(err.Error(), "\n")) < 3 {
				t.Errorf("got %v, want the offending line and the mend too", err)
			}
		})
	}
}

func TestPeopleFileListsEveryProblem(t *testing.T) {
	_, err := duobot.ParsePeople("people.yml", []byte("- name: Ana\n  github: ['@']\n  colour: red\n- github: [bo]\n"))
	if err == nil {
		t.Fatal("got no error")
	}
	want := `people.yml:2:12: "@" is not a GitHub login of a person
      github: ['@']
    write the login as in the profile's address, without @
people.yml:3:3: unknown key "colour"
      colour: red
    the keys are name, github, duo and pgp
people.yml:4:9: this person has no name
    - github: [bo]
    add name: NAME`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func FuzzPeople(f *testing.F) {
	f.Add([]byte(peopleFile))
	f.Add([]byte("- name: &n Ana\n  github: [*n]\n"))
	f.Add([]byte("- {name: Ana, github: [ana], <<: {duo: x}}\n"))
	f.Add([]byte("- name: |\n    Ana\n  github: [ana]\n---\n[]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		people, err := duobot.ParsePeople("p", text)
		if (people == nil) == (err == nil) {
			t.Fatalf("got people %v with error %v", people, err)
		}
		users := map[string]bool{}
		for _, p := range people.All() {
			if p.Name == "" || p.Duo != "" && users[strings.ToLower(p.Duo)] {
				t.Fatalf("accepted %+v", p)
			}
			users[strings.ToLower(p.Duo)] = true
			for _, login := range p.GitHub {
				if owner, ok := people.ByLogin(login); !ok || owner.Name != p.Name {
					t.Fatalf("%q belongs to %+v and %+v", login, p, owner)
				}
			}
			for _, fingerprint := range p.PGP {
				if owner, ok := people.ByFingerprint(fingerprint); !ok || owner.Name != p.Name || len(fingerprint) < 40 {
					t.Fatalf("%q belongs to %+v and %+v", fingerprint, p, owner)
				}
			}
		}
	})
}
