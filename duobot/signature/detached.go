package signature

import (
	"fmt"
	"time"
)

// ReadKeys reads the public keys of armored texts, such as the bot's own key and those it had before, into a ring.
func ReadKeys(at time.Time, texts ...[]byte) (*Ring, error) {
	all := map[string]*certificate{}
	var loose []sigBody
	for _, text := range texts {
		packets, err := keyBlocks(string(text))
		if err != nil {
			return nil, fmt.Errorf("reading public keys: %w", err)
		}
		list, revocations, err := readCertificates(packets)
		if err != nil {
			return nil, fmt.Errorf("reading public keys: %w", err)
		}
		loose = append(loose, revocations...)
		for _, c := range list {
			if known := all[c.fingerprint]; known != nil {
				known.join(c)
			} else {
				all[c.fingerprint] = c
			}
		}
	}
	attach(loose, all)
	return newRing(all, at, 0)
}

// VerifyDetached judges a signature over a document, armored or as its bare packet, at the moment that the signature
// names. What a key signed while it was valid stays good after it has expired; what a revoked key signed never is.
func VerifyDetached(payload, sig []byte, ring *Ring) Result {
	r := Result{Evidence: map[string]string{}}
	packets, err := bare(sig)
	if err != nil {
		return r.refuse(err)
	}
	claimed, err := readClaim(packets)
	if err != nil {
		return r.refuse(err)
	}
	if ring == nil {
		return r.refuse(fault(UnknownKey, "There is no keyring."))
	}
	r = r.describe(claimed).ask(ring, claimed, payload, claimed.at)
	if r.OK() {
		r.Message = "The document is signed by a key of the keyring."
	}
	return r
}

// bare takes off the armor, if there is any: every packet begins with a byte that no text has.
func bare(sig []byte) ([]byte, error) {
	if len(sig) > 0 && sig[0]&0x80 != 0 {
		return sig, nil
	}
	return ParseArmor(sig)
}

// SignBare makes a detached signature as [Signer.Sign] does, as its bare packet.
func (s *Signer) SignBare(payload []byte, at time.Time) ([]byte, error) {
	armored, err := s.Sign(payload, at)
	if err != nil {
		return nil, err
	}
	return ParseArmor(armored)
}
