package story

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
)

// visitor is a person's browser, without scripts: it keeps cookies and follows redirects.
type visitor struct {
	client *http.Client
	w      *World
	login  string
}

// visitor signs a person in, the first time, and gives their browser.
func (w *World) visitor(ctx context.Context, login string) (*visitor, error) {
	if v := w.visitors[login]; v != nil {
		return v, nil
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	v := &visitor{&http.Client{Jar: jar}, w, login}
	v.client.CheckRedirect = v.choose
	if _, status, err := v.get(ctx, "/login?to=/"); err != nil || status != http.StatusOK {
		return nil, fmt.Errorf("signing %s in: status %d: %w", login, status, errors.Join(err))
	}
	w.visitors[login] = v
	return v, nil
}

// choose answers GitHub's question who signs in, where a redirect leads to it.
func (v *visitor) choose(r *http.Request, before []*http.Request) error {
	if len(before) > 10 {
		return errors.New("too many redirects")
	}
	if r.URL.Path == "/login/oauth/authorize" {
		q := r.URL.Query()
		q.Set("login", v.w.person(v.login).Login())
		r.URL.RawQuery = q.Encode()
	}
	return nil
}

func (v *visitor) get(ctx context.Context, path string) ([]byte, int, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.w.URL()+path, nil)
	if err != nil {
		return nil, 0, err
	}
	return v.do(r)
}

func (v *visitor) do(r *http.Request) ([]byte, int, error) {
	res, err := v.client.Do(r)
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	v.w.see(r.Method+" "+r.URL.Path, body)
	return body, res.StatusCode, err
}

// visit opens a page as a person until it says what is meant.
func visit(ctx context.Context, w *World, args []string) error {
	if len(args) < 3 {
		return errors.New("needs a person, a path and a status")
	}
	v, err := w.visitor(ctx, args[0])
	if err != nil {
		return err
	}
	return w.until(ctx, "the page says so", func(ctx context.Context) (string, bool) {
		body, status, err := v.get(ctx, args[1])
		if err != nil {
			return err.Error(), false
		}
		return fmt.Sprintf("%d %s", status, body), strconv.Itoa(status) == args[2] && strings.Contains(string(body), strings.Join(args[3:], " "))
	})
}

// submit sends a form of a page as a person. -from names another site on which the form was.
func submit(ctx context.Context, w *World, args []string) error {
	set, args, err := flags(args)
	if err != nil || len(args) < 3 {
		return errors.Join(err, errors.New("needs a person, a path and a status"))
	}
	v, err := w.visitor(ctx, args[0])
	if err != nil {
		return err
	}
	form := url.Values{}
	for _, field := range args[3:] {
		name, value, _ := strings.Cut(field, "=")
		form.Set(name, strings.ReplaceAll(value, "_", " "))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL()+args[1], strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if set["from"] != "" {
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", set["from"])
	}
	body, status, err := v.do(r)
	if err == nil && strconv.Itoa(status) != args[2] {
		err = fmt.Errorf("it answered %d %s", status, body)
	}
	return err
}

// thaw takes a freeze of a branch off through the API.
func thaw(ctx context.Context, w *World, args []string) error {
	if len(args) != 2 {
		return errors.New("needs a branch and a status")
	}
	body, code, err := w.call(ctx, http.MethodDelete, fmt.Sprintf("/api/v1/freezes/%s/%s", w.Repo.FullName(), args[0]), "")
	if err == nil && strconv.Itoa(code) != args[1] {
		err = fmt.Errorf("it answered %d %s", code, body)
	}
	return err
}
