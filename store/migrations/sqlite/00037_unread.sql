-- +goose Up

-- The first look at these is not written down yet, so nobody knows what they rest on: whatever happens may concern them.
CREATE INDEX pulls_unread ON pulls (repo, number) WHERE open AND branch = '';
