-- The pictures of pics, what they take of each account's room, and figures of what is uploaded.

-- The bytes are elsewhere (PICS_DIR or S3), under public_id. The order loses nothing: a row is
-- `pending` before the first byte is put, `live` when all are there, and `gone` before they are
-- deleted; the row goes last.
CREATE TABLE pictures (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id text NOT NULL UNIQUE CHECK (public_id ~ '^[A-Za-z0-9_-]{12,64}$'),
  user_id bigint NOT NULL REFERENCES users ON DELETE RESTRICT, -- the bytes must go first
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'live', 'gone')),
  visibility text NOT NULL CHECK (visibility IN ('public', 'unlisted', 'private')),
  title text NOT NULL DEFAULT '' CHECK (octet_length(title) <= 800),
  alt text NOT NULL DEFAULT '' CHECK (octet_length(alt) <= 4000), -- what it shows, for who cannot see
  format text NOT NULL CHECK (format IN ('png', 'jpeg', 'gif', 'webp')),
  width integer NOT NULL CHECK (width > 0),
  height integer NOT NULL CHECK (height > 0),
  frames integer NOT NULL CHECK (frames > 0),
  full_bytes bigint NOT NULL CHECK (full_bytes > 0),
  view_bytes bigint NOT NULL DEFAULT 0 CHECK (view_bytes >= 0), -- 0: the picture itself is shown
  thumb_bytes bigint NOT NULL DEFAULT 0 CHECK (thumb_bytes >= 0),
  -- What counts for the account's room: all that is stored.
  stored_bytes bigint NOT NULL GENERATED ALWAYS AS (full_bytes + view_bytes + thumb_bytes) STORED,
  full_hash bytea NOT NULL CHECK (length(full_hash) = 32), -- SHA-256 of the picture as it is served
  source text NOT NULL CHECK (source IN ('form', 'api', 'soju')),
  views bigint NOT NULL DEFAULT 0 CHECK (views >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  changed_at timestamptz NOT NULL DEFAULT now() -- of the state
);
CREATE INDEX pictures_user_id_idx ON pictures (user_id, id DESC) WHERE state = 'live';
CREATE INDEX pictures_state_idx ON pictures (state, changed_at) WHERE state <> 'live';

-- What each account has stored, changed in the same statement as the picture itself. Room is
-- reserved before bytes are put, so that uploads at once never take more than there is.
CREATE TABLE usage (
  user_id bigint PRIMARY KEY REFERENCES users ON DELETE RESTRICT,
  count bigint NOT NULL DEFAULT 0 CHECK (count >= 0),
  bytes bigint NOT NULL DEFAULT 0 CHECK (bytes >= 0),
  reserved_bytes bigint NOT NULL DEFAULT 0 CHECK (reserved_bytes >= 0)
);

-- What was uploaded and refused, by day (UTC) and kind; no account stands here.
CREATE TABLE upload_days (
  day date NOT NULL,
  outcome text NOT NULL, -- 'stored', or why not
  source text NOT NULL CHECK (source IN ('form', 'api', 'soju')),
  format text NOT NULL, -- 'none' where it is not known
  visibility text NOT NULL,
  size_class text NOT NULL, -- of the bytes that were sent
  aspect_class text NOT NULL,
  count bigint NOT NULL DEFAULT 0,
  bytes bigint NOT NULL DEFAULT 0, -- sent
  stored_bytes bigint NOT NULL DEFAULT 0,
  processing_us bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (day, outcome, source, format, visibility, size_class, aspect_class)
);
