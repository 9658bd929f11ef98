package signature

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// scene is one commit before one keyring, with what must be said of it. git is what git verify-commit says with the
// same keys: where it is true and want is not empty, we are stricter on purpose.
type scene struct {
	commit pull.Commit
	ring   *Ring
	at     time.Time // zero: now
	want   string
	git    bool
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

var (
	y2020 = time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC)
	year  = 365 * 24 * time.Hour
	never = time.Time{}
)

func TestGnuPG(t *testing.T) {
	l := newLab(t)
	o := plain("a change\n")
	payload := o.Bytes()
	// simple signs the plain commit with a key whose export is the whole keyring.
	simple := func(key, want string, git bool, options ...string) scene {
		return scene{commit: signed(o, l.sign(never, key, payload, options...)), ring: ringFrom(t, l.export(key)), want: want, git: git}
	}
	ed := l.key("ed25519", "sign", "never")
	for _, c := range []struct {
		name string
		make func() scene
	}{
		{"ed25519", func() scene { return simple(ed, Good, true) }},
		{"rsa2048", func() scene { return simple(l.key("rsa2048", "sign", "never"), Good, true) }},
		{"nistp256", func() scene { return simple(l.key("nistp256", "sign", "never"), Good, true) }},
		{"brainpool", func() scene { return simple(l.key("brainpoolP384r1", "sign", "never"), Good, true) }},
		{"SHA256", func() scene { return simple(ed, Good, true, "--digest-algo", "SHA256") }},
		{"SHA384", func() scene { return simple(ed, Good, true, "--digest-algo", "SHA384") }},
		{"plain notation", func() scene { return simple(ed, Good, true, "--sig-notation", "note@example.com=1") }},
		{"signature expires later", func() scene { return simple(ed, Good, true, "--default-sig-expire", "1y") }},
		{"no armor version or comment", func() scene { return simple(ed, Good, true, "--comment", "hello: there") }},

		{"Threat41 SHA1", func() scene { return simple(ed, WeakHash, true, "--digest-algo", "SHA1") }},
		{"Threat41 SHA224", func() scene { return simple(ed, WeakHash, true, "--digest-algo", "SHA224") }},
		{"Threat41 RIPEMD160", func() scene { return simple(ed, WeakHash, true, "--digest-algo", "RIPEMD160") }},
		{"Threat42 text mode", func() scene { return simple(ed, WrongType, true, "--textmode") }},
		{"critical notation", func() scene { return simple(ed, CriticalUnknown, false, "--sig-notation", "!note@example.com=1") }},
		{"critical policy", func() scene { return simple(ed, CriticalUnknown, true, "--sig-policy-url", "!https://example.com/") }},
		{"rsa1024", func() scene { return simple(l.key("rsa1024", "sign", "never"), KeyWeak, true) }},
		{"dsa2048", func() scene { return simple(l.key("dsa2048", "sign", "never"), KeyWeak, true) }},
		{"secp256k1", func() scene { return simple(l.key("secp256k1", "sign", "never"), KeyWeak, true) }},
		{"self-signature SHA1", func() scene {
			key := l.keyAt(never, []string{"--cert-digest-algo", "SHA1"}, "ed25519", "sign", "never")
			return simple(key, KeyWeak, true)
		}},
		{"unknown key", func() scene {
			s := simple(l.key("ed25519", "sign", "never"), UnknownKey, true)
			s.ring = ringFrom(t, l.export(ed))
			return s
		}},
		{"empty keyring", func() scene {
			s := simple(ed, UnknownKey, true)
			s.ring = ringFrom(t)
			return s
		}},
		{"no keyring", func() scene {
			s := simple(ed, UnknownKey, true)
			s.ring = nil
			return s
		}},
		{"Threat43 stale keyring", func() scene {
			s := simple(ed, KeyringStale, true)
			ring, err := LoadRing(files(l.export(ed)), time.Now().Add(-2*time.Hour), time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			s.ring = ring
			return s
		}},
		{"keyring young enough", func() scene {
			s := simple(ed, Good, true)
			ring, err := LoadRing(files(l.export(ed)), time.Now().Add(-2*time.Hour), 3*time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			s.ring = ring
			return s
		}},
		{"signature expired", func() scene {
			s := simple(l.keyAt(y2020, nil, "ed25519", "sign", "never"), Expired, false)
			key := s.ring.Fingerprints()[0]
			s.commit = signed(o, l.sign(y2020.Add(time.Hour), key, payload, "--default-sig-expire", "1d"))
			return s
		}},
		{"from the future", func() scene {
			s := simple(ed, FromFuture, true)
			s.at = time.Now().Add(-6 * time.Minute)
			return s
		}},
		{"a fast clock", func() scene {
			s := simple(ed, Good, true)
			s.at = time.Now().Add(-4 * time.Minute)
			return s
		}},
		{"payload changed", func() scene {
			other := plain("another change\n")
			return scene{commit: signed(other, l.sign(never, ed, payload)), ring: ringFrom(t, l.export(ed)), want: Bad}
		}},
		{"line endings changed", func() scene {
			other := plain("a change\r\n")
			return scene{commit: signed(other, l.sign(never, ed, payload)), ring: ringFrom(t, l.export(ed)), want: Bad}
		}},
	} {
		t.Run(c.name, func(t *testing.T) { l.t = t; c.make().check(t, l) })
	}
	l.t = t
}

func TestSubkeys(t *testing.T) {
	l := newLab(t)
	o := plain("a change\n")
	payload := o.Bytes()
	primary := l.key("ed25519", "cert", "never")
	sub := l.subkey(never, primary, "ed25519", "sign", "never")
	rsa := l.subkey(never, primary, "rsa2048", "sign", "never")
	short := l.subkey(y2020, l.keyAt(y2020, nil, "ed25519", "sign", "never"), "ed25519", "sign", "1d")
	withSub := func(key, want string, git bool) scene {
		return scene{commit: signed(o, l.sign(never, key, payload)), ring: ringFrom(t, l.export(key)), want: want, git: git}
	}
	t.Run("ed25519", func(t *testing.T) {
		got := withSub(sub, Good, true).check(t, l)
		if got.Fingerprint != primary || got.SubkeyFingerprint != sub {
			t.Errorf("keys %s %s, want %s %s", got.Fingerprint, got.SubkeyFingerprint, primary, sub)
		}
	})
	t.Run("rsa", func(t *testing.T) { withSub(rsa, Good, true).check(t, l) })
	t.Run("expired", func(t *testing.T) {
		s := scene{commit: signed(o, l.sign(y2020.Add(time.Hour), short, payload)), ring: ringFrom(t, l.export(short)), want: KeyExpired}
		s.check(t, l)
	})
	t.Run("while it lasted", func(t *testing.T) {
		s := scene{commit: signed(o, l.sign(y2020.Add(time.Hour), short, payload)), ring: ringFrom(t, l.export(short)),
			at: y2020.Add(2 * time.Hour)}
		s.check(t, l)
	})
	for _, weak := range []string{"dsa2048", "rsa1024"} {
		t.Run(weak+" vouches for ed25519", func(t *testing.T) {
			key := l.subkey(never, l.key(weak, "sign", "never"), "ed25519", "sign", "never")
			withSub(key, KeyWeak, true).check(t, l)
		})
	}
	t.Run("primary expired", func(t *testing.T) {
		mortal := l.keyAt(y2020, nil, "ed25519", "cert", "1y")
		key := l.subkey(y2020, mortal, "ed25519", "sign", "never")
		scene{commit: signed(o, l.sign(y2020.Add(time.Hour), key, payload)), ring: ringFrom(t, l.export(key)), want: KeyExpired}.check(t, l)
	})
}

func TestLifetimes(t *testing.T) {
	l := newLab(t)
	o := plain("a change\n")
	payload := o.Bytes()
	during, after := y2020.Add(24*time.Hour), y2020.Add(2*year)
	key := l.keyAt(y2020, nil, "ed25519", "sign", "1y")
	early := l.sign(during, key, payload)
	old := l.export(key)
	t.Run("expired now", func(t *testing.T) {
		scene{commit: signed(o, early), ring: ringFrom(t, old), want: KeyExpired}.check(t, l)
	})
	t.Run("valid then and now", func(t *testing.T) {
		scene{commit: signed(o, early), ring: ringFrom(t, old), at: during.Add(time.Hour)}.check(t, l)
	})
	t.Run("not made yet", func(t *testing.T) {
		scene{commit: signed(o, early), ring: ringFrom(t, old), at: y2020.Add(-time.Hour), want: FromFuture}.check(t, l)
	})
	l.gpg(nil, append(faked(after), "--quick-set-expire", key, "0")...)
	renewed := l.export(key)
	t.Run("renewed since", func(t *testing.T) {
		scene{commit: signed(o, early), ring: ringFrom(t, renewed), git: true}.check(t, l)
	})
	t.Run("renewed, old copy first", func(t *testing.T) {
		scene{commit: signed(o, early), ring: ringFrom(t, old, renewed), git: true}.check(t, l)
	})
	expiredThen := l.sign(y2020.Add(year+24*time.Hour), key, payload)
	t.Run("signed while expired, renewed since", func(t *testing.T) {
		scene{commit: signed(o, expiredThen), ring: ringFrom(t, old, renewed), want: KeyExpired, git: true}.check(t, l)
	})
}

func TestRevocations(t *testing.T) {
	l := newLab(t)
	o := plain("a change\n")
	payload := o.Bytes()
	for reason, word := range map[string]string{"0": "not given", "1": "compromised", "2": "superseded", "3": "retired"} {
		key := l.keyAt(y2020, nil, "ed25519", "sign", "never")
		armor := l.sign(y2020.Add(time.Hour), key, payload)
		stale, certificate := l.export(key), l.revoke(key, reason)
		t.Run("Threat43 certificate in a file of its own "+word, func(t *testing.T) {
			got := scene{commit: signed(o, armor), ring: ringFrom(t, stale, certificate), want: KeyRevoked, git: true}.check(t, l)
			if got.Evidence["reason"] != word {
				t.Errorf("reason %q, want %q", got.Evidence["reason"], word)
			}
		})
		l.importKeys(certificate)
		fresh := l.export(key)
		for name, texts := range map[string][]string{"fresh": {fresh}, "stale copy first": {stale, fresh}, "stale copy last": {fresh, stale}} {
			t.Run(word+" "+name, func(t *testing.T) {
				scene{commit: signed(o, armor), ring: ringFrom(t, texts...), want: KeyRevoked}.check(t, l)
			})
		}
	}
}

func TestRevokedSubkey(t *testing.T) {
	l := newLab(t)
	o := plain("a change\n")
	primary := l.keyAt(y2020, nil, "ed25519", "sign", "never")
	sub := l.subkey(y2020, primary, "ed25519", "sign", "never")
	bySub := signed(o, l.sign(y2020.Add(time.Hour), sub, o.Bytes()))
	byPrimary := signed(o, l.sign(y2020.Add(time.Hour), primary, o.Bytes()))
	stale := l.export(primary)
	l.run([]byte("key 1\nrevkey\ny\n3\n\ny\nsave\n"), "gpg", "--no-tty", "--quiet", "--pinentry-mode", "loopback",
		"--passphrase-file", "/dev/null", "--command-fd", "0", "--edit-key", primary)
	fresh := l.export(primary)
	t.Run("subkey", func(t *testing.T) {
		scene{commit: bySub, ring: ringFrom(t, stale, fresh), want: KeyRevoked}.check(t, l)
	})
	t.Run("primary goes on", func(t *testing.T) {
		scene{commit: byPrimary, ring: ringFrom(t, fresh), git: true}.check(t, l)
	})
}
