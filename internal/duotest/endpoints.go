package duotest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// endpoint answers one signed call: a response to wrap in stat OK, or a refusal.
type endpoint func(r *http.Request, params url.Values) (any, *refusal)

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /auth/v2/ping", s.serve("ping", s.unsigned))
	mux.HandleFunc("GET /auth/v2/check", s.serve("check", s.authenticated(s.check)))
	mux.HandleFunc("POST /auth/v2/preauth", s.serve("preauth", s.authenticated(s.preauth)))
	mux.HandleFunc("POST /auth/v2/auth", s.serve("auth", s.authenticated(s.auth)))
	mux.HandleFunc("GET /auth/v2/auth_status", s.serve("auth_status", s.authenticated(s.authStatus)))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		reply(w, nil, refuse(40401, "Resource not found", ""))
	})
	return mux
}

func (s *Server) serve(name string, honest http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if f, ok := s.due(name); ok {
			s.misbehave(name, f, honest, w, r)
			return
		}
		honest(w, r)
	}
}

func (s *Server) unsigned(w http.ResponseWriter, r *http.Request) {
	response, refused := s.check(r, nil)
	reply(w, response, refused)
}

func (s *Server) authenticated(e endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		params, refused := s.signed(r)
		if refused != nil {
			reply(w, nil, refused)
			return
		}
		response, refused := e(r, params)
		reply(w, response, refused)
	}
}

func reply(w http.ResponseWriter, response any, refused *refusal) {
	w.Header().Set("Content-Type", "application/json")
	if refused != nil {
		w.WriteHeader(refused.Code / 100)
		json.NewEncoder(w).Encode(refused)
		return
	}
	json.NewEncoder(w).Encode(map[string]any{"stat": "OK", "response": response})
}

func (s *Server) check(*http.Request, url.Values) (any, *refusal) {
	return map[string]int64{"time": s.now().Unix()}, nil
}

type decision struct {
	Result    string   `json:"result"`
	Status    string   `json:"status,omitempty"`
	StatusMsg string   `json:"status_msg"`
	Devices   []Device `json:"devices,omitempty"`
	Portal    string   `json:"enroll_portal_url,omitempty"`
	// With verified push.
	Txid       string `json:"txid,omitempty"`
	Code       string `json:"verification_code,omitempty"`
	Expiration int64  `json:"expiration,omitempty"`
}

func (s *Server) preauth(_ *http.Request, params url.Values) (any, *refusal) {
	name := params.Get("username")
	if name == "" {
		return nil, missing("username")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.user(name)
	if !ok {
		if s.unknown == "error" {
			return nil, invalid("username")
		}
		return decision{Result: s.unknown, StatusMsg: "Enroll an authentication device to proceed",
			Portal: "https://" + s.host + "/portal"}, nil
	}
	if result, _, message := u.standing(); result != "" {
		return decision{Result: result, StatusMsg: message}, nil
	}
	return s.offer(params, decision{Result: "auth", StatusMsg: "Account is active", Devices: u.Devices}), nil
}

func (s *Server) auth(r *http.Request, params url.Values) (any, *refusal) {
	for _, name := range []string{"username", "factor"} {
		if params.Get(name) == "" {
			return nil, missing(name)
		}
	}
	s.mu.Lock()
	u, ok := s.user(params.Get("username"))
	if !ok {
		s.mu.Unlock()
		return nil, invalid("username")
	}
	result, status, message := u.standing()
	able := u.can(params.Get("device"), params.Get("factor"))
	s.mu.Unlock()
	if result != "" {
		return decision{Result: result, Status: status, StatusMsg: message}, nil
	}
	switch factor := params.Get("factor"); factor {
	case "push", "phone":
		return s.ask(r, params, able)
	case "sms":
		return s.text(params, able)
	case "passcode":
		return s.passcode(params)
	default:
		return nil, invalid("factor")
	}
}

func (s *Server) ask(r *http.Request, params url.Values, able bool) (any, *refusal) {
	if params.Get("device") == "" {
		return nil, missing("device")
	}
	info, err := parseInfo(params.Get("pushinfo"))
	if err != nil {
		return nil, invalid("pushinfo")
	}
	if !able {
		return nil, invalid("device")
	}
	if txid := params.Get("txid"); txid != "" && s.Code(txid) == "" {
		return nil, invalid("txid")
	}
	p := s.open(Push{Txid: params.Get("txid"), User: params.Get("username"), Factor: params.Get("factor"), Type: params.Get("type"), Info: info})
	if params.Get("async") == "1" {
		return map[string]string{"txid": p.Txid}, nil
	}
	return s.await(r, p, func(p *Push) bool { return !p.Open() }, 2*time.Minute), nil
}

func (s *Server) text(params url.Values, able bool) (any, *refusal) {
	if params.Get("device") == "" {
		return nil, missing("device")
	}
	if !able {
		return nil, invalid("device")
	}
	return decision{Result: "deny", Status: "sent", StatusMsg: "New SMS passcodes sent."}, nil
}

func (s *Server) passcode(params url.Values) (any, *refusal) {
	code := params.Get("passcode")
	if code == "" {
		return nil, missing("passcode")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.user(params.Get("username"))
	if !ok {
		return nil, invalid("username")
	}
	i := slices.Index(u.Passcodes, code)
	if i < 0 {
		return decision{Result: "deny", Status: "deny", StatusMsg: "Incorrect passcode. Please try again."}, nil
	}
	u.Passcodes = slices.Delete(slices.Clone(u.Passcodes), i, i+1)
	return decision{Result: "allow", Status: "allow", StatusMsg: "Success. Logging you in..."}, nil
}

// authStatus answers when the push's status differs from the one it reported last, or when it has held the
// request for long enough.
func (s *Server) authStatus(r *http.Request, params url.Values) (any, *refusal) {
	txid := params.Get("txid")
	if txid == "" {
		return nil, missing("txid")
	}
	s.mu.Lock()
	i := slices.IndexFunc(s.pushes, func(p *Push) bool { return p.Txid == txid })
	hold := s.hold
	var p *Push
	if i >= 0 {
		p = s.pushes[i]
	}
	s.mu.Unlock()
	if p == nil {
		return nil, invalid("txid")
	}
	return s.await(r, p, func(p *Push) bool { return p.Status != p.seen || !p.Open() }, hold), nil
}

// await blocks until the push is as wished, the request is abandoned or the time is up, and reports the push.
func (s *Server) await(r *http.Request, p *Push, wished func(*Push) bool, limit time.Duration) decision {
	ctx, cancel := context.WithTimeout(r.Context(), limit)
	defer cancel()
	// However the waiting ends, the push is reported as it stands.
	_ = s.until(ctx, func() bool { return wished(p) })
	s.mu.Lock()
	defer s.mu.Unlock()
	p.seen = p.Status
	return decision{Result: p.Result, Status: p.Status, StatusMsg: "Push " + p.Status}
}
