package config

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// faulty is what is wrong with a value and how to mend it. It never holds the value, which may be secret.
type faulty struct{ text, mend string }

func (f faulty) Error() string { return f.text }

const sqlitePrefix = "sqlite:"

func resolve(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

func setDatabase(s *Server, v, dir string) error {
	if path, ok := strings.CutPrefix(v, sqlitePrefix); ok {
		if path == "" {
			return faulty{"names no file", "write sqlite:PATH"}
		}
		s.Database = Secret(sqlitePrefix + resolve(dir, path))
		return nil
	}
	s.Database = Secret(v)
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Path == "" || u.Path == "/" {
		return faulty{"is neither a postgres:// URL with a database name nor sqlite:PATH",
			"write postgres://USER@HOST/NAME; percent-encode special characters of a password"}
	}
	return nil
}

func checkAddress(v string) error {
	_, port, err := net.SplitHostPort(v)
	n, bad := strconv.Atoi(port)
	if err != nil || bad != nil || n < 0 || n > 65535 {
		return faulty{"is not host:port", `write for example "127.0.0.1:8080"`}
	}
	return nil
}

func checkURL(v string) error {
	u, err := url.Parse(v)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return faulty{"is not an http or https URL", "write for example https://sallyport.example.com"}
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return faulty{"has a user, a query or a fragment", "write scheme, host and path only"}
	}
	return nil
}

func checkHost(v string) error {
	u, err := url.Parse("https://" + v)
	if err != nil || u.Host != v || u.Hostname() == "" {
		return faulty{"is not a host name", "write api-XXXX.duosecurity.com, without https:// and without a path"}
	}
	return nil
}

// checkKey wants the one kind of key that GitHub hands out for apps.
func checkKey(v string) error {
	block, rest := pem.Decode([]byte(v))
	if block == nil {
		return faulty{"is not PEM", "give the .pem file that GitHub made for the app, whole, with its line breaks"}
	}
	if strings.TrimSpace(string(rest)) != "" {
		return faulty{"has something after the key", "give the key alone"}
	}
	if _, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return nil
	}
	if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		if _, ok := key.(*rsa.PrivateKey); ok {
			return nil
		}
	}
	return faulty{"is not an RSA private key", "make a new private key on the app's settings page"}
}

const leastPeriod = time.Second

// age is a period that may be given in days.
func age(v string) (time.Duration, error) {
	const most = 100 * 366
	number, inDays := strings.CutSuffix(v, "d")
	if days, err := strconv.Atoi(number); inDays && err == nil && days > 0 && days <= most {
		return time.Duration(days) * 24 * time.Hour, nil
	}
	d, err := period(v)
	if err != nil {
		return d, faulty{"is no age of at least " + leastPeriod.String(), "write a number and a unit, for example 400d"}
	}
	return d, nil
}

func period(v string) (time.Duration, error) {
	d, err := time.ParseDuration(v)
	if err != nil || d < leastPeriod {
		return d, faulty{"is not a period of at least " + leastPeriod.String(), "write a number and a unit, for example 5m"}
	}
	return d, nil
}
