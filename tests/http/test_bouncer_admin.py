"""The admin pages of bouncers: who sees them, what they show, what they do and write down."""
import re
import unittest
import urllib.parse
import uuid

from client import Browser, check_headers, control, form_of, sql

PAGE = '/admin/bouncers'
NOTICE = PAGE + '/notice'
ACTS = ('restart', 'suspend', 'resume', 'retry')


def main_of(answer):
    return re.search(r'<main.*?</main>', answer.text, re.S).group(0)


def acts_of(answer):
    return re.findall(rf'method="post" action="{PAGE}/[^/"]+/(\w+)"', answer.text)


class Pages(unittest.TestCase):
    def setUp(self):
        self.mark = uuid.uuid4().hex[:10]
        self.ops, self.owner = f'ops-{self.mark}', f'owner-{self.mark}'
        self.addCleanup(sql, f"DELETE FROM bouncers WHERE name LIKE 'b-{self.mark}%'; DELETE FROM"
                        f" bouncer_notices WHERE actor_sub = '{self.ops}'")
        self.addCleanup(control, '/control/reset')
        control('/control/account', sub=self.ops, roles=['ops'])
        self.browser = Browser()
        self.browser.sign_in(self.ops)
        # Of a plan that no job knows: none gives its bouncers other limits meanwhile.
        sql("INSERT INTO users (keycloak_sub, issuer, name, email, email_verified, plan) VALUES"
            f" ('{self.owner}', 'i', 'Owner {self.mark}', '{self.mark}@example.org', true, 'test')")

    def put(self, n=1, name=None, provisioner='kubernetes', state='ready', **columns):
        """Bouncers b-MARK-001 and so on; what is not given is as of one that never had trouble.

        The job leaves them alone, as if somebody else were at work on them, and no round looks how
        they are, as they were never ready.
        """
        columns = {'work_until': "now() + interval '1 day'", 'sampled_at': 'now()',
                   'is_up': 'true', 'clients': '2', 'version': "'0.9.0'", **columns}
        sql('INSERT INTO bouncers (user_id, name, soju_username, provisioner, state,'
            f" {', '.join(columns)}) SELECT u.id, {name or self.names()}, 'x', '{provisioner}',"
            f" '{state}', {', '.join(columns.values())} FROM users u, generate_series(1, {n}) n"
            f" WHERE keycloak_sub = '{self.owner}'")
        return f'b-{self.mark}-001' if name is None else name.strip("'")

    def names(self):
        return f"'b-{self.mark}-' || lpad(n::text, 3, '0')"

    def row(self, name, columns):
        return sql(f"SELECT {columns} FROM bouncers WHERE name = '{name}'")[0]

    def audit(self):
        return sql(f"SELECT action, coalesce(resource, '') FROM audit_log WHERE actor_sub ="
                   f" '{self.ops}' ORDER BY id")

    def listed(self, answer):
        return re.findall(rf'href="{PAGE}/(b-{self.mark}-[^"]+)"', answer.text)

    def find(self, **query):
        return self.listed(self.browser.get(f'{PAGE}?{urllib.parse.urlencode(query)}'))

    def act(self, name, act, **fields):
        page = self.browser.get(f'{PAGE}/{name}')
        path = f'{PAGE}/{name}/{act}'
        return self.browser.post(path, {**form_of(page, path), **fields})

    # ---- Who ----

    def test_a_visitor_signs_in_first(self):
        answer = Browser().get(PAGE + '?trouble=on')
        self.assertEqual(answer.header('location'),
                         '/signin?return=%2Fadmin%2Fbouncers%3Ftrouble%3Don')
        self.assertEqual(Browser().post(f'{PAGE}/x/restart', {}).status, 401)

    def test_members_and_those_who_look_after_something_else_read_why_not(self):
        name = self.put()
        for kind, roles in (('member', []), ('clerk', ['billing', 'support', 'content'])):
            control('/control/account', sub=f'{kind}-{self.mark}', roles=roles)
            other = Browser()
            other.sign_in(f'{kind}-{self.mark}')
            for path in (PAGE, f'{PAGE}/{name}', NOTICE):
                answer = other.get(path)
                self.assertEqual(answer.status, 403, path)
                self.assertIn('those who look after operations', main_of(answer))
                self.assertNotIn(name, main_of(answer))
            for path in [f'{PAGE}/{name}/{act}' for act in ACTS] + [NOTICE]:
                self.assertEqual(other.post(path, {'why': 'x', 'text': 'x'}).status, 403, path)
            self.assertNotIn('/admin/bouncers', other.get('/dashboard').text)
        self.assertEqual(self.row(name, 'wanted, suspended_at IS NULL'), ['1', 't'])
        self.assertIn(f'href="{PAGE}"', self.browser.get('/dashboard').text)

    def test_without_the_token_of_the_form_nothing_is_done(self):
        name = self.put()
        for act in ACTS:
            answer = self.browser.post(f'{PAGE}/{name}/{act}', {'csrf': 'x' * 43, 'why': 'x'})
            self.assertEqual(answer.status, 403)
        page = self.browser.get(f'{PAGE}/{name}')
        fields = form_of(page, f'{PAGE}/{name}/restart')
        answer = self.browser.post(f'{PAGE}/{name}/suspend', {**fields, 'why': 'x'})
        self.assertEqual(answer.status, 403, 'a token is good for one thing')
        self.assertEqual(self.row(name, 'wanted'), ['1'])

    # ---- The list ----

    def test_bad_addresses(self):
        for query in ('state=lost', 'by=magic', 'text=' + 'x' * 101, 'after=' + 'x' * 41,
                      'state=' + 'x' * 41):
            self.assertEqual(self.browser.get(f'{PAGE}?{query}').status, 400, query)
        for query in ('state=&by=&text=&after=&trouble=', 'unheard=of', 'after=%C3%BC'):
            self.assertEqual(self.browser.get(f'{PAGE}?{query}').status, 200, query)

    def test_page_by_page(self):
        self.put(120)
        seen, path = [], f'{PAGE}?text={self.mark}'
        for n in (50, 50, 20):
            answer = self.browser.get(path)
            check_headers(self, answer)
            self.assertEqual(len(self.listed(answer)), n)
            seen += self.listed(answer)
            more = re.search(r'href="([^"]*)" rel="next"', answer.text)
            path = more.group(1).replace('&amp;', '&') if more else None
        self.assertIsNone(path)
        self.assertEqual(seen, [f'b-{self.mark}-{n:03}' for n in range(1, 121)])

    def test_filters(self):
        name = f"'b-{self.mark}-%s'"
        self.put(name=name % 'fine')
        self.put(name=name % 'hand', provisioner='none')
        self.put(name=name % 'new', state='requested', provisioner='soju', is_up='NULL')
        self.put(name=name % 'vain', failure="'The cluster does not answer.'")
        self.put(name=name % 'failed', state='failed', failed_in="'applied'", is_up='NULL')
        self.put(name=name % 'down', is_up='false')
        self.put(name=name % 'old', is_up='false', sampled_at="now() - interval '1 hour'")
        self.put(name=name % 'off', is_up='false', suspended_at='now()', suspended_why="'x'")
        for query, names in (
                ({'trouble': 'on'}, 'down failed vain'), ({'state': 'failed'}, 'failed'),
                ({'state': 'suspended'}, 'off'), ({'state': 'requested'}, 'new'),
                ({'by': 'none'}, 'hand'), ({'by': 'soju'}, 'new'),
                ({'by': 'soju', 'state': 'ready'}, ''),
                ({'trouble': 'on', 'state': 'ready'}, 'down vain'),
                ({}, 'down failed fine hand new off old vain')):
            found = self.find(text=self.mark.upper(), **query)
            self.assertEqual(found, [f'b-{self.mark}-{one}' for one in names.split()], query)
        self.assertEqual(self.find(text=f'owner {self.mark}'), self.find(text=self.mark))
        self.assertEqual(len(self.find(text=f'{self.mark}@EXAMPLE')), 8)
        for nothing in ("' OR true --", '%', f'b_{self.mark}'):
            self.assertEqual(self.find(text=nothing), [], nothing)

    def test_what_a_row_says(self):
        name = self.put(failure="'<b>refused</b>'", version="'0.9.0'")
        sql("INSERT INTO bouncer_networks (bouncer_id, name, address, state, sampled_at) SELECT id,"
            " n, 'ircs://irc.example.org', s, now() FROM bouncers, (VALUES ('one', 'connected'),"
            f" ('two', 'disconnected'), ('three', 'disabled')) v (n, s) WHERE name = '{name}'")
        text = main_of(self.browser.get(f'{PAGE}?text={name}'))
        for part in (f'Owner {self.mark}', 'Ready', '>Up<', '1 of 2', '0.9.0',
                     '&lt;b&gt;refused&lt;/b&gt;'):
            self.assertIn(part, text)
        sql(f"UPDATE bouncers SET sampled_at = now() - interval '6 minutes' WHERE name = '{name}'")
        text = main_of(self.browser.get(f'{PAGE}?text={name}'))
        self.assertNotIn('1 of 2', text)
        self.assertNotIn('>Up<', text)
        self.assertIn('unknown', text)

    # ---- One ----

    def test_a_bouncer_that_is_none(self):
        for part in (f'b-{self.mark}-none', '%2e%2e', 'x' * 300, '%00', '%ff', "'"):
            self.assertEqual(self.browser.get(f'{PAGE}/{part}').status, 404, part)
        fields = form_of(self.browser.get(f'{PAGE}/{self.put()}'), f'{PAGE}/b-{self.mark}-001/restart')
        sql(f"DELETE FROM bouncers WHERE name = 'b-{self.mark}-001'")
        answer = self.browser.post(f'{PAGE}/b-{self.mark}-001/restart', fields)
        self.assertEqual(answer.status, 404)

    def test_all_facts_of_one(self):
        name = self.put(restarts='3', running_since="now() - interval '2 days'",
                        max_networks='5', history_days='30')
        text = main_of(self.browser.get(f'{PAGE}/{name}'))
        for part in (f'{self.mark}@example.org', self.owner, 'Kubernetes', '2 days', '5 networks',
                     'as its soju has it', '0.9.0'):
            self.assertIn(part, text)

    def test_restart(self):
        name = self.put()
        answer = self.act(name, 'restart')
        self.assertEqual(answer.header('location'), f'{PAGE}/{name}?done=restart')
        self.assertIn('will be restarted', self.browser.follow(answer).text)
        self.assertEqual(self.row(name, "wanted, restarted_at > now() - interval '5 minutes'"),
                         ['2', 't'])
        self.assertEqual([row for row in self.audit() if row[0] == 'bouncers.restart'],
                         [['bouncers.restart', name]])

    def test_suspend_and_resume(self):
        name = self.put()
        page = self.browser.get(f'{PAGE}/{name}')
        fields = form_of(page, f'{PAGE}/{name}/suspend')
        for why in (None, '', '   ', 'two\nlines', 'x' * 301):
            answer = self.browser.post(
                f'{PAGE}/{name}/suspend', fields if why is None else {**fields, 'why': why})
            self.assertEqual(answer.status, 400, why)
        self.assertEqual(self.row(name, 'wanted'), ['1'])
        answer = self.act(name, 'suspend', why='Sends <spam> & more')
        self.assertEqual(answer.header('location'), f'{PAGE}/{name}?done=suspend')
        page = self.browser.follow(answer)
        self.assertIn('Sends &lt;spam&gt; &amp; more', main_of(page))
        self.assertEqual(acts_of(page), ['resume'])
        self.assertEqual(self.row(name, 'wanted, suspended_at IS NULL, suspended_why'),
                         ['2', 'f', 'Sends <spam> & more'])
        again = self.browser.post(f'{PAGE}/{name}/suspend', {**fields, 'why': 'again'})
        self.assertEqual(again.status, 409)
        self.assertIn('suspended already', again.text)
        answer = self.act(name, 'resume')
        self.assertEqual(self.row(name, 'wanted, suspended_at IS NULL, suspended_why IS NULL'),
                         ['3', 't', 't'])
        self.assertEqual([row for row in self.audit() if row[0] in
                          ('bouncers.suspend', 'bouncers.resume')][-2:],
                         [['bouncers.suspend', name], ['bouncers.resume', name]])

    def test_retry(self):
        name = self.put(state='failed', failed_in="'applied'", failure="'It never came up.'",
                        attempts='7', next_try_at="now() + interval '1 day'")
        self.assertEqual(acts_of(self.browser.get(f'{PAGE}/{name}')), ['suspend', 'retry'])
        self.assertEqual(self.act(name, 'retry').status, 303)
        self.assertEqual(
            self.row(name, 'failed_in IS NULL, attempts, failure IS NULL'), ['t', '0', 't'])

    def test_what_is_not_in_a_state_for_it(self):
        token = form_of(self.browser.get(f'{PAGE}/{self.put()}'), f'{PAGE}/b-{self.mark}-001/restart')
        name = f'b-{self.mark}-001'
        for columns, says in (("state = 'requested'", 'Asked for'),
                              ("suspended_at = now(), suspended_why = 'x'", 'suspended')):
            sql(f"UPDATE bouncers SET {columns}, next_try_at = now() + interval '1 day'"
                f" WHERE name = '{name}'")
            answer = self.browser.post(f'{PAGE}/{name}/restart', token)
            self.assertEqual(answer.status, 409)
            self.assertIn(says, main_of(answer))
        self.assertEqual(self.row(name, 'restarted_at IS NULL'), ['t'])

    def test_one_made_by_hand_cannot_be_changed(self):
        name = self.put()
        page = self.browser.get(f'{PAGE}/{name}')
        fields = {act: form_of(page, f'{PAGE}/{name}/{act}') for act in ('restart', 'suspend')}
        sql(f"UPDATE bouncers SET provisioner = 'none' WHERE name = '{name}'")
        page = self.browser.get(f'{PAGE}/{name}')
        self.assertEqual(acts_of(page), [])
        self.assertIn('made by hand', main_of(page))
        for act in fields:
            answer = self.browser.post(f'{PAGE}/{name}/{act}', {**fields[act], 'why': 'x'})
            self.assertEqual(answer.status, 409)
            self.assertIn('made by hand', main_of(answer))
        self.assertEqual(self.row(name, 'wanted, suspended_at IS NULL'), ['1', 't'])

    def test_what_cannot_be_written_down_is_neither_shown_nor_done(self):
        name = self.put()
        fields = form_of(self.browser.get(f'{PAGE}/{name}'), f'{PAGE}/{name}/restart')
        sql("ALTER TABLE audit_log ADD CONSTRAINT test_no_audit CHECK (actor_sub <>"
            f" '{self.ops}') NOT VALID")
        self.addCleanup(sql, 'ALTER TABLE audit_log DROP CONSTRAINT IF EXISTS test_no_audit')
        for path in (PAGE, f'{PAGE}/{name}', NOTICE):
            answer = self.browser.get(path)
            self.assertGreaterEqual(answer.status, 400)
            self.assertNotIn(name, main_of(answer))
        self.assertGreaterEqual(self.browser.post(f'{PAGE}/{name}/restart', fields).status, 400)
        self.assertEqual(self.row(name, 'wanted'), ['1'])

    # ---- Notices ----

    def look(self, **query):
        return self.browser.get(f'{NOTICE}?{urllib.parse.urlencode(query)}')

    def sent(self):
        return sql('SELECT n.text, coalesce(n.bouncer, \'-\'), count(b.id) FROM bouncer_notices n'
                   ' LEFT JOIN bouncers b ON b.notice_id = n.id'
                   f" WHERE n.actor_sub = '{self.ops}' GROUP BY n.id ORDER BY n.id")

    def test_a_notice_to_one(self):
        name = self.put()
        page = self.look(text='Back at 20:00 <UTC> & on', bouncer=name)
        self.assertIn('Back at 20:00 &lt;UTC&gt; &amp; on', main_of(page))
        self.assertIn(f'Whoever is connected to {name}', main_of(page))
        self.assertEqual(self.sent(), [], 'looking sends nothing')
        fields = form_of(page, NOTICE)
        answer = self.browser.post(NOTICE, fields)
        self.assertEqual(answer.header('location'), NOTICE + '?done=sent')
        self.assertIn('1 of 1', main_of(self.browser.follow(answer)))
        again = self.browser.post(NOTICE, fields)
        self.assertEqual(again.header('location'), NOTICE + '?done=before')
        self.assertEqual(self.sent(), [['Back at 20:00 <UTC> & on', name, '1']])
        self.assertIn(['bouncers.notice', name], self.audit())

    def test_a_notice_to_all(self):
        self.put(3)
        self.put(2, name=f"'b-{self.mark}-s' || n", provisioner='soju')
        self.put(name=f"'b-{self.mark}-hand'", provisioner='none')
        self.put(name=f"'b-{self.mark}-new'", state='requested')
        page = self.look(text='Soon')
        answer = self.browser.post(NOTICE, form_of(page, NOTICE))
        self.assertEqual(answer.status, 303)
        got = sql('SELECT b.name FROM bouncers b JOIN bouncer_notices n ON n.id = b.notice_id'
                  f" WHERE n.actor_sub = '{self.ops}' AND b.name LIKE 'b-{self.mark}%' ORDER BY 1")
        names = [name for name, in got]
        self.assertEqual([name for name in names if '-s' not in name],
                         [f'b-{self.mark}-{n:03}' for n in (1, 2, 3)])
        self.assertLessEqual(len(names), 4, 'a shared soju tells it once')
        self.assertIn(['bouncers.notice', 'all'], self.audit())

    def test_notices_that_cannot_be_sent(self):
        fields = form_of(self.look(text='x', bouncer=self.put()), NOTICE)
        for text in ('', '  ', 'two\r\nlines', 'tab\there', '\u00fc' * 176, 'x' * 351, 'nul\x00'):
            answer = self.browser.post(NOTICE, {**fields, 'text': text})
            self.assertEqual(answer.status, 400, text)
        self.assertEqual(self.browser.post(NOTICE, {**fields, 'once': ''}).status, 400)
        self.assertEqual(self.look(text='x' * 351).status, 400)
        self.assertEqual(self.sent(), [])
        for name, says in ((f'b-{self.mark}-none', 'no bouncer of this name'),
                           (self.put(name=f"'b-{self.mark}-s'", provisioner='soju'), 'shares')):
            page = self.look(text='x', bouncer=name)
            self.assertIn(says, main_of(page))
            self.assertNotIn('name="once"', page.text)
            answer = self.browser.post(NOTICE, {**fields, 'bouncer': name})
            self.assertEqual(answer.status, 409)
        self.assertEqual(self.sent(), [])
        self.assertEqual(self.browser.post(NOTICE, {**fields, 'text': '\u00fc' * 175}).status, 303)

    def test_the_history_goes_on(self):
        sql("INSERT INTO bouncer_notices (text, actor_sub, sojus, form_hash) SELECT 'old ' || n,"
            f" '{self.ops}', 0, sha256(('{self.mark}' || n)::bytea) FROM generate_series(1, 25) n")
        page = self.browser.get(NOTICE)
        self.assertIn('old 25', page.text)
        self.assertNotIn('old 5<', page.text)
        older = re.search(r'href="([^"]*)" rel="next"', page.text).group(1)
        self.assertNotIn('The newest<', page.text)
        self.assertIn('old 5<', self.browser.get(older).text)
        self.assertIn(f'href="{NOTICE}" rel="prev">The newest<', self.browser.get(older).text)
        self.assertEqual(self.browser.get(NOTICE + '?before=0').status, 400)


if __name__ == '__main__':
    unittest.main()
