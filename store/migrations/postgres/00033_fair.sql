-- +goose Up

-- Where repositories are served by turns: the oldest pass of each is found without looking at the others.
CREATE INDEX river_job_passes_by_repo ON river_job (((args->>'repo')::bigint), scheduled_at, id) WHERE state = 'available' AND queue = 'passes';

-- When a sweep last had it read again.
ALTER TABLE pulls ADD COLUMN swept_at bigint NOT NULL DEFAULT 0;

-- Whether anything judges it: the overview leaves out what is not. The next pass corrects what stood here before.
ALTER TABLE pulls ADD COLUMN gated boolean NOT NULL DEFAULT true;
CREATE INDEX pulls_by_news ON pulls (repo, saved_at) WHERE open AND gated;
