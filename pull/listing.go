package pull

import "time"

// Listed is an open pull request as a listing shows it: enough to know it exists and what it is about to change.
type Listed struct {
	Number int
	Head   string // head SHA
	Branch string // target branch
}

// FailedDelivery is a webhook that GitHub recorded as not taken. ID is one attempt; GUID is the delivery itself.
type FailedDelivery struct {
	ID     int64
	GUID   string
	Event  string
	Status int
	At     time.Time
}
