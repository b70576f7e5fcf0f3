"""Rates of exchange and monthly revenue: the admin page, `portal fx`, `portal mrr`, the metrics."""
import os
import re
import subprocess
import unittest
import uuid

from client import Browser, control, hidden_fields, sql

PAGE = '/admin/rates'
PORTAL_BIN = os.environ['PORTAL_BIN']
TERMS = ('{"id":"%s","status":"active","currency":"kwd","items":{"data":[{"id":"si_1","price":'
         '{"id":"price_1","unit_amount":30010,"recurring":{"interval":"year"}}}]}}')


def portal(*arguments, stdin=''):
    """exit status, standard output, standard error"""
    done = subprocess.run([PORTAL_BIN, *arguments], input=stdin, capture_output=True, text=True,
                          timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def main_of(answer):
    return re.search(r'<main.*?</main>', answer.text, re.S).group(0)


class Page(unittest.TestCase):
    def setUp(self):
        self.sub = f'clerk-{uuid.uuid4().hex[:12]}'
        self.addCleanup(control, '/control/reset')
        self.addCleanup(sql, "DELETE FROM fx_rates WHERE currency IN ('xts', 'xxx')")
        control('/control/account', sub=self.sub, roles=['billing'])
        self.browser = Browser()
        self.browser.sign_in(self.sub)

    def post(self, **typed):
        form = re.search(rf'<form[^>]*action="{PAGE}".*?</form>', self.browser.get(PAGE).text, re.S)
        return self.browser.post(PAGE, {**dict(hidden_fields(form.group(0))), **typed})

    def test_a_rate_is_added_replaced_and_audited(self):
        for rate in ('0.5', '0.25'):
            answer = self.post(day='2020-01-31', currency=' XTS', rate=rate)
            self.assertEqual((answer.status, answer.header('location')), (303, PAGE + '?done=added'))
        self.assertEqual(sql("SELECT day, rate FROM fx_rates WHERE currency = 'xts'"),
                         [['2020-01-31', '0.25']])
        page = main_of(self.browser.get(PAGE + '?done=added'))
        self.assertIn('1 XTS', page)
        self.assertIn('0.25 EUR', page)
        self.assertIn('The rate is added.', page)
        audit = sql(f"SELECT action, resource FROM audit_log WHERE actor_sub = '{self.sub}'"
                    ' ORDER BY id')
        self.assertIn(['rates.add', '2020-01-31,  XTS, 0.25'], audit)
        self.assertEqual(audit[-1][0], 'rates.list')

    def test_what_is_refused_stays_as_it_was_typed(self):
        for typed, sentence in (
                ({'day': '2020-02-30', 'currency': 'xts', 'rate': '0.5'}, 'must be one of the cal'),
                ({'day': '2020-02-28', 'currency': '<b>', 'rate': '0.5'}, 'must be three letters'),
                ({'day': '2020-02-28', 'currency': 'EUR', 'rate': '0.5'}, 'always 1'),
                ({'day': '2020-02-28', 'currency': 'xts', 'rate': '-"5'}, 'above 0'),
                ({'day': '2020-02-28', 'currency': 'xts', 'rate': '0'}, 'above 0'),
                ({}, 'must be one of the cal')):
            answer = self.post(**typed)
            self.assertEqual(answer.status, 400, typed)
            self.assertIn(sentence, main_of(answer))
            for value in typed.values():
                kept = value.replace('<', '&lt;').replace('>', '&gt;').replace('"', '&quot;')
                self.assertRegex(main_of(answer), f'value="{re.escape(kept)}"')
        self.assertEqual(sql("SELECT count(*) FROM fx_rates WHERE currency = 'xts'"), [['0']])

    def test_a_member_may_not(self):
        member = Browser()
        member.sign_in(f'member-{self.sub}')
        self.assertEqual(member.get(PAGE).status, 403)


class Import(unittest.TestCase):
    def setUp(self):
        self.addCleanup(sql, "DELETE FROM fx_rates WHERE currency IN ('xts', 'xxx')")

    def rates(self):
        return sql("SELECT currency, day, rate FROM fx_rates WHERE currency IN ('xts', 'xxx')"
                   ' ORDER BY 1, 2')

    def test_all(self):
        status, out, err = portal('fx', 'import', '-', stdin=(
            'day,currency,rate\r\n2020-01-01,XTS,0.5\r\n2020-01-02,xts,0.000000000001\r\n'
            '2020-01-01,xxx,2\r\n'))
        self.assertEqual((status, err), (0, ''))
        self.assertIn('3 rates imported', out)
        self.assertEqual(self.rates(), [['xts', '2020-01-01', '0.5'],
                                        ['xts', '2020-01-02', '0.000000000001'],
                                        ['xxx', '2020-01-01', '2']])

    def test_or_nothing(self):
        status, out, err = portal('fx', 'import', '-',
                                  stdin='2020-01-01,xts,0.5\n2020-01-02,xts,0,6\n2020-01-03,x,1\n')
        self.assertEqual((status, out), (1, ''))
        self.assertRegex(err, 'line 2: .*three fields')
        self.assertRegex(err, 'line 3: .*three letters')
        self.assertEqual(self.rates(), [])

    def test_files_that_are_none(self):
        for path in ('/nonexistent/rates.csv', '/'):
            status, _, err = portal('fx', 'import', path)
            self.assertEqual(status, 1)
            self.assertIn(path, err)

    def test_usage(self):
        for arguments in (['fx'], ['fx', 'import'], ['fx', 'export', 'x'], ['mrr', 'x'],
                          ['mrr', '--explain'], ['mrr', '--explain', 'a', 'b']):
            status, _, err = portal(*arguments)
            self.assertEqual(status, 1, arguments)
            self.assertIn('usage: portal ' + arguments[0], err)


class Mrr(unittest.TestCase):
    def setUp(self):
        self.id = f'sub_{uuid.uuid4().hex[:12]}'
        self.customer = f'cus_{self.id}'
        self.addCleanup(sql, f"DELETE FROM stripe_customers WHERE id = '{self.customer}'")
        sql(f"INSERT INTO stripe_customers (id, is_live) VALUES ('{self.customer}', false)")
        sql('INSERT INTO stripe_subscriptions (id, is_live, customer_id, status, currency,'
            ' created_at, terms, mrr, billed_mrr, committed_mrr, trial_mrr, mrr_at, read_at) VALUES'
            f" ('{self.id}', false, '{self.customer}', 'active', 'kwd', now(),"
            f" '{TERMS % self.id}', 2500.833333333333, 2500.833333333333, 0, 0, now(), now())")

    def test_each_step(self):
        status, out, err = portal('mrr', '--explain', self.id)
        self.assertEqual((status, err), (0, ''))
        for words in ('30010 × 1', '30010 × 1/12', 'exactly 15005/6', '2.501 kwd a month'):
            self.assertIn(words, out)

    def test_one_that_is_not_there(self):
        status, out, err = portal('mrr', '--explain', 'sub_\x1b[31m')
        self.assertEqual((status, out), (1, ''))
        self.assertIn('no such subscription', err)
        self.assertNotIn('\x1b', err)

    def test_the_sums(self):
        status, out, err = portal('mrr')
        self.assertEqual((status, err), (0, ''))
        self.assertRegex(out, r'(?m)^kwd +2\.501 +2\.501 +0\.000 +0\.000 +0\.000$')
        self.assertRegex(out, r'(?m)^in eur +- +- ')
        self.assertIn('There is no rate for kwd', out)


if __name__ == '__main__':
    unittest.main()
