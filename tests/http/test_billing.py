"""Billing: on to Stripe's pages and back, what is refused on the way, and what admins set."""
import concurrent.futures
import datetime
import html
import http.server
import json
import os
import re
import subprocess
import threading
import unittest
import urllib.parse

from client import check_headers, control, forms_of, request
from patience import wait_until
from services import Service
from stripe_sim import StripeSim

MONTHLY, YEARLY = 'price_pro_monthly', 'price_pro_yearly'
CHECKOUT, PORTAL, DONE = '/billing/checkout', '/billing/portal', '/billing/done'
PERIOD_END = datetime.date.today() + datetime.timedelta(days=95)
PERIOD_END_SHOWN = f'{PERIOD_END.day} {PERIOD_END:%B} {PERIOD_END.year}'


class Canned:
    """Answers everything like one who has been told what to say."""

    def __init__(self, status, body):
        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                self.rfile.read(int(self.headers.get('content-length', 0)))
                self.send_response(status)
                self.send_header('content-type', 'application/json')
                self.send_header('request-id', 'req_canned')
                self.send_header('content-length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.url = f'http://127.0.0.1:{self.server.server_port}'
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def setUpModule():
    global stripe, portal
    stripe = StripeSim()
    stripe.seed_prices()
    portal = Service('portal', **stripe.env)
    for price, period, amount in ((MONTHLY, 'month', 900), (YEARLY, 'year', 9000)):
        portal.sql(f"""
            INSERT INTO stripe_prices (id, is_live, name, currency, unit_amount, period,
              period_count, object, read_at)
            VALUES ('{price}', false, 'Pro', 'eur', {amount}, '{period}', 1, '{{}}', now())
              ON CONFLICT (id) DO NOTHING; -- the look at Stripe's events may have been quicker
            INSERT INTO plan_prices (price_id, plan) VALUES ('{price}', 'pro')""")
    look_no_more()


def look_no_more():
    """What a start looks for at Stripe is found, and counts as found tomorrow as well: else the
    portal could put the rows that a test puts, or end those that Stripe does not know."""
    for job in ('stripe_gaps', 'stripe_reconcile'):
        wait_until(lambda job=job: portal.sql("SELECT 1 FROM job_runs WHERE outcome <> 'running'"
                                              f" AND job = '{job}'"), f'the first run of {job}')
        portal.sql('INSERT INTO job_runs (job, started_at, ended_at, outcome) VALUES'
                   f" ('{job}', now() + interval '1 day', now() + interval '1 day', 'ok')")
    wait_until(lambda: portal.sql("SELECT 1 FROM stripe_events WHERE state = 'waiting'") == []
               and portal.sql("SELECT 1 FROM stripe_cursors WHERE name = 'plans'"),
               'the end of the inbox')


def tearDownModule():
    portal.stop()
    stripe.stop()


class Case(unittest.TestCase):
    def setUp(self):
        stripe.control('reset')
        self.sub = f'billing-{id(self)}'
        self.here = portal.sign_in(self.sub)

    def tearDown(self):
        stripe.control('reset')

    def form(self, price=MONTHLY):
        for fields in forms_of(self.here.get('/billing'), CHECKOUT):
            if fields['price'] == price:
                return fields
        raise AssertionError(f'{price} is not for sale')

    def user(self, column='id'):
        return portal.sql(f"SELECT {column} FROM users WHERE keycloak_sub = '{self.sub}'")[0][0]

    def customers(self):
        return [c for c in stripe.all('/customers') if c['metadata'].get('user_sub') == self.sub]

    def sessions(self):
        return [s for s in stripe.all('/checkout/sessions') if s['client_reference_id'] == self.sub]

    def buy(self):
        """Goes to the page to pay on; its address."""
        answer = self.here.post(CHECKOUT, self.form())
        self.assertEqual(answer.status, 303, answer.text)
        return answer.header('location')

    def subscribe(self, status='active', **more):
        """As the mirror would have put it."""
        columns = {'cancel_at_period_end': 'false', 'past_due_at': 'NULL', **more}
        names, values = ', '.join(columns), ', '.join(columns.values())
        portal.sql(f"""
            INSERT INTO stripe_customers (id, is_live, user_id, user_sub)
              VALUES ('cus_{self.sub}', false, {self.user()}, '{self.sub}') ON CONFLICT DO NOTHING;
            INSERT INTO stripe_subscriptions (id, is_live, customer_id, status, currency, created_at,
              period_end_at, terms, mrr, billed_mrr, committed_mrr, trial_mrr, mrr_at, read_at,
              {names})
            VALUES ('sub_{self.sub}', false, 'cus_{self.sub}', '{status}', 'eur', now(),
              '{PERIOD_END}', '{{}}', 900, 900, 900, 0, now(), now(), {values});
            INSERT INTO stripe_subscription_items (id, subscription_id, price_id, quantity)
            VALUES ('si_{self.sub}', 'sub_{self.sub}', '{MONTHLY}', 1)""")


class Pages(Case):
    def test_strangers(self):
        for path in ('/billing', '/billing/invoices', '/billing/change?to=free',
                     DONE + '?session_id=cs_test_1', '/admin/prices'):
            answer = request('GET', portal.url + path)
            self.assertEqual(answer.status, 303, path)
            self.assertIn('/signin?return=', answer.header('location'))
        for path in (CHECKOUT, PORTAL, '/admin/prices'):
            self.assertEqual(request('POST', portal.url + path, body=b'x=y').status, 401, path)

    def test_plans_and_prices(self):
        answer = self.here.get('/billing')
        check_headers(self, answer)
        self.assertEqual(answer.status, 200)
        for words in ('9.00 EUR', '90.00 EUR', 'saves 18.00 EUR a year', 'Upgrade to Pro'):
            self.assertIn(words, answer.text)
        csp = answer.header('content-security-policy')
        for origin in ('https://checkout.stripe.com', 'https://billing.stripe.com', stripe.url):
            self.assertIn(' ' + origin, csp.split('form-action')[1])
        other = self.here.get('/dashboard').header('content-security-policy')
        self.assertNotIn('stripe', other)

    def test_what_a_subscription_says(self):
        self.subscribe(cancel_at_period_end='true')
        answer = self.here.get('/billing')
        self.assertIn(f'Pro until {PERIOD_END_SHOWN}; then Free.', answer.text)
        self.assertIn('Keep Pro</button>', answer.text)
        self.assertEqual(forms_of(answer, CHECKOUT), [])

    def test_next_charge(self):
        self.subscribe()
        self.assertIn(f'9.00 EUR on {PERIOD_END_SHOWN}, before taxes and credit',
                      self.here.get('/billing').text)
        portal.sql("UPDATE stripe_subscriptions SET terms = '{\"discounts\":[{\"id\":\"di_1\"}]}'"
                   f" WHERE id = 'sub_{self.sub}'")
        text = self.here.get('/billing').text
        self.assertIn(f'Next charge:</span> {PERIOD_END_SHOWN}<', text)

    def test_a_payment_that_failed(self):
        self.subscribe('past_due', past_due_at="'2026-11-20'", latest_invoice_id="'in_x'")
        portal.sql(f"""INSERT INTO stripe_invoices (id, is_live, customer_id, status, currency,
              amount_due_minor, next_attempt_at, created_at, hosted_url, read_at)
            VALUES ('in_x', false, 'cus_{self.sub}', 'open', 'eur', 900, '2026-11-25', now(),
              '{stripe.url}/i/1', now())""")
        answer = self.here.get('/billing')
        for words in ('9.00 EUR for Pro could not be collected on 20 November 2026',
                      'tried again on 25 November 2026',
                      f'href="{stripe.url}/i/1" rel="noopener noreferrer"'):
            self.assertIn(words, answer.text)
        self.assertRegex(answer.text, 'You have Pro until|Pro ended on 27 November 2026')
        self.assertIn('Your payment of 20 November 2026 failed.', self.here.get('/dashboard').text)
        portal.sql("UPDATE stripe_subscriptions SET status = 'unpaid', past_due_at = NULL"
                   f" WHERE id = 'sub_{self.sub}'")
        self.assertIn('A payment failed.', self.here.get('/dashboard').text)
        portal.sql(f"UPDATE stripe_subscriptions SET status = 'active' WHERE id = 'sub_{self.sub}'")
        self.assertNotIn('failed', self.here.get('/dashboard').text)

    def test_invoices_page_by_page(self):
        self.subscribe()
        portal.sql(f"""INSERT INTO stripe_invoices (id, is_live, customer_id, number, status,
              currency, total_minor, amount_paid_minor, amount_due_minor, created_at, read_at)
            SELECT 'in_{self.sub}_' || n, false, 'cus_{self.sub}', 'N-' || n || '-', 'paid', 'eur',
              900, 900, 900, '2026-01-01'::timestamptz + (n / 3) * interval '1 day', now()
            FROM generate_series(1, 45) n""")
        path, seen = '/billing/invoices', []
        while path:
            answer = self.here.get(path)
            self.assertEqual(answer.status, 200)
            seen.append(re.findall(r'<bdi>N-(\d+)-</bdi>', answer.text))
            older = re.search(r'href="([^"]*)" rel="next"', answer.text)
            path = older and html.unescape(older.group(1))
        self.assertEqual([len(page) for page in seen], [20, 20, 5])
        self.assertEqual({int(n) for page in seen for n in page}, set(range(1, 46)))
        for bad in ('?before=0', '?before=x', '?before=253402300800000000', '?id=' + 'x' * 256):
            self.assertEqual(self.here.get('/billing/invoices' + bad).status, 400, bad)

    def test_invoices_of_nobody_else(self):
        self.subscribe()
        portal.sql(f"""INSERT INTO stripe_invoices (id, is_live, customer_id, number, status,
              currency, total_minor, created_at, read_at)
            VALUES ('in_{self.sub}', false, 'cus_{self.sub}', 'MINE', 'paid', 'eur', 900, now(),
              now()), ('in_{self.sub}_live', true, 'cus_{self.sub}', 'LIVE', 'paid', 'eur', 900,
              now(), now())""")
        self.assertIn('MINE', self.here.get('/billing/invoices').text)
        self.assertNotIn('LIVE', self.here.get('/billing/invoices').text)
        other = portal.sign_in(self.sub + '-other')
        self.assertIn('No invoice yet', other.get('/billing/invoices').text)

    def test_before_a_downgrade(self):
        portal.sql(f"UPDATE users SET plan = 'pro' WHERE keycloak_sub = '{self.sub}'")
        self.here = portal.sign_in(self.sub)
        self.subscribe()
        answer = self.here.get('/billing/change?to=free')
        self.assertEqual(answer.status, 200, answer.text)
        self.assertIn(f'Pro is paid until {PERIOD_END_SHOWN}', answer.text)
        self.assertIn('Whether that fits is unknown', answer.text)
        portal.sql(f"""INSERT INTO source_snapshots (user_id, source, answer, answered_at)
            VALUES ({self.user()}, 'txt', '{{"count":3,"storage_bytes":25000000}}', now()),
              ({self.user()}, 'pics', '{{"count":3,"storage_bytes":400}}', now())
            ON CONFLICT (user_id, source, bouncer_id) DO UPDATE SET answer = EXCLUDED.answer,
              answered_at = now()""")
        answer = self.here.get('/billing/change?to=free')
        self.assertIn('5 MB too much. Nothing is deleted', answer.text)
        self.assertEqual(forms_of(answer, PORTAL)[0]['flow'], 'cancel')
        portal.sql(f"""INSERT INTO bouncers (user_id, name, soju_username, provisioner, state,
              work_until, history_days) VALUES ({self.user()}, '{self.sub[-20:]}', 'x',
              'kubernetes', 'ready', now() + interval '1 day', 730)""")
        answer = self.here.get('/billing/change?to=free')
        self.assertIn('Nothing that you have stored is deleted', answer.text)
        self.assertNotIn('what is older is deleted', answer.text, 'the manifests tell no soju')
        for path, status in (('?to=gold', 404), ('', 400), ('?to=pro', 303)):
            self.assertEqual(self.here.get('/billing/change' + path).status, status, path)


class Checkout(Case):
    def test_bad_forms_of(self):
        good = self.form()
        cases = (
            ({'price': 'price_unheard_of'}, 404), ({'price': ''}, 400), ({'price': None}, 400),
            ({'price': 'x' * 256}, 400), ({'once': None}, 400), ({'once': ''}, 400),
            ({'once': 'x' * 101}, 400), ({'csrf': 'x'}, 403), ({'csrf': None}, 403),
            ({'price': "'; DROP TABLE users; --"}, 404),
        )
        for change, status in cases:
            with self.subTest(change):
                fields = {k: v for k, v in {**good, **change}.items() if v is not None}
                answer = self.here.post(CHECKOUT, fields)
                self.assertEqual(answer.status, status, answer.text)
                check_headers(self, answer)
        self.assertEqual(self.here.get(CHECKOUT).status, 405)
        self.assertEqual((self.customers(), self.sessions()), ([], []))
        self.assertEqual(portal.sql(f'SELECT * FROM billing_customers WHERE user_id = {self.user()}'),
                         [])

    def test_a_price_that_is_no_longer_offered(self):
        good = self.form(YEARLY)
        for change in ('is_offered = false', 'plan = plan'):
            portal.sql(f"UPDATE plan_prices SET {change} WHERE price_id = '{YEARLY}'")
            if change == 'plan = plan':
                portal.sql(f"UPDATE stripe_prices SET is_active = false WHERE id = '{YEARLY}'")
            answer = self.here.post(CHECKOUT, good)
            self.assertEqual(answer.status, 404)
            self.assertIn('not offered', answer.text)
            portal.sql(f"UPDATE plan_prices SET is_offered = true WHERE price_id = '{YEARLY}';"
                       f"UPDATE stripe_prices SET is_active = true WHERE id = '{YEARLY}'")
        self.assertEqual(self.sessions(), [])

    def test_on_to_stripe(self):
        url = self.buy()
        self.assertTrue(url.startswith(stripe.url + '/'), url)
        (customer,), (session,) = self.customers(), self.sessions()
        self.assertEqual(session['customer'], customer['id'])
        self.assertEqual(session['metadata'],
                         {'user_sub': self.sub, 'plan': 'pro', 'price': MONTHLY})
        self.assertEqual(session['success_url'],
                         portal.url + DONE + '?session_id={CHECKOUT_SESSION_ID}')
        kept = portal.sql('SELECT b.customer_id, c.user_sub FROM billing_customers b'
                          ' JOIN stripe_customers c ON c.id = b.customer_id AND'
                          f' c.user_id = b.user_id WHERE b.user_id = {self.user()}')
        self.assertEqual(kept, [[customer['id'], self.sub]])

    def test_the_same_form_twice_is_one(self):
        form = self.form()
        places = [self.here.post(CHECKOUT, form).header('location') for _ in range(2)]
        self.assertEqual(places[0], places[1])
        self.assertEqual((len(self.customers()), len(self.sessions())), (1, 1))

    def test_the_same_form_at_once_is_one(self):
        form = self.form()
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: self.here.post(CHECKOUT, form), range(4)))
        self.assertEqual([a.status for a in answers], [303] * 4, [a.text for a in answers])
        self.assertEqual(len({a.header('location') for a in answers}), 1)
        self.assertEqual((len(self.customers()), len(self.sessions())), (1, 1))

    def test_two_forms_at_once_make_one_customer(self):
        both = [self.form(MONTHLY), self.form(YEARLY)]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda form: self.here.post(CHECKOUT, form), both))
        self.assertEqual([a.status for a in answers], [303] * 2)
        self.assertEqual((len(self.customers()), len(self.sessions())), (1, 2))

    def test_a_second_subscription_is_refused(self):
        form = self.form()
        self.subscribe('past_due')
        answer = self.here.post(CHECKOUT, form)
        self.assertEqual(answer.status, 409)
        self.assertIn('You have a subscription already', answer.text)
        self.assertEqual(len(forms_of(answer, PORTAL)), 1)
        self.assertEqual(self.sessions(), [])

    def test_what_was_paid_a_moment_ago_counts(self):
        """Our tables do not know of it yet; Stripe does."""
        second = self.form(YEARLY)
        stripe.checkout(self.buy())
        answer = self.here.post(CHECKOUT, second)
        self.assertEqual(answer.status, 409)
        self.assertIn('You have a subscription already', answer.text)

    def test_stripe_in_trouble(self):
        cases = (
            ('hang', {}, 504), ('error', {}, 502), ('html', {}, 502), ('truncated', {}, 502),
            ('rate_limit', {'retry_after': 7}, 429), ('refuse-auth', {}, 502), ('lost', {}, None),
        )
        for method, path in (('POST', '/v1/customers'), ('POST', '/v1/checkout'),
                             ('GET', '/v1/checkout')):
            for mode, more, status in cases:
                if mode == 'hang' and (method, path) != ('POST', '/v1/checkout'):
                    continue
                with self.subTest(method=method, path=path, mode=mode):
                    stripe.control('reset')
                    self.expire_all()
                    form = self.form()
                    stripe.control('fault', method=method, path=path, mode=mode, **more)
                    answer = self.here.post(CHECKOUT, form)
                    if status:
                        self.assertEqual(answer.status, status, answer.text)
                    else:
                        self.assertIn(answer.status, (502, 503, 504))
                    check_headers(self, answer)
                    self.assertIn('Nothing is charged', answer.text)
                    (again,) = forms_of(answer, CHECKOUT)
                    self.assertEqual(again['price'], MONTHLY, 'what was chosen is kept')
                    self.assertNotIn('csrf', answer.header('content-security-policy'))
                    stripe.control('reset')
        self.assertEqual(self.here.post(CHECKOUT, again).status, 303)
        self.assertEqual(len(self.customers()), 1)
        log = portal.portal.log()
        self.assertRegex(log, r'checkout: status, 429, rate_limit[^"]*, request req_')
        self.assertNotIn(stripe.key, log)

    def test_an_answer_that_got_lost_makes_no_second_session(self):
        form = self.form()
        stripe.control('fault', path='/v1/checkout', mode='lost', times=1)
        answer = self.here.post(CHECKOUT, form)
        (again,) = forms_of(answer, CHECKOUT) if answer.status != 303 else (form,)
        self.assertEqual(self.here.post(CHECKOUT, again).status, 303)
        self.assertEqual(len(self.sessions()), 1)

    def test_an_error_that_stripe_keeps_under_the_key(self):
        """It would be the answer for a day; the next attempt is another intent."""
        for path in ('/v1/customers', '/v1/checkout'):
            stripe.control('fault', path=path, method='POST', mode='kept', times=1)
            answer = self.here.post(CHECKOUT, self.form())
            self.assertEqual(answer.status, 502, answer.text)
            (again,) = forms_of(answer, CHECKOUT)
        self.assertEqual(self.here.post(CHECKOUT, again).status, 303)
        self.assertEqual((len(self.customers()), len(self.sessions())), (1, 1))

    def intend(self, nonce):
        portal.sql("INSERT INTO billing_customers (user_id, is_live, nonce)"
                   f" VALUES ({self.user()}, false, '{nonce}')")

    def test_an_address_that_changed_after_an_answer_got_lost(self):
        self.intend('n' + self.sub)
        lost = stripe.ask('POST', '/customers', {'metadata': {'user_sub': self.sub}, 'email':
                          'alice@example.org'}, idempotency_key='customer-n' + self.sub)
        self.assertEqual(lost.status, 200)
        self.buy()
        self.assertEqual(len(self.sessions()), 1)

    def test_only_an_address_that_is_proved_goes_to_stripe(self):
        for verified, sent in (('false', None), ('true', 'alice@example.org')):
            self.sub = f'proved-{verified}'
            self.here = portal.sign_in(self.sub)
            portal.sql(f"UPDATE users SET email = 'alice@example.org', email_verified = {verified}"
                       f" WHERE keycloak_sub = '{self.sub}'")
            self.buy()
            self.assertEqual([c['email'] for c in self.customers()], [sent])

    def test_an_address_that_stripe_does_not_take(self):
        portal.sql(f"UPDATE users SET email = 'nobody', email_verified = true"
                   f" WHERE keycloak_sub = '{self.sub}'")
        self.buy()
        self.assertEqual([c['email'] for c in self.customers()], [None])

    # --- One page to pay on ---

    def states(self):
        return sorted((s['metadata']['price'], s['status']) for s in self.sessions())

    def expire_all(self):
        for session in self.sessions():
            if session['status'] == 'open':
                stripe.post(f"/checkout/sessions/{session['id']}/expire")

    def test_back_and_again_is_the_same_page(self):
        self.assertEqual(self.buy(), self.buy())
        self.assertEqual(self.states(), [(MONTHLY, 'open')])

    def test_another_price_ends_the_first_page(self):
        first, second = self.form(MONTHLY), self.form(YEARLY)
        for form, states in ((first, [(MONTHLY, 'open')]),
                             (second, [(MONTHLY, 'expired'), (YEARLY, 'open')]),
                             (first, [(MONTHLY, 'expired'), (MONTHLY, 'open'),
                                      (YEARLY, 'expired')])):
            place = self.here.post(CHECKOUT, form).header('location')
            self.assertEqual(self.states(), states)
            (open_one,) = [s for s in self.sessions() if s['status'] == 'open']
            self.assertEqual(place, open_one['url'])

    def test_a_page_that_cannot_be_ended(self):
        self.buy()
        form = self.form(YEARLY)
        (session,) = self.sessions()
        stripe.control('fault', path=f"/v1/checkout/sessions/{session['id']}/expire", mode='error',
                       status=400)
        answer = self.here.post(CHECKOUT, form)
        self.assertEqual(answer.status, 409)
        self.assertIn('has just been used', answer.text)
        self.assertEqual(self.states(), [(MONTHLY, 'open')])

    def test_while_a_payment_is_under_way(self):
        form = self.form()
        self.subscribe('incomplete', latest_invoice_id="'in_later'")
        self.assertNotEqual(forms_of(self.here.get('/billing'), CHECKOUT), [])
        portal.sql(f"""INSERT INTO stripe_payment_intents (id, is_live, customer_id, invoice_id,
              status, currency, created_at, read_at) VALUES ('pi_{self.sub}', false,
              'cus_{self.sub}', 'in_later', 'processing', 'eur', now(), now())""")
        page = self.here.get('/billing')
        self.assertEqual(forms_of(page, CHECKOUT), [])
        self.assertIn('you need not pay again', page.text)
        self.assertIn('a payment is under way', self.here.get('/billing/change?to=pro').text)
        answer = self.here.post(CHECKOUT, form)
        self.assertEqual(answer.status, 409)
        self.assertIn('Your payment is under way', answer.text)
        self.assertEqual((forms_of(answer, CHECKOUT), self.sessions()), ([], []))

    def test_a_customer_that_was_deleted(self):
        self.buy()
        (first,) = self.customers()
        stripe.delete('/customers/' + first['id'])
        self.buy()
        (second,) = self.customers()
        self.assertNotEqual(first['id'], second['id'])
        kept = portal.sql(f'SELECT customer_id FROM billing_customers WHERE user_id = {self.user()}')
        self.assertEqual(kept, [[second['id']]])
        self.assertEqual(portal.sql("SELECT is_deleted FROM stripe_customers WHERE id = "
                                    f"'{first['id']}'"), [['t']])

    def test_a_customer_from_elsewhere_is_taken(self):
        made = stripe.post('/customers', metadata={'user_sub': self.sub})
        # A reading of Stripe's events may have brought it first.
        portal.sql("INSERT INTO stripe_customers (id, is_live, user_id, user_sub)"
                   f" VALUES ('{made['id']}', false, {self.user()}, '{self.sub}')"
                   ' ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id')
        self.buy()
        self.assertEqual([c['id'] for c in self.customers()], [made['id']])
        self.assertEqual(self.sessions()[0]['customer'], made['id'])


class Done(Case):
    def pay(self, action='pay'):
        return urllib.parse.urlsplit(stripe.checkout(self.buy(), action))

    def test_bad_addresses(self):
        for query, status in (('', 400), ('?session_id=', 404), ('?session_id=pi_1', 404),
                              ('?session_id=cs_test_unheardof', 404),
                              ('?session_id=cs_..%2Fbalance', 404), ('?session_id=cs_a%00', 400),
                              ('?session_id=' + 'cs_' + 'x' * 300, 400)):
            with self.subTest(query):
                self.assertEqual(self.here.get(DONE + query).status, status)

    def test_somebody_else(self):
        back = self.pay()
        other = portal.sign_in(self.sub + '-other')
        answer = other.get(f'{back.path}?{back.query}')
        self.assertEqual(answer.status, 404)
        self.assertIn('You have no such payment.', answer.text)
        self.assertEqual(self.hints(), [])

    def hints(self):
        ids = ', '.join(f"'return_{s['id']}'" for s in self.sessions()) or "''"
        return portal.sql('SELECT source, type, object_id, is_live FROM stripe_events'
                          f' WHERE id IN ({ids})')

    def test_paid(self):
        back = self.pay()
        answer = self.here.get(f'{back.path}?{back.query}')
        self.assertEqual(answer.status, 200, answer.text)
        check_headers(self, answer)
        self.assertIn('Paid, thank you', answer.text)
        (session,) = self.sessions()
        self.assertEqual(answer.header('refresh'),
                         f"2;url={DONE}?session_id={session['id']}&looks=1")
        self.assertEqual(self.hints(),
                         [['return', 'checkout.session.completed', session['id'], 'f']])
        last = self.here.get(f"{DONE}?session_id={session['id']}&looks=15")
        self.assertIsNone(last.header('refresh'), 'it does not look for ever')
        self.assertEqual(len(self.hints()), 1)
        portal.sql(f"UPDATE users SET plan = 'pro' WHERE keycloak_sub = '{self.sub}'")
        answer = self.here.get(f'{back.path}?{back.query}')
        self.assertIn('You have Pro now', answer.text)
        self.assertIsNone(answer.header('refresh'))

    def test_a_subscription_that_has_ended_since(self):
        back = self.pay()
        (session,) = self.sessions()
        stripe.delete('/subscriptions/' + session['subscription'])
        answer = self.here.get(f'{back.path}?{back.query}')
        self.assertIn('This subscription has ended', answer.text)
        self.assertIsNone(answer.header('refresh'))

    def test_by_bank_debit(self):
        back = self.pay('later')
        answer = self.here.get(f'{back.path}?{back.query}')
        self.assertIn('The payment is under way', answer.text)
        self.assertEqual(len(self.hints()), 1)

    def test_not_paid(self):
        url = self.buy()
        (session,) = self.sessions()
        answer = self.here.get(f"{DONE}?session_id={session['id']}")
        self.assertIn('Not paid yet', answer.text)
        self.assertIn(f'href="{html.escape(url)}"', answer.text)
        self.assertEqual(self.hints(), [])

    def test_stripe_is_down(self):
        back = self.pay()
        for mode, status in (('html', 502), ('error', 502), ('rate_limit', 502)):
            stripe.control('fault', path='/v1/checkout', mode=mode)
            answer = self.here.get(f'{back.path}?{back.query}')
            self.assertEqual(answer.status, status, mode)
            self.assertIn('you need not pay again', answer.text)
        stripe.control('reset')
        self.assertEqual(self.hints(), [])


class CustomerPortal(Case):
    def csrf(self):
        self.subscribe()
        fields = forms_of(self.here.get('/billing'), PORTAL)[0]
        portal.sql(f"DELETE FROM stripe_customers WHERE id = 'cus_{self.sub}'")
        return fields['csrf']

    def test_without_a_customer(self):
        csrf = self.csrf()
        for flow in ('overview', 'cancel', 'card', 'change'):
            answer = self.here.post(PORTAL, {'csrf': csrf, 'flow': flow})
            self.assertEqual(answer.status, 409, flow)
            self.assertIn('Nothing to manage yet', answer.text)
        self.assertEqual(self.here.post(PORTAL, {'csrf': csrf, 'flow': 'x'}).status, 400)
        self.assertEqual(self.here.post(PORTAL, {'flow': 'cancel'}).status, 403)

    def test_each_flow(self):
        csrf = self.csrf()
        stripe.checkout(self.buy())
        answer = self.here.post(PORTAL, {'csrf': csrf, 'flow': 'cancel'})
        self.assertEqual(answer.status, 409, 'there is no subscription that we know of')
        (customer,) = self.customers()
        (made,) = stripe.all('/subscriptions', customer=customer['id'])
        portal.sql(f"""INSERT INTO stripe_subscriptions (id, is_live, customer_id, status, currency,
              created_at, terms, mrr, billed_mrr, committed_mrr, trial_mrr, mrr_at, read_at)
            VALUES ('{made['id']}', false, '{customer['id']}', 'active', 'eur', now(), '{{}}', 0, 0,
              0, 0, now(), now())""")
        for flow in ('overview', 'cancel', 'card', 'change'):
            answer = self.here.post(PORTAL, {'csrf': csrf, 'flow': flow})
            self.assertEqual(answer.status, 303, answer.text)
            self.assertTrue(answer.header('location').startswith(stripe.url))

    def test_whoever_comes_back_is_told_to_wait(self):
        note = 'shows up here within some seconds'
        self.assertIn(note, self.here.get('/billing?from=portal').text)
        self.assertNotIn(note, self.here.get('/billing').text)
        self.assertEqual(self.here.get('/billing?from=elsewhere').status, 400)

    def test_a_customer_that_stripe_does_not_know(self):
        csrf = self.csrf()
        self.subscribe()
        answer = self.here.post(PORTAL, {'csrf': csrf, 'flow': 'card'})
        self.assertEqual(answer.status, 409)
        self.assertIn('does not know you any more', answer.text)
        self.assertRegex(portal.portal.log(), r'customer portal: status, 400, resource_missing,'
                                              r' param customer, request req_')


class Prices(Case):
    def setUp(self):
        super().setUp()
        control('/control/account', sim=portal.sim.url, sub=self.sub, roles=['billing'])
        self.here = portal.sign_in(self.sub)

    def form(self, price=MONTHLY):
        for fields in forms_of(self.here.get('/admin/prices'), '/admin/prices'):
            if fields['price'] == price:
                return fields
        raise AssertionError(f'{price} is not listed')

    def kept(self, price):
        return portal.sql(f"SELECT plan, is_offered FROM plan_prices WHERE price_id = '{price}'")

    def test_members_may_not(self):
        other = portal.sign_in(self.sub + '-member')
        self.assertEqual(other.get('/admin/prices').status, 403)
        self.assertNotIn('/admin/prices', other.get('/dashboard').text)

    def test_bad_forms_of(self):
        good = {**self.form(), 'plan': 'pro', 'offered': 'on'}
        for change, status in (({'plan': 'gold'}, 400), ({'plan': ''}, 400), ({'price': 'x y'}, 400),
                               ({'price': '../x'}, 400),
                               ({'price': ''}, 400), ({'csrf': 'x'}, 403)):
            answer = self.here.post('/admin/prices', {**good, **change})
            self.assertEqual(answer.status, status, change)

    def test_setting_one(self):
        made = stripe.post('/prices', product='prod_pro', currency='eur', unit_amount=2500,
                           recurring={'interval': 'month', 'interval_count': 3})
        form = self.form(made['id'])
        answer = self.here.post('/admin/prices', {**form, 'plan': 'pro', 'offered': 'on'})
        self.assertEqual((answer.status, answer.header('location')),
                         (303, '/admin/prices?done=saved'))
        self.assertEqual(self.kept(made['id']), [['pro', 't']])
        self.assertEqual(portal.sql('SELECT count(*) FROM stripe_events WHERE type ='
                                    f" 'price.updated' AND object_id = '{made['id']}'"), [['1']])
        audit = portal.sql(
            f"SELECT action, resource FROM audit_log WHERE actor_sub = '{self.sub}'")
        self.assertIn(['prices.list', '/admin/prices'], audit)
        self.assertIn(['prices.set', f"{made['id']}: pro, offered"], audit)
        self.assertIn('Saved.', self.here.get('/admin/prices?done=saved').text)
        self.here.post('/admin/prices', {**form, 'plan': 'pro'})
        self.assertEqual(self.kept(made['id']), [['pro', 'f']])
        self.here.post('/admin/prices', {**form, 'plan': 'none'})
        self.assertEqual(self.kept(made['id']), [])

    def test_ids_of_older_plans_and_ids_that_are_none(self):
        for id_ in ('plan_old', 'gold-2019.1'):
            self.addCleanup(portal.sql, f"DELETE FROM plan_prices WHERE price_id = '{id_}'")
            answer = self.here.post('/admin/prices', {**self.form(), 'price': id_, 'plan': 'pro'})
            self.assertEqual(answer.status, 303, answer.text)
            self.assertEqual(self.kept(id_), [['pro', 'f']])
        self.assertIn('Stripe sells no price of this id here',
                      self.here.get('/admin/prices').text)

    def test_a_metered_price_is_not_offered(self):
        made = stripe.post('/prices', product='prod_pro', currency='eur', unit_amount=5,
                           recurring={'interval': 'month', 'usage_type': 'metered'})
        self.addCleanup(
            portal.sql, f"DELETE FROM plan_prices WHERE price_id = '{made['id']}'")
        form = self.form(made['id'])
        self.assertNotIn('offered', form)
        self.here.post('/admin/prices', {**form, 'plan': 'pro', 'offered': 'on'})
        wait_until(lambda: portal.sql("SELECT count(*) FROM stripe_prices WHERE id ="
                                      f" '{made['id']}'") == [['1']], 'the price')
        self.assertNotIn(made['id'], self.here.get('/billing').text)

    def test_who_pays_it_gets_the_plan(self):
        self.subscribe()
        self.assertEqual(self.user('plan'), 'free')
        self.here.post('/admin/prices', {**self.form(), 'plan': 'pro', 'offered': 'on'})
        wait_until(lambda: self.user('plan') == 'pro', 'the plan')

    def test_what_people_pay_and_get_nothing_for(self):
        self.subscribe()
        portal.sql(f"INSERT INTO stripe_subscription_items VALUES ('si_x{self.sub}',"
                   f" 'sub_{self.sub}', 'price_lost', NULL, 1);"
                   "INSERT INTO stripe_prices (id, is_live, currency, object, read_at)"
                   " VALUES ('price_lost', false, 'eur', '{}', now())")
        self.assertIn('People pay 1 price that buys no plan here.',
                      self.here.get('/admin/prices').text)
        portal.sql("DELETE FROM stripe_prices WHERE id = 'price_lost'")

    def test_stripe_is_down(self):
        stripe.control('fault', path='/v1/prices', mode='html')
        answer = self.here.get('/admin/prices')
        self.assertEqual(answer.status, 200)
        self.assertIn('could not be read just now', answer.text)
        self.assertIn(MONTHLY, answer.text)


class Otherwise(unittest.TestCase):
    """Portals that are set up in another way, on the same database."""

    def setUp(self):
        self.before = dict(portal.settings)

    def tearDown(self):
        portal.settings = self.before
        portal.restart()

    def restart(self, **settings):
        portal.settings = {**portal.settings, **settings}
        portal.restart()
        return portal.sign_in(f'otherwise-{id(self)}')

    def test_without_a_key(self):
        here = self.restart(STRIPE_SECRET_KEY='')
        answer = here.get('/billing')
        self.assertEqual(answer.status, 200)
        self.assertIn('Billing is not set up here', answer.text)
        self.assertIn('20.0 GB' if '20.0 GB' in answer.text else '20 GB', answer.text)
        self.assertEqual(forms_of(answer, CHECKOUT), [])
        for path in ('/billing/invoices', '/billing/change?to=pro', '/dashboard'):
            self.assertEqual(here.get(path).status, 200, path)
        self.assertIn('Billing is not set up here', here.get('/billing/invoices').text)
        answer = here.get(DONE + '?session_id=cs_test_1')
        self.assertEqual(answer.status, 409)
        self.assertIn('Billing is not set up here', answer.text)

    def test_a_failed_payment_of_before_without_a_key(self):
        sub = f'otherwise-{id(self)}'
        here = portal.sign_in(sub)
        portal.sql(f"""INSERT INTO stripe_customers (id, is_live, user_id) SELECT 'cus_{sub}', false,
              id FROM users WHERE keycloak_sub = '{sub}';
            INSERT INTO stripe_subscriptions (id, is_live, customer_id, status, currency, created_at,
              terms, mrr, billed_mrr, committed_mrr, trial_mrr, mrr_at, read_at)
            VALUES ('sub_{sub}', false, 'cus_{sub}', 'past_due', 'eur', now(), '{{}}', 0, 0, 0, 0,
              now(), now())""")
        self.assertIn('A payment failed.', here.get('/dashboard').text)
        here = self.restart(STRIPE_SECRET_KEY='')
        self.assertNotIn('A payment failed.', here.get('/dashboard').text)

    def test_whoever_looks_at_payments_too_often_waits(self):
        here = self.restart(RATE_LIMITS='on')
        statuses = [here.get(DONE + '?session_id=cs_test_unheardof').status for _ in range(60)]
        self.assertEqual(statuses[0], 404)
        self.assertIn(429, statuses)
        other = portal.sign_in(f'otherwise-{id(self)}-other')
        self.assertEqual(other.get(DONE + '?session_id=cs_test_unheardof').status, 404)

    def test_no_customer_portal(self):
        said = {'error': {'type': 'invalid_request_error', 'message':
                'No configuration provided and your test mode default configuration has not been '
                'created. Provide a configuration or create your default by saving your customer '
                'portal settings in test mode at https://dashboard.stripe.com/test/settings.'}}
        canned = Canned(400, json.dumps(said).encode())
        self.addCleanup(canned.stop)
        here = self.restart(STRIPE_API_BASE=canned.url)
        sub = f'otherwise-{id(self)}'
        portal.sql(f"""INSERT INTO stripe_customers (id, is_live, user_id) SELECT 'cus_{sub}', false,
              id FROM users WHERE keycloak_sub = '{sub}';
            INSERT INTO stripe_subscriptions (id, is_live, customer_id, status, currency, created_at,
              terms, mrr, billed_mrr, committed_mrr, trial_mrr, mrr_at, read_at)
            VALUES ('sub_{sub}', false, 'cus_{sub}', 'active', 'eur', now(), '{{}}', 0, 0, 0, 0,
              now(), now())""")
        form = forms_of(here.get('/billing'), PORTAL)[0]
        answer = here.post(PORTAL, form)
        self.assertEqual(answer.status, 503)
        self.assertIn('has not finished setting up', answer.text)
        self.assertNotIn('dashboard.stripe.com', answer.text)
        self.assertIn('has no default configuration', portal.portal.log())
        self.assertIn('req_canned', portal.portal.log())

    def test_the_doctor_knows_of_the_customer_portal(self):
        for said, words in (({'object': 'balance', 'livemode': False, 'data': []},
                             'it has no default configuration'),
                            ({'object': 'balance', 'livemode': False, 'data': [{}]},
                             'lets nobody cancel'),
                            ({'object': 'balance', 'livemode': False, 'data': [{'features': {
                                'subscription_cancel': {'enabled': True}}}]},
                             'has a default configuration')):
            canned = Canned(200, json.dumps(said).encode())
            self.addCleanup(canned.stop)
            portal.settings['STRIPE_API_BASE'] = canned.url
            run = subprocess.run([os.environ['PORTAL_BIN'], 'doctor'], check=False,
                                 capture_output=True, text=True,
                                 env={**os.environ, **portal.settings})
            self.assertIn(words, run.stdout + run.stderr)

    def test_a_checkout_under_the_operators_own_name(self):
        """The browser would not follow there after a form: a page of ours leads."""
        said = {'id': 'bps_1', 'url': 'https://pay.example.org/p/session/1#x'}
        canned = Canned(200, json.dumps(said).encode())
        self.addCleanup(canned.stop)
        here = self.restart(STRIPE_API_BASE=canned.url)
        sub = f'otherwise-{id(self)}'
        portal.sql(f"""INSERT INTO stripe_customers (id, is_live, user_id) SELECT 'cus_{sub}', false,
              id FROM users WHERE keycloak_sub = '{sub}';
            INSERT INTO stripe_subscriptions (id, is_live, customer_id, status, currency, created_at,
              terms, mrr, billed_mrr, committed_mrr, trial_mrr, mrr_at, read_at)
            VALUES ('sub_{sub}', false, 'cus_{sub}', 'active', 'eur', now(), '{{}}', 0, 0, 0, 0,
              now(), now())""")
        answer = here.post(PORTAL, forms_of(here.get('/billing'), PORTAL)[0])
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.header('refresh'), '0;url=https://pay.example.org/p/session/1#x')
        self.assertIn('href="https://pay.example.org/p/session/1#x"', answer.text)


if __name__ == '__main__':
    unittest.main()
