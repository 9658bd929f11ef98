package server

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// keyBody bounds the body of a request about a key: what a phone shows is short.
const keyBody = 16 << 10

var (
	keyName      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:@+=~-]{0,127}$`)
	deviceName   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$`)
	passcodeText = regexp.MustCompile(`^[A-Za-z0-9]{4,64}$`)
)

// misread is why a request cannot be followed.
type misread struct {
	status              int
	code, message, next string
}

func bad(code, message, next string) *misread {
	return &misread{http.StatusBadRequest, code, message, next}
}

// readAsk reads a request for a confirmation. The parameters stand in the URL, as duo-bot has them, or in a form; the
// passcode never in the URL.
func readAsk(w http.ResponseWriter, r *http.Request, factor pull.Factor) (a pull.KeyAsk, async bool, wrong *misread) {
	a = pull.KeyAsk{Key: r.PathValue("key"), Factor: factor}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if query.Has("passcode") {
		return a, false, bad("passcode-in-url", "The passcode stands in the URL, which proxies and shells write down.",
			"Send it in the body (curl --data-urlencode passcode@-), and take this one as used")
	}
	if err != nil {
		return a, false, bad("bad-query", "The parameters in the URL cannot be read.", "Escape them")
	}
	if !keyName.MatchString(a.Key) {
		return a, false, badKey
	}
	form, wrong := readKeyBody(w, r)
	if wrong != nil {
		return a, false, wrong
	}
	values := map[string]string{}
	for _, name := range []string{"user", "device", "async", "passcode", "duoPushInfo"} {
		given := slices.Concat(query[name], form[name])
		if len(given) > 1 {
			return a, false, bad("ambiguous", "The parameter "+name+" is there more than once.", "Give it once")
		}
		if len(given) == 1 {
			values[name] = given[0]
		}
	}
	a.User, a.Device, a.Passcode, a.Info = values["user"], values["device"], values["passcode"], values["duoPushInfo"]
	return a, values["async"] == "1", fit(a)
}

var badKey = bad("bad-key", "The key is not one.", "Use 1 to 128 letters, digits and . _ : @ + = ~ -, beginning with a letter or digit")

// fit checks what Duo will be given.
func fit(a pull.KeyAsk) *misread {
	switch {
	case a.User == "":
		return bad("no-user", "The request does not say who is to be asked.", "Add user=DUO_NAME or user=github:LOGIN")
	case a.Device != "" && !deviceName.MatchString(a.Device):
		return bad("bad-device", "The device is not one.", "Leave it out, or give the id that Duo has for it")
	case a.Factor == pull.FactorPasscode && a.Passcode == "":
		return bad("no-passcode", "There is no passcode in the body.", "Send passcode=CODE as a form, or {\"passcode\": \"CODE\"}")
	case a.Factor != pull.FactorPasscode && a.Passcode != "":
		return bad("passcode-unasked", "A passcode came along where none is wanted.", "Send it to POST /v1/passcode/KEY")
	case a.Passcode != "" && !passcodeText.MatchString(a.Passcode):
		return bad("bad-passcode", "The passcode is not one.", "Send 4 to 64 letters and digits")
	}
	return nil
}

// readKeyBody reads JSON or a form, none when there is no body. duo-bot drops a body that it cannot read; here
// that is refused, so that nobody confirms something about which the phone was silent.
func readKeyBody(w http.ResponseWriter, r *http.Request) (url.Values, *misread) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, keyBody))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, &misread{http.StatusRequestEntityTooLarge, "too-large", "The body is longer than 16 KiB.", "Send less"}
	case err != nil:
		return nil, bad("bad-body", "The body did not arrive whole.", "Send it again")
	case len(text) == 0:
		return nil, nil
	}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch media {
	case "application/json":
		return readKeyJSON(text)
	case "application/x-www-form-urlencoded":
		return readKeyForm(text)
	}
	return nil, bad("bad-body", "The body is neither JSON nor a form.", "Set Content-Type: application/json, or send a form")
}

func readKeyJSON(text []byte) (url.Values, *misread) {
	var body struct {
		Info     *string `json:"duoPushInfo"`
		Passcode *string `json:"passcode"`
		User     *string `json:"user"`
		Device   *string `json:"device"`
	}
	if err := json.Unmarshal(text, &body); err != nil {
		return nil, bad("bad-body", "The body is not the JSON that is expected.", `Send {"duoPushInfo": "key=value&other=value"}`)
	}
	form := url.Values{}
	for name, value := range map[string]*string{"duoPushInfo": body.Info, "passcode": body.Passcode, "user": body.User, "device": body.Device} {
		if value != nil {
			form.Set(name, *value)
		}
	}
	return form, nil
}

func readKeyForm(text []byte) (url.Values, *misread) {
	form, err := url.ParseQuery(string(text))
	if err != nil {
		return nil, bad("bad-body", "The form cannot be read.", "Escape its values (curl --data-urlencode)")
	}
	for name := range form {
		if !slices.Contains([]string{"user", "device", "async", "passcode", "duoPushInfo"}, name) {
			return nil, bad("bad-body", "The form has a field that is not known.",
				"Send user, device, async, passcode or duoPushInfo; for JSON set Content-Type: application/json")
		}
	}
	return form, nil
}
