package signature

import (
	"crypto/sha1" //nolint:gosec // git's own object names
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

const (
	sha1Hex   = 2 * sha1.Size
	sha256Hex = 2 * sha256.Size
	// maxPayload bounds what is hashed for one commit, and maxPlaces how many header positions are tried, so that
	// a commit made to be expensive costs a moment, not a minute.
	maxPayload = 4 << 20
	maxPlaces  = 32
)

// signatureHeader names the header that git verifies, which depends on the repository's object format.
func signatureHeader(id string) string {
	if len(id) == sha256Hex {
		return "gpgsig-sha256"
	}
	return "gpgsig"
}

// ObjectID is the name that git gives to a raw commit object, in the object format that like, another id of the
// same repository, is written in.
func ObjectID(raw []byte, like string) string {
	var h hash.Hash = sha1.New() //nolint:gosec // git's own object names
	if len(like) == sha256Hex {
		h = sha256.New()
	}
	fmt.Fprintf(h, "commit %d\x00", len(raw))
	h.Write(raw)
	return hex.EncodeToString(h.Sum(nil))
}

// Raw rebuilds the raw commit object of c from the payload and signature that GitHub reports, and proves it: the
// result hashes to c.SHA. An unsigned commit is its payload. GitHub does not say where the signature header stood
// nor how its last line ended, so the usual place is tried first and then every other. The error is a *Fault with
// code signature-missing when there is nothing to rebuild from, and signature-raw-mismatch when nothing fits.
func Raw(c pull.Commit) ([]byte, error) {
	if c.Payload == "" {
		return nil, fault(Missing, "The commit is not signed.")
	}
	if len(c.Payload) > maxPayload || len(c.Signature) > maxArmor {
		return nil, fault(RawMismatch, "The commit is too large to be verified.")
	}
	if c.Signature == "" {
		return proven([]byte(c.Payload), c.SHA)
	}
	o, err := parseObject([]byte(c.Payload))
	if err != nil {
		return nil, fault(Malformed, "The commit object is malformed.").because(err)
	}
	for _, value := range endings(c.Signature) {
		for _, at := range places(o) {
			raw := o.insert(at, Header{signatureHeader(c.SHA), value}).Bytes()
			if ObjectID(raw, c.SHA) == c.SHA {
				return raw, nil
			}
		}
	}
	return nil, mismatch(c.SHA)
}

func proven(raw []byte, sha string) ([]byte, error) {
	if ObjectID(raw, sha) != sha {
		return nil, mismatch(sha)
	}
	return raw, nil
}

func mismatch(sha string) *Fault {
	return fault(RawMismatch, "What GitHub reports of the commit does not hash to its SHA.", "sha", sha)
}

// endings are the forms in which the armor's end may stand in the header: git writes no empty line behind it,
// GitHub's web editor writes one, and other tools may have kept what they were given.
func endings(armor string) []string {
	trimmed := strings.TrimRight(armor, "\n")
	forms := []string{trimmed, trimmed + "\n", trimmed + "\n\n"}
	if crlf := strings.TrimRight(armor, "\r\n"); crlf != trimmed {
		forms = append(forms, crlf)
	}
	return forms
}

// places are the positions at which the signature header may have stood, the last (where git puts it) first.
func places(o Object) []int {
	var list []int
	for at := len(o.Headers); at > 0 && len(list) < maxPlaces; at-- {
		list = append(list, at)
	}
	return list
}
