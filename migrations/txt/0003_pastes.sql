-- Pastes. Their texts are in a table of their own: lists, searches and counts of views then read and
-- write short rows only.

CREATE TABLE pastes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id text NOT NULL UNIQUE CHECK (public_id ~ '^[1-9A-HJ-NP-Za-km-z]{8,40}$'),
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  title text NOT NULL DEFAULT '' CHECK (char_length(title) <= 200),
  syntax text NOT NULL CHECK (syntax ~ '^[a-z0-9]{1,20}$'),
  visibility text NOT NULL CHECK (visibility IN ('public', 'unlisted', 'private')),
  bytes integer NOT NULL CHECK (bytes > 0),
  lines integer NOT NULL CHECK (lines > 0),
  views bigint NOT NULL DEFAULT 0 CHECK (views >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz, -- NULL: never
  CHECK (expires_at > created_at)
);
CREATE INDEX pastes_user_id_created_at_idx ON pastes (user_id, created_at, id);
CREATE INDEX pastes_user_id_bytes_idx ON pastes (user_id, bytes, id);
CREATE INDEX pastes_user_id_title_idx ON pastes (user_id, lower(title), id);
CREATE INDEX pastes_user_id_views_idx ON pastes (user_id, views, id);
CREATE INDEX pastes_expires_at_idx ON pastes (expires_at) WHERE expires_at IS NOT NULL;

-- Never changed once written.
CREATE TABLE paste_bodies (
  paste_id bigint PRIMARY KEY REFERENCES pastes ON DELETE CASCADE,
  body text NOT NULL CHECK (body <> '')
);

-- The text in colours, as HTML, made by the version of the program's rules that stands beside it; made again when
-- those change, so nothing is lost with a row.
CREATE TABLE paste_colours (
  paste_id bigint PRIMARY KEY REFERENCES pastes ON DELETE CASCADE,
  version integer NOT NULL,
  html text NOT NULL,
  process_us bigint NOT NULL CHECK (process_us >= 0),
  created_at timestamptz NOT NULL DEFAULT now()
);

-- However pastes go, they make room.
CREATE FUNCTION pastes_make_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE usage u SET count = u.count - g.count, bytes = u.bytes - g.bytes
  FROM (SELECT user_id, count(*) AS count, sum(bytes) AS bytes FROM gone GROUP BY user_id) g
  WHERE u.user_id = g.user_id;
  RETURN NULL;
END $$;
CREATE TRIGGER pastes_make_room AFTER DELETE ON pastes
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION pastes_make_room();

CREATE FUNCTION add_views(ids bigint[], counts bigint[]) RETURNS bigint LANGUAGE sql AS $$
  WITH seen AS (
    UPDATE pastes p SET views = p.views + v.n FROM unnest(ids, counts) v(id, n)
    WHERE p.id = v.id RETURNING 1)
  SELECT count(*) FROM seen
$$;

CREATE FUNCTION erase_content(sub text, at_most integer, OUT erased bigint, OUT bytes bigint)
LANGUAGE sql AS $$
  WITH few AS (
    SELECT p.id FROM pastes p WHERE p.user_id = (SELECT u.id FROM users u WHERE u.keycloak_sub = sub)
    LIMIT at_most),
  gone AS (DELETE FROM pastes p USING few s WHERE p.id = s.id RETURNING p.bytes)
  SELECT count(*), coalesce(sum(gone.bytes), 0)::bigint FROM gone
$$;
