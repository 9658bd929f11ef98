package signature

import "time"

func algorithmConditions(l *lab) []condition {
	var list []condition
	for _, c := range []struct{ algorithm, want string }{
		{"ed25519", Good}, {"rsa2048", Good}, {"rsa3072", Good}, {"nistp256", Good}, {"nistp384", Good}, {"nistp521", Good},
		{"brainpoolP256r1", Good}, {"brainpoolP384r1", Good},
		{"rsa1024", KeyWeak}, {"dsa2048", KeyWeak}, {"secp256k1", KeyWeak},
	} {
		list = append(list, condition{c.algorithm, func() scene { return l.simple(l.key(c.algorithm, "sign", "never"), c.want, true) }})
	}
	return list
}

func hashConditions(l *lab) []condition {
	ed, rsa := l.key("ed25519", "sign", "never"), l.key("rsa2048", "sign", "never")
	by := func(key, hash, want string, git bool) func() scene {
		return func() scene {
			return l.simple(key, want, git, "--digest-algo", hash, "--allow-weak-digest-algos")
		}
	}
	return []condition{
		{"SHA256", by(ed, "SHA256", Good, true)},
		{"SHA384", by(ed, "SHA384", Good, true)},
		{"SHA512", by(ed, "SHA512", Good, true)},
		{"Threat41 SHA1", by(ed, "SHA1", WeakHash, true)},
		{"Threat41 SHA1 by RSA", by(rsa, "SHA1", WeakHash, true)},
		{"Threat41 SHA224", by(rsa, "SHA224", WeakHash, true)},
		{"Threat41 RIPEMD160", by(rsa, "RIPEMD160", WeakHash, true)},
		{"Threat41 MD5", by(rsa, "MD5", WeakHash, false)},
		{"self-signature SHA1", func() scene {
			key := l.keyAt(never, []string{"--cert-digest-algo", "SHA1"}, "ed25519", "sign", "never")
			return l.simple(key, KeyWeak, true)
		}},
	}
}

func optionConditions(l *lab) []condition {
	ed := l.key("ed25519", "sign", "never")
	simple := func(want string, git bool, options ...string) func() scene {
		return func() scene { return l.simple(ed, want, git, options...) }
	}
	return []condition{
		{"plain notation", simple(Good, true, "--sig-notation", "note@example.com=1")},
		{"policy URL", simple(Good, true, "--sig-policy-url", "https://example.com/")},
		{"signature expires later", simple(Good, true, "--default-sig-expire", "1y")},
		{"armor comment", simple(Good, true, "--comment", "hello: there")},
		{"Threat42 text mode", simple(WrongType, true, "--textmode")},
		{"critical notation", simple(CriticalUnknown, false, "--sig-notation", "!note@example.com=1")},
		{"critical policy", simple(CriticalUnknown, true, "--sig-policy-url", "!https://example.com/")},
		{"signature expired", func() scene {
			s, o := l.simple(l.keyAt(y2020, nil, "ed25519", "sign", "never"), Expired, false), plain("a change\n")
			s.commit = signed(o, l.sign(y2020.Add(time.Hour), s.ring.Fingerprints()[0], o.Bytes(), "--default-sig-expire", "1d"))
			return s
		}},
		{"from the future", func() scene {
			s := l.simple(ed, FromFuture, true)
			s.at = time.Now().Add(-6 * time.Minute)
			return s
		}},
		{"a fast clock", func() scene {
			s := l.simple(ed, Good, true)
			s.at = time.Now().Add(-4 * time.Minute)
			return s
		}},
		{"back-dated to before the key", func() scene {
			s, o := l.simple(ed, KeyNotYetValid, false), plain("a change\n")
			s.commit = signed(o, l.sign(y2020, ed, o.Bytes(), "--ignore-time-conflict", "--ignore-valid-from"))
			return s
		}},
	}
}

func keyringConditions(l *lab) []condition {
	ed := l.key("ed25519", "sign", "never")
	with := func(want string, ring func() (*Ring, error)) func() scene {
		return func() scene {
			s := l.simple(ed, want, true)
			var err error
			if s.ring, err = ring(); err != nil {
				l.t.Fatal(err)
			}
			return s
		}
	}
	confirmed := func(age, maxAge time.Duration) func() (*Ring, error) {
		return func() (*Ring, error) { return LoadRing(files(l.export(ed)), time.Now().Add(-age), maxAge) }
	}
	return []condition{
		{"unknown key", func() scene {
			s := l.simple(l.key("ed25519", "sign", "never"), UnknownKey, true)
			s.ring = ringFrom(l.t, l.export(ed))
			return s
		}},
		{"empty keyring", with(UnknownKey, func() (*Ring, error) { return ringFrom(l.t), nil })},
		{"no keyring", with(UnknownKey, func() (*Ring, error) { return nil, nil })},
		{"Threat43 stale keyring", with(KeyringStale, confirmed(2*time.Hour, time.Hour))},
		{"Threat43 keyring never confirmed", with(KeyringStale, func() (*Ring, error) { return LoadRing(files(l.export(ed)), never, time.Hour) })},
		{"keyring young enough", with(Good, confirmed(2*time.Hour, 3*time.Hour))},
	}
}

func subkeyConditions(l *lab) []condition {
	o := plain("a change\n")
	primary := l.key("ed25519", "cert", "never")
	sub := l.subkey(never, primary, "ed25519", "sign", "never")
	rsa := l.subkey(never, primary, "rsa2048", "sign", "never")
	short := l.subkey(y2020, l.keyAt(y2020, nil, "ed25519", "sign", "never"), "ed25519", "sign", "1d")
	early := func(key string) scene {
		return scene{commit: signed(o, l.sign(y2020.Add(time.Hour), key, o.Bytes())), ring: ringFrom(l.t, l.export(key)), want: KeyExpired}
	}
	list := []condition{
		{"subkey ed25519", func() scene { return l.simple(sub, Good, true) }},
		{"subkey rsa", func() scene { return l.simple(rsa, Good, true) }},
		{"subkey expired", func() scene { return early(short) }},
		{"subkey while it lasted", func() scene {
			s := early(short)
			s.at, s.want = y2020.Add(2*time.Hour), Good
			return s
		}},
		{"primary of a subkey expired", func() scene {
			return early(l.subkey(y2020, l.keyAt(y2020, nil, "ed25519", "cert", "1y"), "ed25519", "sign", "never"))
		}},
	}
	for _, weak := range []string{"dsa2048", "rsa1024"} {
		list = append(list, condition{weak + " vouches for ed25519", func() scene {
			return l.simple(l.subkey(never, l.key(weak, "sign", "never"), "ed25519", "sign", "never"), KeyWeak, true)
		}})
	}
	return list
}

func lifetimeConditions(l *lab) []condition {
	o := plain("a change\n")
	during, after := y2020.Add(24*time.Hour), y2020.Add(2*year)
	key := l.keyAt(y2020, nil, "ed25519", "sign", "1y")
	early := signed(o, l.sign(during, key, o.Bytes()))
	old := l.export(key)
	untouched := l.keyAt(y2020, nil, "ed25519", "sign", "1y")
	l.gpg(nil, append(faked(after), "--quick-set-expire", key, "0")...)
	renewed := l.export(key)
	expiredThen := signed(o, l.sign(y2020.Add(year+24*time.Hour), key, o.Bytes()))
	is := func(s scene) func() scene { return func() scene { return s } }
	return []condition{
		{"key expired", func() scene {
			return scene{commit: signed(o, l.sign(during, untouched, o.Bytes())), ring: ringFrom(l.t, l.export(untouched)), want: KeyExpired}
		}},
		{"renewed key, only the old copy", is(scene{commit: early, ring: ringFrom(l.t, old), want: KeyExpired, git: true})},
		{"key valid then and now", is(scene{commit: early, ring: ringFrom(l.t, old), at: during.Add(time.Hour), git: true})},
		{"key not made yet", is(scene{commit: early, ring: ringFrom(l.t, old), at: y2020.Add(-time.Hour), want: FromFuture, git: true})},
		{"key renewed since", is(scene{commit: early, ring: ringFrom(l.t, renewed), git: true})},
		{"renewed key, old copy first", is(scene{commit: early, ring: ringFrom(l.t, old, renewed), git: true})},
		{"signed while expired, renewed since", is(scene{commit: expiredThen, ring: ringFrom(l.t, old, renewed), want: KeyExpired, git: true})},
	}
}

func revocationConditions(l *lab) []condition {
	o := plain("a change\n")
	var list []condition
	add := func(name string, s scene) { list = append(list, condition{name, func() scene { return s }}) }
	for reason, word := range []string{"no reason", "compromised", "superseded", "retired"} {
		key := l.keyAt(y2020, nil, "ed25519", "sign", "never")
		before := signed(o, l.sign(y2020.Add(time.Hour), key, o.Bytes()))
		after := signed(o, signWith(l.t, l.entity(key).PrivateKey, o.Bytes(), time.Now(), signing.Hash()))
		stale, certificate := l.export(key), l.revoke(key, string(rune('0'+reason)))
		l.importKeys(certificate)
		fresh := l.export(key)
		add("Threat38 "+word+", signed before", scene{commit: before, ring: ringFrom(l.t, fresh), want: KeyRevoked})
		add("Threat38 "+word+", signed after", scene{commit: after, ring: ringFrom(l.t, fresh), want: KeyRevoked})
		add("Threat43 "+word+", stale copy first", scene{commit: before, ring: ringFrom(l.t, stale, fresh), want: KeyRevoked})
		add("Threat43 "+word+", stale copy last", scene{commit: before, ring: ringFrom(l.t, fresh, stale), want: KeyRevoked})
		add("Threat43 "+word+", certificate in a file of its own", scene{commit: before, ring: ringFrom(l.t, stale, certificate), want: KeyRevoked})
	}
	aside := l.keyAt(y2020, nil, "ed25519", "sign", "never")
	add("revocation only in our keyring", scene{commit: signed(o, l.sign(y2020.Add(time.Hour), aside, o.Bytes())),
		ring: ringFrom(l.t, l.export(aside), l.revoke(aside, "1")), want: KeyRevoked, git: true})
	primary := l.keyAt(y2020, nil, "ed25519", "sign", "never")
	sub := l.subkey(y2020, primary, "ed25519", "sign", "never")
	bySub := signed(o, l.sign(y2020.Add(time.Hour), sub, o.Bytes()))
	byPrimary := signed(o, l.sign(y2020.Add(time.Hour), primary, o.Bytes()))
	stale := l.export(primary)
	l.run([]byte("key 1\nrevkey\ny\n3\n\ny\nsave\n"), "gpg", "--no-tty", "--quiet", "--pinentry-mode", "loopback",
		"--passphrase-file", "/dev/null", "--command-fd", "0", "--edit-key", primary)
	add("Threat38 subkey revoked", scene{commit: bySub, ring: ringFrom(l.t, stale, l.export(primary)), want: KeyRevoked})
	add("primary of a revoked subkey", scene{commit: byPrimary, ring: ringFrom(l.t, l.export(primary)), git: true})
	return list
}
