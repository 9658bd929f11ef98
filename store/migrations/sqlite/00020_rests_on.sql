-- +goose Up

-- The repositories, other than its own, whose files an open pull request is judged or landed by: "|owner/name|" each, in
-- lower case, so that a push to one of them finds it.
ALTER TABLE pulls ADD COLUMN rests_on text NOT NULL DEFAULT '';
CREATE INDEX pulls_by_rests_on ON pulls (rests_on) WHERE open AND rests_on <> '';
