package server

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed assets
var assetFiles embed.FS

// assetsByURL maps the name that pages use, which carries a digest of the content, to the content: a browser may
// then keep it forever and never sees an old one.
var assetsByURL, assetURLs = nameAssets("style.css", "live.js", "favicon.svg")

func nameAssets(names ...string) (content map[string][]byte, urls map[string]string) {
	content, urls = map[string][]byte{}, map[string]string{}
	for _, name := range names {
		text, err := assetFiles.ReadFile("assets/" + name)
		if err != nil {
			panic("an embedded asset is missing: " + err.Error())
		}
		sum := sha256.Sum256(text)
		ext := path.Ext(name)
		file := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
		content[file], urls[name] = text, "/assets/"+file
	}
	return content, urls
}

func asset(w http.ResponseWriter, r *http.Request) {
	file := r.PathValue("file")
	text, ok := assetsByURL[file]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, file, time.Time{}, bytes.NewReader(text))
}
