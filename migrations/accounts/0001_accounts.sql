-- Accounts, their sessions and their attempts to sign in.

CREATE TABLE users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  keycloak_sub text NOT NULL UNIQUE CHECK (keycloak_sub <> ''),
  issuer text NOT NULL,
  email text,
  email_verified boolean NOT NULL DEFAULT false,
  name text,
  plan text NOT NULL DEFAULT 'free' CHECK (plan IN ('free', 'pro')),
  created_at timestamptz NOT NULL DEFAULT now(),
  last_login_at timestamptz NOT NULL DEFAULT now(),
  -- What cannot be had later: how the person first came here.
  first_visit_at timestamptz,
  first_source text,
  first_referrer text,
  first_campaign text,
  -- Left out of every figure.
  is_staff boolean NOT NULL DEFAULT false,
  is_test boolean NOT NULL DEFAULT false,
  is_banned boolean NOT NULL DEFAULT false
);

-- Only the SHA-256 of a session's token is kept: who reads this table cannot sign in with it.
CREATE TABLE sessions (
  token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  csrf_secret bytea NOT NULL CHECK (length(csrf_secret) = 32),
  roles text[] NOT NULL DEFAULT '{}',
  roles_read_at timestamptz NOT NULL DEFAULT now(),
  idp_sid text,
  refresh_token_sealed bytea,
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
