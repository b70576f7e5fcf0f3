"""What happens at Stripe comes to the mirror and to people's plans: by webhook, in whatever order and
however often; by the look at the list of events when it did not come; and by the comparison.

A cluster, a simulator of Stripe and a portal of their own. BILLING_EVENTS=10000 makes the histories
of the property test longer, BILLING_SEED repeats one.
"""
import os
import random
import signal
import time
import unittest

from client import request
from instance import Portal, Postgres, free_port
from patience import PATIENCE_S, wait_until
from stripe_sim import StripeSim

EVENTS = int(os.environ.get('BILLING_EVENTS', '300'))
SEED = os.environ.get('BILLING_SEED') or str(random.randrange(10**9))
IS_SANITIZED = '/asan/' in os.environ['PORTAL_BIN']


class Case(unittest.TestCase):
    maxDiff = None
    """One of each for all tests of a class; each test has accounts of its own."""

    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres()
        cls.addClassCleanup(cls.postgres.stop, 'immediate')
        port = free_port()
        cls.stripe = StripeSim(webhook=f'http://127.0.0.1:{port}/webhooks/stripe',
                               STRIPE_SIM_SEED='1')
        cls.addClassCleanup(cls.stripe.stop)
        cls.stripe.seed_prices()
        cls.sql("INSERT INTO plan_prices (price_id, plan) VALUES ('price_pro_monthly', 'pro'),"
                " ('price_pro_yearly', 'pro')")
        cls.portal = cls.start(port)
        cls.addClassCleanup(lambda: cls.portal.stop())
        # Amid a test they would bring what its events are to bring.
        for job in ('stripe_gaps', 'stripe_reconcile'):
            wait_until(lambda job=job: cls.has_ended(job), f'the first run of {job}')

    @classmethod
    def start(cls, port):
        return Portal(port=port, **{**cls.stripe.env, 'DATABASE_URL': cls.postgres.url,
                                    'DATABASE_DIRECT_URL': cls.postgres.url,
                                    'LOG_LEVEL': 'warn', 'WORKERS': '2', **cls.settings})

    @classmethod
    def sql(cls, statement):
        """A line for each row, as psql prints them with -tA."""
        return '\n'.join('|'.join(row) for row in cls.postgres.psql(statement))

    def account(self, sub):
        self.sql(f"INSERT INTO users (keycloak_sub, issuer) VALUES ('{sub}', 'i')")

    def plan(self, sub):
        return self.sql(f"SELECT plan FROM users WHERE keycloak_sub = '{sub}'")

    def events(self, sub):
        return self.sql("SELECT coalesce(string_agg(event_type || ' ' || (metadata->>'from') || ' '"
                        " || (metadata->>'to'), ', ' ORDER BY id), '') FROM events"
                        f" WHERE user_sub = '{sub}'")

    def wait_for_plan(self, sub, plan, timeout=PATIENCE_S):
        wait_until(lambda: self.plan(sub) == plan, f'{plan} for {sub}', timeout)

    def obeyed(self, timeout=PATIENCE_S):
        """All that was delivered is obeyed, and the plans that follow are settled."""
        self.stripe.settle(timeout)
        wait_until(lambda: self.sql(
            "SELECT count(*) FROM stripe_events WHERE state = 'waiting'") == '0'
            and self.sql('SELECT count(*) FROM plan_checks WHERE due_at <= now()') == '0',
            'the end of the inbox', timeout)

    def is_done(self, name, outcome='ok'):
        return self.sql(f"SELECT count(*) FROM job_runs WHERE job = '{name}'"
                        f" AND outcome = '{outcome}'")

    def start_anew(self, between=lambda: None):
        """The portal at the same address, by which Stripe finds it."""
        port = int(self.portal.url.rpartition(':')[2])
        self.portal.stop()
        between()
        type(self).portal = self.start(port)

    @classmethod
    def has_ended(cls, name):
        return cls.sql(f"SELECT count(*) FROM job_runs WHERE job = '{name}'"
                        " AND outcome <> 'running'") != '0'

    def run_job(self, name, timeout=PATIENCE_S, outcome='ok'):
        """Has a job of the portal run once more: forgets that it ever did, and starts it anew; again
        when a call to Stripe timed out, as it may on a machine that is very busy."""
        said = 'timeout'
        for _ in range(3):
            if 'timeout' not in said:
                break
            self.start_anew(lambda: self.sql(f"DELETE FROM job_runs WHERE job = '{name}'"))
            wait_until(lambda: self.has_ended(name), f'the run of {name}', timeout)
            if self.is_done(name, outcome) != '0':
                return
            said = self.sql(f"SELECT outcome, error FROM job_runs WHERE job = '{name}'")
        self.fail(said + self.portal.log()[-3000:])


class Following(Case):
    def test_an_account_gets_what_it_pays_for_and_loses_it(self):
        self.account('anna')
        _, sub = self.stripe.new_subscription(sub='anna')
        self.wait_for_plan('anna', 'pro')
        self.assertEqual(self.events('anna'), 'plan_upgrade free pro')
        self.stripe.delete(f"/subscriptions/{sub['id']}")
        self.wait_for_plan('anna', 'free')
        self.obeyed()
        self.assertEqual(self.events('anna'), 'plan_upgrade free pro, plan_downgrade pro free')
        self.assertEqual(
            self.sql('SELECT count(*), sum(amount_minor) FROM payments p JOIN stripe_customers c'
                     ' ON c.id = p.customer_id JOIN users u ON u.id = c.user_id'
                     " WHERE u.keycloak_sub = 'anna'"), '1|900')
        self.assertEqual(
            self.sql("SELECT string_agg(status || ' ' || mrr::bigint, ', ' ORDER BY id) FROM"
                     f" stripe_subscription_changes WHERE subscription_id = '{sub['id']}'"
                     " AND status <> 'incomplete'"), 'active 900, canceled 0')

    def test_whoever_began_the_checkout_gets_what_was_paid(self):
        self.account('cora')
        session = self.stripe.post(
            '/checkout/sessions', mode='subscription', client_reference_id='cora',
            line_items=[{'price': 'price_pro_monthly', 'quantity': 1}],
            success_url='https://example.org/done', cancel_url='https://example.org/')
        self.stripe.checkout(session['url'])
        self.wait_for_plan('cora', 'pro')
        self.obeyed()
        self.assertEqual(self.events('cora'), 'plan_upgrade free pro')

    def test_what_is_granted_is_not_taken(self):
        self.account('greta')
        self.sql("UPDATE users SET plan = 'pro', granted_plan = 'pro' WHERE keycloak_sub = 'greta'")
        _, sub = self.stripe.new_subscription(sub='greta')
        self.stripe.delete(f"/subscriptions/{sub['id']}")
        self.obeyed()
        self.assertEqual((self.plan('greta'), self.events('greta')), ('pro', ''))

    def test_a_price_that_buys_nothing_is_said(self):
        self.account('nora')
        price = self.stripe.post('/prices', currency='eur', unit_amount=500,
                                 recurring={'interval': 'month'}, product_data={'name': 'Other'})
        _, sub = self.stripe.new_subscription(price=price['id'], sub='nora')
        self.obeyed()
        self.assertEqual(self.plan('nora'), 'free')
        self.assertIn(f"no plan for {price['id']}", self.sql(
            "SELECT string_agg(effect, ' ') FROM stripe_events"
            f" WHERE object_id = '{sub['id']}'"))

    def test_coupons_and_prices_that_no_one_answer_shows(self):
        """Of one item only, and of more items than an answer holds."""
        coupon = self.stripe.post('/coupons', percent_off=50, duration='forever', name='Half')
        prices = [self.stripe.post('/prices', currency='eur', unit_amount=100 + n,
                                   recurring={'interval': 'month'},
                                   product_data={'name': f'Part {n}'})['id'] for n in range(12)]
        customer, _ = self.stripe.new_subscription(sub='parts')
        sub = self.stripe.post('/subscriptions', customer=customer['id'], items=[
            {'price': price, **({'discounts': [{'coupon': coupon['id']}]} if n == 11 else {})}
            for n, price in enumerate(prices)])
        self.obeyed()
        self.sql("DELETE FROM stripe_coupons; DELETE FROM stripe_prices WHERE name LIKE 'Part %'")
        self.stripe.post(f"/subscriptions/{sub['id']}", metadata={'note': 'changed'})
        self.obeyed()
        self.assertEqual(self.sql(f"SELECT name FROM stripe_coupons WHERE id = '{coupon['id']}'"),
                         'Half')
        self.assertEqual(self.sql('SELECT count(*) FROM stripe_prices WHERE id = ANY '
                                  f"('{{{','.join(prices)}}}')"), '12')
        self.assertEqual(  # 100 + … + 110 + 111 / 2
            self.sql(f"SELECT mrr::numeric(9,1) FROM stripe_subscriptions WHERE id = '{sub['id']}'"),
            '1210.5')

    def test_money_that_waits_for_its_account(self):
        _, sub = self.stripe.new_subscription(sub='late')
        self.obeyed()
        self.assertIn('of no account so far', self.sql(
            f"SELECT string_agg(effect, ' ') FROM stripe_events WHERE object_id = '{sub['id']}'"))
        self.account('late')
        self.wait_for_plan('late', 'pro')
        self.assertEqual(self.events('late'), 'plan_upgrade free pro')

    def test_a_customer_that_metadata_moves_stays_linked(self):
        self.account('first')
        self.account('second')
        customer, _ = self.stripe.new_subscription(sub='first')
        self.wait_for_plan('first', 'pro')
        self.stripe.post(f"/customers/{customer['id']}", metadata={'user_sub': 'second'})
        self.obeyed()
        self.assertEqual((self.plan('first'), self.plan('second')), ('pro', 'free'))
        self.assertIn('names another account', self.sql(
            f"SELECT string_agg(effect, ' ') FROM stripe_events"
            f" WHERE object_id = '{customer['id']}'"))

    def test_patience_with_a_payment_that_fails(self):
        self.account('pia')
        _, sub = self.stripe.new_subscription(sub='pia')
        self.wait_for_plan('pia', 'pro')
        self.stripe.control('object', kind='subscription', id=sub['id'],
                            set={'status': 'past_due'}, event='customer.subscription.updated')
        self.obeyed()
        self.assertEqual(self.plan('pia'), 'pro')
        left = self.sql('SELECT round(extract(epoch FROM c.due_at - now()) / 86400) FROM'
                        " plan_checks c JOIN users u ON u.id = c.user_id"
                        " WHERE u.keycloak_sub = 'pia'")
        self.assertEqual(left, '7')
        # Seven days later, by the clock of the database.
        self.sql(f"UPDATE stripe_subscriptions SET past_due_at = past_due_at - interval '7 days'"
                 f" WHERE id = '{sub['id']}'; UPDATE plan_checks SET due_at = due_at - interval"
                 " '7 days' WHERE user_id = (SELECT id FROM users WHERE keycloak_sub = 'pia')")
        self.wait_for_plan('pia', 'free')
        self.assertEqual(self.events('pia'), 'plan_upgrade free pro, plan_downgrade pro free')
        self.assertEqual(self.sql('SELECT count(*) FROM plan_checks c JOIN users u'
                                  " ON u.id = c.user_id WHERE keycloak_sub = 'pia'"), '0')

    def test_a_schedule_that_cannot_be_read(self):
        self.account('sched')
        self.stripe.control('fault', path='/v1/subscription_schedules', mode='error', status=403,
                            method='GET')
        self.addCleanup(self.stripe.control, 'reset')
        _, sub = self.stripe.new_subscription(sub='sched')
        self.stripe.post('/subscription_schedules', from_subscription=sub['id'])
        self.stripe.post(f"/subscriptions/{sub['id']}", metadata={'note': 'changed'})
        self.wait_for_plan('sched', 'pro')
        wait_until(lambda: self.sql("SELECT mrr_flags, terms->'schedule' ? 'phases' FROM"
                                    f" stripe_subscriptions WHERE id = '{sub['id']}'")
                   == '{schedule_unread}|f', 'the flag')

    def test_a_refund_and_a_dispute(self):
        customer, _ = self.stripe.new_subscription(sub='nobody')
        charge = self.stripe.get('/charges', customer=customer['id'])['data'][0]
        refund = self.stripe.control('refund', charge=charge['id'], amount=300)
        self.stripe.control('dispute', charge=charge['id'], amount=600)
        self.obeyed()
        self.assertEqual(self.sql("SELECT amount_minor, status FROM stripe_refunds"
                                  f" WHERE id = '{refund['id']}'"), '300|succeeded')
        self.assertEqual(self.sql('SELECT receipt_url FROM stripe_payment_intents WHERE'
                                  f" latest_charge_id = '{charge['id']}'"), charge['receipt_url'])
        self.assertEqual(self.sql('SELECT amount_minor, withdrawn_at IS NOT NULL FROM'
                                  f" stripe_disputes WHERE charge_id = '{charge['id']}'"), '600|t')

    def test_an_event_of_what_stripe_has_no_more(self):
        self.sql("INSERT INTO stripe_events (id, source, is_live, type, object_id) VALUES"
                 " ('evt_gone', 'gap', false, 'customer.subscription.updated', 'sub_gone')")
        self.obeyed()
        self.assertEqual(self.sql("SELECT state, effect FROM stripe_events WHERE id = 'evt_gone'"),
                         'done|sub_gone: Stripe has none of that id.')

    def test_types_we_do_not_keep_and_events_of_the_other_mode(self):
        self.sql("INSERT INTO stripe_events (id, source, is_live, type, object_id) VALUES"
                 " ('evt_other', 'gap', false, 'topup.created', 'tu_1'),"
                 " ('evt_bare', 'gap', false, 'invoice.paid', NULL),"
                 " ('evt_live', 'gap', true, 'invoice.paid', 'in_1')")
        self.obeyed()
        self.assertEqual(self.sql("SELECT string_agg(state, ' ' ORDER BY id) FROM stripe_events"
                                  " WHERE id IN ('evt_other', 'evt_bare', 'evt_live')"),
                         'ignored failed ignored')


class AnotherKey(Case):
    def test_nobody_is_cancelled_by_the_key_of_another_account(self):
        subs = [f'key{n}' for n in range(6)]
        for sub in subs:
            self.account(sub)
            self.stripe.new_subscription(sub=sub)
        for sub in subs:
            self.wait_for_plan(sub, 'pro')
        self.obeyed()
        other = StripeSim(key=self.stripe.key, secret=self.stripe.secret)
        self.addCleanup(other.stop)
        type(self).settings = {'STRIPE_API_BASE': other.url}
        self.run_job('stripe_reconcile', outcome='failed')
        self.assertIn('another account', self.sql(
            "SELECT error FROM job_runs WHERE job = 'stripe_reconcile'"))
        self.assertEqual(self.sql('SELECT count(*) FROM stripe_subscriptions'
                                  " WHERE status = 'active' AND ended_at IS NULL"), '6')
        self.assertEqual([self.plan(sub) for sub in subs], ['pro'] * 6)


class Missing(Case):
    def tearDown(self):
        self.stripe.control('reset')

    def test_what_was_never_delivered_is_found(self):
        self.account('gap')
        self.stripe.control('delivery', mode='off')
        begun = int(time.time())
        self.stripe.new_subscription(sub='gap')
        self.stripe.control('delivery', mode='on')
        self.run_job('stripe_gaps')
        self.wait_for_plan('gap', 'pro')
        self.assertNotEqual(self.sql("SELECT count(*) FROM stripe_events WHERE source = 'gap'"),
                            '0')
        self.assertEqual(self.sql(
            "SELECT count(*) FROM stripe_events WHERE source = 'gap' AND created_at IS NOT NULL"
            " AND (body IS NULL OR body::jsonb->>'id' <> id"
            " OR body::jsonb->'data'->'object'->>'id' <> object_id)"), '0')
        cursor = self.sql("SELECT value FROM stripe_cursors WHERE name = 'events_test'")
        self.assertTrue(begun <= int(cursor) <= time.time() + 1, cursor)
        self.assertEqual(cursor, self.sql(
            'SELECT extract(epoch FROM max(created_at))::bigint FROM stripe_events'))

    def test_a_look_that_is_cut_does_not_count(self):
        self.run_job('stripe_gaps')
        self.sql("UPDATE stripe_cursors SET value = '1000' WHERE name = 'events_test'")
        self.stripe.control('fault', path='/v1/events', mode='error', status=400)
        self.run_job('stripe_gaps', outcome='failed')
        self.assertEqual(self.sql("SELECT value FROM stripe_cursors WHERE name = 'events_test'"),
                         '1000')

    def test_the_comparison_finds_and_repairs(self):
        self.account('drift')
        _, sub = self.stripe.new_subscription(sub='drift')
        _, gone = self.stripe.new_subscription(sub='nobody')
        self.wait_for_plan('drift', 'pro')
        self.obeyed()
        self.portal.stop()
        self.sql("UPDATE stripe_subscriptions SET status = 'unpaid', mrr = 1, billed_mrr = 2,"
                 ' committed_mrr = 3, cancel_at_period_end = true,'
                 f" cancel_at = to_timestamp(1700000000) WHERE id = '{sub['id']}'")
        self.sql(f"DELETE FROM stripe_subscriptions WHERE id = '{gone['id']}'")
        self.sql('INSERT INTO stripe_subscriptions (id, is_live, customer_id, status, currency,'
                 ' created_at, terms, mrr, billed_mrr, committed_mrr, trial_mrr, mrr_at, read_at)'
                 " SELECT 'sub_invented', is_live, customer_id, 'active', currency, created_at,"
                 ' terms, mrr, billed_mrr, committed_mrr, trial_mrr, mrr_at, read_at'
                 f" FROM stripe_subscriptions WHERE id = '{sub['id']}'")
        self.stripe.control('object', kind='subscription', id=gone['id'],
                            set={'created': int(time.time()) - 86400})
        self.run_job('stripe_reconcile')
        self.assertEqual(
            self.sql("SELECT string_agg(what || ' ' || coalesce(ours, '-') || ' ' ||"
                     " coalesce(theirs, '-'), ', ' ORDER BY what COLLATE \"C\", ours) FROM"
                     f" stripe_differences WHERE object_id = '{sub['id']}'"),
            'billed_mrr 2.000000000000 900.000000000000, cancel_at 2023-11-14 22:13:20 -,'
            ' cancel_at_period_end true false, committed_mrr 3.000000000000 900.000000000000,'
            ' mrr 1.000000000000 900.000000000000, status unpaid active')
        self.assertEqual(
            self.sql("SELECT what, ours, theirs FROM stripe_differences"
                     f" WHERE object_id = '{gone['id']}'"), 'missing||active')
        self.assertEqual(
            self.sql("SELECT what, ours, theirs FROM stripe_differences"
                     " WHERE object_id = 'sub_invented'"), 'missing|active|')
        self.assertEqual(
            self.sql("SELECT status, cancel_reason, mrr::bigint FROM stripe_subscriptions"
                     " WHERE id = 'sub_invented'"), 'canceled|not_at_stripe|0')
        self.assertEqual(self.sql("SELECT value FROM figures WHERE name = 'stripe_drift'"), '3')
        self.sql('DELETE FROM stripe_differences')
        self.run_job('stripe_reconcile')
        self.assertEqual(self.sql('SELECT count(*) FROM stripe_differences'), '0')
        self.assertEqual(self.sql("SELECT value FROM figures WHERE name = 'stripe_drift'"), '0')

    def test_one_that_cannot_be_read_does_not_end_the_comparison(self):
        subs = [self.stripe.new_subscription(sub='nobody')[1]['id'] for _ in range(3)]
        coupon = self.stripe.post('/coupons', percent_off=50, duration='forever')
        self.stripe.post(f'/subscriptions/{subs[1]}', discounts=[{'coupon': coupon['id']}])
        self.obeyed()
        self.portal.stop()
        for sub in subs:
            self.sql(f"UPDATE stripe_subscriptions SET status = 'unpaid' WHERE id = '{sub}'")
        self.stripe.control('fault', path=f'/v1/subscriptions/{subs[1]}', mode='error', status=403)
        self.run_job('stripe_reconcile')
        self.assertEqual([self.sql(
            'SELECT s.status, d.what, d.is_repaired FROM stripe_subscriptions s'
            f" JOIN stripe_differences d ON d.object_id = s.id WHERE s.id = '{sub}'")
            for sub in subs],
            ['active|status|t', 'unpaid|unreadable|f', 'active|status|t'])
        self.stripe.control('reset')
        self.run_job('stripe_reconcile')

    def test_without_stripe_nothing_is_lost_and_little_is_asked(self):
        self.account('away')
        self.start_anew()  # one that has no reason to wait before it asks Stripe
        self.stripe.control('fault', path='/v1', mode='error', status=503)
        self.stripe.control('fault', path='/v1/customers', mode='ok', method='POST')
        before, begun = sum(self.stripe.state()['requests'].values()), time.monotonic()
        self.sql("INSERT INTO stripe_events (id, source, is_live, type, object_id)"
                 " SELECT 'evt_away_' || n, 'gap', false, 'customer.updated', 'cus_away_' || n"
                 ' FROM generate_series(1, 200) n')
        wait_until(lambda: self.sql("SELECT count(*) FROM stripe_events WHERE error IS NOT NULL"
                                    " AND id LIKE 'evt_away_%'") != '0', 'the first failure')
        time.sleep(3)  # in which as many looks at the inbox take place
        asked = sum(self.stripe.state()['requests'].values()) - before
        # Three objects that fail and three under way, each asked for twice; then 5 s nothing.
        self.assertLessEqual(asked, 12 * (1 + (time.monotonic() - begun) // 5))
        self.assertEqual(self.sql("SELECT count(*) FROM stripe_events WHERE id LIKE 'evt_away_%'"
                                  " AND state = 'waiting'"), '200')
        self.stripe.control('reset')
        self.stripe.new_subscription(sub='away')
        self.wait_for_plan('away', 'pro')

    def test_an_event_does_not_pay_for_a_key_that_is_refused(self):
        """Its next look is as near as anybody's, however often it was tried before."""
        self.stripe.control('fault', path='/v1', mode='refuse-auth')
        self.sql("INSERT INTO stripe_events (id, source, is_live, type, object_id, attempts)"
                 " VALUES ('evt_key', 'gap', false, 'customer.updated', 'cus_key', 100)")
        wait_until(lambda: self.sql(
            "SELECT attempts, state, error LIKE '%401%', claimed_until IS NULL,"
            " due_at BETWEEN now() AND now() + interval '2 minutes' FROM stripe_events"
            " WHERE id = 'evt_key'") == '100|waiting|t|t|t', 'the refusal')
        self.stripe.control('reset')
        wait_until(lambda: self.sql("SELECT state FROM stripe_events WHERE id = 'evt_key'")
                   == 'done', 'the end of evt_key')

    def test_objects_that_fail_do_not_hold_up_the_others(self):
        self.account('busy')
        self.stripe.control('fault', path='/v1/coupons', mode='error', status=500)
        self.sql("INSERT INTO stripe_events (id, source, is_live, type, object_id)"
                 " SELECT 'evt_bad_' || n, 'gap', false, 'coupon.updated', 'coupon_' || n"
                 ' FROM generate_series(1, 100) n')
        wait_until(lambda: self.sql("SELECT count(*) FROM stripe_events WHERE error IS NOT NULL"
                                    " AND id LIKE 'evt_bad_%'") != '0', 'the first failure')
        self.stripe.new_subscription(sub='busy')
        self.wait_for_plan('busy', 'pro')
        state = self.stripe.state()['requests']
        self.assertLess(sum(n for name, n in state.items() if '/coupons' in name), 40, state)
        self.stripe.control('reset')
        self.sql("UPDATE stripe_events SET due_at = now() WHERE id LIKE 'evt_bad_%'"
                 " AND state = 'waiting'")
        wait_until(lambda: self.sql("SELECT count(*) FROM stripe_events WHERE state = 'done'"
                                    " AND id LIKE 'evt_bad_%'") == '100', 'the end of them', 90)


class Unasked(Case):
    """A first start with a key that Stripe refuses."""

    def figures(self):
        text = request('GET', self.portal.internal + '/metrics').text
        return dict(line.rsplit(' ', 1) for line in text.splitlines() if line[:1] != '#')

    def test_figures_are_unknown_and_not_0_until_it_has_answered(self):
        self.stripe.control('fault', path='/v1', mode='refuse-auth')
        self.start_anew(lambda: self.sql('DELETE FROM job_runs; DELETE FROM figures;'
                                          ' DELETE FROM stripe_cursors'))
        for name in ('stripe_reconcile', 'billing_figures'):
            wait_until(lambda name=name: self.has_ended(name), f'the run of {name}')
        wait_until(lambda: 'irc_now_stripe_webhook_backlog' in self.figures(), 'the figures')
        for name in ('irc_now_mrr_cents{currency="eur"}', 'irc_now_subscriptions_active',
                     'irc_now_subscriptions_canceled_30d', 'irc_now_paying_customers'):
            self.assertNotIn(name, self.figures())
        self.stripe.control('reset')
        self.run_job('stripe_reconcile')
        wait_until(lambda: self.figures().get('irc_now_mrr_cents{currency="eur"}') == '0',
                   'the first figures')
        self.assertEqual(self.figures()['irc_now_subscriptions_active'], '0')


class Polling(Case):
    settings = {'STRIPE_WEBHOOK_SECRET': ''}

    def test_all_subscriptions_are_listed(self):
        self.account('poll')
        customer, _ = self.stripe.new_subscription(sub='poll')
        for _ in range(120):  # more than a page
            self.stripe.post('/subscriptions', customer=customer['id'],
                             items=[{'price': 'price_pro_monthly'}])
        self.run_job('stripe_poll')
        self.wait_for_plan('poll', 'pro')
        self.assertEqual(self.sql('SELECT count(*) FROM stripe_subscriptions'), '121')

    def asked(self, *names):
        requests = self.stripe.state()['requests']
        return {name: requests.get(name, 0) for name in names}

    def test_what_does_not_change_is_not_asked_for_again(self):
        """Ended subscriptions that had coupons, and tiers, which a list does not hold."""
        coupon = self.stripe.post('/coupons', percent_off=50, duration='forever')
        tiered = self.stripe.post(
            '/prices', currency='eur', recurring={'interval': 'month'}, billing_scheme='tiered',
            tiers_mode='graduated', tiers=[{'up_to': 5, 'unit_amount': 500},
                                           {'up_to': 'inf', 'unit_amount': 300}],
            product_data={'name': 'Tiered'})
        customer, _ = self.stripe.new_subscription(sub='same')
        lives = self.stripe.post('/subscriptions', customer=customer['id'],
                                 items=[{'price': tiered['id'], 'quantity': 6}])
        ended = self.stripe.post('/subscriptions', customer=customer['id'],
                                 discounts=[{'coupon': coupon['id']}],
                                 items=[{'price': 'price_pro_monthly'}])
        self.stripe.delete(f"/subscriptions/{ended['id']}")
        self.run_job('stripe_poll')
        names = ('GET /v1/subscriptions/:id', 'GET /v1/prices/:id')
        first = self.asked(*names)
        self.assertTrue(all(first.values()), first)
        self.run_job('stripe_poll')
        self.assertEqual(self.asked(*names), first)
        self.assertEqual(self.sql("SELECT string_agg(status || ' ' || mrr::bigint, ', ' ORDER BY"
                                  ' status) FROM stripe_subscriptions WHERE id IN'
                                  f" ('{lives['id']}', '{ended['id']}')"),
                         'active 2800, canceled 0')


class History:
    """Random lives of some accounts at Stripe, the same for the same seed."""

    def __init__(self, stripe, seed, subs):
        self.stripe, self.random, self.subs = stripe, random.Random(seed), subs
        self.living = []

    def begin(self):
        sub = self.random.choice(self.subs)
        price = self.random.choice(['price_pro_monthly', 'price_pro_yearly'])
        _, made = self.stripe.new_subscription(price=price, sub=sub,
                                               quantity=self.random.randint(1, 3))
        self.living.append(made)

    def end(self):
        made = self.living.pop(self.random.randrange(len(self.living)))
        self.stripe.delete(f"/subscriptions/{made['id']}")

    def promise_to_end(self):
        made = self.random.choice(self.living)
        self.stripe.post(f"/subscriptions/{made['id']}",
                         cancel_at_period_end=self.random.choice([True, False]))

    def change(self):
        made = self.random.choice(self.living)
        item = self.stripe.get(f"/subscriptions/{made['id']}")['items']['data'][0]
        self.stripe.post(f"/subscriptions/{made['id']}",
                         items=[{'id': item['id'], 'quantity': self.random.randint(1, 9)}])

    def pause(self):
        made = self.random.choice(self.living)
        self.stripe.post(f"/subscriptions/{made['id']}", pause_collection=self.random.choice(
            [{'behavior': 'void'}, '']))

    def refund(self):
        made = self.random.choice(self.living)
        charges = self.stripe.get('/charges', customer=made['customer'])['data']
        left = [c for c in charges if c['status'] == 'succeeded'
                and c['amount'] > c['amount_refunded'] + 10]
        if left:
            self.stripe.control('refund', charge=left[0]['id'], amount=10)

    def give_credit(self):
        made = self.random.choice(self.living)
        self.stripe.post(f"/customers/{made['customer']}/balance_transactions", currency='eur',
                         amount=-self.random.randint(1, 500))

    def step(self):
        steps = [self.begin, self.begin]
        if self.living:
            steps += [self.end, self.promise_to_end, self.change, self.pause, self.refund,
                      self.give_credit]
        self.random.choice(steps)()

    def live(self, events):
        """Until Stripe has told of so many."""
        while sum(self.stripe.state()['events'].values()) < events:
            self.step()


class Property(Case):
    def test_whatever_arrives_in_whatever_order(self):
        print(f'\nBILLING_SEED={SEED} BILLING_EVENTS={EVENTS}', flush=True)
        chance = random.Random(SEED)
        subs = [f'p{n}' for n in range(max(5, EVENTS // 50))]
        for sub in subs:
            self.account(sub)
        self.stripe.control('delivery', shuffle_ms=1500, duplicate=20, lose=15, seed=int(SEED))
        history = History(self.stripe, SEED, subs)
        rounds = max(3, EVENTS // 1000)
        for n in range(1, rounds + 1):
            history.live(EVENTS * n // rounds)
            self.kill_a_worker(chance)
        self.stripe.settle(timeout=600)
        self.stripe.control('delivery', mode='on', shuffle_ms=0, duplicate=0, lose=0)
        # What a killed worker had claimed comes back when its lease ends.
        # Those that a worker has at this moment are left to it.
        self.sql('UPDATE stripe_events SET claimed_until = NULL WHERE id IN (SELECT id FROM'
                 ' stripe_events WHERE claimed_until IS NOT NULL FOR UPDATE SKIP LOCKED)')
        self.run_job('stripe_gaps', timeout=300)
        self.obeyed(timeout=600)
        self.compare()

    def kill_a_worker(self, chance):
        """Of those that are there, the one with the jobs among them."""
        workers = self.portal.workers()
        os.kill(chance.choice(workers), signal.SIGKILL)
        wait_until(lambda: len(self.portal.workers()) >= len(workers), 'a new worker')

    def compare(self):
        truth = self.stripe.truth()
        self.assertEqual(self.sql("SELECT type, error FROM stripe_events WHERE state = 'failed'"),
                         '')
        self.assertEqual(self.ours(
            "SELECT id, customer_id, status, cancel_at_period_end, is_paused,"
            ' coalesce(extract(epoch FROM ended_at)::bigint, 0) FROM stripe_subscriptions'),
            rows(truth['subscriptions'], lambda s: (
                s['customer'], s['status'], flag(s['cancel_at_period_end']), flag(s['paused']),
                s['ended_at'] or 0)))
        self.assertEqual(self.ours(
            "SELECT subscription_id, string_agg(price_id || ' ' || quantity, ' ' ORDER BY id)"
            ' FROM stripe_subscription_items GROUP BY 1'),
            rows(truth['subscriptions'], lambda s: (' '.join(
                f"{i['price']} {i['quantity']}"
                for i in sorted(s['items'], key=lambda i: i['id'])),)))
        self.assertEqual(self.ours(
            'SELECT id, customer_id, status, total_minor, amount_paid_minor FROM stripe_invoices'),
            rows(truth['invoices'], lambda i: (i['customer'], i['status'], i['total'],
                                               i['amount_paid'])))
        self.assertEqual(self.ours('SELECT id, amount_minor, status FROM stripe_refunds'),
                         rows(truth['refunds'], lambda r: (r['amount'], r['status'])))
        self.assertEqual(self.ours('SELECT id, balance_minor FROM stripe_customers'),
                         rows(truth['customers'], lambda c: (c['balance'],)))
        self.assertEqual(self.ours('SELECT id, customer_id, amount_minor FROM'
                                   ' stripe_balance_entries'),
                         rows(truth['balance_entries'], lambda b: (b['customer'], b['amount'])))
        self.assertEqual(  # each payment once, and it is that of its invoice
            self.ours('SELECT id, amount_minor FROM payments'),
            rows({k: i for k, i in truth['invoices'].items()
                  if i['status'] == 'paid' and i['amount_paid'] > 0},
                 lambda i: (i['amount_paid'],)))
        self.compare_plans(truth)

    def ours(self, statement):
        return sorted(self.sql(statement).splitlines())

    def compare_plans(self, truth):
        """A plan is what the living subscriptions buy; its events lead there step by step."""
        owners = {k: c['user_sub'] for k, c in truth['customers'].items()}
        paying = {owners[s['customer']] for s in truth['subscriptions'].values()
                  if s['status'] in ('active', 'trialing')}
        for line in self.ours(
                "SELECT u.keycloak_sub, u.plan, coalesce(string_agg(e.event_type, ' '"
                " ORDER BY e.id), '') FROM users u LEFT JOIN events e"
                " ON e.user_sub = u.keycloak_sub GROUP BY 1, 2"):
            sub, plan, told = line.split('|')
            with self.subTest(sub):
                self.assertEqual(plan, 'pro' if sub in paying else 'free')
                words = told.split()
                turns = ['plan_upgrade', 'plan_downgrade'] * len(words)
                self.assertEqual(words, turns[:len(words)])
                self.assertEqual(len(words) % 2 == 1, plan == 'pro')


def flag(value):
    return 't' if value else 'f'


def rows(objects, members):
    """As psql prints them, sorted."""
    return sorted('|'.join(str(v) for v in (k, *members(o))) for k, o in objects.items())


if __name__ == '__main__':
    unittest.main()
