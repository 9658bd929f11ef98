package story

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// verifiedPush has Duo's tenant require a code with each push, and the server able to show one; before a start.
func verifiedPush(_ context.Context, w *World, _ []string) error {
	w.Duo.RequireVerifiedPush()
	return w.changeSettings(func(text string) string {
		return strings.Replace(text, "ca_file: duo-ca.pem}", "ca_file: duo-ca.pem, verified_push: true}", 1)
	})
}

// typesCode waits until the person's own page shows the code of the push that is open, sees that no other place shows it, and
// types it into the phone.
func typesCode(ctx context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 2)
	if err != nil {
		return err
	}
	push, err := w.openPush(ctx, args[0])
	if err != nil {
		return err
	}
	code := w.Duo.Code(push.Txid)
	if code == "" {
		return errors.New("the push asks for no code")
	}
	path := fmt.Sprintf("/%s/pull/%d", w.Repo.FullName(), p.Number)
	if err := visit(ctx, w, []string{args[0], path, "200", "<code>" + code + "</code>"}); err != nil {
		return err
	}
	if err := w.codeIsNowhereElse(ctx, code, path, args[1]); err != nil {
		return err
	}
	if err := w.Duo.Approve(push.Txid); err == nil {
		return errors.New("the phone took no code")
	}
	w.merges[args[0]] = push.Get("merge")
	return w.Duo.Type(push.Txid, code)
}

// codeIsNowhereElse looks at what others see: their page, the API, every check run, the log and the whole ledger.
func (w *World) codeIsNowhereElse(ctx context.Context, code, path, other string) error {
	v, err := w.visitor(ctx, other)
	if err != nil {
		return err
	}
	seen := map[string][]byte{"the log": []byte(w.Log())}
	body, status, err := v.get(ctx, path)
	if err != nil || status != http.StatusOK {
		return fmt.Errorf("%s's page: %d, %w", other, status, err)
	}
	seen[other+"'s page"] = body
	for _, api := range []string{fmt.Sprintf("/api/v1/pulls/%s/%d", w.Repo.FullName(), w.last), "/api/v1/ledger"} {
		if seen[api], _, err = w.call(ctx, http.MethodGet, api, ""); err != nil {
			return err
		}
	}
	p, _ := w.Repo.FindPull(w.last)
	for _, gate := range []string{"approval", "duo", "signatures"} {
		run, _ := w.Repo.FindCheckRun(w.App, "sallyport/"+gate, p.Head())
		if seen["the check run "+gate], err = json.Marshal(run); err != nil {
			return err
		}
	}
	for where, text := range seen {
		if strings.Contains(string(text), code) {
			return fmt.Errorf("%s shows the code", where)
		}
	}
	return nil
}
