-- Money by day: what everybody paid a month when a day ended, and the movements in between, so that
-- churn and growth are read from a window and not from all of history. See billing/movement.h.

-- Who pays: an account, or a customer of Stripe whose account is not known. The account is no
-- foreign key, because what was paid stays paid when an account is gone.
CREATE TABLE mrr_payers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  is_live boolean NOT NULL,
  user_id bigint,
  customer_id text,
  has_paid boolean NOT NULL DEFAULT false, -- it did at the end of a day that was closed
  left_on date, -- the first day that ended without a payment; NULL: it pays, or never has
  CHECK ((user_id IS NULL) <> (customer_id IS NULL)),
  UNIQUE (user_id, is_live),
  UNIQUE (customer_id)
);
CREATE INDEX mrr_payers_unlinked_idx ON mrr_payers (customer_id) WHERE user_id IS NULL;

-- What each subscription was worth at the end of the last day that was closed; 0: nothing, but a
-- day was closed that knew of it. Also of staff, tests and banned people, who are left out when
-- figures are read: a ban takes somebody out of both ends of a window, and is no churn.
CREATE TABLE mrr_stock (
  subscription_id text PRIMARY KEY REFERENCES stripe_subscriptions ON DELETE CASCADE,
  payer_id bigint NOT NULL REFERENCES mrr_payers,
  currency text NOT NULL,
  mrr numeric(36, 12) NOT NULL CHECK (mrr >= 0)
);
CREATE INDEX mrr_stock_payer_id_idx ON mrr_stock (payer_id);
CREATE INDEX mrr_stock_paying_idx ON mrr_stock (payer_id) INCLUDE (currency, mrr) WHERE mrr > 0;

-- Days (UTC) that were closed, one after the other; the first one only opened the stock.
CREATE TABLE mrr_days (
  is_live boolean NOT NULL,
  day date NOT NULL,
  closed_at timestamptz NOT NULL,
  PRIMARY KEY (is_live, day)
);

-- What changed between the ends of two days, for each payer and currency.
CREATE TABLE mrr_movements (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  day date NOT NULL,
  payer_id bigint NOT NULL REFERENCES mrr_payers,
  currency text NOT NULL,
  was_mrr numeric(36, 12) NOT NULL CHECK (was_mrr >= 0),
  is_mrr numeric(36, 12) NOT NULL CHECK (is_mrr >= 0),
  amount numeric(36, 12) NOT NULL GENERATED ALWAYS AS (abs(is_mrr - was_mrr)) STORED,
  kind text NOT NULL,
  churn_kind text CHECK (churn_kind IN ('payment', 'dispute', 'paused', 'voluntary')),
  revised_on date, -- the day was closed with churn, which is none because the payer was back by then
  ended_on date,   -- churn that was a pause has become one for good
  ended_as text CHECK (ended_as IN ('payment', 'dispute', 'voluntary')), -- its kind then
  CHECK (CASE kind
    WHEN 'new' THEN was_mrr = 0 AND is_mrr > 0
    WHEN 'reactivation' THEN was_mrr = 0 AND is_mrr > 0
    WHEN 'expansion' THEN was_mrr < is_mrr
    WHEN 'contraction' THEN was_mrr > is_mrr
    WHEN 'churn' THEN was_mrr > 0 AND is_mrr = 0
    ELSE false END),
  CHECK ((churn_kind IS NOT NULL) = (kind = 'churn' OR revised_on IS NOT NULL)),
  CHECK (revised_on IS NULL OR kind = 'contraction'),
  CHECK ((ended_on IS NULL) = (ended_as IS NULL)),
  CHECK (ended_on IS NULL OR churn_kind = 'paused')
);
CREATE INDEX mrr_movements_day_idx ON mrr_movements (day);
CREATE INDEX mrr_movements_payer_id_idx ON mrr_movements (payer_id, day);

-- The proof, as each day was closed: the stock of all who counted then, before and after. One that
-- begins otherwise than the day before ended was revised in between: somebody was banned, or a
-- subscription came to be known that had been there all along.
CREATE TABLE mrr_day_sums (
  is_live boolean NOT NULL,
  day date NOT NULL,
  currency text NOT NULL,
  start_mrr numeric NOT NULL,
  gained numeric NOT NULL, -- new, reactivation, expansion
  lost numeric NOT NULL,   -- contraction, churn
  end_mrr numeric NOT NULL,
  PRIMARY KEY (is_live, day, currency),
  FOREIGN KEY (is_live, day) REFERENCES mrr_days ON DELETE CASCADE,
  CONSTRAINT mrr_day_sums_add_up CHECK (end_mrr = start_mrr + gained - lost)
);

-- The changes of a day, and those that were noticed after theirs had been closed.
CREATE INDEX stripe_subscription_changes_at_idx ON stripe_subscription_changes (at);
CREATE INDEX stripe_subscription_changes_noticed_at_idx
  ON stripe_subscription_changes (noticed_at);

-- Since when an event waits, for an admin may have had it tried again long after it came.
ALTER TABLE stripe_events ADD COLUMN replayed_at timestamptz;
