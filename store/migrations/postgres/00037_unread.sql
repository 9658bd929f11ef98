-- +goose Up

-- The first look at these is not written down yet, so nobody knows what they rest on: whatever happens may concern them. One that
-- failed is repeated by itself, later and later, and reads everything anew.
CREATE INDEX pulls_unread ON pulls (repo, number) WHERE open AND branch = '' AND failures = 0;
