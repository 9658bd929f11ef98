package policybot

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// HasValidSignatures holds when every commit's signature verifies, or, with Want false, when some commit's does not.
// What counts is our own verification against the keyring, not GitHub's badge.
type HasValidSignatures struct {
	impersonal
	Want bool
}

// Key names the predicate.
func (HasValidSignatures) Key() string { return "has_valid_signatures" }

func (c HasValidSignatures) judge(h *hearing) finding {
	bad, doubt := h.unsigned(func(pull.Signed) (finding, bool) { return finding{}, true })
	switch {
	case doubt.Code != "":
		return doubtful(doubt)
	case bad.saw != "":
		return found(!c.Want, bad.saw)
	}
	return found(c.Want, "every commit is signed: "+h.signers())
}

// HasValidSignaturesBy asks also that every signer is among the actors.
type HasValidSignaturesBy struct{ Actors Actors }

// Key names the predicate.
func (HasValidSignaturesBy) Key() string { return "has_valid_signatures_by" }

func (c HasValidSignaturesBy) actors() Actors { return c.Actors }

func (c HasValidSignaturesBy) judge(h *hearing) finding {
	return h.signedBy(func(s pull.Signed) (finding, bool) {
		in, doubt := h.among(s.By, c.Actors)
		return finding{holds: in, doubt: doubt, saw: "signed by " + s.By.Login}, in == yes
	})
}

// HasValidSignaturesByKeys asks also that every signing key is one of KeyIDs: sixteen or more of the last
// hexadecimal digits of the primary key's fingerprint.
type HasValidSignaturesByKeys struct {
	impersonal
	KeyIDs []string
}

// Key names the predicate.
func (HasValidSignaturesByKeys) Key() string { return "has_valid_signatures_by_keys" }

func (c HasValidSignaturesByKeys) judge(h *hearing) finding {
	return h.signedBy(func(s pull.Signed) (finding, bool) {
		for _, id := range c.KeyIDs {
			if len(id) >= keyIDDigits && strings.HasSuffix(s.Key, strings.ToUpper(id)) {
				return finding{}, true
			}
		}
		return found(false, "signed with "+s.Key), false
	})
}

// keyIDDigits is the shortest id that the keyring can still tell apart.
const keyIDDigits = 16

func (h *hearing) signedBy(fits func(pull.Signed) (finding, bool)) finding {
	bad, doubt := h.unsigned(fits)
	switch {
	case doubt.Code != "":
		return doubtful(doubt)
	case bad.saw != "":
		return found(false, bad.saw)
	}
	return found(true, "every commit is signed so: "+h.signers())
}

// signers are the keys with their owners, each once.
func (h *hearing) signers() string {
	var seen []string
	for _, c := range h.request.Commits {
		if word := fmt.Sprintf("with %s by %s", c.Signed.Key, c.Signed.By.Canonical()); !slices.Contains(seen, word) {
			seen = append(seen, word)
		}
	}
	return series(seen, "and")
}

// unsigned finds the first commit that is not validly signed, or not so as it must be. Where nobody verified the
// signatures, or not all commits were read, there is a doubt instead.
func (h *hearing) unsigned(fits func(pull.Signed) (finding, bool)) (bad finding, doubt pull.Reason) {
	if len(h.request.Commits) < max(h.request.CommitsTotal, 1) {
		return finding{}, commitsUnseen(h.request)
	}
	for _, c := range h.request.Commits {
		if c.Signed == nil {
			return finding{}, pull.Reason{
				Code: "signature-unchecked", Message: fmt.Sprintf("The signature of commit %s was not verified.", short(c.SHA)),
				Evidence: map[string]string{"commit": c.SHA}, Next: "Comment /sallyport recheck",
			}
		}
		if !c.Signed.Good {
			return found(false, fmt.Sprintf("commit %s: %s", short(c.SHA), c.Signed.Code)), pull.Reason{}
		}
		f, ok := fits(*c.Signed)
		switch {
		case !ok && f.doubt.Code != "":
			return finding{}, f.doubt
		case !ok:
			return found(false, fmt.Sprintf("commit %s is %s", short(c.SHA), f.saw)), pull.Reason{}
		}
	}
	return finding{}, pull.Reason{}
}
