package signature

import (
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// payloadConditions sign one commit and show another, or put the signature where it does not belong.
func payloadConditions(l *lab) []condition {
	key := l.key("ed25519", "sign", "never")
	parent := Header{"parent", strings.Repeat("a", 40)}
	honest := Object{Message: "a change\n", Headers: []Header{{"tree", tree1}, parent, {"author", person}, {"committer", person}}}
	armor := l.sign(never, key, honest.Bytes())
	ring := ringFrom(l.t, l.export(key))
	show := func(want string, git bool, change func(*Object)) func() scene {
		return func() scene {
			o := honest
			o.Headers = append([]Header(nil), honest.Headers...)
			change(&o)
			return scene{commit: signed(o, armor), ring: ring, want: want, git: git}
		}
	}
	value := func(at int, old, new string) func() scene {
		return show(Bad, false, func(o *Object) { o.Headers[at].Value = strings.Replace(o.Headers[at].Value, old, new, 1) })
	}
	message := func(text string) func() scene { return show(Bad, false, func(o *Object) { o.Message = text }) }
	again := func(o Object) func() scene {
		return func() scene { return scene{commit: signed(o, l.sign(never, key, o.Bytes())), ring: ring, git: true} }
	}
	buried := func(o Object) func() scene {
		return func() scene {
			return scene{commit: pull.Commit{SHA: ObjectID(o.Bytes(), tree1), Payload: string(o.Bytes())}, ring: ring, want: Missing}
		}
	}
	folded := strings.TrimRight(armor, "\n")
	tag := Header{"mergetag", "object " + tree1 + "\ntype commit\ntag v1\ntagger " + person + "\n\nv1\n" + folded}
	return []condition{
		{"as signed", show(Good, true, func(*Object) {})},
		{"one byte of the tree", value(0, "4b", "4c")},
		{"one byte of the parent", value(1, "aa", "ab")},
		{"one byte of the author", value(2, "Ada", "Ida")},
		{"one byte of the author's time", value(2, "1700000000", "1700000001")},
		{"one byte of the committer", value(3, "Ada", "Ida")},
		{"one byte of the message", message("a chance\n")},
		{"line endings", message("a change\r\n")},
		{"space at the end", message("a change \n")},
		{"newline at the end missing", message("a change")},
		{"a parent more", show(Bad, false, func(o *Object) { *o = o.insert(1, parent) })},
		{"a parent less", show(Bad, false, func(o *Object) { *o = o.without(1) })},
		{"an encoding header added", show(Bad, false, func(o *Object) { *o = o.insert(4, Header{"encoding", "ISO-8859-1"}) })},
		{"encoding header", again(plain("\xe9t\xe9\n", Header{"encoding", "ISO-8859-1"}))},
		{"mergetag beside the signature", again(plain("a change\n", tag))},
		{"signature text in the message", again(plain("gpgsig " + armor))},
		{"unknown header", again(plain("a change\n", Header{"x", "y\nz"}))},
		{"empty message", again(plain(""))},
		{"Threat47 only in the message", buried(plain("gpgsig " + strings.ReplaceAll(folded, "\n", "\n ") + "\n"))},
		{"Threat47 only in a mergetag", buried(plain("a change\n", tag))},
		{"Threat47 below the message", buried(plain("a change\n\ngpgsig " + strings.ReplaceAll(folded, "\n", "\n ") + "\n"))},
		{"Threat45 two signature headers", func() scene {
			return scene{commit: signed(plain("a change\n", Header{"gpgsig", folded}), armor), ring: ring, want: Many}
		}},
		{"Threat47 NUL in the message", func() scene {
			o := plain("a change\x00 hidden\n")
			return scene{commit: signed(o, l.sign(never, key, o.Bytes())), ring: ring, want: Malformed}
		}},
		{"unsigned", buried(plain("a change\n"))},
	}
}

// armorConditions dress one good signature differently.
func armorConditions(l *lab) []condition {
	key := l.key("ed25519", "sign", "never")
	o := plain("a change\n")
	good := l.sign(never, key, o.Bytes())
	other := l.sign(never, key, plain("another change\n").Bytes())
	ring := ringFrom(l.t, l.export(key))
	dressed := func(want string, git bool, text string) func() scene {
		return func() scene { return scene{commit: signed(o, text), ring: ring, want: want, git: git} }
	}
	crc := strings.LastIndex(good, "\n=")
	at := func(from string) int { return strings.Index(good, from) }
	return []condition{
		{"armor as GnuPG writes it", dressed(Good, true, good)},
		{"armor without a checksum", dressed(Good, true, good[:crc]+good[at("\n-----END"):])},
		{"armor with a wrong checksum", dressed(Malformed, false, good[:crc]+"\n=AAAA"+good[at("\n-----END"):])},
		{"armor with carriage returns", dressed(Good, true, strings.ReplaceAll(good, "\n", "\r\n"))},
		{"Threat45 two armor blocks", dressed(Many, false, good+good)},
		{"Threat45 two armor blocks, the bad one first", dressed(Many, false, other+good)},
		{"Threat45 two armor blocks, the bad one last", dressed(Many, false, good+other)},
		{"text behind the armor", dressed(Malformed, true, good+"trailing junk\n")},
		{"text in front of the armor", dressed(Malformed, false, "leading junk\n"+good)},
		{"armor without an end", dressed(Malformed, true, good[:at("-----END")])},
		{"armor of another kind", dressed(Malformed, true, strings.ReplaceAll(good, "PGP SIGNATURE", "PGP MESSAGE"))},
		{"empty armor", dressed(Malformed, false, "-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n")},
		{"not armor at all", dressed(Malformed, false, "trust me")},
	}
}

// formatConditions are about what is not OpenPGP, and about git's other object format.
func formatConditions(l *lab) []condition {
	key := l.key("ed25519", "sign", "never")
	o := plain("a change\n")
	ring := ringFrom(l.t, l.export(key))
	foreign := func(want, kind string) func() scene {
		return func() scene {
			return scene{commit: signed(o, "-----BEGIN "+kind+"-----\nU1NIU0lH\n-----END "+kind+"-----\n"), ring: ring, want: want}
		}
	}
	wide := plain("a change\n")
	wide.Headers[0].Value = tree256
	return []condition{
		{"Threat40 SSH", foreign(UnsupportedSSH, "SSH SIGNATURE")},
		{"Threat40 S/MIME", foreign(UnsupportedMIME, "SIGNED MESSAGE")},
		{"Threat40 PKCS7", foreign(UnsupportedMIME, "PKCS7")},
		{"Threat40 CMS", foreign(UnsupportedMIME, "CMS")},
		{"SHA-256 repository", func() scene {
			return scene{commit: signed(wide, l.sign(never, key, wide.Bytes())), ring: ring, git: true}
		}},
		{"SHA-256 repository, one byte changed", func() scene {
			other := wide
			other.Message = "a chance\n"
			return scene{commit: signed(other, l.sign(never, key, wide.Bytes())), ring: ring, want: Bad}
		}},
		{"empty signature", func() scene {
			raw := o.insert(3, Header{"gpgsig", ""}).Bytes()
			return scene{commit: reported(o, "", raw), ring: ring, want: Missing}
		}},
		{"white signature", func() scene {
			raw := o.insert(3, Header{"gpgsig", " "}).Bytes()
			return scene{commit: reported(o, " ", raw), ring: ring, want: Missing}
		}},
	}
}
