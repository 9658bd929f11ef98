package githubtest

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

const webFlowName, webFlowEmail = "GitHub", "noreply@github.com"

func newWebFlowKey() (*openpgp.Entity, error) {
	e, err := openpgp.NewEntity(webFlowName, "", webFlowEmail, &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA})
	if err != nil {
		return nil, fmt.Errorf("making the web-flow key: %w", err)
	}
	return e, nil
}

// signWith makes the armored detached signature that git keeps in a commit.
func signWith(key *openpgp.Entity, payload []byte) (string, error) {
	var armor bytes.Buffer
	if err := openpgp.ArmoredDetachSign(&armor, key, bytes.NewReader(payload), nil); err != nil {
		return "", fmt.Errorf("signing a commit: %w", err)
	}
	return strings.TrimSpace(armor.String()) + "\n", nil
}

// verification is GitHub's opinion of a commit's signature.
type verification struct {
	State    string // VALID, UNKNOWN_KEY, UNVERIFIED_EMAIL, INVALID, UNSIGNED, UNKNOWN_SIG_TYPE
	Kind     string // GpgSignature, SshSignature, SmimeSignature; empty when unsigned
	Signer   *Account
	ByGitHub bool
	KeyID    string
}

// verify forms that opinion with the keys that people uploaded.
func (s *Server) verify(c *commitObject) verification {
	v := verification{State: "UNSIGNED"}
	switch {
	case c.Signature == "":
		return v
	case strings.Contains(c.Signature, "BEGIN SSH SIGNATURE"):
		return verification{State: "UNKNOWN_KEY", Kind: "SshSignature"}
	case strings.Contains(c.Signature, "BEGIN SIGNED MESSAGE"):
		return verification{State: "UNKNOWN_KEY", Kind: "SmimeSignature"}
	}
	v.Kind = "GpgSignature"
	if e := checkSignature(openpgp.EntityList{s.webFlow}, c); e != nil {
		v.State, v.ByGitHub, v.KeyID = "VALID", true, e.PrimaryKey.KeyIdString()
		return v
	}
	v.State = "UNKNOWN_KEY"
	for _, a := range s.accounts {
		if e := checkSignature(a.keys, c); e != nil {
			v.Signer, v.KeyID, v.State = a, e.PrimaryKey.KeyIdString(), "UNVERIFIED_EMAIL"
			if s.attribute(c.Committer.Email) == a {
				v.State = "VALID"
			}
		}
	}
	return v
}

func checkSignature(ring openpgp.EntityList, c *commitObject) *openpgp.Entity {
	if len(ring) == 0 {
		return nil
	}
	e, err := openpgp.CheckArmoredDetachedSignature(ring, strings.NewReader(c.Payload), strings.NewReader(c.Signature), nil)
	if err != nil {
		return nil
	}
	return e
}

// reason is the verdict in REST's words.
func (v verification) reason() string {
	if v.State == "VALID" {
		return "valid"
	}
	return strings.ToLower(v.State)
}

func (s *Server) webIdentity() Identity {
	return Identity{webFlowName, webFlowEmail, s.now()}
}

func (s *Server) identity(a *Account) Identity {
	return Identity{a.name, a.emails[0], s.now()}
}
