-- Totals that need not read history again: events by day, and accounts by the time they were made.

-- One row for each day that is over and each type it saw; outlives the events themselves.
CREATE TABLE event_days (
  event_type text NOT NULL,
  day date NOT NULL, -- in UTC
  events bigint NOT NULL CHECK (events > 0),
  PRIMARY KEY (event_type, day)
);
CREATE INDEX event_days_day_idx ON event_days (day);

CREATE INDEX users_created_at_idx ON users (created_at);
