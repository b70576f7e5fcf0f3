"""Days are closed by the running portal, and what it tells Prometheus of churn, of movements and of
events that wait.

Lives of 40 days are put beside the portal as rows; the day before them counts as the last one that
was closed, so the job has 39 days to catch up with.
"""
import re
import unittest

from client import request
from services import Service
from stripe_sim import StripeSim, wait_until

# Account, day from the first, amount, status, and why it was canceled.
LIVES = [
    ('stays', 0, 900, 'active', None),
    ('grows', 0, 900, 'active', None), ('grows', 20, 1500, 'active', None),
    ('leaves', 0, 900, 'active', None), ('leaves', 25, 0, 'canceled', 'payment_failed'),
    ('pauses', 0, 900, 'active', None), ('pauses', 25, 0, 'paused', None),
    ('switches', 0, 900, 'active', None), ('switches', 20, 0, 'canceled', None),
    ('switches', 22, 500, 'active', None),
    ('comes', 30, 700, 'active', None),
    ('staff', 0, 900, 'active', None), ('staff', 25, 0, 'canceled', None),
]
FIRST = "((now() AT TIME ZONE 'UTC')::date - 40)"  # its end is a day before the first change


def setUpModule():
    global stripe, portal
    stripe = StripeSim()
    portal = Service('portal', **stripe.env, REPORTING_CURRENCY='eur')
    portal.portal.stop()
    fill()
    run_days()


def tearDownModule():
    portal.stop()
    stripe.stop()


def fill():
    accounts = sorted({life[0] for life in LIVES})
    portal.sql(
        'DELETE FROM mrr_days;'
        ' INSERT INTO users (keycloak_sub, issuer, is_staff) VALUES '
        + ', '.join(f"('churn-{a}', 'i', {a == 'staff'})" for a in accounts)
        + '; INSERT INTO stripe_customers (id, is_live, user_id)'
        " SELECT 'cus_' || keycloak_sub, false, id FROM users WHERE keycloak_sub LIKE 'churn-%';"
        ' INSERT INTO stripe_subscriptions (id, is_live, customer_id, status, currency, created_at,'
        ' terms, mrr, billed_mrr, committed_mrr, trial_mrr, mrr_at, read_at)'
        " SELECT 'sub_' || id, false, id, 'active', 'eur', now(), '{}', 0, 0, 0, 0, now(), now()"
        " FROM stripe_customers WHERE id LIKE 'cus_churn-%';"
        f' INSERT INTO mrr_days (is_live, day, closed_at) VALUES (false, {FIRST}, now())')
    for account, day, amount, status, reason in LIVES:
        portal.sql(
            'INSERT INTO stripe_subscription_changes (subscription_id, at, status, is_paused,'
            ' cancel_at_period_end, cancel_reason, currency, mrr, billed_mrr, prices)'
            f" VALUES ('sub_cus_churn-{account}', ({FIRST} + {day + 1})::timestamp"
            f" AT TIME ZONE 'UTC' + interval '12 hours', '{status}', false, false,"
            f" {f'{reason!r}' if reason else 'NULL'}, 'eur', {amount}, {amount}, '{{}}')")


def run_job(name):
    portal.portal.stop()
    portal.sql(f"DELETE FROM job_runs WHERE job = '{name}'")
    portal.restart()
    wait_until(lambda: portal.sql(f"SELECT 1 FROM job_runs WHERE job = '{name}'"
                                  " AND outcome = 'ok'"), f'the run of {name}')


def run_days():
    """Has the days closed, then the figures counted, then those shown: they are read at a start."""
    run_job('mrr_days')
    run_job('billing_figures')
    portal.restart()
    wait_until(lambda: figures('irc_now_subscriptions_active'), 'figures on /metrics')


def figures(name):
    """{labels in braces: value} of a metric; {} if there is none."""
    text = request('GET', portal.internal + '/metrics').text
    return {labels: float(value) for labels, value in re.findall(
        rf'^{name}(\{{[^}}]*\}})? (\S+)$', text, re.M)}


class Churn(unittest.TestCase):
    maxDiff = None

    def test_who_left_in_the_last_30_days(self):
        """Not who paused, who was back soon, or whoever is of staff."""
        self.assertEqual(figures('irc_now_churn_paying_at_start_30d'), {'': 5})
        self.assertEqual(figures('irc_now_churn_customers_30d'), {'': 1})
        self.assertEqual(figures('irc_now_churn_rate_30d'), {'': 0.2})

    def test_movements_by_kind(self):
        want = {'new': 700, 'reactivation': 0, 'expansion': 1100, 'contraction': 900, 'churn': 900,
                'paused': 900, 'fx': 0}
        self.assertEqual(figures('irc_now_mrr_movements_30d_cents'),
                         {f'{{currency="eur",kind="{kind}"}}': n for kind, n in want.items()})

    def test_each_day_is_closed_once(self):
        count = ('SELECT count(*), sum(amount), (SELECT count(*) FROM mrr_days)'
                 ' FROM mrr_movements')
        before = portal.sql(count)
        run_days()
        self.assertEqual(portal.sql(count)[0][:2], before[0][:2])
        self.assertGreaterEqual(int(before[0][2]), 40)
        self.assertEqual(portal.sql('SELECT count(DISTINCT day) - count(*) FROM mrr_days'),
                         [['0']])
        self.assertEqual(portal.sql(
            'SELECT count(*) FROM mrr_day_sums s WHERE start_mrr + gained - lost <> end_mrr'),
            [['0']])

    def test_who_is_banned_has_neither_left_nor_been_there(self):
        portal.sql("UPDATE users SET is_banned = true WHERE keycloak_sub = 'churn-leaves'")
        self.addCleanup(run_days)
        self.addCleanup(portal.sql, 'UPDATE users SET is_banned = false')
        run_days()
        self.assertEqual(figures('irc_now_churn_paying_at_start_30d'), {'': 4})
        self.assertEqual(figures('irc_now_churn_customers_30d'), {'': 0})

    def test_events_that_wait(self):
        self.assertEqual(figures('irc_now_stripe_webhook_backlog'), {'': 0})
        self.assertEqual(figures('irc_now_stripe_webhook_oldest_seconds'), {'': 0})
        portal.sql("INSERT INTO stripe_events (id, source, is_live, type, received_at, due_at)"
                   " SELECT 'evt_churn_' || n, 'webhook', n > 2, 'x',"
                   " now() - n * interval '1 hour', now() + interval '1 day'"
                   " FROM generate_series(1, 3) n")
        self.addCleanup(run_days)
        self.addCleanup(portal.sql, "DELETE FROM stripe_events WHERE id LIKE 'evt_churn_%'")
        run_days()
        self.assertEqual(figures('irc_now_stripe_webhook_backlog'), {'': 2})
        oldest = figures('irc_now_stripe_webhook_oldest_seconds')['']
        self.assertTrue(7200 <= oldest < 9000, oldest)

    def test_what_is_not_known_is_not_there(self):
        """A currency without a rate: no movements, and churn all the same."""
        portal.sql("UPDATE mrr_stock SET currency = 'usd' WHERE subscription_id LIKE '%-stays'")
        self.addCleanup(run_days)
        self.addCleanup(portal.sql, "UPDATE mrr_stock SET currency = 'eur'")
        run_days()
        self.assertEqual(figures('irc_now_mrr_movements_30d_cents'), {})
        self.assertEqual(figures('irc_now_churn_customers_30d'), {'': 1})


if __name__ == '__main__':
    unittest.main()
