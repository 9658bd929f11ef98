package automerge

import (
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// frozen says who stopped the landing, why, until when, and who can let it go on.
func frozen(f pull.Freeze) pull.Reason {
	r := pull.Reason{Code: "frozen", State: pull.Block, Message: frozenMessage(f),
		Evidence: map[string]string{"freeze": f.Code, "by": f.By.Login, "since": f.At.UTC().Format("2006-01-02 15:04 UTC")},
		Next:     "An admin other than " + orSomebody(f.By.Login) + " can lift it with the comment /sallyport unfreeze."}
	if !f.Until.IsZero() {
		r.Evidence["until"] = f.Until.UTC().Format("2006-01-02 15:04:05 UTC")
	}
	switch f.Code {
	case pull.FrozenHold:
		r.Next = orSomebody(f.By.Login) + ", or an admin, lifts it with the comment /sallyport unhold."
	case pull.FrozenBranch:
		r.Next = "An admin can lift it with the comment /sallyport unfreeze, or on the repository's page of freezes."
		if !f.Until.IsZero() {
			r.Next = "Wait until it ends by itself. " + r.Next
		}
	}
	return r
}

func frozenMessage(f pull.Freeze) string {
	switch f.Code {
	case pull.FrozenHold:
		return fmt.Sprintf("%s holds it back: %s", orSomebody(f.By.Login), f.Reason)
	case pull.FrozenBranch:
		return fmt.Sprintf("Landing on %s is frozen%s by %s: %s", f.Branch, until(f), orSomebody(f.By.Login), f.Reason)
	}
	what := "This pull request"
	if f.Number == 0 {
		what = "Landing on " + f.Branch
	}
	return fmt.Sprintf("%s is frozen (%s): %s", what, f.Code, f.Reason)
}

func orSomebody(login string) string {
	if login == "" {
		return "whoever caused it"
	}
	return login
}
