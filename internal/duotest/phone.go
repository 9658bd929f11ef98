package duotest

import (
	"html/template"
	"net/http"
	"slices"
)

var phoneTemplate = template.Must(template.New("phone").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2"><title>Simulated phone</title>
<style>
body{font:16px/1.5 system-ui;margin:2rem auto;max-width:30rem;padding:0 1rem;background:#10161d;color:#e8edf2}
section{background:#1b2530;border-radius:14px;padding:1rem 1.25rem;margin:1rem 0}
h2{margin:0 0 .5rem;font-size:1.05rem}dl{margin:0}dt{color:#8fa3b5;font-size:.8rem}dd{margin:0 0 .5rem;overflow-wrap:anywhere}
form{display:inline}button{font:inherit;border:0;border-radius:9px;padding:.45rem 1.1rem;margin-right:.4rem;color:#fff}
.allow{background:#1c8a4b}.deny{background:#5b6875}.fraud{background:#b3392f}small{color:#8fa3b5}
</style></head><body><h1>Simulated phone</h1>
{{range .Open}}<section><h2>{{.Type}} · {{.User}}</h2><dl>{{range .Info}}<dt>{{.Key}}</dt><dd>{{.Value}}</dd>{{end}}</dl>
<form method="post" action="/phone/{{.Txid}}/allow"><button class="allow">Approve</button></form>
<form method="post" action="/phone/{{.Txid}}/deny"><button class="deny">Deny</button></form>
<form method="post" action="/phone/{{.Txid}}/fraud"><button class="fraud">Report fraud</button></form>
</section>{{else}}<p>No push is waiting.</p>{{end}}
{{range .Ended}}<p><small>{{.User}}: {{.Status}} · {{.Get "repository"}} {{.Get "pull request"}}</small></p>{{end}}
</body></html>
`))

// phonePage is the page where the person at the keyboard plays everybody's phone.
func (s *Server) phonePage() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /phone", func(w http.ResponseWriter, r *http.Request) {
		var view struct{ Open, Ended []Push }
		for _, p := range slices.Backward(s.Pushes()) {
			if p.Open() {
				view.Open = append(view.Open, p)
			} else {
				view.Ended = append(view.Ended, p)
			}
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'")
		phoneTemplate.Execute(w, view)
	})
	mux.HandleFunc("POST /phone/{txid}/{answer}", s.press)
	mux.Handle("GET /{$}", http.RedirectHandler("/phone", http.StatusFound))
	return http.NewCrossOriginProtection().Handler(mux)
}

func (s *Server) press(w http.ResponseWriter, r *http.Request) {
	answer := r.PathValue("answer")
	if !slices.Contains([]string{"allow", "deny", "fraud"}, answer) {
		http.NotFound(w, r)
		return
	}
	if err := s.answer(r.PathValue("txid"), answer); err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	http.Redirect(w, r, "/phone", http.StatusSeeOther)
}
