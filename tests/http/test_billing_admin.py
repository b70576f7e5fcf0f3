"""The admin pages of billing: who sees them, what they show and hide, what they do and write down."""
import datetime
import re
import unittest
import uuid

from client import Browser, check_headers, control, form_of, metric, sql
from instance import Portal

PAGE = '/admin/stripe'
# Of the events of these tests: what other tests keep is younger, and nothing is forgotten so soon.
DAY = (datetime.date.today() - datetime.timedelta(days=20)).isoformat()


def main_of(answer):
    return re.search(r'<main.*?</main>', answer.text, re.S).group(0)


class Pages(unittest.TestCase):
    def setUp(self):
        self.mark = uuid.uuid4().hex[:12]
        self.type = f'moon.{self.mark}'
        self.addCleanup(sql, f"DELETE FROM stripe_events WHERE type = '{self.type}'")
        self.addCleanup(control, '/control/reset')
        control('/control/account', sub=f'clerk-{self.mark}', roles=['billing'])
        self.browser = Browser()
        self.browser.sign_in(f'clerk-{self.mark}')

    def put(self, n=1, state='failed', **columns):
        """Events of a second each, evt_MARK_001 first."""
        more = {'body': "'{}'", 'effect': 'NULL', 'error': 'NULL', 'object_id': 'NULL', **columns}
        sql('INSERT INTO stripe_events (id, source, is_live, type, received_at, state, ended_at,'
            f" attempts, {', '.join(more)}) SELECT 'evt_{self.mark}_' || lpad(n::text, 3, '0'),"
            f" 'webhook', false, '{self.type}', '{DAY} 12:00Z'::timestamptz + n * interval"
            f" '1 second', '{state}', now() - interval '1 year', 3, {', '.join(more.values())}"
            f' FROM generate_series(1, {n}) n')
        return f'evt_{self.mark}_001'

    def audit(self):
        return sql(f"SELECT action, resource FROM audit_log WHERE actor_sub = 'clerk-{self.mark}'"
                   ' ORDER BY id')

    def ids(self, answer):
        return re.findall(rf'href="{PAGE}/events/(evt_{self.mark}_\d+)"', answer.text)

    def sent_again(self, id_):
        """Whether it waits, or was obeyed within the last minutes."""
        return sql("SELECT ended_at IS NULL OR ended_at > now() - interval '5 minutes'"
                   f" FROM stripe_events WHERE id = '{id_}'") == [['t']]

    # ---- Who ----

    def test_a_visitor_signs_in_first_and_comes_back(self):
        answer = Browser().get(PAGE + '?state=failed')
        self.assertEqual(answer.status, 303)
        self.assertEqual(answer.header('location'),
                         '/signin?return=%2Fadmin%2Fstripe%3Fstate%3Dfailed')

    def test_a_member_reads_why_not(self):
        member = Browser()
        member.sign_in(f'member-{self.mark}')
        id_ = self.put()
        for path in (PAGE, f'{PAGE}/events/{id_}', PAGE + '/customers', PAGE + '/differences'):
            answer = member.get(path)
            self.assertEqual(answer.status, 403)
            self.assertIn('for those who look after billing', main_of(answer))
            self.assertNotIn(self.mark, main_of(answer))
        self.assertNotIn('/admin', member.get('/dashboard').text)
        self.assertIn('href="/admin/stripe"', self.browser.get('/dashboard').text)

    def test_a_role_that_was_taken_away(self):
        control('/control/account', sub=f'clerk-{self.mark}', roles=[])
        sql("UPDATE sessions SET roles_read_at = now() - interval '301 seconds' WHERE user_id ="
            f" (SELECT id FROM users WHERE keycloak_sub = 'clerk-{self.mark}')")
        self.assertEqual(self.browser.get(PAGE).status, 403)

    # ---- The list ----

    def test_bad_addresses(self):
        for query in ('state=lost', 'before=x', 'before=-1', 'before=99999999999999999999',
                      'type=' + 'x' * 101, 'id=' + 'x' * 256):
            answer = self.browser.get(f'{PAGE}?{query}')
            self.assertEqual(answer.status, 400, query)
            self.assertIn('“', main_of(answer))
        for query in ('type=&id=&before_id=x', 'unheard=of'):
            self.assertEqual(self.browser.get(f'{PAGE}?{query}').status, 200, query)

    def test_pages_of_a_type(self):
        self.put(120)
        seen, path = [], f'{PAGE}?type={self.type}'
        for n in (50, 50, 20):
            answer = self.browser.get(path)
            check_headers(self, answer)
            self.assertEqual(len(self.ids(answer)), n)
            seen += self.ids(answer)
            older = re.search(r'href="([^"]*)" rel="next"', answer.text)
            path = older.group(1).replace('&amp;', '&') if older else None
        self.assertIsNone(path)
        self.assertEqual(seen, [f'evt_{self.mark}_{n:03}' for n in range(120, 0, -1)])

    def test_filters(self):
        self.put(2, object_id=f"'sub_{self.mark}'")
        sql(f"UPDATE stripe_events SET state = 'done' WHERE id = 'evt_{self.mark}_002'")
        for query, ids in ((f'id=sub_{self.mark}', ['002', '001']),
                           (f'id=evt_{self.mark}_001', ['001']),
                           (f'state=failed&type={self.type}', ['001']),
                           (f'state=done&id=sub_{self.mark}', ['002']),
                           (f'state=ignored&id=sub_{self.mark}', []),
                           ("id=' OR true --", [])):
            answer = self.browser.get(f'{PAGE}?{query}'.replace(' ', '%20'))
            self.assertEqual(self.ids(answer), [f'evt_{self.mark}_{n}' for n in ids], query)
        self.assertIn('Nothing found', answer.text)

    # ---- One event ----

    def test_an_event_without_people_and_secrets(self):
        body = ('{"id":"evt_1","data":{"object":{"id":"cs_1","amount_total":900,"currency":"eur",'
                '"client_secret":"cs_1_secret_xyz","customer_details":{"email":"a@example.org",'
                '"address":{"line1":"Main Street 1"}},"metadata":{"user_sub":"sam-1"}}}}')
        id_ = self.put(body=f"'{body}'", effect="'cs_1: paid'", error="'500 & more'")
        answer = self.browser.get(f'{PAGE}/events/{id_}')
        check_headers(self, answer)
        text = main_of(answer).replace('&quot;', '"')
        for part in ('"amount_total": 900', '"user_sub": "sam-1"', 'cs_1: paid', '500 &amp; more',
                     'Failed', 'Webhook, test mode', id_):
            self.assertIn(part, text)
        for part in ('secret_xyz', 'a@example.org', 'Main Street'):
            self.assertNotIn(part, answer.text)

    def test_events_that_are_none(self):
        for part in ('evt_none', '%2e%2e', 'x' * 300, '%00', '%ff', "'"):
            answer = self.browser.get(f'{PAGE}/events/{part}')
            self.assertEqual(answer.status, 404, part)

    def test_one_is_sent_again(self):
        id_ = self.put()
        fields = form_of(self.browser.get(f'{PAGE}/events/{id_}'), PAGE + '/replay')
        self.assertEqual(self.browser.post(PAGE + '/replay', {**fields, 'csrf': 'x'}).status, 403)
        self.assertFalse(self.sent_again(id_))
        answer = self.browser.post(PAGE + '/replay', fields)
        self.assertEqual(answer.header('location'), f'{PAGE}/events/{id_}?done=replayed')
        self.assertTrue(self.sent_again(id_))
        self.assertIn('The event is sent again.', self.browser.follow(answer).text)
        self.assertIn(['stripe_events.replay', f'event {id_}'], self.audit())
        answer = self.browser.post(PAGE + '/replay', {**fields, 'id': 'evt_none'})
        self.assertEqual(answer.status, 404)

    # ---- Many ----

    def test_ranges_that_are_none(self):
        for query in ('', 'from=2021-03-04', 'from=2021-03-04&until=', 'from=x&until=2021-03-04',
                      'from=2021-02-30&until=2021-03-04', 'from=2021-03-04&until=2021-03-03',
                      'from=2021-03-04T00&until=2021-03-04', 'id=evt_1',
                      'from=2021-03-04&until=2021-03-04&state=waiting',
                      'from=2021-03-04&until=2021-03-04&state=lost'):
            answer = self.browser.get(f'{PAGE}/replay?{query}')
            self.assertEqual(answer.status, 400, query)

    def test_the_failed_ones_of_a_range_are_sent_again(self):
        self.put(3)
        sql(f"UPDATE stripe_events SET state = 'done' WHERE id = 'evt_{self.mark}_002'")
        asked = self.browser.get(f'{PAGE}/replay?from={DAY}&until={DAY}')
        self.assertIn('<h1>Send 2 failed events again?</h1>', asked.text)
        self.assertFalse(self.sent_again(f'evt_{self.mark}_001'), 'it was only asked')
        answer = self.browser.post(PAGE + '/replay', form_of(asked, PAGE + '/replay'))
        self.assertEqual(answer.header('location'), PAGE + '?replayed=2')
        self.assertIn('2 events are sent again.', self.browser.follow(answer).text)
        self.assertEqual([self.sent_again(f'evt_{self.mark}_00{n}') for n in (1, 2, 3)],
                         [True, False, True])
        words = f'failed events from {DAY} until {DAY}'
        self.assertIn(['stripe_events.count', words], self.audit())
        self.assertIn(['stripe_events.replay', words], self.audit())

    def test_those_of_another_state_and_of_a_type(self):
        self.put(3, state='done')
        sql(f"UPDATE stripe_events SET state = 'failed' WHERE id = 'evt_{self.mark}_002'")
        sql(f"UPDATE stripe_events SET is_live = true WHERE id = 'evt_{self.mark}_003'")
        query = f'from={DAY}&until={DAY}&state=done&type={self.type}'
        asked = self.browser.get(f'{PAGE}/replay?{query}')
        self.assertIn('<h1>Send 1 done event again?</h1>', asked.text)
        answer = self.browser.post(PAGE + '/replay', form_of(asked, PAGE + '/replay'))
        self.assertEqual(answer.header('location'), PAGE + '?replayed=1')
        self.assertEqual([self.sent_again(f'evt_{self.mark}_00{n}') for n in (1, 2, 3)],
                         [True, False, False], 'neither the failed one nor that of live mode')
        self.assertIn(['stripe_events.replay',
                       f'done events of type {self.type} from {DAY} until {DAY}'], self.audit())

    def test_a_range_without_failed_ones(self):
        answer = self.browser.get(f'{PAGE}/replay?from=2019-01-01&until=2019-01-31')
        self.assertEqual(answer.header('location'), PAGE + '?replayed=0')
        self.assertIn('There is no such event in that range.', self.browser.follow(answer).text)

    # ---- The audit comes first ----

    def test_what_cannot_be_written_down_is_neither_shown_nor_done(self):
        id_ = self.put()
        fields = form_of(self.browser.get(f'{PAGE}/events/{id_}'), PAGE + '/replay')
        sql("ALTER TABLE audit_log ADD CONSTRAINT test_no_audit CHECK (actor_sub <>"
            f" 'clerk-{self.mark}') NOT VALID")
        self.addCleanup(sql, 'ALTER TABLE audit_log DROP CONSTRAINT IF EXISTS test_no_audit')
        before = metric('irc_now_db_errors_total')
        for path in (PAGE, f'{PAGE}/events/{id_}', PAGE + '/customers', PAGE + '/differences'):
            answer = self.browser.get(path)
            self.assertGreaterEqual(answer.status, 400)
            self.assertNotIn(id_, answer.text)
        self.assertGreaterEqual(self.browser.post(PAGE + '/replay', fields).status, 400)
        self.assertFalse(self.sent_again(id_))
        self.assertGreaterEqual(metric('irc_now_db_errors_total'), before)

    # ---- Customers ----

    def put_customer(self):
        id_ = f'cus_{self.mark}'
        sql(f"INSERT INTO stripe_customers (id, is_live) VALUES ('{id_}', false)")
        self.addCleanup(sql, f"DELETE FROM stripe_customers WHERE id = '{id_}'")
        return id_

    def owner(self, id_):
        return sql("SELECT coalesce(u.keycloak_sub, '') FROM stripe_customers c LEFT JOIN users u"
                   f" ON u.id = c.user_id WHERE c.id = '{id_}'")[0][0]

    def test_a_customer_is_linked_by_who_typed_the_account(self):
        id_ = self.put_customer()
        sub = f'payer-{self.mark}'
        Browser().sign_in(sub)
        self.assertIn(id_, self.browser.get(f'{PAGE}/customers?after=cus_').text)
        page = f'{PAGE}/customers/link?customer={id_}'
        for typed, says in ((None, 'Find the account'), ('', 'Say which account.'),
                            ('nobody-at-all', 'There is no account with that')):
            answer = self.browser.get(page if typed is None else f'{page}&account={typed}')
            self.assertEqual(answer.status, 200)
            self.assertIn(says, answer.text)
            self.assertNotIn('name="user"', answer.text)
        answer = self.browser.get(f'{page}&account={sub}')
        self.assertEqual(self.owner(id_), '', 'finding links nothing')
        fields = form_of(answer, PAGE + '/customers/link')
        shown = ['stripe_customers.show', f'customer {id_}, account {fields["user"]} ({sub})']
        self.assertEqual([row for row in self.audit() if 'account' in row[1]], [shown],
                         'whoever was seen is written down, and nobody else')
        answer = self.browser.post(PAGE + '/customers/link', fields)
        self.assertEqual(answer.header('location'), PAGE + '/customers?done=linked')
        self.assertEqual(self.owner(id_), sub)
        self.assertIn(['stripe_customers.link', f'customer {id_}, account {fields["user"]}'],
                      self.audit())
        answer = self.browser.post(PAGE + '/customers/link', fields)
        self.assertEqual(answer.status, 409, 'it is linked already')
        self.assertEqual(self.browser.get(page).status, 404)

    def test_an_address_that_two_accounts_have(self):
        id_ = self.put_customer()
        email = f'{self.mark}@example.org'
        for who in ('one', 'two'):
            Browser().sign_in(f'{who}-{self.mark}')
            sql(f"UPDATE users SET email = '{email}' WHERE keycloak_sub = '{who}-{self.mark}'")
        page = f'{PAGE}/customers/link?customer={id_}&account={email}'
        answer = self.browser.get(page)
        self.assertIn('Several accounts have that e-mail address', answer.text)
        self.assertNotIn('name="user"', answer.text)
        sql(f"UPDATE users SET email = NULL WHERE keycloak_sub = 'one-{self.mark}'")
        self.assertIn(f'two-{self.mark}', main_of(self.browser.get(page)))

    # ---- Differences, and no billing ----

    def test_differences(self):
        sql('INSERT INTO stripe_differences (object_id, what, ours, theirs, is_repaired) VALUES'
            f" ('sub_{self.mark}', 'status', 'active', 'canceled', true)")
        self.addCleanup(
            sql, f"DELETE FROM stripe_differences WHERE object_id = 'sub_{self.mark}'")
        text = main_of(self.browser.get(PAGE + '/differences'))
        self.assertIn(f'sub_{self.mark}', text)
        self.assertIn('Repaired', text)
        self.assertEqual(self.browser.get(PAGE + '/differences?before=0').status, 400)

    def test_without_a_key_the_pages_say_so(self):
        portal = Portal(STRIPE_SECRET_KEY='', WORKERS='2')
        self.addCleanup(portal.stop)
        cookie = '; '.join(f'{k}={v}' for k, v in self.browser.jar(self.browser.portal).items())
        alone = Browser(portal.url)
        for path in (PAGE, PAGE + '/customers', PAGE + '/differences'):
            answer = alone.get(path, {'cookie': cookie})
            self.assertEqual(answer.status, 200)
            if path == PAGE:
                self.assertIn('Billing is not set up', main_of(answer))
        id_ = self.put()
        fields = form_of(self.browser.get(f'{PAGE}/events/{id_}'), PAGE + '/replay')
        self.assertNotIn('Send again', alone.get(f'{PAGE}/events/{id_}', {'cookie': cookie}).text)
        answer = alone.post(PAGE + '/replay', fields, {'cookie': cookie})
        self.assertEqual(answer.status, 409)
        self.assertIn('nothing is sent again', main_of(answer))
        self.assertFalse(self.sent_again(id_))


if __name__ == '__main__':
    unittest.main()
