-- The pictures of pics, the room that is reserved for those on their way, and figures of each day.

-- The bytes are elsewhere (PICS_DIR or S3), under public_id. The order loses nothing: a row is
-- `pending` before the first byte is put, `live` when all are there, and `gone` before they are
-- deleted; the row goes last.
CREATE TABLE pictures (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id text NOT NULL UNIQUE CHECK (public_id ~ '^[A-Za-z0-9_-]{12,64}$'),
  user_id bigint REFERENCES users ON DELETE SET NULL, -- NULL: erased, the bytes are still to go
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'live', 'gone')),
  visibility text NOT NULL CHECK (visibility IN ('public', 'unlisted', 'private')),
  title text NOT NULL DEFAULT '' CHECK (octet_length(title) <= 800),
  alt text NOT NULL DEFAULT '' CHECK (octet_length(alt) <= 4000), -- what it shows, in words
  format text NOT NULL CHECK (format IN ('png', 'jpeg', 'gif', 'webp')),
  width integer NOT NULL CHECK (width > 0),
  height integer NOT NULL CHECK (height > 0),
  frames integer NOT NULL CHECK (frames > 0),
  full_bytes bigint NOT NULL CHECK (full_bytes > 0),
  view_bytes bigint NOT NULL CHECK (view_bytes >= 0), -- 0: the picture itself is shown
  thumb_bytes bigint NOT NULL CHECK (thumb_bytes >= 0),
  -- What counts for the account's room: all that is stored.
  stored_bytes bigint NOT NULL GENERATED ALWAYS AS (full_bytes + view_bytes + thumb_bytes) STORED,
  full_hash bytea NOT NULL CHECK (length(full_hash) = 32), -- SHA-256 of the picture as it is served
  source text NOT NULL CHECK (source IN ('form', 'api', 'soju')),
  views bigint NOT NULL DEFAULT 0 CHECK (views >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  remove_at timestamptz CHECK ((state = 'gone') = (remove_at IS NOT NULL)), -- the bytes, not before
  CHECK (user_id IS NOT NULL OR state = 'gone')
);
CREATE INDEX pictures_user_id_idx ON pictures (user_id, id DESC) WHERE state = 'live';
CREATE INDEX pictures_stored_bytes_idx ON pictures (user_id, stored_bytes, id) WHERE state = 'live';
CREATE INDEX pictures_views_idx ON pictures (user_id, views, id) WHERE state = 'live';
CREATE INDEX pictures_title_idx ON pictures (user_id, lower(title), id DESC) WHERE state = 'live';
CREATE INDEX pictures_created_at_idx ON pictures (created_at) WHERE state = 'pending';
CREATE INDEX pictures_remove_at_idx ON pictures (remove_at) WHERE state = 'gone';
CREATE INDEX pictures_gone_user_id_idx ON pictures (user_id) WHERE state <> 'live';

-- Room is reserved before bytes are put, so that uploads at once never take more than there is.
ALTER TABLE usage ADD COLUMN reserved_bytes bigint NOT NULL DEFAULT 0 CHECK (reserved_bytes >= 0);

-- What was stored, by day (UTC) and kind; it stays when pictures go, and no account stands here.
CREATE TABLE picture_days (
  day date NOT NULL,
  format text NOT NULL,
  source text NOT NULL,
  visibility text NOT NULL,
  size_class text NOT NULL,
  aspect_class text NOT NULL,
  count bigint NOT NULL,
  sent_bytes bigint NOT NULL,
  stored_bytes bigint NOT NULL,
  process_us bigint NOT NULL,
  PRIMARY KEY (day, format, source, visibility, size_class, aspect_class)
);

CREATE FUNCTION add_views(ids bigint[], counts bigint[]) RETURNS bigint LANGUAGE sql AS $$
  WITH seen AS (
    UPDATE pictures SET views = views + v.n
    FROM unnest(ids, counts) v (id, n) WHERE pictures.id = v.id RETURNING 1)
  SELECT count(*) FROM seen
$$;

-- Those on their way go as well; their bytes may still be coming, so they are removed later.
CREATE FUNCTION erase_content(sub text, at_most integer, OUT erased bigint, OUT bytes bigint)
LANGUAGE sql AS $$
  WITH given AS (
    UPDATE pictures SET state = 'gone', remove_at = now() + interval '10 minutes' FROM users u
    WHERE u.keycloak_sub = sub AND pictures.user_id = u.id AND state = 'pending'
    RETURNING stored_bytes),
  target AS (
    SELECT p.id FROM pictures p JOIN users u ON u.id = p.user_id
    WHERE u.keycloak_sub = sub AND p.state = 'live' ORDER BY p.id LIMIT at_most FOR UPDATE OF p),
  gone AS (
    UPDATE pictures SET state = 'gone', remove_at = now() FROM target
    WHERE pictures.id = target.id RETURNING stored_bytes),
  used AS (
    UPDATE usage SET bytes = usage.bytes - coalesce((SELECT sum(stored_bytes) FROM gone), 0),
      count = usage.count - (SELECT count(*) FROM gone),
      reserved_bytes = usage.reserved_bytes - coalesce((SELECT sum(stored_bytes) FROM given), 0)
    FROM users u WHERE u.keycloak_sub = sub AND usage.user_id = u.id)
  SELECT count(*), coalesce(sum(stored_bytes), 0)::bigint FROM gone
$$;
