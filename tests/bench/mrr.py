"""Monthly revenue of very many subscriptions: refreshing its figures must stay cheap."""
import os

from stack import ROOT, admin, shell

SUBSCRIPTIONS, ENDED = 100_000, 100_000
REFRESH_MAX_MS, GROWTH_MAX_MB = 1000, 16
CHANGES, DAYS, CLOSE_MAX_MS = 5, 40, 3000  # changes of each subscription, over a year; days missed

# Of live mode, which nothing else in the bench is of. Each tenth has two items, a coupon that has just
# ended, and a customer without an account; there are four currencies, and as many that have ended.
TERMS = """json_build_object('id', 'sub_bench_' || n, 'status', 'active', 'currency', currency,
  'items', json_build_object('data', json_build_array(json_build_object('id', 'si_' || n, 'price',
    json_build_object('id', 'price_bench', 'unit_amount', 900 + n % 7,
      'recurring', json_build_object('interval', 'year'))))),
  'discounts', json_build_array(json_build_object('id', 'di_' || n, 'end', 1767225600, 'source',
    json_build_object('coupon', json_build_object('id', 'c', 'duration', 'repeating',
      'percent_off', 12.5)))))"""
FILL = f"""
INSERT INTO users (keycloak_sub, issuer)
  SELECT 'bench-mrr-' || n, 'bench' FROM generate_series(1, {SUBSCRIPTIONS}) n;
INSERT INTO stripe_customers (id, is_live, user_id)
  SELECT 'cus_bench_' || substr(keycloak_sub, 11), true,
    CASE WHEN id % 10 > 0 THEN id END FROM users WHERE issuer = 'bench';
INSERT INTO stripe_subscriptions (id, is_live, customer_id, status, currency, created_at, terms, mrr,
    billed_mrr, committed_mrr, trial_mrr, mrr_at, mrr_changes_at, read_at, ended_at)
  SELECT 'sub_bench_' || n, true, 'cus_bench_' || 1 + n % {SUBSCRIPTIONS},
    CASE WHEN n > {SUBSCRIPTIONS} THEN 'canceled' WHEN n % 20 = 0 THEN 'past_due' ELSE 'active' END,
    currency, now(), {TERMS}, (900 + n % 7) / 12.0, (900 + n % 7) / 12.0, 75, 0, now(),
    CASE WHEN n <= {SUBSCRIPTIONS} THEN now() END, now(),
    CASE WHEN n > {SUBSCRIPTIONS} THEN now() - n * interval '1 minute' END
  FROM generate_series(1, {SUBSCRIPTIONS} + {ENDED}) n,
    LATERAL (SELECT ('{{eur,usd,jpy,kwd}}'::text[])[1 + n % 4] AS currency) c;
INSERT INTO stripe_subscription_items (id, subscription_id, price_id)
  SELECT 'si_bench_' || n, 'sub_bench_' || 1 + n % {SUBSCRIPTIONS}, 'price_bench'
  FROM generate_series(1, {SUBSCRIPTIONS} * 11 / 10) n;
INSERT INTO plan_prices (price_id, plan) VALUES ('price_bench', 'pro');
INSERT INTO fx_rates (day, currency, rate)
  VALUES ('2020-01-01', 'usd', 0.92), ('2020-01-01', 'jpy', 0.0062), ('2020-01-01', 'kwd', 3);
INSERT INTO stripe_subscription_changes (subscription_id, at, noticed_at, status, is_paused,
    cancel_at_period_end, currency, mrr, billed_mrr, prices)
  SELECT 'sub_bench_' || n, at, at, 'active', false, false,
    ('{{eur,usd,jpy,kwd}}'::text[])[1 + n % 4], CASE WHEN (n + k) % 9 > 0 THEN 75 + k ELSE 0 END, 75,
    '{{}}' FROM generate_series(1, {SUBSCRIPTIONS}) n, generate_series(0, {CHANGES} - 1) k,
    LATERAL (SELECT now() - (k * 70 + n % 70) * interval '1 day' AS at) a ORDER BY at;
INSERT INTO mrr_days (is_live, day, closed_at)
  VALUES (true, (now() AT TIME ZONE 'UTC')::date - 1 - {DAYS}, '2000-01-01');
ANALYZE users, stripe_customers, stripe_subscriptions, stripe_subscription_items,
  stripe_subscription_changes;
"""
EMPTY = """
DELETE FROM mrr_days WHERE is_live;
DELETE FROM mrr_movements m USING mrr_payers p WHERE p.id = m.payer_id AND p.is_live;
DELETE FROM stripe_customers WHERE id LIKE 'cus\\_bench\\_%';
DELETE FROM mrr_payers WHERE is_live;
DELETE FROM users WHERE issuer = 'bench';
DELETE FROM plan_prices WHERE price_id = 'price_bench';
DELETE FROM fx_rates WHERE day = '2020-01-01';
"""


def measure(report):
    """Of rows beside those of the sample accounts, in the other of the two worlds of Stripe."""
    shell('make', '-s', 'bench-tools', 'FAST=1')
    admin(EMPTY, 'accounts')
    try:
        admin(FILL, 'accounts')
        admin('CHECKPOINT')  # what follows does not wait for the disk
        (computed, computed_ms, refresh_ms, first_kb, more_kb, closed, closed_ms,
         known_ms) = map(float, shell(
             str(ROOT / 'build/fast/bench/mrr'), os.environ['DATABASE_URL']).split())
    finally:
        admin(EMPTY, 'accounts')
    report(f'figures of {SUBSCRIPTIONS:,} subscriptions ({ENDED:,} have ended) refreshed',
           f'{refresh_ms:.0f} ms', f'< {REFRESH_MAX_MS} ms', refresh_ms < REFRESH_MAX_MS)
    report(f'  {computed:,.0f} of them computed anew, as time has changed them',
           f'{computed / computed_ms * 1000:,.0f}/s')
    report('  what that, and eleven more refreshes, made the process grow',
           f'{first_kb / 1024:.1f} and {more_kb / 1024:.1f} MB', f'< {GROWTH_MAX_MB} MB, flat',
           first_kb / 1024 < GROWTH_MAX_MB and more_kb < 1024)
    report(f'a day of them is closed ({SUBSCRIPTIONS // 70:,} change a day, {closed:.0f} days)',
           f'{closed_ms / closed:.0f} ms', f'< {CLOSE_MAX_MS} ms', closed_ms / closed < CLOSE_MAX_MS)
    report('  the figures refreshed, with churn and movements of 30 days', f'{known_ms:.0f} ms')
