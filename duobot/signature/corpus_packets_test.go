package signature

import (
	"bytes"
	"time"
)

// subpacketConditions are what a signature says of itself, octet by octet: by a key that GnuPG made, in packets that
// it does not make.
func subpacketConditions(l *lab) []condition {
	key := l.keyAt(y2020, nil, "ed25519", "sign", "never")
	e, ring := l.entity(key), ringFrom(l.t, l.export(key))
	o := plain("a change\n")
	own := e.PrimaryKey.Fingerprint
	collided := append(bytes.Repeat([]byte{7}, 12), own[12:]...)
	ago := func(d time.Duration) []byte { return subTime(subCreation, time.Now().Add(-d)) }
	notation := func(name string) []byte {
		return sub(subNotation, append([]byte{0x80, 0, 0, 0, 0, byte(len(name)), 0, 1}, name+"v"...)...)
	}
	hashed := func(list ...[]byte) func(*forgery) { return func(f *forgery) { f.hashed = list } }
	more := func(list ...[]byte) func(*forgery) { return func(f *forgery) { f.hashed = append(f.hashed, list...) } }
	unhashed := func(list ...[]byte) func(*forgery) { return func(f *forgery) { f.unhashed = list } }
	var list []condition
	for _, c := range []struct {
		name   string
		change func(*forgery)
		want   string
		git    bool
	}{
		{"forged honestly", more(), Good, true},
		{"SHA3-512", func(f *forgery) { f.hash = 14 }, Good, false},
		{"key id, not signed", unhashed(sub(subIssuer, own[12:]...)), Good, true},
		{"critical fingerprint", hashed(ago(time.Minute), critical(subFingerprint(own))), Good, true},
		{"unknown extension, not critical", more(sub(100, 1)), Good, true},
		{"lifetime 0", more(sub(subExpiration, 0, 0, 0, 0)), Good, true},

		{"Threat41 SHA1, forged", func(f *forgery) { f.hash = 2 }, WeakHash, true},
		{"Threat41 MD5, forged", func(f *forgery) { f.hash = 1 }, WeakHash, false},
		{"Threat42 text, forged", func(f *forgery) { f.kind = typeText }, WrongType, false},
		{"type standalone", func(f *forgery) { f.kind = 2 }, WrongType, false},
		{"type certification", func(f *forgery) { f.kind = 0x10 }, WrongType, false},
		{"type timestamp", func(f *forgery) { f.kind = 0x40 }, WrongType, false},
		{"version 5", func(f *forgery) { f.version = 5 }, WrongVersion, false},
		{"Threat46 no fingerprint", hashed(ago(time.Minute), sub(subIssuer, own[12:]...)), NoIssuer, true},
		{"Threat46 fingerprint not signed", func(f *forgery) {
			f.hashed, f.unhashed = f.hashed[:1], [][]byte{subFingerprint(own), sub(subIssuer, own[12:]...)}
		}, NoIssuer, true},
		{"Threat46 key id collides", func(f *forgery) {
			f.hashed = [][]byte{ago(time.Minute), subFingerprint(collided)}
			f.unhashed = [][]byte{sub(subIssuer, own[12:]...)}
		}, UnknownKey, true},
		{"two fingerprints", more(subFingerprint(collided)), Malformed, true},
		{"another fingerprint, not signed", unhashed(subFingerprint(collided)), Malformed, true},
		{"another key id", unhashed(sub(subIssuer, 1, 2, 3, 4, 5, 6, 7, 8)), Malformed, true},
		{"fingerprint of version 6", hashed(ago(time.Minute), sub(subIssuerFingerprint, append([]byte{6}, make([]byte, 32)...)...)), Malformed, false},
		{"fingerprint empty", hashed(ago(time.Minute), sub(subIssuerFingerprint)), Malformed, false},
		{"no creation time", hashed(subFingerprint(own)), Malformed, false},
		{"creation time not signed", func(f *forgery) { f.hashed, f.unhashed = f.hashed[1:], f.hashed[:1] }, Malformed, false},
		{"two creation times", more(ago(time.Hour)), Malformed, true},
		{"creation time short", hashed(sub(subCreation, 1, 2), subFingerprint(own)), Malformed, false},
		{"two lifetimes", more(sub(subExpiration, 0, 0, 0, 1), sub(subExpiration, 0, 0, 0, 0)), Malformed, false},
		{"lifetime over", more(sub(subExpiration, 0, 0, 0, 1)), Expired, false},
		{"claims the future", hashed(ago(-time.Hour), subFingerprint(own)), FromFuture, true},
		{"back-dated to before the key, forged", hashed(subTime(subCreation, y2020.Add(-time.Hour)), subFingerprint(own)), KeyNotYetValid, false},
		{"critical notation, forged", more(critical(notation("n@example.com"))), CriticalUnknown, false},
		{"critical unknown", more(critical(sub(100, 1))), CriticalUnknown, false},
		{"critical unknown, not signed", unhashed(critical(sub(100, 1))), CriticalUnknown, false},
		{"critical recipient", more(critical(sub(35, append([]byte{4}, own...)...))), CriticalUnknown, false},
		{"empty subpacket", more([]byte{0}), Malformed, false},
		{"subpacket cut short", more([]byte{9, 100, 1}), Malformed, false},
	} {
		list = append(list, condition{c.name, func() scene {
			return scene{commit: signed(o, forge(e, c.change).armor(o.Bytes())), ring: ring, want: c.want, git: c.git}
		}})
	}
	return list
}

// packetConditions are about what stands in the armor.
func packetConditions(l *lab) []condition {
	key, strange := l.keyAt(y2020, nil, "ed25519", "sign", "never"), l.keyAt(y2020, nil, "ed25519", "sign", "never")
	e, stranger, ring := l.entity(key), l.entity(strange), ringFrom(l.t, l.export(key))
	l.forget(strange)
	o := plain("a change\n")
	good := forge(e).packet(o.Bytes())
	body := forge(e).body(o.Bytes())
	flipped := bytes.Clone(body)
	flipped[len(flipped)-5] ^= 1
	by := func(algorithm byte) []byte {
		b := bytes.Clone(body)
		b[2] = algorithm
		return b
	}
	rsa, dsa, elgamal := by(algoRSA), by(algoDSA), by(20)
	var list []condition
	for _, c := range []struct {
		name    string
		packets []byte
		want    string
		git     bool
	}{
		{"old framing", append([]byte{0x88, byte(len(body))}, body...), Good, true},
		{"Threat45 the same twice", append(bytes.Clone(good), good...), Many, false},
		{"Threat45 a stranger's first", append(forge(stranger).packet(o.Bytes()), good...), Many, false},
		{"Threat45 a stranger's last", append(bytes.Clone(good), forge(stranger).packet(o.Bytes())...), Many, false},
		{"a marker in front", append(rawPacket{tagMarker, []byte("PGP")}.framed(), good...), Many, true},
		{"a user id", rawPacket{tagUserID, []byte("Ada")}.framed(), Malformed, false},
		{"length in parts", append([]byte{0xC2, 0xE0, body[0], byte(len(body) - 1)}, body[1:]...), Malformed, false},
		{"length not given", append([]byte{0x8B}, body...), Malformed, false},
		{"cut short", good[:len(good)-3], Malformed, false},
		{"octets behind the numbers", rawPacket{tagSignature, append(bytes.Clone(body), 1, 2)}.framed(), Malformed, true},
		{"numbers cut short", rawPacket{tagSignature, body[:len(body)-3]}.framed(), Malformed, false},
		{"nothing but a version", rawPacket{tagSignature, []byte{4}}.framed(), Malformed, false},
		{"no packet", []byte("hello"), Malformed, false},
		{"numbers changed", rawPacket{tagSignature, flipped}.framed(), Bad, false},
		{"another algorithm", rawPacket{tagSignature, rsa}.framed(), Malformed, false},
		{"version 3", rawPacket{tagSignature, forgeV3(e, o.Bytes())}.framed(), WrongVersion, true},
		{"Elgamal", rawPacket{tagSignature, elgamal}.framed(), KeyWeak, false},
		{"DSA", rawPacket{tagSignature, dsa}.framed(), KeyWeak, false},
	} {
		list = append(list, condition{c.name, func() scene {
			return scene{commit: signed(o, armored(signatureBlock, c.packets)), ring: ring, want: c.want, git: c.git}
		}})
	}
	return list
}
