package notify

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

func TestOnlySafeAddressesAreTaken(t *testing.T) {
	for _, tt := range []struct {
		address string
		ok      bool
	}{
		{"https://hooks.example.com/services/T/B/secret", true},
		{"http://127.0.0.1:9/x", true},
		{"http://[::1]:9/x", true},
		{"http://hooks.example.com/services/secret", false},
		{"http://10.0.0.1/secret", false},
		{"ftp://hooks.example.com/secret", false},
		{"file:///etc/secret", false},
		{"https://user:secret@hooks.example.com/", false},
		{"secret", false},
		{"", false},
	} {
		_, err := New(tt.address)
		if (err == nil) != tt.ok {
			t.Errorf("%q: got %v, want ok %v", tt.address, err, tt.ok)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error shows the secret: %v", tt.address, err)
		}
	}
}

func TestAnAlarmIsHandedOver(t *testing.T) {
	var got map[string]string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &got); err != nil {
			t.Error(err)
		}
	}))
	defer s.Close()
	w, err := New(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	a := pull.Alarm{Kind: pull.AlarmForeign, Text: "<!channel> pushed to `main`", URL: "https://sallyport.example.com/acme/jobs/pull/7"}
	if err := w.Tell(context.Background(), a); err != nil {
		t.Fatal(err)
	}
	if want := "Foreign landing: &lt;!channel&gt; pushed to 'main'\nhttps://sallyport.example.com/acme/jobs/pull/7"; got["text"] != want {
		t.Errorf("got %q, want %q", got["text"], want)
	}
}

func TestWhatWasNotTakenIsAnErrorWithoutTheAddress(t *testing.T) {
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	defer other.Close()
	for _, status := range []int{302, 404, 500} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", other.URL)
			w.WriteHeader(status)
		}))
		w, err := New(s.URL + "/secret")
		if err != nil {
			t.Fatal(err)
		}
		err = w.Tell(context.Background(), pull.Alarm{})
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("HTTP %d: got %v, want an error without the address", status, err)
		}
		s.Close()
		if err = w.Tell(context.Background(), pull.Alarm{}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("nobody there: got %v, want an error without the address", err)
		}
	}
	if elsewhere != 0 {
		t.Error("a redirect was followed")
	}
}
