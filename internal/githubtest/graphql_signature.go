package githubtest

import (
	"github.com/sallyport/sallyport/internal/githubtest/graphql"
)

// signatureNode is a commit's signature with GitHub's opinion of it.
type signatureNode struct {
	commit  *commitObject
	opinion verification
}

// signature is null for an unsigned commit.
func (c *commitNode) signature() any {
	if c.Signature == "" {
		return nil
	}
	return &signatureNode{c.commitObject, c.repo.s.verify(c.commitObject)}
}

func resolveSignatures(e *graphql.Engine) {
	e.Fields("GitSignature", map[string]graphql.Resolver{
		"email":             graphql.Get(func(n *signatureNode) any { return n.commit.Committer.Email }),
		"isValid":           graphql.Get(func(n *signatureNode) any { return n.opinion.State == "VALID" }),
		"state":             graphql.Get(func(n *signatureNode) any { return n.opinion.State }),
		"payload":           graphql.Get(func(n *signatureNode) any { return n.commit.Payload }),
		"signature":         graphql.Get(func(n *signatureNode) any { return n.commit.Signature }),
		"signer":            graphql.Get(func(n *signatureNode) any { return n.opinion.Signer }),
		"wasSignedByGitHub": graphql.Get(func(n *signatureNode) any { return n.opinion.ByGitHub }),
		"verifiedAt":        graphql.Get(func(n *signatureNode) any { return n.verifiedAt() }),
	})
	e.Field("GpgSignature", "keyId", graphql.Get(func(n *signatureNode) any {
		if n.opinion.KeyID == "" {
			return nil
		}
		return n.opinion.KeyID
	}))
	e.Field("SshSignature", "keyFingerprint", graphql.Get(func(*signatureNode) any { return nil }))
}

func (n *signatureNode) verifiedAt() any {
	if n.opinion.State != "VALID" {
		return nil
	}
	return n.commit.Committer.When
}
