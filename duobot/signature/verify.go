package signature

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// maxSkew is how far ahead of ours the clock of an honest signing machine may be.
const maxSkew = 5 * time.Minute

// Verify judges the signature of a commit at a moment: is it a good OpenPGP signature over exactly the object that
// c.SHA names, by a key of the ring that may sign at that moment and might when it signed? Whether the key's owner
// is the commit's author or committer is for the caller to judge, by Result.Fingerprint. Verify is pure.
func Verify(c pull.Commit, ring *Ring, at time.Time) Result {
	r := Result{Evidence: map[string]string{"sha": c.SHA}}
	payload, armor, err := signedParts(c, r.Evidence)
	if err != nil {
		return r.refuse(err)
	}
	packets, err := ParseArmor(armor)
	if err != nil {
		return r.refuse(err)
	}
	claimed, err := readClaim(packets)
	if err != nil {
		return r.refuse(err)
	}
	r = r.describe(claimed)
	if ring == nil {
		return r.refuse(fault(UnknownKey, "There is no keyring."))
	}
	if err := ring.Stale(at); err != nil {
		return r.refuse(err)
	}
	return r.ask(ring, claimed, payload, at)
}

// Proven holds the bytes that GitHub reports of a commit, and what it says of their tree and parents, to the SHA,
// whoever signed them. The error is a *Fault.
func Proven(c pull.Commit) error {
	_, _, err := signedParts(c, map[string]string{})
	return err
}

// signedParts proves the commit's bytes and takes the signature out of them.
func signedParts(c pull.Commit, evidence map[string]string) (payload, armor []byte, err error) {
	if c.Signature == "" {
		return nil, nil, fault(Missing, "The commit is not signed.")
	}
	if err := foreignFormat(c.Signature); err != nil {
		return nil, nil, err
	}
	raw, err := Raw(c)
	if err != nil {
		return nil, nil, err
	}
	// SHA-1 names can be made to collide; the ledger keeps a stronger one of the very bytes that were judged.
	sum := sha256.Sum256(raw)
	evidence["raw-sha256"] = hex.EncodeToString(sum[:])
	o, err := ParseCommit(raw)
	if err != nil {
		return nil, nil, err
	}
	if err := checkFacts(o, c); err != nil {
		return nil, nil, err
	}
	payload, armor, ok, err := o.Signed()
	if err == nil && !ok {
		err = fault(Missing, "The commit is not signed.")
	}
	return payload, armor, err
}

// checkFacts holds what else was reported of the commit to the bytes that were signed: the other judges go by it.
func checkFacts(o Object, c pull.Commit) error {
	if c.Tree != "" && c.Tree != o.Tree() {
		return fault(RawMismatch, "GitHub reports another tree than the signed commit has.", "tree", o.Tree(), "reported", c.Tree)
	}
	if len(c.Parents) > 0 && !slices.Equal(c.Parents, o.Parents()) {
		return fault(RawMismatch, "GitHub reports other parents than the signed commit has.")
	}
	return nil
}

func (r Result) describe(c claim) Result {
	r.Hash, r.Algorithm, r.SignedAt = c.hash, c.algorithm, c.at
	r.Evidence["issuer"] = c.issuer
	r.Evidence["hash"] = c.hash
	r.Evidence["algorithm"] = c.algorithm
	r.Evidence["signed-at"] = stamp(c.at)
	return r
}

// ask puts the claim to every key of the ring that holds the claimed fingerprint. A subkey can hang on several
// primary keys, and only those with its back-signature own it.
func (r Result) ask(ring *Ring, c claim, payload []byte, at time.Time) Result {
	holders := ring.holders[c.issuer]
	if len(holders) == 0 {
		return r.refuse(fault(UnknownKey, "The key that signed is not in the keyring.", "fingerprint", c.issuer))
	}
	var first Result
	for i, primary := range holders {
		answer := r.by(primary, c.issuer)
		err := ring.keys[primary].answer(c, payload, at)
		if err == nil {
			answer.Message = "The commit is signed by a key of the keyring."
			return answer
		}
		if i == 0 {
			first = answer.refuse(err)
		}
	}
	return first
}

// by names the key that is asked.
func (r Result) by(primary, issuer string) Result {
	evidence := map[string]string{"fingerprint": primary}
	for name, value := range r.Evidence {
		evidence[name] = value
	}
	r.Evidence = evidence
	r.Fingerprint = primary
	if issuer != primary {
		r.SubkeyFingerprint = issuer
	}
	return r
}

// answer is one key's: nil when the signature is its own and it may sign. The mathematics come before the dates, so
// that a date is never reported of a signature that nobody made; strength comes before both, since what a weak key
// verifies means nothing.
func (k ringKey) answer(c claim, payload []byte, at time.Time) error {
	m, err := k.member(c.issuer)
	if err != nil {
		return err
	}
	if err := m.checkStrength(); err != nil {
		return err
	}
	h, err := c.sig.PrepareVerify()
	if err != nil {
		return unreadable(err)
	}
	h.Write(payload)
	if err := m.public().VerifySignature(h, c.sig); err != nil {
		return fault(Bad, "The signature does not verify: the commit or the signature was changed.").because(err)
	}
	if err := c.checkTimes(m, at); err != nil {
		return err
	}
	return k.checkMoments(c, at)
}

// checkTimes compares the signature's own times with ours and with the key's.
func (c claim) checkTimes(m member, at time.Time) error {
	switch {
	case c.at.After(at.Add(maxSkew)):
		return fault(FromFuture, "The signature claims to have been made in the future.", "at", stamp(at))
	case !c.expires.IsZero() && at.After(c.expires):
		return fault(Expired, "The signature has expired.", "expired", stamp(c.expires), "at", stamp(at))
	case c.at.Before(m.public().CreationTime):
		return notYet(m.public(), c.at)
	case c.at.Before(m.entity.PrimaryKey.CreationTime):
		return notYet(m.entity.PrimaryKey, c.at)
	}
	return nil
}

// checkMoments asks whether the key may sign now, and might when it did.
func (k ringKey) checkMoments(c claim, at time.Time) error {
	now := at
	if c.at.After(now) {
		now = c.at // a clock within maxSkew of ours: a key made a moment ago exists
	}
	if err := k.usableAt(c.issuer, now); err != nil {
		return err
	}
	for _, check := range []func(string, time.Time) error{k.primaryAt, k.subkeyAt} {
		if err := check(c.issuer, c.at); err != nil && !onlyRenewed(err) {
			return err
		}
	}
	return nil
}

// onlyRenewed reports that a key, which existed already, has no self-signature as old as the moment in question:
// renewing a key replaces them, and the newest one has answered for now.
func onlyRenewed(err error) bool {
	var f *Fault
	return errors.As(err, &f) && f.Code == KeyNotYetValid
}
