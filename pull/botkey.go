package pull

import "time"

// BotKey is the bot's signing key as the ledger remembers it.
type BotKey struct {
	Fingerprint string    `json:"fingerprint"`
	Created     time.Time `json:"created"`
	Before      string    `json:"before,omitempty"`   // the key that signed until now
	NamedBy     string    `json:"named_by,omitempty"` // the older key that named this one its successor; "" where none did
}
