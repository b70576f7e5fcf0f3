-- Who made something on which day, for the portal, which asks for it: the same for txt and pics (the
-- file of pics is a link to that of txt). A day stays when what was made in it goes.

CREATE TABLE made_days (
  day date NOT NULL, -- in UTC
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  PRIMARY KEY (day, user_id)
);
CREATE INDEX made_days_user_id_idx ON made_days (user_id);
