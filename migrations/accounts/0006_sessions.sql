-- Sessions as their owner sees and ends them, and as the provider does.

ALTER TABLE sessions
  -- Names a session to its owner; neither the token nor its hash leaves the server.
  ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  -- Of the browser at sign-in; addresses are not kept.
  ADD COLUMN user_agent text CHECK (octet_length(user_agent) <= 200),
  -- Signing out shows it to the provider.
  ADD COLUMN id_token_sealed bytea,
  -- One request at a time asks the provider for the roles: refresh tokens are good for one use.
  ADD COLUMN roles_refreshing_until timestamptz;

-- Logout tokens that have been obeyed, until they would be refused for their age: none counts twice.
CREATE TABLE logout_tokens (
  jti_hash bytea PRIMARY KEY CHECK (length(jti_hash) = 32),
  expires_at timestamptz NOT NULL
);
CREATE INDEX logout_tokens_expires_at_idx ON logout_tokens (expires_at);
