-- Who stores something here and who is signed in: the same for txt and pics, which share the code
-- that reads it (the file of pics is a link to that of txt).

-- An account of the portal, made when it first signs in or uploads here. The portal decides about
-- plan and ban; what it last said is kept for when it does not answer.
CREATE TABLE users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  keycloak_sub text NOT NULL UNIQUE CHECK (keycloak_sub <> ''),
  issuer text NOT NULL,
  email text,
  email_verified boolean NOT NULL DEFAULT false,
  name text,
  plan text NOT NULL DEFAULT 'free',
  is_banned boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  last_login_at timestamptz -- NULL: never signed in here
);

-- Only the SHA-256 of a session's token is kept: who reads this table cannot sign in with it.
CREATE TABLE sessions (
  id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  csrf_secret bytea NOT NULL CHECK (length(csrf_secret) = 32),
  roles text[] NOT NULL DEFAULT '{}', -- none here
  roles_read_at timestamptz NOT NULL DEFAULT now(),
  idp_sid text,
  id_token_sealed bytea, -- signing out shows it to the provider
  user_agent text CHECK (octet_length(user_agent) <= 200),
  created_at timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  idle_seconds integer NOT NULL CHECK (idle_seconds > 0),
  expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_user_id_idx ON sessions (user_id);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);
CREATE INDEX sessions_idp_sid_idx ON sessions (idp_sid) WHERE idp_sid IS NOT NULL;

-- One row for each attempt to sign in, used once, within ten minutes, by the browser that began it.
CREATE TABLE login_attempts (
  state_hash bytea PRIMARY KEY CHECK (length(state_hash) = 32),
  browser_hash bytea NOT NULL CHECK (length(browser_hash) = 32),
  nonce text NOT NULL,
  code_verifier text NOT NULL,
  return_path text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX login_attempts_created_at_idx ON login_attempts (created_at);

-- Logout tokens that have been obeyed, until they would be refused for their age.
CREATE TABLE logout_tokens (
  jti_hash bytea PRIMARY KEY CHECK (length(jti_hash) = 32),
  expires_at timestamptz NOT NULL
);
CREATE INDEX logout_tokens_expires_at_idx ON logout_tokens (expires_at);

-- What the service does by itself.
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
