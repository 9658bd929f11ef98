package server

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
)

//go:embed templates
var templateFiles embed.FS

// pages are the templates, each within the common layout.
type pages map[string]*template.Template

func loadPages() pages {
	layout := template.Must(template.New("layout.html").Funcs(template.FuncMap{
		"asset": func(name string) string { return assetURLs[name] },
		"short": short, "show": show, "isSHA": isSHA, "pieces": pieces, "word": word, "clock": clock, "day": day, "moment": moment,
		"machine": machine, "said": said, "label": label,
	}).ParseFS(templateFiles, "templates/layout.html", "templates/parts.html", "templates/gates.html"))
	all := pages{}
	for _, name := range []string{"message", "overview", "pull", "decision", "ledger", "freezes"} {
		all[name] = template.Must(template.Must(layout.Clone()).ParseFS(templateFiles, "templates/"+name+".html"))
	}
	return all
}

// frame is what the layout needs of every page.
type frame struct {
	Title  string
	Viewer string
	Live   bool   // the page may change
	Events string // where its changes are told; empty where they are not
	Body   any

	Main   template.HTML // Body, drawn
	Digest string        // of Main
}

// content draws a page without its layout, and names what it drew.
func (p pages) content(name string, body any) (template.HTML, string, error) {
	var out bytes.Buffer
	if err := p[name].ExecuteTemplate(&out, "content", body); err != nil {
		return "", "", fmt.Errorf("drawing page %s: %w", name, err)
	}
	sum := sha256.Sum256(out.Bytes())
	return template.HTML(out.String()), hex.EncodeToString(sum[:12]), nil
}

// render writes a page whole or not at all: a template that fails halfway must not pass for an answer.
func (p pages) render(w http.ResponseWriter, status int, name string, f frame) (err error) {
	if f.Main, f.Digest, err = p.content(name, f.Body); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := p[name].ExecuteTemplate(&out, "layout.html", f); err != nil {
		return fmt.Errorf("drawing the layout of page %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = out.WriteTo(w) // a reader who has left need not be told
	return nil
}

// draw renders a page, or says that it could not.
func (s *Server) draw(w http.ResponseWriter, r *http.Request, name string, f frame) {
	s.drawAs(w, r, http.StatusOK, name, f)
}

func (s *Server) drawAs(w http.ResponseWriter, r *http.Request, status int, name string, f frame) {
	if s.Changes == nil {
		f.Events = ""
	}
	if err := s.pages.render(w, status, name, f); err != nil {
		s.Log.ErrorContext(r.Context(), "page not drawn", "route", route(r), "error", err)
		s.answer(w, r, http.StatusInternalServerError, broken)
	}
}

// nothing answers as if there were no such page, which is all that a viewer without access may learn.
func (s *Server) nothing(w http.ResponseWriter, r *http.Request) {
	s.answer(w, r, http.StatusNotFound, notFound)
}
