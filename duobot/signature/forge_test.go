package signature

import (
	"bytes"
	"crypto"
	_ "crypto/md5"
	"crypto/sha512"
	"encoding/binary"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/eddsa"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// forgery is a version 4 signature packet in the making, whose every octet can be chosen.
type forgery struct {
	version, kind, hash byte
	hashed, unhashed    [][]byte
	key                 *openpgp.Entity
}

func sub(kind byte, body ...byte) []byte { return append([]byte{byte(len(body) + 1), kind}, body...) }

func critical(s []byte) []byte { s[1] |= 0x80; return s }

func subTime(kind byte, at time.Time) []byte {
	return sub(kind, binary.BigEndian.AppendUint32(nil, uint32(at.Unix()))...)
}

func subFingerprint(f []byte) []byte { return sub(subIssuerFingerprint, append([]byte{4}, f...)...) }

// forge begins an honest signature by an EdDSA key; the changes make it what the test needs.
func forge(e *openpgp.Entity, changes ...func(*forgery)) *forgery {
	f := &forgery{version: 4, kind: typeBinary, hash: 10, key: e}
	f.hashed = [][]byte{subTime(subCreation, time.Now().Add(-time.Minute)), subFingerprint(e.PrimaryKey.Fingerprint)}
	for _, change := range changes {
		change(f)
	}
	return f
}

var hashIDs = map[byte]crypto.Hash{1: crypto.MD5, 2: crypto.SHA1, 8: crypto.SHA256, 9: crypto.SHA384, 10: crypto.SHA512, 11: crypto.SHA224,
	12: crypto.SHA3_256, 14: crypto.SHA3_512}

// body signs the payload and writes the packet's body.
func (f *forgery) body(payload []byte) []byte {
	area := bytes.Join(f.hashed, nil)
	b := append([]byte{f.version, f.kind, algoEdDSA, f.hash}, binary.BigEndian.AppendUint16(nil, uint16(len(area)))...)
	b = append(b, area...)
	h := hashIDs[f.hash].New()
	h.Write(payload)
	h.Write(b)
	h.Write(binary.BigEndian.AppendUint32([]byte{f.version, 0xff}, uint32(len(b))))
	digest := h.Sum(nil)
	r, s, err := eddsa.Sign(f.key.PrivateKey.PrivateKey.(*eddsa.PrivateKey), digest)
	if err != nil {
		panic(err)
	}
	rest := bytes.Join(f.unhashed, nil)
	b = append(append(b, binary.BigEndian.AppendUint16(nil, uint16(len(rest)))...), rest...)
	b = append(b, digest[:2]...)
	for _, n := range [][]byte{r, s} {
		b = append(b, mpi(n)...)
	}
	return b
}

func mpi(n []byte) []byte {
	n = bytes.TrimLeft(n, "\x00")
	bits := 8 * len(n)
	for mask := byte(0x80); len(n) > 0 && n[0]&mask == 0; mask >>= 1 {
		bits--
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(bits)), n...)
}

// forgeV3 is a signature of the kind that PGP 2 made, which has no subpackets: the key stands there by its short id.
func forgeV3(e *openpgp.Entity, payload []byte) []byte {
	signed := binary.BigEndian.AppendUint32([]byte{typeBinary}, uint32(time.Now().Add(-time.Minute).Unix()))
	digest := sha512.Sum512(append(bytes.Clone(payload), signed...))
	r, s, err := eddsa.Sign(e.PrivateKey.PrivateKey.(*eddsa.PrivateKey), digest[:])
	if err != nil {
		panic(err)
	}
	b := append([]byte{3, byte(len(signed))}, signed...)
	b = binary.BigEndian.AppendUint64(b, e.PrimaryKey.KeyId)
	b = append(b, algoEdDSA, 10, digest[0], digest[1])
	return append(append(b, mpi(r)...), mpi(s)...)
}

func (f *forgery) packet(payload []byte) []byte {
	return rawPacket{tagSignature, f.body(payload)}.framed()
}

func (f *forgery) armor(payload []byte) string { return armored(signatureBlock, f.packet(payload)) }

func armored(kind string, packets []byte) string {
	var b bytes.Buffer
	w, err := armor.EncodeWithChecksumOption(&b, kind, nil, true)
	if err != nil {
		panic(err)
	}
	if _, err := w.Write(packets); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.String() + "\n"
}

// entity makes a key with the library, which can do what GnuPG refuses.
func entity(t testing.TB, config packet.Config) *openpgp.Entity {
	t.Helper()
	if config.Algorithm == 0 {
		config.Algorithm = packet.PubKeyAlgoEdDSA
	}
	if config.Time == nil {
		config.Time = func() time.Time { return time.Now().Add(-time.Hour) }
	}
	e, err := openpgp.NewEntity("Forged", "", "forged@example.com", &config)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func publicKey(t testing.TB, e *openpgp.Entity) string {
	t.Helper()
	var b bytes.Buffer
	if err := e.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return armored(publicBlock, b.Bytes())
}

// selfSign renews the user id's self-signature after a change.
func selfSign(t testing.TB, e *openpgp.Entity, change func(*packet.Signature), config packet.Config) {
	t.Helper()
	for _, id := range e.Identities {
		sig := id.SelfCertifications[0].Packet
		change(sig)
		if err := sig.SignUserId(id.UserId.Id, e.PrimaryKey, e.PrivateKey, &config); err != nil {
			t.Fatal(err)
		}
	}
}

// signWith signs by the library with any of its keys, at a time.
func signWith(t testing.TB, key *packet.PrivateKey, payload []byte, at time.Time, hash crypto.Hash) string {
	t.Helper()
	sig := &packet.Signature{Version: key.Version, SigType: packet.SigTypeBinary, PubKeyAlgo: key.PubKeyAlgo, Hash: hash,
		CreationTime: at, IssuerKeyId: &key.KeyId}
	h, err := sig.PrepareSign(signing)
	if err != nil {
		t.Fatal(err)
	}
	h.Write(payload)
	if err := sig.Sign(h, key, signing); err != nil {
		t.Fatal(err)
	}
	out, err := armorSignature(sig)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
