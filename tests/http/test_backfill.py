"""`portal backfill`: Stripe's past into a database of the test's own, from a simulator of its own."""
import os
import pty
import re
import secrets
import signal
import subprocess
import time
import unittest
import urllib.parse

from client import sql
from instance import Portal, free_port
from patience import PATIENCE_S, wait_until
from stripe_sim import StripeSim

ADMIN = os.environ['ADMIN_DATABASE_URL']
KINDS = ('subscriptions', 'invoices', 'refunds', 'payments')
COLUMNS = ('new', 'same', 'changed', 'unlinked', 'errors')
# What is different when the same is read again.
TABLES = ('stripe_customers', 'stripe_balance_entries', 'stripe_prices', 'stripe_coupons',
          'stripe_subscriptions', 'stripe_subscription_items', 'stripe_subscription_changes',
          'stripe_invoices', 'stripe_payment_intents', 'stripe_refunds', 'stripe_disputes')
OF_THE_READING = ('read_at', 'mrr_at', 'noticed_at')


def count_table(text):
    """{'invoices': {'new': 1, …}, …} as the summary tells."""
    rows = {}
    for line in text.splitlines():
        found = re.match(rf"({'|'.join(KINDS)}) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)$", line)
        if found:
            rows[found[1]] = dict(zip(COLUMNS, map(int, found.groups()[1:])))
    return rows


class Backfill(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """A database with the migrations, from which each test gets a copy."""
        cls.template = f'backfill_{secrets.token_hex(4)}'
        owner = urllib.parse.urlsplit(os.environ['DATABASE_URL']).username
        sql(f'CREATE DATABASE {cls.template} OWNER {owner} TEMPLATE template0', ADMIN)
        cls.addClassCleanup(sql, f'DROP DATABASE {cls.template} WITH (FORCE)', ADMIN)
        url = cls.url_of(cls.template)
        subprocess.run([os.environ['PORTAL_BIN'], 'migrate'], check=True, capture_output=True,
                       env={**os.environ, 'DATABASE_URL': url, 'DATABASE_DIRECT_URL': url})

    @staticmethod
    def url_of(name):
        return urllib.parse.urlsplit(os.environ['DATABASE_URL'])._replace(path='/' + name).geturl()

    def setUp(self):
        name = f'backfill_{secrets.token_hex(4)}'
        owner = urllib.parse.urlsplit(os.environ['DATABASE_URL']).username
        sql(f'CREATE DATABASE {name} OWNER {owner} TEMPLATE {self.template}', ADMIN)
        self.addCleanup(sql, f'DROP DATABASE {name} WITH (FORCE)', ADMIN)
        self.url = self.url_of(name)
        self.stripe = StripeSim()
        self.addCleanup(self.stripe.stop)
        self.sql("INSERT INTO users (keycloak_sub, issuer) VALUES ('alice', 'https://id')")

    def sql(self, statement):
        return sql(statement, self.url)

    def settings(self, **changes):
        env = {**os.environ, **self.stripe.env, 'DATABASE_URL': self.url,
               'DATABASE_DIRECT_URL': self.url, 'DATABASE_REPLICA_URL': '', **changes}
        return {k: v for k, v in env.items() if v is not None}

    def start(self, *words, **changes):
        return subprocess.Popen(
            [os.environ['PORTAL_BIN'], 'backfill', *words], env=self.settings(**changes),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def backfill(self, *words, **changes):
        """(exit status, standard output, standard error)"""
        with self.start(*(words or ('--days', '120')), **changes) as run:
            out, err = run.communicate(timeout=120)
        self.assertNotIn(self.stripe.key, out + err)
        return run.returncode, out, err

    def check_good(self, *words):
        status, out, err = self.backfill(*words)
        self.assertEqual((status, err), (0, ''), out)
        counts = count_table(out)
        self.assertEqual(set(counts), set(KINDS), out)
        self.assertEqual([c['errors'] for c in counts.values()], [0] * 4)
        return counts, out

    def fill_stripe(self):
        """Alice's 100 days of payments, one of them refunded, a stranger's subscription, and a
        payment without an invoice."""
        self.stripe.seed_prices()
        self.stripe.control('seed', sub='alice', email='alice@example.org', days=100)
        stranger = self.stripe.post('/customers', email='bob@example.org')
        self.stripe.post('/subscriptions', customer=stranger['id'],
                         items=[{'price': 'price_pro_yearly'}])
        alice = next(c for c in self.stripe.all('/customers') if c['id'] != stranger['id'])
        self.stripe.post('/payment_intents', amount=700, currency='eur', customer=alice['id'],
                         confirm=True, payment_method='pm_card_visa')
        self.stripe.control('refund', charge=self.stripe.all('/charges')[-1]['id'], amount=100)

    def mirror(self):
        """All rows, but for when they were read."""
        left_out = ''.join(f" - '{name}'" for name in OF_THE_READING)
        return {table: [row[0] for row in self.sql(
            f'SELECT (to_jsonb(t){left_out})::text FROM {table} t ORDER BY 1')] for table in TABLES}

    def cursors(self):
        return dict(self.sql("SELECT name, value FROM stripe_cursors WHERE name LIKE 'backfill%'"))

    def ids(self, table):
        return {row[0] for row in self.sql(f'SELECT id FROM {table}')}

    def check_all_there(self):
        """The mirror has what Stripe has, and each payment once."""
        paid = [i for i in self.stripe.all('/invoices') if i['status'] == 'paid']
        self.assertEqual(self.ids('stripe_invoices'),
                         {i['id'] for i in self.stripe.all('/invoices')})
        self.assertEqual(self.ids('stripe_subscriptions'),
                         {s['id'] for s in self.stripe.all('/subscriptions', status='all')})
        self.assertEqual(self.ids('stripe_refunds'),
                         {r['id'] for r in self.stripe.all('/refunds')})
        self.assertEqual(self.ids('payments'), {i['id'] for i in paid if i['amount_paid'] > 0} |
                         {p['id'] for p in self.stripe.all('/payment_intents')
                          if p['amount'] == 700})
        self.assertEqual(self.sql('SELECT sum(amount_minor) FROM payments'),
                         [[str(sum(i['amount_paid'] for i in paid) + 700)]])

    # --- Good weather ---

    def test_all_comes_once_and_the_second_time_changes_nothing(self):
        self.fill_stripe()
        counts, out = self.check_good()
        self.check_all_there()
        self.assertIn('Stripe, test mode, all what was created since ', out)
        self.assertEqual(counts['subscriptions'],
                         {'new': 1, 'same': 0, 'changed': 0, 'unlinked': 1, 'errors': 0})
        self.assertEqual(counts['invoices']['unlinked'], 1)
        self.assertGreaterEqual(counts['invoices']['new'], 4)
        self.assertEqual(counts['refunds']['new'] + counts['refunds']['unlinked'], 1)
        self.assertEqual(counts['payments']['new'], 1)
        self.assertEqual(self.cursors(), {})
        before = self.mirror()
        again, _ = self.check_good()
        self.assertEqual(self.mirror(), before)
        for kind in KINDS:
            self.assertEqual([again[kind][c] for c in ('new', 'changed', 'unlinked')], [0, 0, 0])
        self.assertEqual(again['invoices']['same'],
                         counts['invoices']['new'] + counts['invoices']['unlinked'])

    def test_a_change_at_stripe_is_seen(self):
        self.fill_stripe()
        self.check_good()
        made = self.stripe.all('/subscriptions')[-1]
        self.stripe.post(f"/subscriptions/{made['id']}", cancel_at_period_end=True)
        counts, _ = self.check_good()
        self.assertEqual((counts['subscriptions']['changed'], counts['subscriptions']['same']),
                         (1, 1))
        self.assertEqual(self.sql('SELECT cancel_at_period_end FROM stripe_subscriptions'
                                  f" WHERE id = '{made['id']}'"), [['t']])

    def test_only_as_many_days_as_asked_for(self):
        self.fill_stripe()
        counts, _ = self.check_good('--days', '10')
        recent = [i for i in self.stripe.all('/invoices') if i['created'] > time.time() - 10 * 86400]
        self.assertEqual(sum(counts['invoices'].values()), len(recent))
        self.assertEqual(self.ids('stripe_invoices'), {i['id'] for i in recent})

    def test_an_invoice_that_was_made_before_and_paid_since(self):
        self.fill_stripe()
        old = sorted((i for i in self.stripe.all('/invoices')
                      if i['created'] < time.time() - 10 * 86400), key=lambda i: i['created'])[-2:]
        self.assertEqual(len(old), 2)
        paid = int(time.time()) - 5 * 86400
        self.stripe.control('object', kind='invoice', id=old[1]['id'], set={
            'status_transitions': {**old[1]['status_transitions'], 'paid_at': paid}})
        self.check_good('--days', '10')
        there = self.ids('stripe_invoices')
        self.assertIn(old[1]['id'], there)
        self.assertNotIn(old[0]['id'], there)
        self.assertEqual(self.sql('SELECT extract(epoch FROM paid_at)::bigint FROM payments'
                                  f" WHERE id = '{old[1]['id']}'"), [[str(paid)]])

    def test_a_dry_run_writes_nothing(self):
        self.fill_stripe()
        empty = self.mirror()
        counts, out = self.check_good('--days', '120', '--dry-run')
        self.assertEqual(self.mirror(), empty)
        self.assertTrue(all(rows == [] for rows in empty.values()), empty)
        self.assertEqual((self.cursors(), self.sql('SELECT count(*) FROM plan_checks')),
                         ({}, [['0']]))
        self.assertIn('nothing is written', out)
        for invoice in self.stripe.all('/invoices'):
            self.assertRegex(out, rf"(?m)^would change: {invoice['id']}: new")
        self.assertEqual(counts['subscriptions']['new'] + counts['subscriptions']['unlinked'], 2)
        self.check_good()
        _, out = self.check_good('--dry-run', '--days', '120')
        self.assertNotIn('would change', out)

    def test_plain_lines_without_a_terminal(self):
        _, out = self.check_good('--days', '30')
        self.assertNotRegex(out, r'[\r\033#]')
        for kind in KINDS:
            self.assertRegex(out, rf'(?m)^{kind}: 100%, up to .* UTC, 0 read$')

    def test_a_bar_on_a_terminal(self):
        ours, its = pty.openpty()
        run = subprocess.Popen([os.environ['PORTAL_BIN'], 'backfill', '--days', '30'],
                               env=self.settings(), stdout=its, stderr=subprocess.PIPE)
        os.close(its)
        text = b''
        try:
            while piece := os.read(ours, 65536):
                text += piece
        except OSError:  # Linux: the other side is closed
            pass
        self.assertEqual((run.wait(), run.stderr.read()), (0, b''))
        run.stderr.close()
        os.close(ours)
        for kind in KINDS:
            self.assertRegex(text.decode(), rf'\r\033\[K{kind} +\[#+ +\] +5\d%  0 read')
            self.assertRegex(text.decode(), rf'\r\033\[K{kind} +\[#{{32}}\] 100%  0 read')
        self.assertNotIn(b'up to', text)
        self.assertEqual(set(count_table(text.decode().rpartition('\033[K')[2])), set(KINDS))

    def test_with_webhooks_each_payment_is_there_once(self):
        """Both ways lead to the same rows, whichever comes first."""
        port = free_port()
        self.stripe.stop()
        self.stripe = StripeSim(webhook=f'http://127.0.0.1:{port}/webhooks/stripe')
        self.addCleanup(self.stripe.stop)
        portal = Portal(port, **{name: self.settings()[name] for name in (
            'DATABASE_URL', 'DATABASE_DIRECT_URL', 'DATABASE_REPLICA_URL', *self.stripe.env)})
        self.addCleanup(portal.stop)
        self.stripe.seed_prices()
        self.stripe.new_subscription()
        self.wait_for_inbox()
        self.check_same_payments()
        self.check_good('--days', '2')
        self.check_same_payments()
        self.stripe.control('delivery', mode='hold')
        self.stripe.new_subscription(sub='bob')
        self.check_good('--days', '2')
        self.check_same_payments()
        before = self.mirror()
        self.stripe.control('delivery', mode='on')
        self.stripe.control('resend')
        self.wait_for_inbox()
        self.check_same_payments()
        for table in ('stripe_invoices', 'stripe_subscriptions', 'stripe_subscription_changes'):
            self.assertEqual(self.mirror()[table], before[table])

    def wait_for_inbox(self):
        self.stripe.settle()
        wait_until(lambda: self.sql(
            "SELECT count(*) > 0 AND bool_and(state IN ('done', 'ignored')) FROM stripe_events") ==
            [['t']], 'the end of what the inbox holds')

    def check_same_payments(self):
        """One row each, as many as Stripe has."""
        want = sorted((i['id'], str(i['amount_paid'])) for i in self.stripe.all('/invoices')
                      if i['amount_paid'] > 0)
        self.assertEqual(sorted(map(tuple, self.sql('SELECT id, amount_minor FROM payments'))), want)

    # --- Bad weather ---

    def test_killed_in_the_middle_it_goes_on(self):
        self.fill_stripe()
        self.stripe.control('fault', path='/v1/invoices', mode='slow', ms=200)
        with self.start('--days', '120') as run:
            wait_until(lambda: 'backfill:test:invoices' in self.cursors(), 'reading of invoices')
            run.send_signal(signal.SIGKILL)
            run.communicate(timeout=PATIENCE_S)
        self.stripe.control('reset')
        stopped = self.cursors()
        self.assertEqual(set(stopped), {'backfill:test:subscriptions', 'backfill:test:invoices'})
        counts, out = self.check_good('--days', '7')
        self.assertIn('going on with a run that was interrupted', out)
        self.check_all_there()
        self.assertEqual(self.cursors(), {})
        self.assertLessEqual(  # those of the day that began when it was killed
            self.stripe.state()['requests']['GET /v1/subscriptions'], 2, out)
        self.assertEqual(counts['subscriptions']['new'], 0)

    def test_older_days_than_those_of_the_interrupted_run(self):
        self.fill_stripe()
        now = int(time.time())
        self.sql("INSERT INTO stripe_cursors (name, value) VALUES ('backfill:test:subscriptions',"
                 f" '{now - 86400} {now - 80000} '), ('backfill:live:subscriptions', '1 2 x')")
        _, out = self.check_good()
        self.assertNotIn('going on', out)
        self.check_all_there()
        self.assertEqual(self.cursors(), {'backfill:live:subscriptions': '1 2 x'})

    def test_a_cursor_that_makes_no_sense(self):
        self.fill_stripe()
        for value in ('', 'x', '1', '1 2', '5 2 x', '-1 2 x', '1 2 ' + 'x' * 300):
            with self.subTest(value):
                self.sql("INSERT INTO stripe_cursors (name, value) VALUES"
                         f" ('backfill:test:subscriptions', '{value}')")
                _, out = self.check_good('--days', '1')
                self.assertNotIn('going on', out)
                self.assertEqual(self.cursors(), {})

    def test_what_it_would_go_on_after_is_gone(self):
        self.fill_stripe()
        begin = int(time.time()) - 120 * 86400
        self.sql("INSERT INTO stripe_cursors (name, value) VALUES ('backfill:test:subscriptions',"
                 f" '{begin} {begin} sub_gone'), ('backfill:test:invoices',"
                 f" '{begin} {begin} in_gone')")
        _, out = self.check_good()
        self.assertIn('going on', out)
        self.check_all_there()

    def test_storms_of_429_pass(self):
        self.fill_stripe()
        self.stripe.control('fault', path='/v1/invoices', mode='rate_limit', times=3,
                            retry_after=1)
        self.stripe.control('fault', path='/v1/subscriptions', mode='error', status=503, times=2)
        self.stripe.control('fault', path='/v1/refunds', mode='truncated', times=1)
        self.check_good()
        self.check_all_there()

    def test_a_storm_that_does_not_pass(self):
        self.fill_stripe()
        self.stripe.control('fault', path='/v1/invoices', mode='rate_limit', retry_after=3600)
        status, out, err = self.backfill()
        self.assertEqual(status, 1)
        self.assertIn('Stripe: 429, invalid_request_error, rate_limit', err)
        self.assertIn('run it again, and it goes on where it stopped', err)
        self.assertEqual(count_table(out)['subscriptions']['new'], 1)
        self.assertEqual(set(self.cursors()), {'backfill:test:subscriptions'})
        self.stripe.control('reset')
        _, out = self.check_good()
        self.assertIn('going on', out)
        self.check_all_there()

    def test_html(self):
        self.fill_stripe()
        self.stripe.control('fault', path='/v1/refunds', mode='html')
        status, out, err = self.backfill()
        self.assertEqual((status, len(err.splitlines())), (1, 1), err)
        self.assertRegex(err, r'^portal backfill: Stripe: 200, not the JSON that was asked for, request '
                              r'\w+; run it again, and it goes on where it stopped$')
        self.assertEqual(set(count_table(out)), set(KINDS))

    def test_a_key_that_is_no_good(self):
        self.stripe.control('fault', path='/v1', mode='refuse-auth')
        status, _, err = self.backfill()
        self.assertEqual(status, 1)
        self.assertRegex(err, r'401.*portal doctor')

    def test_one_odd_object_does_not_stop_the_rest(self):
        self.fill_stripe()
        odd = self.stripe.all('/invoices')[1]['id']
        self.stripe.control('object', kind='invoice', id=odd, set={'amount_paid': 'much'})
        status, out, err = self.backfill()
        self.assertEqual(status, 1)
        self.assertRegex(err, rf'(?m)^portal backfill: {odd} .*amount_paid$')
        self.assertRegex(err, r"(?m)^portal backfill: 1 of Stripe's objects could not be read$")
        self.assertEqual(count_table(out)['invoices']['errors'], 1)
        self.assertEqual(self.ids('stripe_invoices'),
                         {i['id'] for i in self.stripe.all('/invoices')} - {odd})
        self.assertEqual(self.cursors(), {})

    def test_one_at_a_time(self):
        self.stripe.control('fault', path='/v1/subscriptions', mode='slow', ms=500)
        with self.start('--days', '30') as first:
            wait_until(lambda: 'backfill:test:subscriptions' in self.cursors(), 'the first one')
            status, out, err = self.backfill('--days', '1')
            first.terminate()
            first.communicate(timeout=PATIENCE_S)
        self.assertEqual((status, out), (1, ''))
        self.assertEqual(err, 'portal backfill: another portal backfill is running; wait for it\n')

    def test_it_is_not_begun(self):
        empty = self.url_of('template1')
        for words, changes, sentence in (
                ((), {}, 'usage: portal backfill --days N'),
                (('--days',), {}, 'usage: '), (('--days', '0'), {}, 'usage: '),
                (('--days', '-1'), {}, 'usage: '), (('--days', '1x'), {}, 'usage: '),
                (('--days', '3651'), {}, 'usage: '), (('--dry-run',), {}, 'usage: '),
                (('--days', '1', '--now'), {}, 'usage: '),
                (('--days', '99999999999999999999'), {}, 'usage: '),
                (('--days', '1'), {'STRIPE_SECRET_KEY': None}, 'STRIPE_SECRET_KEY is empty'),
                (('--days', '1'), {'DATABASE_DIRECT_URL': empty}, 'run portal migrate first'),
                (('--days', '1'), {'DATABASE_DIRECT_URL': 'postgresql://127.0.0.1:1/x'},
                 'DATABASE_DIRECT_URL')):
            with self.subTest(words=words, changes=changes):
                with self.start(*words, **changes) as run:
                    out, err = run.communicate(timeout=PATIENCE_S)
                self.assertEqual((run.returncode, out), (1, ''), err)
                self.assertIn(sentence, err)
        self.assertEqual(self.stripe.state()['requests'].get('GET /v1/subscriptions', 0), 0)


if __name__ == '__main__':
    unittest.main()
