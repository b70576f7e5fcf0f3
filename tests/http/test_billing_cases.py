"""Prices, coupons, money and troubles of every kind, the whole way: what is so at Stripe, what the
mirror has of it, and what the person and the admin are shown.

A simulator of Stripe and a portal of their own. The portal asks Stripe by a way that can be cut;
Stripe's webhooks reach it all the same.
"""
import json
import os
import re
import subprocess
import time
import unittest

from client import control, form_of
from instance import Wire, free_port
from patience import PATIENCE_S, wait_until
from services import Service
from stripe_sim import StripeSim

MONTHLY = 'price_pro_monthly'
DAY = 86400
ADMIN = '/admin/stripe'


def setUpModule():
    global wire, stripe, portal, endpoint, admin
    port = free_port()
    wire = Wire('127.0.0.1', port)
    way = f'http://127.0.0.1:{wire.port}'
    stripe = StripeSim(port=port, STRIPE_SIM_URL=way)
    portal = Service('portal', **{**stripe.env, 'STRIPE_API_BASE': way})
    endpoint = stripe.post('/webhook_endpoints', url=portal.url + '/webhooks/stripe',
                           enabled_events=['*'])['id']
    stripe.control('endpoint', id=endpoint, secrets=[stripe.secret])
    stripe.control('delivery', retry_ms=200)
    stripe.seed_prices()
    portal.sql(f"INSERT INTO plan_prices (price_id, plan) VALUES ('{MONTHLY}', 'pro')")
    control('/control/account', sim=portal.sim.url, sub='cases-clerk', roles=['billing'])
    admin = portal.sign_in('cases-clerk')


def tearDownModule():
    portal.stop()
    stripe.stop()
    wire.cut()


def wait_for(condition, what, timeout=PATIENCE_S):
    """Each look at the database is a process: not too many of them."""
    return wait_until(condition, what, timeout, pause=0.1)


def obeyed(timeout=PATIENCE_S):
    """All that was delivered is obeyed, and the plans that follow are settled."""
    stripe.settle(timeout)
    wait_for(lambda: portal.sql(
        "SELECT 1 FROM stripe_events WHERE state = 'waiting' UNION ALL"
        ' SELECT 1 FROM plan_checks WHERE due_at <= now()') == [], 'the end of the inbox', timeout)


def run_job(name):
    """Has a job run now: forgets that it ever did, and starts the portal anew."""
    portal.portal.stop()
    portal.sql(f"DELETE FROM job_runs WHERE job = '{name}'")
    portal.restart()
    wait_for(lambda: portal.sql(f"SELECT 1 FROM job_runs WHERE job = '{name}'"
                                " AND outcome = 'ok'"), f'the run of {name}')


def main_of(answer):
    assert answer.status == 200, (answer.status, answer.text)
    return re.search(r'<main.*?</main>', answer.text, re.S).group(0)


def bills(text):
    """Amount, status and note of each invoice on the page."""
    found = []
    for row in text.split('<li class="card bill">')[1:]:
        amount = re.search(r'<p class="bill-amount">(.*?)</p>', row, re.S).group(1)
        status = re.search(r'<p class="bill-status">(.*?)</p>', row, re.S).group(1)
        found.append([re.sub(r'\s+', ' ', re.sub('<[^>]*>', ' ', part)).strip()
                      for part in (amount, status)])
    return found


class Case(unittest.TestCase):
    """Each has an account of its own, which is signed in."""

    maxDiff = None
    numbers = iter(range(1, 1000))

    def setUp(self):
        self.sub = f'case-{next(self.numbers)}'
        self.here = portal.sign_in(self.sub)

    def user(self, column='plan', sub=None):
        return portal.sql(f"SELECT {column} FROM users WHERE keycloak_sub = '{sub or self.sub}'"
                          )[0][0]

    def wait_for_plan(self, plan):
        wait_for(lambda: self.user() == plan, f'{plan} for {self.sub}')

    def price(self, **members):
        """A monthly one of a product of its own; its id."""
        return stripe.post('/prices', **{
            'currency': 'eur', 'recurring': {'interval': 'month'},
            'product_data': {'name': 'Other'}, **members})['id']

    def subscribe(self, items=None, sub=None, **members):
        """A customer that says whose it is, with what it subscribes to; both."""
        customer = stripe.post('/customers', email=f'{self.sub}@example.org',
                               metadata={'user_sub': sub or self.sub})
        return customer, stripe.post('/subscriptions', customer=customer['id'], **{
            'items': items or [{'price': MONTHLY}], **members})

    def figures(self, made):
        """MRR, billed and committed MRR without zeros at the end, and the flags."""
        return portal.sql(
            'SELECT trim_scale(mrr), trim_scale(billed_mrr), trim_scale(committed_mrr),'
            " array_to_string(mrr_flags, ' ')"
            f" FROM stripe_subscriptions WHERE id = '{made['id']}'")[0]

    def explained(self, made):
        run = subprocess.run([os.environ['PORTAL_BIN'], 'mrr', '--explain', made['id']],
                             check=False, capture_output=True, text=True,
                             env={**os.environ, **portal.settings})
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def billing(self):
        return main_of(self.here.get('/billing'))

    def bills(self):
        return bills(main_of(self.here.get('/billing/invoices')))

    def events_of(self, object_id, column='state'):
        return {row[0] for row in portal.sql(
            f"SELECT {column} FROM stripe_events WHERE object_id = '{object_id}'")}


class Prices(Case):
    def test_thirty_items_of_which_stripe_shows_ten(self):
        """Nothing tells of the prices but the subscription."""
        stripe.control('delivery', mode='off')
        prices = [self.price(unit_amount=100 + n) for n in range(29)]
        _, made = self.subscribe([*({'price': p} for p in prices), {'price': MONTHLY}])
        self.assertTrue(made['items']['has_more'])
        stripe.control('delivery', mode='on')
        stripe.control('event', type='customer.subscription.created', kind='subscription',
                       id=made['id'])
        self.wait_for_plan('pro')
        obeyed()
        worth = str(sum(100 + n for n in range(29)) + 900)
        self.assertEqual(self.figures(made), [worth, worth, worth, ''])
        known = portal.sql('SELECT count(*), count(p.id) FROM stripe_subscription_items i LEFT JOIN'
                           ' stripe_prices p ON p.id = i.price_id'
                           f" WHERE i.subscription_id = '{made['id']}'")
        self.assertEqual(known, [['30', '30']])
        self.assertIn('42.06 EUR on ', self.billing())
        text = main_of(admin.get('/admin/prices'))
        for price in prices:
            row = text[text.index(price):]
            self.assertIn('People pay this price and get no plan for it.',
                          row[:row.find('</form>')])

    def test_a_coupon_of_one_item(self):
        coupon = stripe.post('/coupons', percent_off=25, duration='forever')['id']
        other = self.price(unit_amount=1000)
        _, made = self.subscribe([{'price': MONTHLY},
                                  {'price': other, 'discounts': [{'coupon': coupon}]}])
        self.wait_for_plan('pro')
        obeyed()
        self.assertEqual(self.figures(made), ['1650', '1650', '1650', ''])
        text = self.explained(made)
        item = next(i['id'] for i in stripe.all('/subscription_items', subscription=made['id'])
                    if i['price']['id'] == other)
        for line in (f'coupon {coupon}, 25 % off: {item} from 1000 to 750', 'MRR:           1650',
                     'Shown as:      16.50 eur a month'):
            self.assertIn(line, text)
        day = re.search(r'Next charge:</span> ([^<]*)<', self.billing()).group(1)
        self.assertNotIn('EUR', day, 'what a coupon leaves is not guessed')
        self.assertEqual(self.bills(), [['16.50 EUR', 'Paid']])

    def test_a_coupon_of_one_product_for_some_months(self):
        price = stripe.get('/prices/' + self.price(unit_amount=2000))
        coupon = stripe.post('/coupons', percent_off=50, duration='repeating',
                             duration_in_months=3, applies_to={'products': [price['product']]})
        _, made = self.subscribe([{'price': MONTHLY}, {'price': price['id']}],
                                 discounts=[{'coupon': coupon['id']}])
        self.wait_for_plan('pro')
        obeyed()
        self.assertEqual(self.figures(made), ['2900', '1900', '2900',
                                              'repeating_discount_in_billed_only'])
        ends = portal.sql('SELECT mrr_changes_at > now() + interval \'80 days\' FROM'
                          f" stripe_subscriptions WHERE id = '{made['id']}'")
        self.assertEqual(ends, [['t']], 'the end of the coupon is kept in mind')
        self.assertEqual(self.bills(), [['19.00 EUR', 'Paid']])

    def test_prices_in_tiers(self):
        tiers = [{'up_to': 5, 'unit_amount': 200}, {'up_to': 'inf', 'unit_amount_decimal': '50.5',
                                                    'flat_amount': 99}]
        worth = {'graduated': '1250.5', 'volume': '503'}
        made = {mode: self.subscribe([{'quantity': 8, 'price': self.price(
            billing_scheme='tiered', tiers_mode=mode, tiers=tiers)}])[1] for mode in worth}
        obeyed()
        for mode, each in made.items():
            self.assertEqual(self.figures(each), [worth[mode]] * 3 + [''], mode)
        self.assertNotRegex(self.billing(), 'Next charge:</span> [^<]*EUR')
        self.assertCountEqual(self.bills(), [['5.03 EUR', 'Paid'], ['12.51 EUR', 'Paid']])

    def test_a_schedule_of_what_comes_next(self):
        _, made = self.subscribe()
        schedule = stripe.post('/subscription_schedules', from_subscription=made['id'])
        (now,) = schedule['phases']
        stripe.post('/subscription_schedules/' + schedule['id'], phases=[
            {'items': [{'price': MONTHLY, 'quantity': 1}], 'end_date': now['end_date']},
            {'items': [{'price': MONTHLY, 'quantity': 3}], 'iterations': 12}])
        self.wait_for_plan('pro')
        obeyed()
        self.assertEqual(self.figures(made), ['900', '900', '2700', ''])
        self.assertNotRegex(self.billing(), 'Next charge:</span> [^<]*EUR')

    def test_currencies_without_cents_and_with_thousandths(self):
        cases = (('jpy', 500, '500 JPY'), ('kwd', 1500, '1.500 KWD'))
        before = self.sub
        made = {}
        for currency, amount, _ in cases:
            self.sub = f'{before}-{currency}'
            portal.sign_in(self.sub)
            _, made[currency] = self.subscribe([{'price': self.price(currency=currency,
                                                                     unit_amount=amount)}])
        obeyed()
        for currency, amount, shown in cases:
            self.here = portal.sign_in(f'{before}-{currency}')
            self.assertEqual(self.figures(made[currency]), [str(amount)] * 3 + [''])
            self.assertIn(f'{shown} on ', self.billing())
            self.assertEqual(self.bills(), [[shown, 'Paid']])
        text = main_of(admin.get('/admin/prices'))
        for shown in ('500 JPY', '1.500 KWD'):
            self.assertIn(shown, text)

    def test_a_yearly_price_in_yen(self):
        price = self.price(currency='jpy', unit_amount=1000, recurring={'interval': 'year'})
        _, made = self.subscribe([{'price': price}])
        obeyed()
        self.assertEqual(self.figures(made), ['83.333333333333'] * 3 + [''])
        self.assertIn('1,000 JPY on ', self.billing())

    def test_a_price_whose_amount_is_null(self):
        price = self.price(unit_amount=700)
        stripe.control('object', kind='price', id=price, event='price.updated',
                       set={'unit_amount': None, 'unit_amount_decimal': None})
        _, made = self.subscribe([{'price': price}])
        obeyed()
        mrr, billed, committed, flags = self.figures(made)
        self.assertEqual((mrr, billed, committed), ('0', '0', '0'))
        self.assertNotEqual(flags, '', 'the figure says that it lacks something')
        self.assertEqual(portal.sql('SELECT unit_amount IS NULL FROM stripe_prices'
                                    f" WHERE id = '{price}'"), [['t']])
        self.assertNotRegex(self.billing(), 'Next charge:</span> [^<]*EUR')

    def test_a_price_that_buys_nothing_until_an_admin_says_so(self):
        price = self.price(unit_amount=700)
        _, made = self.subscribe([{'price': price}])
        obeyed()
        self.assertEqual(portal.sql('SELECT status FROM stripe_subscriptions'
                                    f" WHERE id = '{made['id']}'"), [['active']])
        self.assertEqual(self.user(), 'free')
        self.assertIn('It buys no plan of this service.', self.billing())
        text = main_of(admin.get('/admin/prices'))
        self.assertRegex(text, r'People pay \d+ prices? that buys? no plan here\.')
        form = form_of(text, '/admin/prices', price=price)
        answer = admin.post('/admin/prices', {**form, 'plan': 'pro'})
        self.assertEqual(answer.status, 303)
        self.wait_for_plan('pro')
        self.assertNotIn('It buys no plan', self.billing())
        text = main_of(admin.get('/admin/prices'))
        row = text[text.index(price):]
        self.assertNotIn('get no plan', row[:row.find('</form>')])


    def test_a_coupon_of_the_customer(self):
        """It belongs to no subscription, so no figure is less for it; what is charged is."""
        coupon = stripe.post('/coupons', amount_off=150, currency='eur', duration='forever')['id']
        customer = stripe.post('/customers', metadata={'user_sub': self.sub}, coupon=coupon)['id']
        made = stripe.post('/subscriptions', customer=customer, items=[{'price': MONTHLY}])
        self.wait_for_plan('pro')
        obeyed()
        self.assertEqual(self.figures(made)[:3], ['900', '900', '900'])
        self.assertEqual(self.bills(), [['7.50 EUR', 'Paid']])
        self.assertNotRegex(self.billing(), 'Next charge:</span> [^<]*EUR')
        stripe.delete(f'/customers/{customer}/discount')
        obeyed()
        self.assertIn('Next charge:</span> 9.00 EUR on ', self.billing())


class Money(Case):
    def charge_of(self, customer):
        return stripe.get('/charges', customer=customer['id'])['data'][0]

    def test_an_invoice_below_nothing_is_credit(self):
        customer, made = self.subscribe([{'price': MONTHLY, 'quantity': 3}])
        item = made['items']['data'][0]['id']
        stripe.post(f"/subscriptions/{made['id']}", items=[{'id': item, 'quantity': 1}],
                    proration_behavior='always_invoice')
        self.wait_for_plan('pro')
        obeyed()
        (owed,) = [i['total'] for i in stripe.all('/invoices', customer=customer['id'])
                   if i['total'] < 0]
        self.assertEqual(self.figures(made)[0], '900')
        shown = f'{-owed / 100:.2f} EUR'
        self.assertCountEqual(self.bills(), [['-' + shown, 'Credited To your credit'],
                                             ['27.00 EUR', 'Paid']])
        self.assertEqual(portal.sql('SELECT amount_minor FROM payments WHERE customer_id ='
                                    f" '{customer['id']}'"), [['2700']])
        text = self.billing()
        self.assertIn(f'<div class="value">{shown}</div>', text)
        moves = re.findall(r'move-what">([^<]*)</span> <span class="move-amount">([^<]*)<', text)
        self.assertEqual(moves, [('From an invoice', '+' + shown)])

    def test_amounts_that_are_null(self):
        customer, made = self.subscribe()
        obeyed()
        stripe.control('object', kind='invoice', id=made['latest_invoice'], event='invoice.updated',
                       set={'total': None, 'amount_due': None, 'amount_paid': None,
                            'subtotal': None, 'amount_remaining': None})
        obeyed()
        self.assertEqual(self.events_of(made['latest_invoice']), {'done'})
        self.assertEqual(portal.sql('SELECT total_minor IS NULL, amount_paid_minor IS NULL FROM'
                                    f" stripe_invoices WHERE customer_id = '{customer['id']}'"),
                         [['t', 't']])
        self.assertEqual(self.bills(), [['unknown amount', 'Paid']])
        self.assertEqual(portal.sql('SELECT * FROM payments WHERE customer_id ='
                                    f" '{customer['id']}'"), [])

    def test_credit_bought_given_paid_back_and_used(self):
        customer = stripe.post('/customers', metadata={'user_sub': self.sub})['id']
        moves = f'/customers/{customer}/balance_transactions'
        stripe.post(moves, amount=-2000, currency='eur', metadata={'kind': 'purchase'})
        stripe.post(moves, amount=-500, currency='eur')
        stripe.control('credit', customer=customer, amount=-300, currency='eur')
        stripe.post('/subscriptions', customer=customer, items=[{'price': MONTHLY}])
        self.wait_for_plan('pro')
        obeyed()
        text = self.billing()
        self.assertIn('<div class="value">19.00 EUR</div>', text)
        self.assertCountEqual(
            re.findall(r'move-what">([^<]*)</span> <span class="move-amount">([^<]*)</span>'
                       r' <span class="aside">([^<]*)<', text),
            [('Used for an invoice', '-9.00 EUR', 'then 19.00 EUR'),
             ('Paid back', '+3.00 EUR', 'then 28.00 EUR'),
             ('Given by us', '+5.00 EUR', 'then 25.00 EUR'),
             ('Bought', '+20.00 EUR', 'then 20.00 EUR')])
        self.assertEqual(self.bills(), [['9.00 EUR', 'Paid 9.00 EUR of it from credit']])
        self.assertEqual(portal.sql(f"SELECT * FROM payments WHERE customer_id = '{customer}'"), [])

    def test_refunds_in_part_in_full_and_failed(self):
        customer, _ = self.subscribe()
        charge = self.charge_of(customer)['id']
        failed = stripe.control('refund', charge=charge, amount=200, status='pending')['id']
        stripe.control('refund/settle', refund=failed, status='failed')
        self.wait_for_plan('pro')
        obeyed()
        self.assertEqual(self.bills(), [['9.00 EUR', 'Paid']])
        self.assertEqual(portal.sql('SELECT status, failed_at IS NOT NULL FROM stripe_refunds'
                                    f" WHERE id = '{failed}'"), [['failed', 't']])
        stripe.control('refund', charge=charge, amount=300)
        obeyed()
        self.assertEqual(self.bills(), [['9.00 EUR', 'Partly refunded 3.00 EUR paid back']])
        stripe.control('refund', charge=charge)
        obeyed()
        self.assertEqual(self.bills(), [['9.00 EUR', 'Refunded 9.00 EUR paid back']])
        self.assertEqual(portal.sql(
            'SELECT status, sum(amount_minor) FROM stripe_refunds WHERE charge_id ='
            f" '{charge}' GROUP BY 1 ORDER BY 1"), [['failed', '200'], ['succeeded', '900']])
        self.assertEqual(self.user(), 'pro', 'a refund ends no subscription')

    def test_a_payment_without_an_invoice(self):
        customer = stripe.post('/customers', metadata={'user_sub': self.sub})
        stripe.post('/payment_intents', customer=customer['id'], amount=500, currency='eur',
                    confirm=True)
        stripe.control('refund', charge=self.charge_of(customer)['id'], amount=100)
        obeyed()
        self.assertEqual(self.bills(), [['5.00 EUR', 'Partly refunded 1.00 EUR paid back']])
        self.assertEqual(portal.sql('SELECT amount_minor, subscription_id IS NULL FROM payments'
                                    f" WHERE customer_id = '{customer['id']}'"), [['500', 't']])

    def test_disputes_that_are_won_and_lost(self):
        outcomes = {'won': 't', 'lost': 'f'}
        cases = {}
        for outcome in outcomes:
            customer, _ = self.subscribe(sub='nobody')
            cases[outcome] = stripe.control('dispute', charge=self.charge_of(customer)['id'])['id']
        obeyed()

        def state(case):
            return portal.sql('SELECT status, amount_minor, withdrawn_at IS NOT NULL, reinstated_at'
                              f" IS NOT NULL FROM stripe_disputes WHERE id = '{case}'")
        for outcome, case in cases.items():
            self.assertEqual(state(case), [['needs_response', '900', 't', 'f']])
            stripe.control('dispute/close', dispute=case, status=outcome)
        obeyed()
        for outcome, case in cases.items():
            self.assertEqual(state(case), [[outcome, '900', 't', outcomes[outcome]]])
            self.assertEqual(self.events_of(case), {'done'})

    def test_a_renewal_that_fails_and_is_paid_later(self):
        now = int(time.time())
        stripe.control('clock', to=now - 33 * DAY)
        self.addCleanup(stripe.control, 'clock', to=now)
        customer, made = self.subscribe()
        stripe.control('card', customer=customer['id'], decline='insufficient_funds')
        month_ends = made['items']['data'][0]['current_period_end']
        stripe.control('clock', seconds=month_ends + 1 - stripe.state()['now'])
        self.wait_for_plan('pro')
        obeyed()
        failed, again, until = portal.sql(
            "SELECT to_char(t, 'FMDD FMMonth YYYY'), to_char(t + interval '3 days',"
            " 'FMDD FMMonth YYYY'), to_char(t + interval '7 days', 'FMDD FMMonth YYYY') FROM"
            ' (SELECT past_due_at AT TIME ZONE \'UTC\' AS t FROM stripe_subscriptions'
            f" WHERE id = '{made['id']}') s")[0]
        text = self.billing()
        for words in (f'9.00 EUR for Pro could not be collected on {failed}.',
                      f'It is tried again on {again}.', f'You have Pro until {until};'):
            self.assertIn(words, text)
        self.assertIn('Your last payment failed', text)
        stripe.control('card', customer=customer['id'], decline=None)
        stripe.control('invoice/retry', invoice=self.latest(made))
        obeyed()
        self.assertNotIn('Your last payment failed', self.billing())
        self.assertEqual(self.bills(), [['9.00 EUR', 'Paid']] * 2)
        self.assertEqual(self.figures(made), ['900', '900', '900', ''])

    def latest(self, made):
        return stripe.get(f"/subscriptions/{made['id']}")['latest_invoice']


class People(Case):
    def test_a_customer_that_is_deleted(self):
        customer, made = self.subscribe()
        self.wait_for_plan('pro')
        stripe.delete('/customers/' + customer['id'])
        self.wait_for_plan('free')
        obeyed()
        self.assertEqual(portal.sql('SELECT is_deleted, user_sub FROM stripe_customers'
                                    f" WHERE id = '{customer['id']}'"), [['t', self.sub]])
        for one in (customer['id'], made['id'], made['latest_invoice']):
            self.assertEqual(self.events_of(one), {'done'}, one)
        self.assertIn('Pro ended on ', self.billing())
        self.assertEqual(self.bills(), [['9.00 EUR', 'Paid']])
        self.assertIn(MONTHLY, self.billing(), 'it can be bought again')

    def test_a_customer_that_was_deleted_before_we_looked(self):
        stripe.control('delivery', mode='hold')
        customer, made = self.subscribe()
        stripe.delete('/customers/' + customer['id'])
        stripe.control('delivery', mode='on')
        obeyed()
        for one in (customer['id'], made['id'], made['latest_invoice']):
            self.assertEqual(self.events_of(one), {'done'}, one)
        self.assertEqual(self.user(), 'free')
        self.assertEqual(portal.sql(
            'SELECT s.status, s.mrr::bigint, c.is_deleted, p.amount_minor FROM'
            ' stripe_subscriptions s JOIN stripe_customers c ON c.id = s.customer_id'
            ' JOIN payments p'
            f" ON p.subscription_id = s.id WHERE s.id = '{made['id']}'"),
            [['canceled', '0', 't', '900']])

    def test_on_trial_ending_and_paused(self):
        """All have the plan; what each is worth differs."""
        cases = {
            'trial': ({'trial_period_days': 14}, 'The trial ends on ', '0 0 0 900'),
            'ending': ({'cancel_at_period_end': True}, 'then Free. You are not charged again.',
                       '900 900 0 0'),
            'paused': ({}, 'Active, not charged for now', '0 0 0 0'),
        }
        made = {}
        for name, (members, *_) in cases.items():
            portal.sign_in(f'{self.sub}-{name}')
            _, made[name] = self.subscribe(sub=f'{self.sub}-{name}', **members)
        stripe.post(f"/subscriptions/{made['paused']['id']}", pause_collection={'behavior': 'void'})
        obeyed()
        for name, (_, words, worth) in cases.items():
            self.assertEqual(self.user(sub=f'{self.sub}-{name}'), 'pro', name)
            self.here = portal.sign_in(f'{self.sub}-{name}')
            self.assertIn(words, self.billing())
            self.assertEqual(portal.sql(
                "SELECT concat_ws(' ', mrr::bigint, billed_mrr::bigint, committed_mrr::bigint,"
                f" trial_mrr::bigint) FROM stripe_subscriptions WHERE id = '{made[name]['id']}'"),
                [[worth]], name)

    def test_whom_an_admin_links_stays_linked(self):
        customer, made = self.subscribe(sub=f'{self.sub}-of-old')
        obeyed()
        self.assertEqual(self.user(), 'free')
        page = f"{ADMIN}/customers/link?customer={customer['id']}&account={self.sub}"
        self.assertIn(customer['id'], main_of(admin.get(f"{ADMIN}/customers?after=cus_")))
        fields = form_of(main_of(admin.get(page)), ADMIN + '/customers/link')
        self.assertEqual(admin.post(ADMIN + '/customers/link', fields).status, 303)
        self.wait_for_plan('pro')
        # Stripe goes on naming the other one, who comes at last.
        portal.sign_in(f'{self.sub}-of-old')
        stripe.post('/customers/' + customer['id'], name='Renamed')
        stripe.post(f"/subscriptions/{made['id']}", description='Renamed')
        run_job('stripe_relink')
        obeyed()
        self.assertEqual(portal.sql(
            'SELECT u.keycloak_sub FROM stripe_customers c JOIN users u ON u.id = c.user_id'
            f" WHERE c.id = '{customer['id']}'"), [[self.sub]])
        self.assertEqual((self.user(), self.user(sub=f'{self.sub}-of-old')), ('pro', 'free'))


class Troubles(Case):
    def tearDown(self):
        stripe.control('reset')
        stripe.control('delivery', retry_ms=200)

    def test_a_clock_that_is_off_by_ten_minutes(self):
        for seconds in (-600, 600):
            taken = stripe.state()['delivery']['delivered']
            stripe.control('delivery', skew_s=seconds, attempts=1)
            _, made = self.subscribe()
            stripe.settle()
            after = stripe.state()['delivery']
            self.assertEqual(after['delivered'], taken)
            self.assertEqual({each['result'] for each in after['latest']}, {400})
            self.assertEqual(self.events_of(made['id']), set())
        self.assertEqual(self.user(), 'free')
        stripe.control('delivery', skew_s=0)
        run_job('stripe_gaps')
        self.wait_for_plan('pro')
        self.assertEqual(self.events_of(made['id'], 'source'), {'gap'})

    def test_without_a_webhook_secret_stripe_is_asked(self):
        stripe.control('delivery', mode='off')
        _, made = self.subscribe()
        _, ended = self.subscribe(sub='nobody')
        stripe.delete('/subscriptions/' + ended['id'])
        stripe.control('delivery', mode='on')
        self.addCleanup(portal.settings.update, STRIPE_WEBHOOK_SECRET=stripe.secret)
        portal.settings['STRIPE_WEBHOOK_SECRET'] = ''
        run_job('stripe_poll')
        self.wait_for_plan('pro')
        self.assertEqual(portal.sql(
            'SELECT status, ended_at IS NOT NULL, mrr::bigint FROM stripe_subscriptions'
            f" WHERE id IN ('{made['id']}', '{ended['id']}') ORDER BY status"),
            [['active', 'f', '900'], ['canceled', 't', '0']])
        self.assertEqual(self.events_of(made['id']), set())
        portal.settings['STRIPE_WEBHOOK_SECRET'] = stripe.secret
        portal.restart()

    def test_pages_of_html_instead_of_answers(self):
        stripe.control('fault', path='/v1/subscriptions', mode='html', method='GET')
        _, made = self.subscribe(sub='nobody')
        error = wait_for(lambda: portal.sql(
            'SELECT error FROM stripe_events WHERE error IS NOT NULL AND object_id ='
            f" '{made['id']}' AND state = 'waiting'"), 'the failure')[0][0]
        self.assertIn('subscriptions/', error)
        self.assertNotIn('<', error)
        self.assertEqual(self.here.get('/billing').status, 200)
        stripe.control('reset')
        portal.sql("UPDATE stripe_events SET due_at = now() WHERE state = 'waiting'")
        portal.restart()  # which ends the pause
        obeyed()
        self.assertEqual(self.events_of(made['id']), {'done'})

    def test_stripe_is_away_for_a_while(self):
        """Silent at first, then not there: what was told in between is obeyed afterwards, and each
        object is asked for about once."""
        before = portal.sql('SELECT count(*) FROM stripe_events')[0][0]
        stripe.control('delivery', mode='hold')
        made = [self.subscribe()[1] for _ in range(15)]
        wire.silence()
        self.addCleanup(wire.mend)
        stripe.control('delivery', mode='on')
        stripe.settle()
        wait_for(lambda: portal.sql('SELECT 1 FROM stripe_events WHERE claimed_until > now()'),
                 'the first question')
        self.assertEqual(self.here.get('/billing').status, 200)
        wire.cut()
        wait_for(lambda: portal.sql(
            "SELECT 1 FROM stripe_events WHERE state = 'waiting' AND error IS NOT NULL"),
            'the failure')
        came = int(portal.sql('SELECT count(*) FROM stripe_events')[0][0]) - int(before)
        self.assertGreater(came, 100)
        self.assertEqual(self.user(), 'free')
        asked = sum(stripe.state()['requests'].values())
        wire.mend()
        self.wait_for_plan('pro')
        obeyed()
        for each in made:
            self.assertEqual(self.events_of(each['id']), {'done'})
        asked = sum(stripe.state()['requests'].values()) - asked
        objects = int(portal.sql('SELECT count(DISTINCT object_id) FROM (SELECT object_id FROM'
                                 " stripe_events WHERE state = 'done' ORDER BY received_at DESC"
                                 f' LIMIT {came}) e')[0][0])
        self.assertLess(asked, 2 * objects)
        self.assertEqual(portal.sql(
            'SELECT count(*), sum(amount_minor) FROM payments p JOIN stripe_customers c ON c.id ='
            f" p.customer_id WHERE c.user_sub = '{self.sub}'"), [['15', '13500']])

    def test_events_of_another_version(self):
        for version in ('2020-08-27', '2024-06-20'):
            with self.subTest(version):
                stripe.control('endpoint', id=endpoint, version=version)
                _, made = self.subscribe()
                self.wait_for_plan('pro')
                charge = stripe.get('/charges', customer=made['customer'])['data'][0]['id']
                stripe.control('refund', charge=charge, amount=100)
                stripe.delete('/subscriptions/' + made['id'])
                obeyed()
                body = json.loads(portal.sql(
                    "SELECT replace(body, E'\\n', '') FROM stripe_events WHERE api_version ="
                    f" '{version}' AND object_id = '{made['id']}' LIMIT 1")[0][0])
                self.assertIn('current_period_end', body['data']['object'], 'the old shape')
                for one in (made['id'], made['latest_invoice'], made['customer']):
                    self.assertEqual(self.events_of(one), {'done'}, one)
                self.assertEqual(portal.sql(
                    'SELECT i.status, i.amount_paid_minor, r.amount_minor FROM stripe_invoices i'
                    ' JOIN stripe_payment_intents p ON p.invoice_id = i.id JOIN stripe_refunds r ON'
                    f" r.payment_intent_id = p.id WHERE i.id = '{made['latest_invoice']}'"),
                    [['paid', '900', '100']])
        stripe.control('endpoint', id=endpoint, version='2025-10-29.clover')
        self.assertEqual(portal.sql(
            "SELECT event_type FROM events WHERE event_type LIKE 'plan_%' AND user_sub ="
            f" '{self.sub}' ORDER BY id"), [['plan_upgrade'], ['plan_downgrade']] * 2)

    def test_a_row_that_was_changed_by_hand(self):
        _, made = self.subscribe()
        self.wait_for_plan('pro')
        obeyed()
        portal.portal.stop()
        portal.sql("UPDATE stripe_subscriptions SET status = 'canceled', ended_at = now(), mrr = 0"
                   f" WHERE id = '{made['id']}'")
        run_job('stripe_reconcile')
        self.assertEqual(self.figures(made)[0], '900')
        text = main_of(admin.get(ADMIN + '/differences'))
        for words in (made['id'], 'canceled', 'Repaired'):
            self.assertIn(words, text)
        self.assertEqual(self.user(), 'pro')
        portal.restart()  # figures are read at once then
        wait_for(lambda: portal.metric('irc_now_stripe_drift') == 1, 'the figure')


if __name__ == '__main__':
    unittest.main()
