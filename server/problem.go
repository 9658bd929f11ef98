package server

import (
	"encoding/json"
	"net/http"
)

// problem is the body of every refusal of the API: what is wrong, and the smallest next step.
type problem struct {
	Error string `json:"error"`
	Next  string `json:"next,omitempty"`
}

func writeProblem(w http.ResponseWriter, status int, message, next string) {
	if status == http.StatusServiceUnavailable && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", "5")
	}
	writeJSON(w, status, problem{message, next})
}

// writeJSON answers with v. A write that fails has nobody left to be told.
func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
