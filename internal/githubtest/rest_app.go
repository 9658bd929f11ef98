package githubtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// appRoutes are what an app says and asks in its own name.
func (s *Server) appRoutes(mux *http.ServeMux) {
	own := access{who: appOnly}
	s.handle(mux, "GET /app", own, func(q *request) (answer, *apiError) { return ok(q.who.App.json()) })
	s.handle(mux, "GET /app/installations", own, listInstallations)
	s.handle(mux, "GET /app/installations/{id}", own, getInstallation)
	s.handle(mux, "POST /app/installations/{id}/access_tokens", own, createToken)
	s.handle(mux, "GET /app/hook/deliveries", own, listDeliveries)
	s.handle(mux, "GET /app/hook/deliveries/{id}", own, getDelivery)
	s.handle(mux, "POST /app/hook/deliveries/{id}/attempts", own, redeliver)
	s.handle(mux, "GET /app/hook/config", own, getHookConfig)
	s.handle(mux, "GET /repos/{owner}/{repo}/installation", own, func(q *request) (answer, *apiError) {
		return showInstallation(q, q.repo.owner)
	})
	s.handle(mux, "GET /orgs/{org}/installation", own, func(q *request) (answer, *apiError) {
		return showInstallation(q, q.account("org"))
	})
	s.handle(mux, "GET /users/{login}/installation", own, func(q *request) (answer, *apiError) {
		return showInstallation(q, q.account("login"))
	})
	s.handle(mux, "GET /installation/repositories", access{who: tokens}, listInstalledRepos)
	s.handle(mux, "GET /rate_limit", access{}, getRateLimit)
}

func (q *request) installation() *Installation {
	i := q.s.installs[q.number("id")]
	if i == nil || i.app != q.who.App {
		return nil
	}
	return i
}

func listInstallations(q *request) (answer, *apiError) {
	var all []*Installation
	for _, i := range q.s.installs {
		if i.app == q.who.App {
			all = append(all, i)
		}
	}
	slices.SortFunc(all, func(a, b *Installation) int { return int(a.ID - b.ID) })
	return ok(listed(page(q, all), (*Installation).json))
}

func getInstallation(q *request) (answer, *apiError) {
	if i := q.installation(); i != nil {
		return ok(i.json())
	}
	return answer{}, notFound()
}

func showInstallation(q *request, on *Account) (answer, *apiError) {
	if on == nil || q.who.App.installationOn(on) == nil {
		return answer{}, notFound()
	}
	return ok(q.who.App.installationOn(on).json())
}

// createToken mints an installation token for an hour, narrowed as the caller wishes.
func createToken(q *request) (answer, *apiError) {
	i := q.installation()
	if i == nil {
		return answer{}, notFound()
	}
	if i.suspended {
		return answer{}, &apiError{Status: http.StatusForbidden, Message: "This installation has been suspended"}
	}
	var in struct {
		RepositoryIDs []int64           `json:"repository_ids"`
		Repositories  []string          `json:"repositories"`
		Permissions   map[string]string `json:"permissions"`
	}
	if err := q.decode(&in); err != nil {
		return answer{}, err
	}
	p := &principal{App: i.app, Install: i, Expires: q.s.now().Add(time.Hour), Permissions: in.Permissions}
	for _, r := range i.repos() {
		if slices.Contains(in.RepositoryIDs, r.ID) || slices.Contains(in.Repositories, r.name) {
			if p.Repos == nil {
				p.Repos = map[int64]bool{}
			}
			p.Repos[r.ID] = true
		}
	}
	token := q.s.mint("ghs_", 18)
	q.s.tokens[token] = p
	o := object{"token": token, "expires_at": stamp(p.Expires), "permissions": i.permissions, "repository_selection": i.selection()}
	if in.Permissions != nil {
		o["permissions"] = in.Permissions
	}
	return created(o)
}

func listInstalledRepos(q *request) (answer, *apiError) {
	if q.who.Install == nil {
		return answer{}, &apiError{Status: http.StatusForbidden, Message: "You must authenticate with an installation access token in order to list repositories for an installation."}
	}
	all := slices.DeleteFunc(q.who.Install.repos(), func(r *Repo) bool { return !q.who.sees(r) })
	repos := listed(page(q, all), func(r *Repo) object {
		o := r.json()
		o["permissions"] = r.permissionsJSON(q.who)
		return o
	})
	return ok(object{"total_count": len(all), "repository_selection": q.who.Install.selection(), "repositories": repos})
}

// listDeliveries shows the newest attempts first; the cursor is the id to continue below.
func listDeliveries(q *request) (answer, *apiError) {
	h := q.who.App.hook
	h.mu.Lock()
	all := slices.Clone(h.log)
	h.mu.Unlock()
	slices.Reverse(all)
	query := q.URL.Query()
	if cursor, err := strconv.ParseInt(query.Get("cursor"), 10, 64); err == nil {
		i := slices.IndexFunc(all, func(d *deliveryRecord) bool { return d.ID == cursor })
		all = all[max(i, 0):]
	}
	size := between(atoi(query.Get("per_page"), 30), 1, 100)
	if len(all) > size {
		query.Set("cursor", itoa(all[size].ID))
		q.link = `<` + q.s.url + q.URL.Path + `?` + query.Encode() + `>; rel="next"`
		all = all[:size]
	}
	return ok(listed(all, (*deliveryRecord).json))
}

func getDelivery(q *request) (answer, *apiError) {
	d := q.who.App.hook.find(q.number("id"))
	if d == nil {
		return answer{}, notFound()
	}
	o := d.json()
	o["url"] = q.who.App.opts.WebhookURL
	o["request"] = object{"headers": q.who.App.hook.headers(d, q.who.App.opts.WebhookSecret), "payload": json.RawMessage(d.Payload)}
	o["response"] = object{"headers": object{}, "payload": d.Answer}
	return ok(o)
}

func redeliver(q *request) (answer, *apiError) {
	if err := q.who.App.hook.redeliver(q.number("id")); err != nil {
		return answer{}, err
	}
	return answer{http.StatusAccepted, object{}}, nil
}

func (d *deliveryRecord) json() object {
	o := object{
		"id": d.ID, "guid": d.GUID, "delivered_at": stamp(d.At), "redelivery": d.Redelivery, "duration": d.Duration.Seconds(),
		"status": d.Status, "status_code": d.StatusCode, "event": d.Event, "action": orNull(d.Action), "installation_id": nil,
		"repository_id": nil, "throttled_at": nil,
	}
	if d.Installation != 0 {
		o["installation_id"] = d.Installation
	}
	if d.Repo != 0 {
		o["repository_id"] = d.Repo
	}
	return o
}

func getHookConfig(q *request) (answer, *apiError) {
	return ok(object{"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": q.who.App.opts.WebhookURL})
}

func getRateLimit(q *request) (answer, *apiError) {
	q.refund()
	core, graphql := q.s.rate(q.who.holder(), "core"), q.s.rate(q.who.holder(), "graphql")
	return ok(object{"rate": core, "resources": object{"core": core, "graphql": graphql, "search": core}})
}
