package signature

import "github.com/ProtonMail/go-crypto/openpgp/packet"

// checkBack wants the subkey's own word that it belongs to the primary key: without it, anybody could claim
// somebody else's signing subkey as theirs. The library has verified it; its strength is ours to judge.
func checkBack(m member, binding *packet.Signature) error {
	back := binding.EmbeddedSignature
	if back == nil || !genuineBack(m, back) {
		return noBack(m)
	}
	if policy.RejectHashAlgorithm(back.Hash) {
		return fault(KeyWeak, "The subkey's back-signature rests on a hash that is not accepted.",
			"key", hexUpper(m.sub.PublicKey.Fingerprint), "hash", back.Hash.String())
	}
	return nil
}

func noBack(m member) *Fault {
	return fault(NoBackSignature, "The subkey that signed has not confirmed that it belongs to its primary key.",
		"key", hexUpper(m.sub.PublicKey.Fingerprint))
}

func genuineBack(m member, back *packet.Signature) bool {
	return back.SigType == packet.SigTypePrimaryKeyBinding && overBoth(m, back, m.sub.PublicKey)
}

// overBoth reports whether sig, by that key, is over the primary key and the subkey together: the form of bindings
// and back-signatures alike.
func overBoth(m member, sig *packet.Signature, by *packet.PublicKey) bool {
	h, err := sig.PrepareVerify()
	if err != nil {
		return false
	}
	if m.entity.PrimaryKey.SerializeForHash(h) != nil || m.sub.PublicKey.SerializeForHash(h) != nil {
		return false
	}
	return by.VerifySignature(h, sig) == nil
}
