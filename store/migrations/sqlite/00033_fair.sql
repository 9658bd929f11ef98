-- +goose Up

-- Where repositories are served by turns: the oldest pass of each is found without looking at the others.
CREATE INDEX river_job_passes_by_repo ON river_job (CAST(args->>'repo' AS integer), scheduled_at, id) WHERE state = 'available' AND queue = 'passes';
