package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// logout ends the session in this browser and, so that a copied cookie is worth nothing for long, the token within it: what
// GitHub let its viewer see is believed for a minute at most. A GitHub that does not answer keeps nobody signed in here.
func (d *door) logout(w http.ResponseWriter, r *http.Request) {
	if d.seal != nil {
		if who, err := take[session](d.seal, r, sessionPurpose); err == nil {
			d.revoke(r.Context(), who)
		}
		d.seal.drop(w, sessionPurpose)
	}
	d.pages.message(w, http.StatusOK, signedOut)
}

// revoke goes on when the browser hangs up: it has been told to sign out.
func (d *door) revoke(ctx context.Context, who session) {
	ctx = context.WithoutCancel(ctx)
	if err := d.access.revoke(ctx, d.oauth.ClientID, d.oauth.ClientSecret, who.Token); err != nil {
		d.log.WarnContext(ctx, "a session's token could not be revoked", "login", who.Login, "error", err)
	}
}

// revoke has GitHub end a viewer's token, in the app's name. One that GitHub no longer knows is over already.
func (a *access) revoke(ctx context.Context, client, secret, token string) error {
	body, err := json.Marshal(map[string]string{"access_token": token})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, a.api+"/applications/"+url.PathEscape(client)+"/token", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.SetBasicAuth(client, secret)
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("Content-Type", "application/json")
	res, err := a.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusNoContent, http.StatusNotFound, http.StatusUnprocessableEntity:
		return nil
	}
	return fmt.Errorf("github answered with status %d", res.StatusCode)
}
