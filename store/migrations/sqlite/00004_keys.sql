-- +goose Up

-- Prompts of duo-bot's API are about a key instead of a pull request: repo and number are 0, keyed and token say the
-- key and who asked. They share the table so that one phone shows one prompt, whatever it is about.
ALTER TABLE prompts ADD COLUMN keyed text NOT NULL DEFAULT '';
ALTER TABLE prompts ADD COLUMN token text NOT NULL DEFAULT '';
CREATE INDEX prompts_by_key ON prompts (keyed, id) WHERE keyed <> '';
CREATE INDEX prompts_by_token ON prompts (token, asked_at) WHERE keyed <> '';

-- Whoever reported fraud is not asked over the API again until somebody lifts it.
CREATE TABLE phone_freezes (
    duo_user text    PRIMARY KEY,
    at       integer NOT NULL,
    prompt   integer NOT NULL
);

-- What landed, and what an exact landing would make, so that a commit finds its landing.
ALTER TABLE landings ADD COLUMN landed text NOT NULL DEFAULT '';
ALTER TABLE landings ADD COLUMN merge text NOT NULL DEFAULT '';
UPDATE landings SET landed = coalesce(json_extract(body, '$.landed'), ''),
    merge = CASE WHEN json_extract(body, '$.binding.method') = 'exact' THEN coalesce(json_extract(body, '$.binding.merge'), '') ELSE '' END;
CREATE INDEX landings_by_landed ON landings (landed) WHERE landed <> '';
CREATE INDEX landings_by_merge ON landings (merge) WHERE merge <> '';
