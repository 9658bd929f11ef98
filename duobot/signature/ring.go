package signature

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"
)

// keySuffix marks the files of a keyring directory that hold keys.
const keySuffix = ".asc"

// Ring is a keyring: public keys by full fingerprint. It does not change after LoadRing and may be shared.
type Ring struct {
	// ReadAt is when the keys were last confirmed to be up to date, as Confirmed tells.
	ReadAt time.Time
	// MaxAge is how long that counts; 0 is for ever. A ring that nobody refreshes does not learn of revocations.
	MaxAge time.Duration

	keys    map[string]ringKey  // by the primary key's fingerprint
	holders map[string][]string // primary keys by any fingerprint, a subkey's too
}

// ringKey is a key as bytes: each question parses it afresh, because the library keeps answers in what it parsed.
type ringKey struct {
	certificate *certificate
	bytes       []byte
	about       Key
}

// Key describes a key of the ring for people, as it stood when the ring was read.
type Key struct {
	Fingerprint string // upper-case hexadecimal without spaces
	UserIDs     []string
	Algorithm   string
	Created     time.Time
	Expires     time.Time // zero: never, or nothing valid says when
	Revoked     bool
	Signs       bool // a signature by the primary key itself, made then, is accepted
	Subkeys     []Subkey
	Files       []string // where it was found
}

// Subkey describes a subkey.
type Subkey struct {
	Fingerprint string
	Created     time.Time
	Expires     time.Time
	Revoked     bool
	Signs       bool
}

// LoadRing reads every key of every armor block of every *.asc directly in dir. A revocation certificate on its own
// counts for the key that it names. A file that cannot be read to its end, or that holds a private key, is an error
// that names the file: half a keyring may lack the half that revokes.
func LoadRing(dir fs.FS, readAt time.Time, maxAge time.Duration) (*Ring, error) {
	// Not fs.Glob, which takes a directory that cannot be read for an empty one.
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, fmt.Errorf("listing the keyring: %w", err)
	}
	all := map[string]*certificate{}
	var loose []sigBody
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasSuffix(name, keySuffix) {
			continue
		}
		list, revocations, err := readKeyFile(dir, name)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		loose = append(loose, revocations...)
		for _, c := range list {
			c.files = []string{name}
			if known := all[c.fingerprint]; known != nil {
				known.join(c)
			} else {
				all[c.fingerprint] = c
			}
		}
	}
	attach(loose, all)
	return newRing(all, readAt, maxAge)
}

func readKeyFile(dir fs.FS, name string) ([]*certificate, []sigBody, error) {
	text, err := fs.ReadFile(dir, name)
	if err != nil {
		return nil, nil, err
	}
	packets, err := keyBlocks(string(text))
	if err != nil {
		return nil, nil, err
	}
	return readCertificates(packets)
}

// attach gives revocation certificates to the keys that they name. One that names nobody here is for a key that has
// left already.
func attach(loose []sigBody, all map[string]*certificate) {
	for _, s := range loose {
		for _, c := range all {
			if slices.ContainsFunc(s.issuers(), c.isNamed) {
				c.direct = append(c.direct, s)
			}
		}
	}
}

func newRing(all map[string]*certificate, readAt time.Time, maxAge time.Duration) (*Ring, error) {
	r := &Ring{ReadAt: readAt, MaxAge: maxAge, keys: map[string]ringKey{}, holders: map[string][]string{}}
	for _, fingerprint := range slices.Sorted(maps.Keys(all)) {
		c := all[fingerprint]
		slices.Sort(c.files)
		c.files = slices.Compact(c.files)
		k := ringKey{certificate: c, bytes: c.bytes()}
		about, err := k.describe(readAt)
		if err != nil {
			return nil, fmt.Errorf("reading key %s of %s: %w", fingerprint, strings.Join(c.files, ", "), err)
		}
		k.about = about
		r.keys[fingerprint] = k
		r.hold(fingerprint, fingerprint)
		for _, s := range about.Subkeys {
			r.hold(s.Fingerprint, fingerprint)
		}
	}
	return r, nil
}

func (r *Ring) hold(fingerprint, primary string) {
	if !slices.Contains(r.holders[fingerprint], primary) {
		r.holders[fingerprint] = append(r.holders[fingerprint], primary)
	}
}

// describe reads the key once, which also proves that it can be read.
func (k ringKey) describe(at time.Time) (Key, error) {
	e, err := k.parse()
	if err != nil {
		return Key{}, err
	}
	about := Key{Fingerprint: k.certificate.fingerprint, Created: e.PrimaryKey.CreationTime.UTC(), Files: k.certificate.files}
	about.Algorithm = algorithmName(byte(e.PrimaryKey.PubKeyAlgo))
	about.UserIDs = slices.Sorted(maps.Keys(e.Identities))
	_, about.Revoked = k.certificate.revocation(about.Fingerprint)
	about.Signs = k.signs(about.Fingerprint, at)
	if self, err := e.VerifyPrimaryKey(at, policy); err == nil || self != nil {
		about.Expires = keyExpiry(e.PrimaryKey, self)
	}
	for i := range e.Subkeys {
		sub := &e.Subkeys[i]
		s := Subkey{Fingerprint: hexUpper(sub.PublicKey.Fingerprint), Created: sub.PublicKey.CreationTime.UTC()}
		_, s.Revoked = k.certificate.revocation(s.Fingerprint)
		s.Signs = k.signs(s.Fingerprint, at)
		if binding, err := sub.LatestValidBindingSignature(at, policy); err == nil {
			s.Expires = keyExpiry(sub.PublicKey, binding)
		}
		about.Subkeys = append(about.Subkeys, s)
	}
	return about, nil
}

// Fingerprints lists the primary keys, sorted.
func (r *Ring) Fingerprints() []string { return slices.Sorted(maps.Keys(r.keys)) }

// Keys describes every key, sorted by fingerprint.
func (r *Ring) Keys() []Key {
	list := make([]Key, 0, len(r.keys))
	for _, fingerprint := range r.Fingerprints() {
		list = append(list, r.keys[fingerprint].about)
	}
	return list
}
