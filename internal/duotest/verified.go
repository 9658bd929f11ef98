package duotest

import (
	"fmt"
	"net/url"
)

// RequireVerifiedPush is the tenant's policy that a push is answered with a code that the application shows. As with Duo, it
// binds only applications that say they can show one.
func (s *Server) RequireVerifiedPush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.verified = true
}

// offer is the code of a verified push, for an application that can show it. The lock is held.
func (s *Server) offer(params url.Values, d decision) decision {
	if !s.verified || params.Get("client_supports_verified_push") != "1" {
		return d
	}
	s.next++
	d.Txid, d.Code = fmt.Sprintf("7e11f1ed-0000-4000-8000-%012d", s.next), fmt.Sprintf("%06d", 700000+s.next*1373%99999)
	d.Expiration = s.clock().Add(s.life).Unix()
	s.offers[d.Txid] = d.Code
	return d
}

// Type approves a push by the code that the person typed into the phone. A wrong one leaves the push open, as Duo Mobile does.
func (s *Server) Type(txid, code string) error {
	if want := s.Code(txid); want == "" || want != code {
		return fmt.Errorf("the phone does not take the code %q", code)
	}
	return s.End(txid, "allow", "allow")
}

// Code is what a verified push asks for; "" for an ordinary one.
func (s *Server) Code(txid string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.offers[txid]
}
