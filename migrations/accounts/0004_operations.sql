-- What the portal does by itself, and what its admins do.

CREATE TABLE job_runs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  outcome text NOT NULL DEFAULT 'running' CHECK (outcome IN ('running', 'ok', 'failed')),
  error text,
  CHECK ((outcome = 'running') = (ended_at IS NULL))
);
CREATE INDEX job_runs_job_idx ON job_runs (job, started_at DESC);

-- Written before the thing is shown or done; never changed afterwards.
CREATE TABLE audit_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor_sub text NOT NULL,
  action text NOT NULL,
  resource text,
  address inet
);
CREATE INDEX audit_log_at_idx ON audit_log (at);
