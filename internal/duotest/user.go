package duotest

import "slices"

// UserStatus is what an administrator of Duo set for a user.
type UserStatus string

// The user statuses. The zero value is an ordinary, enrolled user.
const (
	Active     UserStatus = ""
	Bypass     UserStatus = "bypass"
	Disabled   UserStatus = "disabled"
	LockedOut  UserStatus = "locked out"
	Unenrolled UserStatus = "unenrolled"
)

// Policy is what Duo's own policy says before anybody is asked.
type Policy string

// The policies. The zero value asks.
const (
	AskAlways   Policy = ""
	AllowUnseen Policy = "allow" // a remembered device, a trusted network
	DenyUnseen  Policy = "deny"
)

// Device is something that a user authenticates with.
type Device struct {
	ID           string   `json:"device"`
	Type         string   `json:"type"`
	Name         string   `json:"name"`
	Number       string   `json:"number,omitempty"`
	Capabilities []string `json:"capabilities"`
}

// User is someone whom the simulated Duo knows.
type User struct {
	Name    string
	Status  UserStatus
	Policy  Policy
	Devices []Device
	// Passcodes are valid once each.
	Passcodes []string
}

// Phone is a device that can take pushes.
func Phone() Device {
	return Device{ID: "DPSIMULATEDPHONE0001", Type: "phone", Name: "Phone", Number: "+1 555 0100",
		Capabilities: []string{"auto", "push", "sms", "phone", "mobile_otp"}}
}

// Landline is a device that can take calls only.
func Landline() Device {
	return Device{ID: "DPSIMULATEDPHONE0002", Type: "phone", Name: "Desk", Number: "+1 555 0101",
		Capabilities: []string{"auto", "phone"}}
}

// SetUser adds a user or replaces the one of that name; Duo's names ignore case.
func (s *Server) SetUser(u User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[fold(u.Name)] = &u
}

// AddUsers adds ordinary users with a phone each.
func (s *Server) AddUsers(names ...string) {
	for _, name := range names {
		s.SetUser(User{Name: name, Devices: []Device{Phone()}})
	}
}

// SetUnknownUsers sets what preauth answers for users that Duo does not know: "enroll" (the start), "deny",
// "allow", or "error" for a refusal with code 40002.
func (s *Server) SetUnknownUsers(result string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unknown = result
}

// user finds a user by name. The caller holds the lock.
func (s *Server) user(name string) (*User, bool) {
	u, ok := s.users[fold(name)]
	return u, ok && u.Status != Unenrolled
}

// can reports whether a device of the user has the capability; "auto" or an empty id accepts any device.
func (u *User) can(device, capability string) bool {
	return slices.ContainsFunc(u.Devices, func(d Device) bool {
		return (device == "auto" || device == "" || device == d.ID) && slices.Contains(d.Capabilities, capability)
	})
}

// standing is what Duo decides without asking: result and status, or empty where it asks.
func (u *User) standing() (result, status, message string) {
	switch {
	case u.Status == LockedOut:
		return "deny", "locked_out", "Your account has been locked out due to excessive authentication failures."
	case u.Status == Disabled:
		return "deny", "deny", "Your account is disabled and cannot access this application."
	case u.Policy == DenyUnseen:
		return "deny", "deny", "Access denied by policy."
	case u.Status == Bypass, u.Policy == AllowUnseen:
		return "allow", "bypass", "Bypassing two-factor authentication."
	}
	return "", "", ""
}
