-- What people pay: Stripe's objects as they were last read, what came to pass with them, and the
-- plans that follow. Ids are Stripe's. Whatever has is_live is of one of Stripe's two worlds, and no
-- figure mixes them. read_at is when the object was asked for: an older answer never replaces a
-- newer one, in whatever order they arrive. Amounts are minor units; NULL is unknown, never 0.

-- Which plan a price buys. Words of plans are billing/plan.c's.
CREATE TABLE plan_prices (
  price_id text PRIMARY KEY CHECK (price_id <> ''),
  plan text NOT NULL CHECK (plan <> ''),
  is_offered boolean NOT NULL DEFAULT true, -- may be bought here; else only honoured
  created_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE users
  DROP CONSTRAINT users_plan_check,
  ADD CONSTRAINT users_plan_check CHECK (plan <> ''),
  -- What the account has whether it pays or not; a subscription only adds to it.
  ADD COLUMN granted_plan text NOT NULL DEFAULT 'free' CHECK (granted_plan <> '');
CREATE INDEX users_email_idx ON users (lower(email)); -- admins look for people by it
UPDATE users SET granted_plan = plan; -- until now every plan was given by hand

-- ---- The inbox ----

-- Everything that hints at a change: what Stripe posts, what the hourly look at its list of events
-- finds, and what the page after the checkout says. A hint is kept once and obeyed in any order.
CREATE TABLE stripe_events (
  id text PRIMARY KEY CHECK (id <> ''),
  source text NOT NULL CHECK (source IN ('webhook', 'gap', 'return', 'unlinked')),
  is_live boolean NOT NULL,
  type text NOT NULL,
  object_id text,            -- of what it tells; NULL: it has none
  api_version text,          -- that the body was written in
  created_at timestamptz,    -- by Stripe's clock
  received_at timestamptz NOT NULL DEFAULT now(),
  body text,                 -- as it came; NULL: none, or forgotten after a time
  state text NOT NULL DEFAULT 'waiting'
    CHECK (state IN ('waiting', 'done', 'ignored', 'failed')),
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT now(), -- of one that waits: when it is tried (again)
  claimed_until timestamptz,  -- somebody is at it
  ended_at timestamptz,
  effect text,                -- what it did, for admins: "sub_1: active, then canceled"
  error text,                 -- why the last attempt failed
  CHECK ((state = 'waiting') = (ended_at IS NULL))
);
CREATE INDEX stripe_events_due_idx ON stripe_events (due_at) WHERE state = 'waiting';
CREATE INDEX stripe_events_received_idx ON stripe_events (received_at DESC, id DESC);
CREATE INDEX stripe_events_state_idx ON stripe_events (state, received_at DESC, id DESC);
CREATE INDEX stripe_events_type_idx ON stripe_events (type, received_at DESC, id DESC);
CREATE INDEX stripe_events_object_idx ON stripe_events (object_id);
CREATE INDEX stripe_events_body_idx ON stripe_events (received_at) WHERE body IS NOT NULL;

-- Where lists of Stripe were last read to: of the hourly look at events, of each backfill.
-- And by which mode and grace time plans were last settled.
CREATE TABLE stripe_cursors (
  name text PRIMARY KEY,
  value text NOT NULL,
  moved_at timestamptz NOT NULL DEFAULT now()
);

-- ---- Customers ----

CREATE TABLE stripe_customers (
  id text PRIMARY KEY CHECK (id <> ''),
  is_live boolean NOT NULL,
  user_id bigint REFERENCES users ON DELETE SET NULL, -- NULL: not linked (yet)
  user_sub text,             -- of its metadata: whose it says it is
  currency text,             -- lower case; NULL: none yet
  balance_minor bigint,      -- Stripe's sign: negative is credit
  has_discount boolean NOT NULL DEFAULT false, -- for subscriptions that have none of their own
  is_deleted boolean NOT NULL DEFAULT false,
  created_at timestamptz,
  read_at timestamptz        -- NULL: known by name only
);
CREATE INDEX stripe_customers_user_id_idx ON stripe_customers (user_id);
CREATE INDEX stripe_customers_unlinked_idx ON stripe_customers (user_sub) WHERE user_id IS NULL;
CREATE INDEX stripe_customers_unlinked_page_idx ON stripe_customers (id) WHERE user_id IS NULL;

-- The one customer that the portal itself makes for an account, in each of the two worlds. The row
-- comes before the call, and its nonce is in the call's idempotency key: however often it is tried,
-- there is one customer.
CREATE TABLE billing_customers (
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  is_live boolean NOT NULL,
  nonce text NOT NULL CHECK (nonce <> ''),
  customer_id text UNIQUE,   -- NULL: not made yet
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, is_live)
);

-- Movements of a customer's balance: credit that was bought, granted, used, refunded.
CREATE TABLE stripe_balance_entries (
  id text PRIMARY KEY,
  customer_id text NOT NULL REFERENCES stripe_customers ON DELETE CASCADE,
  type text NOT NULL,        -- Stripe's word
  kind text NOT NULL CHECK (kind IN ('bought', 'granted', 'used', 'refunded', 'other')),
  amount_minor bigint NOT NULL,
  ending_balance_minor bigint,
  currency text NOT NULL,
  created_at timestamptz NOT NULL,
  is_live boolean NOT NULL
);
CREATE INDEX stripe_balance_entries_customer_idx
  ON stripe_balance_entries (customer_id, created_at DESC);

-- ---- Subscriptions ----

CREATE TABLE stripe_prices (
  id text PRIMARY KEY,
  is_live boolean NOT NULL,
  product_id text,
  name text,                 -- of its product, or its nickname
  currency text NOT NULL,
  unit_amount numeric,       -- minor units, up to 12 decimals; NULL: tiered, or unknown
  period text CHECK (period IN ('day', 'week', 'month', 'year')), -- NULL: paid once
  period_count integer,
  is_active boolean NOT NULL DEFAULT true,
  object jsonb NOT NULL,     -- tiers and all
  read_at timestamptz NOT NULL
);

CREATE TABLE stripe_coupons (
  id text PRIMARY KEY,
  is_live boolean NOT NULL,
  name text,
  percent_off numeric,
  amount_off_minor bigint,
  currency text,
  duration text NOT NULL,
  duration_months integer,
  is_valid boolean NOT NULL,
  read_at timestamptz NOT NULL,
  CHECK ((percent_off IS NULL) <> (amount_off_minor IS NULL))
);

CREATE TABLE stripe_subscriptions (
  id text PRIMARY KEY CHECK (id <> ''),
  is_live boolean NOT NULL,
  customer_id text NOT NULL REFERENCES stripe_customers ON DELETE CASCADE,
  status text NOT NULL,      -- Stripe's word, also one we do not know
  currency text NOT NULL,
  is_paused boolean NOT NULL DEFAULT false, -- its collection is
  cancel_at_period_end boolean NOT NULL DEFAULT false,
  cancel_at timestamptz,
  canceled_at timestamptz,
  ended_at timestamptz,
  cancel_reason text,        -- of cancellation_details: 'payment_failed', 'payment_disputed', …
  created_at timestamptz NOT NULL,
  trial_end_at timestamptz,
  period_end_at timestamptz, -- when it is charged next; NULL: not at all
  past_due_at timestamptz,   -- since when, also of one that is unpaid; NULL: unknown, or it is not
  latest_invoice_id text,
  -- What the monthly figures are computed from, in Stripe's shape: items, prices, discounts, and
  -- the changes that are scheduled. See billing/mrr.h.
  terms jsonb NOT NULL,
  -- And the figures, at mrr_at: exact to 12 decimals of a minor unit, added up before rounding.
  mrr numeric(36, 12) NOT NULL,
  billed_mrr numeric(36, 12) NOT NULL,
  committed_mrr numeric(36, 12) NOT NULL,
  trial_mrr numeric(36, 12) NOT NULL,
  mrr_flags text[] NOT NULL DEFAULT '{}',
  mrr_at timestamptz NOT NULL,
  -- When time alone changes them, as at the end of a discount; NULL: never.
  mrr_changes_at timestamptz,
  read_at timestamptz NOT NULL
);
CREATE INDEX stripe_subscriptions_customer_id_idx ON stripe_subscriptions (customer_id);
-- Figures leave these out.
CREATE INDEX users_not_counted_idx ON users (id) WHERE is_staff OR is_test OR is_banned;
-- Figures are added up from this alone, however many have ended and however long the terms are.
CREATE INDEX stripe_subscriptions_current_idx ON stripe_subscriptions (customer_id)
  INCLUDE (id, is_live, status, is_paused, currency, mrr, billed_mrr, committed_mrr, trial_mrr)
  WHERE ended_at IS NULL;
CREATE INDEX stripe_subscriptions_mrr_idx ON stripe_subscriptions (mrr_changes_at)
  WHERE mrr_changes_at IS NOT NULL;
CREATE INDEX stripe_subscriptions_ended_at_idx ON stripe_subscriptions (ended_at)
  WHERE ended_at IS NOT NULL;

CREATE TABLE stripe_subscription_items (
  id text PRIMARY KEY,
  subscription_id text NOT NULL REFERENCES stripe_subscriptions ON DELETE CASCADE,
  price_id text NOT NULL,
  product_id text,
  quantity bigint            -- NULL: metered
);
CREATE INDEX stripe_subscription_items_subscription_id_idx
  ON stripe_subscription_items (subscription_id);
CREATE INDEX stripe_subscription_items_price_id_idx ON stripe_subscription_items (price_id);

-- One row whenever something of it became different: the whole new state, not the difference.
CREATE TABLE stripe_subscription_changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subscription_id text NOT NULL REFERENCES stripe_subscriptions ON DELETE CASCADE,
  at timestamptz NOT NULL,   -- by Stripe's clock where it says so, else when it was noticed
  noticed_at timestamptz NOT NULL DEFAULT now(),
  status text NOT NULL,
  is_paused boolean NOT NULL,
  cancel_at_period_end boolean NOT NULL,
  cancel_at timestamptz,
  ended_at timestamptz,
  cancel_reason text,
  currency text NOT NULL,
  mrr numeric(36, 12) NOT NULL,
  billed_mrr numeric(36, 12) NOT NULL,
  prices text[] NOT NULL     -- of its items, sorted
);
CREATE INDEX stripe_subscription_changes_idx
  ON stripe_subscription_changes (subscription_id, id);

-- ---- Money ----

CREATE TABLE stripe_invoices (
  id text PRIMARY KEY CHECK (id <> ''),
  is_live boolean NOT NULL,
  customer_id text REFERENCES stripe_customers ON DELETE CASCADE,
  subscription_id text,
  number text,
  status text,               -- draft, open, paid, void, uncollectible
  billing_reason text,
  currency text NOT NULL,
  total_minor bigint,
  tax_minor bigint,
  amount_due_minor bigint,
  amount_paid_minor bigint,
  attempt_count integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,
  first_failed_at timestamptz, -- never forgotten once seen
  created_at timestamptz NOT NULL,
  due_at timestamptz,
  paid_at timestamptz,
  hosted_url text,
  pdf_url text,
  read_at timestamptz NOT NULL
);
CREATE INDEX stripe_invoices_customer_idx ON stripe_invoices (customer_id, created_at DESC);
CREATE INDEX stripe_invoices_paid_at_idx ON stripe_invoices (paid_at) WHERE paid_at IS NOT NULL;

CREATE TABLE stripe_payment_intents (
  id text PRIMARY KEY CHECK (id <> ''),
  is_live boolean NOT NULL,
  customer_id text REFERENCES stripe_customers ON DELETE CASCADE,
  invoice_id text,           -- the one it pays; NULL: it pays none
  status text NOT NULL,
  currency text NOT NULL,
  amount_minor bigint,
  amount_received_minor bigint,
  error_code text,           -- of the last failure; the decline code if there is one
  latest_charge_id text,
  receipt_url text,          -- of that charge; NULL: it has none, or it was not asked for
  created_at timestamptz NOT NULL,
  succeeded_at timestamptz,  -- when the money was taken; NULL: not, or not known
  read_at timestamptz NOT NULL
);
CREATE INDEX stripe_payment_intents_customer_idx ON stripe_payment_intents (customer_id);
CREATE INDEX stripe_payment_intents_invoice_idx ON stripe_payment_intents (invoice_id)
  WHERE invoice_id IS NOT NULL;
CREATE INDEX stripe_payment_intents_charge_idx ON stripe_payment_intents (latest_charge_id);

CREATE TABLE stripe_refunds (
  id text PRIMARY KEY CHECK (id <> ''),
  is_live boolean NOT NULL,
  payment_intent_id text,
  charge_id text,
  amount_minor bigint NOT NULL,
  currency text NOT NULL,
  status text NOT NULL,
  reason text,
  created_at timestamptz NOT NULL,
  failed_at timestamptz,     -- that day takes it back
  read_at timestamptz NOT NULL
);
CREATE INDEX stripe_refunds_payment_intent_idx ON stripe_refunds (payment_intent_id);
CREATE INDEX stripe_refunds_created_at_idx ON stripe_refunds (created_at);

CREATE TABLE stripe_disputes (
  id text PRIMARY KEY CHECK (id <> ''),
  is_live boolean NOT NULL,
  payment_intent_id text,
  charge_id text,
  amount_minor bigint NOT NULL,
  currency text NOT NULL,
  status text NOT NULL,
  reason text,
  created_at timestamptz NOT NULL,
  withdrawn_at timestamptz,  -- its funds were
  reinstated_at timestamptz,
  read_at timestamptz NOT NULL
);
CREATE INDEX stripe_disputes_payment_intent_idx ON stripe_disputes (payment_intent_id);

-- A payment is a paid invoice, or a payment that has none; so no event can make two of it.
CREATE VIEW payments AS
  SELECT id, is_live, customer_id, subscription_id, currency, amount_paid_minor AS amount_minor,
    tax_minor, paid_at
  FROM stripe_invoices
  WHERE status = 'paid' AND amount_paid_minor > 0 AND paid_at IS NOT NULL
  UNION ALL
  SELECT id, is_live, customer_id, NULL, currency, amount_received_minor, NULL,
    COALESCE(succeeded_at, created_at)
  FROM stripe_payment_intents
  WHERE status = 'succeeded' AND amount_received_minor > 0 AND invoice_id IS NULL;

-- ---- Plans ----

-- Accounts whose plan must be looked at: now, or when the patience with a failed payment ends.
CREATE TABLE plan_checks (
  user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  due_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX plan_checks_due_at_idx ON plan_checks (due_at);

-- A customer that waited for its account is linked when the account appears.
CREATE FUNCTION users_link_customers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE stripe_customers SET user_id = NEW.id
    WHERE user_id IS NULL AND user_sub = NEW.keycloak_sub;
  IF FOUND THEN
    INSERT INTO plan_checks (user_id) VALUES (NEW.id)
      ON CONFLICT (user_id) DO UPDATE SET due_at = now();
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER users_link_customers AFTER INSERT ON users
  FOR EACH ROW EXECUTE FUNCTION users_link_customers();

-- ---- Reconciliation, rates, figures ----

-- What the nightly comparison with Stripe found different, before it was repaired.
CREATE TABLE stripe_differences (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  found_at timestamptz NOT NULL DEFAULT now(),
  object_id text NOT NULL,
  what text NOT NULL,        -- 'missing', 'status', 'mrr', 'items', 'customer', …
  ours text,                 -- NULL: we had none
  theirs text,               -- NULL: Stripe has none
  is_repaired boolean NOT NULL
);
CREATE INDEX stripe_differences_found_at_idx ON stripe_differences (found_at DESC);

-- How much of the reporting currency one unit of `currency` (1 EUR, not 1 cent) is worth, from that
-- day on until a newer row.
CREATE TABLE fx_rates (
  day date NOT NULL,
  currency text NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
  rate numeric NOT NULL CHECK (rate > 0),
  PRIMARY KEY (currency, day)
);

-- The latest business figures, each with its time, the same for every replica and after a restart.
-- A figure that cannot be known has no row.
CREATE TABLE figures (
  name text NOT NULL,        -- 'mrr', 'subscriptions_active', …
  label text NOT NULL DEFAULT '', -- a currency, a status, a plan; '' for the whole
  value numeric NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (name, label)
);
