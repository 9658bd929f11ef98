-- +goose Up

-- A first look that failed may be under way once more, and what happens meanwhile concerns it as it does the others.
DROP INDEX pulls_unread;
CREATE INDEX pulls_unread ON pulls (repo, number) WHERE open AND branch = '';
