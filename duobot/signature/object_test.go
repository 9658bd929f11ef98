package signature

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseCommit(t *testing.T) {
	head := "tree " + tree1 + "\nauthor " + person + "\ncommitter " + person + "\n"
	parent := "parent " + strings.Repeat("a", 40) + "\n"
	octopus := strings.Replace(head, "\nauthor", "\n"+parent+parent+parent[:len(parent)-1]+"\nauthor", 1)
	for _, c := range []struct {
		name, raw string
		ok        bool
	}{
		{"plain", head + "\nmessage\n", true},
		{"no newline at the end", head + "\nmessage", true},
		{"empty message", head + "\n", true},
		{"no message at all", head, true},
		{"octopus", octopus + "\nm", true},
		{"encoding", head + "encoding ISO-8859-1\n\n\xe9t\xe9\n", true},
		{"empty value", head + "encoding \n\nm", true},
		{"spaces in a value", head + "x  a  b \n\nm", true},
		{"continuation", head + "x a\n b\n \n  c\n\nm", true},
		{"header text in the message", head + "\ngpgsig -----BEGIN PGP SIGNATURE-----\n x\n", true},
		{"carriage returns", head + "x a\r\n b\r\n\nm\r\n", true},
		{"empty", "", false},
		{"only a message", "\nm", false},
		{"unfinished header", head + "x a", false},
		{"header without a value", head + "x\n\nm", false},
		{"begins with a continuation", " x\n" + head + "\nm", false},
		{"Threat47 NUL in a header", head + "x a\x00b\n\nm", false},
		{"Threat47 NUL in the message", head + "\nm\x00gpgsig x", false},
		{"two trees", head + "tree " + tree1 + "\n\nm", false},
		{"two authors", head + "author " + person + "\n\nm", false},
		{"late parent", head + parent + "\nm", false},
		{"no committer", "tree " + tree1 + "\nauthor " + person + "\n\nm", false},
		{"no tree", "author " + person + "\ncommitter " + person + "\n\nm", false},
		{"author first", "author " + person + "\ntree " + tree1 + "\ncommitter " + person + "\n\nm", false},
		{"tree is no id", strings.Replace(head, tree1, "HEAD", 1) + "\nm", false},
		{"tree in capitals", strings.Replace(head, tree1, strings.ToUpper(tree1), 1) + "\nm", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, err := ParseCommit([]byte(c.raw))
			if (err == nil) != c.ok {
				t.Fatalf("error %v, want ok %v", err, c.ok)
			}
			if got := string(o.Bytes()); c.ok && got != c.raw {
				t.Error(cmp.Diff(c.raw, got))
			}
		})
	}
}

func TestSigned(t *testing.T) {
	sig := func(name string) Header {
		return Header{name, "-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----"}
	}
	tag := Header{"mergetag", "object " + tree1 + "\ntype commit\ntag v1\n\ngpgsig no\n-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----"}
	wide := plain("m")
	wide.Headers[0].Value = tree256
	for _, c := range []struct {
		name   string
		object Object
		ok     bool
		want   string
	}{
		{"unsigned", plain("m"), false, ""},
		{"signed", plain("m", sig("gpgsig")), true, ""},
		{"not the last header", plain("m", sig("gpgsig"), Header{"encoding", "x"}), true, ""},
		{"Threat47 mergetag only", plain("m", tag), false, ""},
		{"Threat47 mergetag and signature", plain("m", tag, sig("gpgsig")), true, ""},
		{"Threat47 in the message", plain("gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n"), false, ""},
		{"two", plain("m", sig("gpgsig"), sig("gpgsig")), false, Many},
		{"two formats", plain("m", sig("gpgsig"), sig("gpgsig-sha256")), false, Many},
		{"a name that git skips too", plain("m", sig("gpgsig"), Header{"gpgsigx", "y"}), false, Many},
		{"other format only", plain("m", sig("gpgsig-sha256")), false, Malformed},
		{"SHA-256 repository", wide.insert(3, sig("gpgsig-sha256")), true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			payload, armor, ok, err := c.object.Signed()
			if code := codeOf(err); ok != c.ok || code != c.want {
				t.Fatalf("ok %v and code %q, want %v and %q", ok, code, c.ok, c.want)
			}
			if ok && !bytes.HasSuffix(armor, []byte("-----\n")) {
				t.Errorf("armor %q", armor)
			}
			if ok && strings.Contains(string(payload), "\ngpgsig") {
				t.Errorf("payload %q", payload)
			}
		})
	}
}

func codeOf(err error) string {
	var f *Fault
	if errors.As(err, &f) {
		return f.Code
	}
	return ""
}

func checkRoundTrip(t *testing.T, id string, raw []byte) {
	t.Helper()
	o, err := ParseCommit(raw)
	if err != nil {
		t.Errorf("%s: %v", id, err)
	}
	if diff := cmp.Diff(string(raw), string(o.Bytes())); diff != "" {
		t.Errorf("%s: %s", id, diff)
	}
	if got := ObjectID(o.Bytes(), id); got != id {
		t.Errorf("hashes to %s, want %s", got, id)
	}
}

func FuzzParseCommit(f *testing.F) {
	head := "tree " + tree1 + "\nauthor " + person + "\ncommitter " + person + "\n"
	for _, seed := range []string{head + "\nm\n", head, head + "gpgsig a\n b\n \n\nm", head + "mergetag object x\n gpgsig y\n\nm", "tree x\n", "\n", " \n", head + "x \n\n\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, err := ParseCommit(raw)
		if err != nil {
			return
		}
		if !bytes.Equal(o.Bytes(), raw) {
			t.Fatalf("%q became %q", raw, o.Bytes())
		}
		payload, armor, ok, err := o.Signed()
		if err != nil || !ok {
			return
		}
		rest, err := ParseCommit(payload)
		if err != nil {
			t.Fatalf("the payload of %q does not parse: %v", raw, err)
		}
		if _, _, again, err := rest.Signed(); again || err != nil {
			t.Fatalf("the payload of %q is signed still, by %q", raw, armor)
		}
	})
}
