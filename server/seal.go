package server

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// seal encrypts and authenticates what is kept in cookies. Its key comes from the OAuth client secret, so that every
// replica reads every other's cookies and nothing need be stored.
type seal struct {
	aead   cipher.AEAD
	secure bool
	now    func() time.Time
}

func newSeal(secret string, secure bool, now func() time.Time) (*seal, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "sallyport cookies v1", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return &seal{aead, secure, now}, err
}

// sealed carries its end inside, since a browser may keep a cookie for as long as it likes.
type sealed[T any] struct {
	Until time.Time `json:"until"`
	Value T         `json:"value"`
}

// name gets the prefix that binds a cookie to this very host, where browsers allow it.
func (s *seal) name(purpose string) string {
	if s.secure {
		return "__Host-sallyport-" + purpose
	}
	return "sallyport-" + purpose
}

// put sets a cookie that only its purpose can be read for.
func put[T any](s *seal, w http.ResponseWriter, purpose string, value T, until time.Time) error {
	plain, err := json.Marshal(sealed[T]{until, value})
	if err != nil {
		return err
	}
	box := s.aead.Seal(nil, nil, plain, []byte(purpose))
	http.SetCookie(w, s.cookie(purpose, base64.RawURLEncoding.EncodeToString(box), until))
	return nil
}

var errNoCookie = errors.New("no valid cookie")

// take reads a cookie back; errNoCookie when it is absent, forged, for another purpose or over.
func take[T any](s *seal, r *http.Request, purpose string) (T, error) {
	var found sealed[T]
	cookie, err := r.Cookie(s.name(purpose))
	if err != nil {
		return found.Value, errNoCookie
	}
	box, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return found.Value, errNoCookie
	}
	plain, err := s.aead.Open(nil, nil, box, []byte(purpose))
	if err != nil || json.Unmarshal(plain, &found) != nil || !s.now().Before(found.Until) {
		var none T
		return none, errNoCookie
	}
	return found.Value, nil
}

func (s *seal) drop(w http.ResponseWriter, purpose string) {
	cookie := s.cookie(purpose, "", time.Unix(1, 0))
	cookie.MaxAge = -1
	http.SetCookie(w, cookie)
}

func (s *seal) cookie(purpose, value string, until time.Time) *http.Cookie {
	return &http.Cookie{
		Name: s.name(purpose), Value: value, Path: "/", Expires: until,
		HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	}
}
