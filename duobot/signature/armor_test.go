package signature

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
	"testing/quick"
)

const (
	first = "-----BEGIN PGP SIGNATURE-----\n"
	last  = "-----END PGP SIGNATURE-----\n"
)

func TestParseArmor(t *testing.T) {
	good := armored(signatureBlock, []byte("packets"))
	data := base64.StdEncoding.EncodeToString([]byte("packets"))
	for _, c := range []struct{ name, text, want string }{
		{"with a checksum", good, Good},
		{"without a checksum", first + "\n" + data + "\n" + last, Good},
		{"headers", first + "Version: x\nComment: y: z\n\n" + data + "\n" + last, Good},
		{"carriage returns", strings.ReplaceAll(good, "\n", "\r\n"), Good},
		{"space around", "\n  \n" + good + " \n\t\n", Good},
		{"spaces at the ends of lines", strings.ReplaceAll(good, "\n", " \n"), Good},
		{"broken lines", first + "\n" + data[:3] + "\n" + data[3:] + "\n" + last, Good},

		{"empty", "", Missing},
		{"white", " \n", Missing},
		{"SSH", "-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----", UnsupportedSSH},
		{"S/MIME", "-----BEGIN SIGNED MESSAGE-----\nMII=\n-----END SIGNED MESSAGE-----", UnsupportedMIME},
		{"PKCS7", "-----BEGIN PKCS7-----\nMII=\n-----END PKCS7-----", UnsupportedMIME},
		{"a key", armored(publicBlock, []byte("packets")), Malformed},
		{"a message", armored("PGP MESSAGE", []byte("packets")), Malformed},
		{"Threat45 two blocks", good + good, Many},
		{"Threat45 two blocks, a line between", good + "x\n" + good, Many},
		{"text in front", "x\n" + good, Malformed},
		{"text behind", good + "x", Malformed},
		{"text behind on the last line", strings.TrimSpace(good) + "x", Malformed},
		{"no end", strings.TrimSuffix(good, last), Malformed},
		{"another end", strings.TrimSuffix(good, last) + "-----END PGP MESSAGE-----", Malformed},
		{"nested begin", first + good, Malformed},
		{"no empty line", first + data + "\n" + last, Malformed},
		{"no body", first + last, Malformed},
		{"empty body", first + "\n" + last, Malformed},
		{"wrong checksum", strings.Replace(good, "\n=", "\n=A", 1)[:len(good)], Malformed},
		{"another checksum", first + "\n" + data + "\n=AAAA\n" + last, Malformed},
		{"two checksums", strings.Replace(good, "\n-----END", "\n=AAAA\n-----END", 1), Malformed},
		{"the checksum twice", strings.Replace(good, "\n-----END", good[strings.LastIndex(good, "\n="):strings.LastIndex(good, "\n-----END")]+"\n-----END", 1), Malformed},
		{"data behind the checksum", strings.Replace(good, "\n-----END", "\nAAAA\n-----END", 1), Malformed},
		{"no base64", first + "\n!!!!\n" + last, Malformed},
		{"loose bits", first + "\nQR==\n" + last, Malformed},
		{"too long", first + "\n" + strings.Repeat("A", maxArmor) + "\n" + last, Malformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			packets, err := ParseArmor([]byte(c.text))
			if got := codeOf(err); got != c.want || (err == nil) != (c.want == Good) {
				t.Fatalf("code %q (%v), want %q", got, err, c.want)
			}
			if err == nil && string(packets) != "packets" {
				t.Errorf("packets %q", packets)
			}
		})
	}
}

// TestArmorMatchesTheLibrary checks our checksum and decoding against another writer.
func TestArmorMatchesTheLibrary(t *testing.T) {
	same := func(b []byte) bool {
		b = append(b, 1)
		got, err := ParseArmor([]byte(armored(signatureBlock, b)))
		return err == nil && bytes.Equal(got, b)
	}
	if err := quick.Check(same, nil); err != nil {
		t.Error(err)
	}
}

func FuzzParseArmor(f *testing.F) {
	good := armored(signatureBlock, []byte("packets"))
	for _, seed := range []string{good, good + good, first + last, first + "\n" + last, first + "A: b\n\nAAAA\n=twTO\n" + last, "-----BEGIN SSH SIGNATURE-----\n", "-----BEGIN -----\n", "-----END -----", ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		packets, err := ParseArmor(text)
		if err != nil {
			if next[codeOf(err)] == "" {
				t.Fatalf("%q is refused with code %q, which has no next step", text, codeOf(err))
			}
			return
		}
		again, err := ParseArmor([]byte(armored(signatureBlock, packets)))
		if err != nil || !bytes.Equal(again, packets) {
			t.Fatalf("%q gives %x, which does not survive: %v", text, packets, err)
		}
	})
}

// FuzzClaim feeds hostile packets to everything behind the armor.
func FuzzClaim(f *testing.F) {
	e := fuzzEntity(f)
	f.Add(forge(e).packet([]byte("x")))
	f.Add(forge(e, func(g *forgery) { g.version = 6 }).packet([]byte("x")))
	f.Add([]byte{0xC2, 0xE0, 4})
	f.Fuzz(func(t *testing.T, packets []byte) {
		c, err := readClaim(packets)
		switch {
		case err != nil && next[codeOf(err)] == "":
			t.Fatalf("%x is refused without a code: %v", packets, err)
		case err == nil && (c.sig == nil || strings.Trim(c.issuer, "0123456789ABCDEF") != ""):
			t.Fatalf("%x gives the claim %+v", packets, c)
		}
	})
}

// FuzzKeyring feeds hostile packets to the keyring's reader.
func FuzzKeyring(f *testing.F) {
	var b bytes.Buffer
	if err := fuzzEntity(f).Serialize(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, packets []byte) {
		list, err := splitPackets(packets)
		if err != nil {
			return
		}
		r, err := ringOf(list, y2020)
		if err == nil && len(r.Keys()) != len(r.Fingerprints()) {
			t.Fatalf("%x gives %d keys and %d fingerprints", packets, len(r.Keys()), len(r.Fingerprints()))
		}
	})
}
