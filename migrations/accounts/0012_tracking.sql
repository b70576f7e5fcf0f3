-- How our pages do, by day: requests with the time they took, and errors in groups. Of the portal,
-- and of txt and pics, which hand theirs over. Nothing here tells of a person.

-- The sums that a process has sent so far. Each of its sums has a number that grows, and one that
-- is there already is not added again, whatever became of the answer.
CREATE TABLE track_senders (
  sender uuid PRIMARY KEY, -- drawn when a program starts
  service text NOT NULL CHECK (service IN ('portal', 'txt', 'pics')),
  number bigint NOT NULL CHECK (number >= 1),
  taken_at timestamptz NOT NULL DEFAULT now()
);

-- The day, in UTC, is that of the answer.
CREATE TABLE requests_daily (
  day date NOT NULL,
  service text NOT NULL CHECK (service IN ('portal', 'txt', 'pics')),
  route text NOT NULL CHECK (length(route) BETWEEN 1 AND 47), -- the name of the page, never a path
  class smallint NOT NULL CHECK (class BETWEEN 1 AND 5),      -- of the status: 2 for 2xx
  requests bigint NOT NULL CHECK (requests >= 1),
  sum_us bigint NOT NULL CHECK (sum_us >= 0), -- the time that they took together
  -- So many took up to 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000 ms, and more; each
  -- request stands in one of them.
  buckets bigint[] NOT NULL CHECK (cardinality(buckets) = 12),
  PRIMARY KEY (day, service, route, class)
) WITH (fillfactor = 70); -- each row of a day is written once a minute by each replica

-- Answers with a status of 400 and above, one row for all of a day that are alike.
CREATE TABLE error_log (
  day date NOT NULL,
  service text NOT NULL CHECK (service IN ('portal', 'txt', 'pics')),
  route text NOT NULL CHECK (length(route) BETWEEN 1 AND 47),
  cause text NOT NULL CHECK (length(cause) BETWEEN 1 AND 79), -- words of the program's, never input
  status smallint NOT NULL CHECK (status = 0 OR status BETWEEN 400 AND 599), -- 0: of several
  errors bigint NOT NULL CHECK (errors >= 1),
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  request text CHECK (length(request) BETWEEN 1 AND 31), -- the id of the last one, for the log
  PRIMARY KEY (day, service, route, cause, status),
  CHECK (first_at <= last_at)
) WITH (fillfactor = 70);
CREATE INDEX error_log_last_at_idx ON error_log (last_at);
