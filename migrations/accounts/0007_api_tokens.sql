-- What people's programs prove themselves with at txt and pics, and whose bouncer uploads for whom.

CREATE TABLE api_tokens (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  -- At most 50 an account, however many forms arrive at once: each takes a free number.
  slot integer NOT NULL CHECK (slot BETWEEN 1 AND 50),
  label text NOT NULL CHECK (length(label) BETWEEN 1 AND 60),
  scopes text[] NOT NULL CHECK (scopes <@ '{txt,pics}' AND cardinality(scopes) BETWEEN 1 AND 2),
  -- SHA-256: who reads this table cannot use what is in it.
  token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  hint text NOT NULL CHECK (length(hint) = 4), -- the last characters, to tell tokens apart
  -- SHA-256 of what the form that made it carried: the same form makes no second one.
  form_hash bytea NOT NULL CHECK (length(form_hash) = 32),
  created_at timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz, -- written once a minute at most; NULL: never
  expires_at timestamptz,   -- NULL: never
  UNIQUE (user_id, slot),
  UNIQUE (user_id, form_hash)
) WITH (fillfactor = 90);

-- A soju that several accounts share names only the account inside it.
CREATE INDEX bouncers_soju_username_idx ON bouncers (soju_username);
