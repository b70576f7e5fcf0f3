"""Who may do what, as one table: each route of the sitemap × visitor, member and each admin role.

The routes are read from conf/site_portal.conf: one that has no row here fails the test, and so does
a row whose route is gone.
"""
import os
import re
import unittest

from client import INTERNAL, PORTAL, Browser, control, hidden_fields, request, sql
from stripe_sim import StripeSim

METHODS = ('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS')
GET, POST, BOTH, ANY = ('GET', 'HEAD'), ('POST',), ('GET', 'HEAD', 'POST'), METHODS
ROLES = ('admin', 'billing', 'support', 'content', 'ops')
VISITORS = ('visitor', 'member') + ROLES
CSS = 'the address of the style sheet'


def all_get(status):
    return dict.fromkeys(VISITORS, status)


def signed_in(status, visitor):
    """The same for everyone who is signed in, something else for a visitor."""
    return {**all_get(status), 'visitor': visitor}


def for_billing(status, visitor=303):
    """For the roles that look after billing, and nobody else."""
    return {**all_get(403), 'visitor': visitor, 'admin': status, 'billing': status}


def for_ops(status, visitor=303):
    """The same for the roles that look after operations."""
    return {**all_get(403), 'visitor': visitor, 'admin': status, 'ops': status}


class Row:
    """A route and an address of it: methods and the status for each kind of visitor.

    The status of a POST is that of a good form, taken from the page `form` if there is a session, in
    which `typed` is filled in; it is `posted` where the address can be read as well. Where none of
    these accounts gets a form (no `form`), the page's own tests post.
    What a machine posts proves itself in another way: an empty one is refused as that.
    """

    def __init__(self, server, route, path, methods, statuses, form=None, is_machine=False,
                 posted=None, typed=None):
        self.server, self.route, self.path = server, route, path
        self.methods, self.statuses, self.form = methods, statuses, form
        self.is_machine = is_machine
        self.posted, self.typed = posted or statuses, typed or {}


TABLE = [
    # Pages
    Row('public', '/', '/', GET, all_get(200)),
    Row('public', '/dashboard', '/dashboard', GET, signed_in(200, visitor=303)),
    Row('public', '/account', '/account', GET, signed_in(200, visitor=303)),
    Row('public', '/account/mail', '/account/mail', POST, signed_in(403, visitor=401),
        is_machine=True),
    Row('public', '/account/sessions', '/account/sessions', GET, signed_in(200, visitor=303)),
    Row('public', '/account/sessions/end', '/account/sessions/end', POST,
        signed_in(303, visitor=401), form='/account/sessions'),
    Row('public', '/account/sessions/end-others', '/account/sessions/end-others', POST,
        signed_in(303, visitor=401), form='/account/sessions'),
    Row('public', '/tokens', '/tokens', BOTH, signed_in(200, visitor=303), form='/tokens',
        posted=signed_in(201, visitor=401), typed={'label': 'x', 'txt': 'on', 'term': 'never'}),
    Row('public', '/tokens/revoke', '/tokens/revoke', BOTH, signed_in(400, visitor=303),
        posted=signed_in(303, visitor=401), form='/tokens/revoke?id={token}'),
    # Its bouncers: {sub} is the account's, which has one that is ready and one that is deleted; what
    # soju is asked it refuses, as it knows neither.
    Row('public', '/bouncers', '/bouncers', GET, signed_in(200, visitor=303)),
    Row('public', '/bouncers/new', '/bouncers/new', BOTH, signed_in(200, visitor=303),
        posted=signed_in(400, visitor=401)),
    Row('public', '/bouncers/name', '/bouncers/name?name=alice-2', GET,
        signed_in(200, visitor=401)),
    Row('public', '^/bouncers/[^/]+$', '/bouncers/{sub}-up', GET, signed_in(200, visitor=303)),
    Row('public', '^/bouncers/[^/]+$', '/bouncers/access-none', GET, signed_in(404, visitor=303)),
    Row('public', '^/bouncers/[^/]+/connect$', '/bouncers/{sub}-up/connect', GET,
        signed_in(200, visitor=303)),
    Row('public', '^/bouncers/[^/]+/password$', '/bouncers/{sub}-up/password', POST,
        signed_in(404, visitor=401), form='/bouncers/{sub}-up/connect'),
    Row('public', '^/bouncers/[^/]+/restart$', '/bouncers/{sub}-up/restart', BOTH,
        signed_in(200, visitor=303), form='/bouncers/{sub}-up/restart',
        posted=signed_in(303, visitor=401)),
    Row('public', '^/bouncers/[^/]+/delete$', '/bouncers/{sub}-up/delete', BOTH,
        signed_in(200, visitor=303), form='/bouncers/{sub}-up/delete',
        posted=signed_in(400, visitor=401)),
    Row('public', '^/bouncers/[^/]+/undo$', '/bouncers/{sub}-gone/undo', POST,
        signed_in(303, visitor=401), form='/bouncers/{sub}-gone'),
    Row('public', '^/bouncers/[^/]+/retry$', '/bouncers/{sub}-up/retry', POST,
        signed_in(403, visitor=401), is_machine=True),
    Row('public', '^/bouncers/[^/]+/networks/new$', '/bouncers/{sub}-up/networks/new', BOTH,
        signed_in(200, visitor=303), form='/bouncers/{sub}-up/networks/new',
        posted=signed_in(400, visitor=401)),
    Row('public', '^/bouncers/[^/]+/networks/edit$', '/bouncers/{sub}-up/networks/edit', BOTH,
        signed_in(400, visitor=303), form='/bouncers/{sub}-up/networks/edit?name=on',
        posted=signed_in(400, visitor=401)),
    Row('public', '^/bouncers/[^/]+/networks/enable$', '/bouncers/{sub}-up/networks/enable', POST,
        signed_in(404, visitor=401), form='/bouncers/{sub}-up'),
    Row('public', '^/bouncers/[^/]+/networks/disable$', '/bouncers/{sub}-up/networks/disable', POST,
        signed_in(404, visitor=401), form='/bouncers/{sub}-up'),
    Row('public', '^/bouncers/[^/]+/networks/remove$', '/bouncers/{sub}-up/networks/remove', BOTH,
        signed_in(400, visitor=303), form='/bouncers/{sub}-up/networks/remove?name=on',
        posted=signed_in(303, visitor=401)),
    # What it pays: each has had a subscription, so that there is something to buy and to manage.
    Row('public', '/billing', '/billing', GET, signed_in(200, visitor=303)),
    Row('public', '/billing/change', '/billing/change?to=pro', GET, signed_in(200, visitor=303)),
    Row('public', '/billing/invoices', '/billing/invoices', GET, signed_in(200, visitor=303)),
    Row('public', '/billing/checkout', '/billing/checkout', POST, signed_in(303, visitor=401),
        form='/billing'),
    Row('public', '/billing/portal', '/billing/portal', POST, signed_in(303, visitor=401),
        form='/billing'),
    Row('public', '/billing/done', '/billing/done?session_id=cs_test_none', GET,
        signed_in(404, visitor=303)),
    # Admins: billing
    Row('public', '/admin/prices', '/admin/prices', BOTH, for_billing(200),
        posted=for_billing(303, visitor=401), form='/admin/prices',
        typed={'plan': 'pro', 'offered': 'on'}),
    Row('public', '/admin/stripe', '/admin/stripe', GET, for_billing(200)),
    Row('public', '^/admin/stripe/events/[^/]+$', '/admin/stripe/events/evt_access', GET,
        for_billing(200)),
    Row('public', '^/admin/stripe/events/[^/]+$', '/admin/stripe/events/evt_none', GET,
        for_billing(404)),
    Row('public', '/admin/stripe/replay', '/admin/stripe/replay', BOTH, for_billing(400),
        posted=for_billing(303, visitor=401), form='/admin/stripe/events/evt_access'),
    Row('public', '/admin/stripe/customers', '/admin/stripe/customers', GET, for_billing(200)),
    Row('public', '/admin/stripe/customers/link', '/admin/stripe/customers/link', BOTH,
        for_billing(400), posted=for_billing(409, visitor=401),
        form='/admin/stripe/customers/link?customer=cus_access&account=access-member',
        typed={'customer': 'cus_other'}),
    Row('public', '/admin/stripe/differences', '/admin/stripe/differences', GET,
        for_billing(200)),
    Row('public', '/admin/rates', '/admin/rates', BOTH, for_billing(200), form='/admin/rates',
        posted=for_billing(303, visitor=401),
        typed={'day': '2020-01-01', 'currency': 'zar', 'rate': '0.05'}),
    # Admins: bouncers
    Row('public', '/admin/bouncers', '/admin/bouncers', GET, for_ops(200)),
    Row('public', '/admin/bouncers/notice', '/admin/bouncers/notice', BOTH, for_ops(200),
        posted=for_ops(303, visitor=401),
        form='/admin/bouncers/notice?text=x&bouncer=accessed-ops'),
    Row('public', '^/admin/bouncers/[^/]+$', '/admin/bouncers/accessed-ops', GET, for_ops(200)),
    Row('public', '^/admin/bouncers/[^/]+$', '/admin/bouncers/accessed-none', GET, for_ops(404)),
    Row('public', '^/admin/bouncers/[^/]+/restart$', '/admin/bouncers/accessed-ops/restart', POST,
        for_ops(303, visitor=401), form='/admin/bouncers/accessed-ops'),
    Row('public', '^/admin/bouncers/[^/]+/suspend$', '/admin/bouncers/accessed-on/suspend', POST,
        for_ops(303, visitor=401), form='/admin/bouncers/accessed-on', typed={'why': 'x'}),
    Row('public', '^/admin/bouncers/[^/]+/resume$', '/admin/bouncers/accessed-off/resume', POST,
        for_ops(303, visitor=401), form='/admin/bouncers/accessed-off'),
    Row('public', '^/admin/bouncers/[^/]+/retry$', '/admin/bouncers/accessed-bad/retry', POST,
        for_ops(303, visitor=401), form='/admin/bouncers/accessed-bad'),
    # Signing in and out
    Row('public', '/signin', '/signin', GET, all_get(303)),
    Row('public', '/auth/callback', '/auth/callback', GET, signed_in(303, visitor=401)),
    Row('public', '/auth/callback', '/auth/callback?state=x&code=x', GET,
        signed_in(303, visitor=401)),
    Row('public', '/auth/backchannel', '/auth/backchannel', POST, all_get(400), is_machine=True),
    Row('public', '/signout', '/signout', POST, all_get(303), form='/dashboard'),
    # The link of a mail, which proves itself.
    Row('public', '/mail/unsubscribe', '/mail/unsubscribe', BOTH, all_get(400), is_machine=True),
    # What Stripe posts; where it is not set up, it is not taken.
    Row('public', '/webhooks/stripe', '/webhooks/stripe', POST,
        all_get(400 if os.environ.get('STRIPE_WEBHOOK_SECRET') else 503), is_machine=True),
    # Files
    Row('public', '^/assets/.*$', CSS, GET, all_get(200)),
    Row('public', '^/assets/.*$', '/assets/0000000000000000/portal.css', GET, all_get(404)),
    Row('public', '^/assets/.*$', '/assets/../conf/site_portal.conf', GET, all_get(404)),
    Row('public', '/favicon.ico', '/favicon.ico', GET, all_get(200)),
    Row('public', '/robots.txt', '/robots.txt', GET, all_get(200)),
    # For who changes the design: not in what is deployed.
    Row('public', '/style', '/style', GET, all_get(404)),
    # Anything else
    Row('public', '^/.*$', '/nothing/here', ANY, all_get(404)),
    Row('public', '^/.*$', '/admin', ANY, all_get(404)),
    # The address of the operator knows nobody and asks nobody.
    Row('internal', '/metrics', '/metrics', GET, all_get(200)),
    Row('internal', '/healthz', '/healthz', GET, all_get(200)),
    Row('internal', '/readyz', '/readyz', GET, all_get(200)),
    # What our services ask wants their secret; who else may ask is test_tokens.py's.
    Row('internal', '/api/tokens/check', '/api/tokens/check', POST, all_get(401), is_machine=True),
    Row('internal', '/api/requests', '/api/requests', POST, all_get(401), is_machine=True),
    Row('internal', '^/api/accounts/.*$', '/api/accounts/alice', GET, all_get(401)),
    Row('internal', '^/api/uploaders/.*$', '/api/uploaders/-/alice', GET, all_get(401)),
    Row('internal', '^/.*$', '/nothing/here', ANY, all_get(404)),
]


def sitemap():
    """(server, route) of every route, in order."""
    path = os.path.join(os.path.dirname(__file__), '..', '..', 'conf', 'site_portal.conf')
    server, routes = None, []
    with open(path, encoding='utf-8') as f:
        for line in f:
            words = line.split('#')[0].split()
            if words[:1] == ['attach']:
                server = words[1]
            elif words[:1] == ['route']:
                routes.append((server, words[1]))
    return routes


def base(row):
    return INTERNAL if row.server == 'internal' else PORTAL


def allowed(row):
    return ', '.join(method for method in METHODS if method in row.methods)


def form_fields(browser, row, kind):
    """What the form on the page that leads here would send; who may not see it makes one up."""
    if row.posted[kind] == 403:
        return {'csrf': 'x' * 43, **row.typed}
    page = browser.get(row.form.format(token=browser.token, sub=browser.sub)).text
    path = re.escape(row.path.replace('{sub}', browser.sub))
    form = re.search(rf'<form[^>]*method="post"[^>]*action="{path}".*?</form>', page, re.S)
    assert form, f'{row.form} has no form for {row.path}'
    return {**dict(hidden_fields(form.group(0))), **row.typed}


def token_of(browser):
    """The number of an API token of whoever is signed in."""
    link = re.compile(r'/tokens/revoke\?id=(\d+)')
    page = browser.get('/tokens').text
    if not link.search(page):
        fields = {**dict(hidden_fields(page.split('action="/tokens"')[1])),
                  'label': 'access', 'txt': 'on', 'term': 'never'}
        page = browser.post('/tokens', fields).text
    return link.search(page).group(1)


class Sitemap(unittest.TestCase):
    def test_every_route_has_a_row(self):
        self.assertEqual(set(sitemap()), {(row.server, row.route) for row in TABLE})

    def test_every_row_has_every_visitor(self):
        for row in TABLE:
            self.assertEqual(set(row.statuses), set(VISITORS), row.path)

    def test_what_is_internal_is_not_public(self):
        for server, route in sitemap():
            if not route.startswith('^'):
                other = PORTAL if server == 'internal' else INTERNAL
                if route == '/':
                    continue
                with self.subTest(f'{route} at the other address'):
                    self.assertEqual(request('GET', other + route).status, 404)


class Access(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        control('/control/reset')
        cls.put_samples()
        cls.browsers = {kind: cls.sign_in(kind) for kind in VISITORS}
        page = cls.browsers['visitor'].get('/').text
        cls.css = re.search(r'href="(/assets/[^"]*\.css)"', page).group(1)

    @classmethod
    def tearDownClass(cls):
        control('/control/reset')
        sql("DELETE FROM stripe_events WHERE id = 'evt_access';"
            " DELETE FROM stripe_customers c USING users u WHERE c.id = 'cus_access'"
            " OR u.id = c.user_id AND u.keycloak_sub LIKE 'access-%';"
            " DELETE FROM bouncers WHERE name LIKE 'accessed-%'")

    @staticmethod
    def put_samples():
        """An event and a customer without an account."""
        sql("INSERT INTO stripe_events (id, source, is_live, type, state, ended_at) VALUES"
            " ('evt_access', 'webhook', false, 'moon.risen', 'ignored', now())"
            ' ON CONFLICT DO NOTHING')
        sql("INSERT INTO stripe_customers (id, is_live) VALUES ('cus_access', false)"
            ' ON CONFLICT DO NOTHING')

    @staticmethod
    def put_bouncers(sub):
        """Bouncers of that account in each state that an admin may change, as at first."""
        sql(f"""DELETE FROM bouncers WHERE name LIKE 'accessed-%';
            INSERT INTO bouncers (user_id, name, soju_username, provisioner, state, failed_in,
              suspended_at, suspended_why, next_try_at,
              work_until)
            SELECT u.id, b.name, b.name, 'kubernetes', state, failed_in, suspended_at, suspended_why,
              now() + interval '1 day', now() + interval '1 day' FROM users u, (VALUES
                ('accessed-ops', 'ready', NULL, NULL::timestamptz, NULL),
                ('accessed-on', 'ready', NULL, NULL, NULL),
                ('accessed-off', 'ready', NULL, now(), 'x'),
                ('accessed-bad', 'failed', 'requested', NULL, NULL))
              AS b (name, state, failed_in, suspended_at, suspended_why)
            WHERE keycloak_sub = '{sub}'""")

    @staticmethod
    def put_own_bouncers(sub):
        """One that is ready, with two networks, and one that is deleted; no job takes them up.

        soju knows neither, even if a job has made the one of an earlier run: who they are there is new.
        """
        sql(f"""DELETE FROM bouncers WHERE name IN ('{sub}-up', '{sub}-gone');
            INSERT INTO bouncers (user_id, name, soju_username, provisioner, state, ready_at,
              delete_after, slot, work_until, max_networks)
            SELECT u.id, '{sub}' || b.name, 'x' || left(md5(random()::text), 16), 'soju', state, now(),
              until, slot,
              now() + interval '1 day', 3 FROM users u, (VALUES ('-up', 'ready', NULL::timestamptz, 1),
              ('-gone', 'deleting', now() + interval '1 day', 2)) AS b (name, state, until, slot)
            WHERE keycloak_sub = '{sub}';
            INSERT INTO bouncer_networks (bouncer_id, name, address, state, sampled_at)
            SELECT id, word, 'ircs://irc.example.org:6697', n.state, now() FROM bouncers,
              (VALUES ('on', 'connected'), ('off', 'disabled')) AS n (word, state)
            WHERE bouncers.name = '{sub}-up'""")

    @staticmethod
    def put_customer(sub):
        """A customer at Stripe who has had a subscription until now, and a price on offer."""
        customer = StripeSim.running().post('/customers', metadata={'user_sub': sub})['id']
        sql(f"""INSERT INTO stripe_customers (id, is_live, user_id) SELECT '{customer}', false, id
              FROM users WHERE keycloak_sub = '{sub}'
              ON CONFLICT (id) DO UPDATE SET user_id = EXCLUDED.user_id;
            INSERT INTO stripe_subscriptions (id, is_live, customer_id, status, currency, created_at,
              ended_at, terms, mrr, billed_mrr, committed_mrr, trial_mrr, mrr_at, read_at)
            VALUES ('sub_{sub}', false, '{customer}', 'canceled', 'eur', now(), now(), '{{}}', 0, 0,
              0, 0, now(), now()) ON CONFLICT DO NOTHING;
            INSERT INTO stripe_prices (id, is_live, currency, unit_amount, period, period_count,
              object, read_at) VALUES ('price_pro_monthly', false, 'eur', 900, 'month', 1, '{{}}',
              now()) ON CONFLICT DO NOTHING;
            INSERT INTO plan_prices (price_id, plan) VALUES ('price_pro_monthly', 'pro')
              ON CONFLICT DO NOTHING""")

    @staticmethod
    def sign_in(kind, who='access'):
        """A browser, and for those who sign in a second one, so that there are others to end."""
        browser = Browser()
        browser.sub = sub = f'{who}-{kind}'
        if kind != 'visitor':
            control('/control/account', sub=sub, roles=[kind] if kind in ROLES else [])
            for one in (Browser(), browser):
                page = one.sign_in(sub)
                assert page.status == 200, (kind, page.status)
            browser.token = token_of(browser)
            Access.put_customer(sub)
            Access.put_bouncers(sub)
            Access.put_own_bouncers(sub)
        return browser

    def send(self, kind, method, row, fields=None, headers=None):
        """One request that leaves the browser's own cookies as they are."""
        path = self.css if row.path is CSS else row.path.replace('{sub}', self.browsers[kind].sub)
        jar = self.browsers[kind].jar(PORTAL)
        headers = {**(headers or {}), **({'cookie': self.cookies(jar)} if jar else {})}
        body = b'' if method in ('POST', 'PUT', 'PATCH') else None
        if fields is not None:
            once = Browser()
            return once.post(base(row) + path, fields, headers)
        return request(method, base(row) + path, headers, body)

    @staticmethod
    def cookies(jar):
        return '; '.join(f'{name}={value}' for name, value in jar.items())

    def walk(self, methods):
        for row in TABLE:
            for kind in VISITORS:
                for method in methods:
                    yield row, kind, method

    def test_methods_that_are_not_allowed(self):
        for row, kind, method in self.walk(METHODS):
            if method in row.methods:
                continue
            with self.subTest(f'{kind}: {method} {row.path}'):
                answer = self.send(kind, method, row)
                self.assertEqual(answer.status, 405)
                self.assertEqual(answer.header('allow'), allowed(row))

    def test_reading(self):
        for row, kind, method in self.walk(('GET', 'HEAD')):
            if method not in row.methods:
                continue
            with self.subTest(f'{kind}: {method} {row.path}'):
                answer = self.send(kind, method, row)
                self.assertEqual(answer.status, row.statuses[kind])
                if method == 'HEAD':
                    self.assertEqual(answer.body, b'')
                if answer.status == 303 and kind == 'visitor' and row.path != '/signin':
                    self.assertTrue(answer.header('location').startswith('/signin?return='))

    def test_any_method_of_what_is_not_there(self):
        for row, kind, method in self.walk(METHODS):
            if row.methods is ANY:
                with self.subTest(f'{kind}: {method} {row.path}'):
                    self.assertEqual(self.send(kind, method, row).status, row.statuses[kind])

    def posts(self):
        for row, kind, _ in self.walk(POST):
            if row.form and 'POST' in row.methods and row.methods is not ANY and not row.is_machine:
                yield row, kind

    def test_posting_as_a_machine(self):
        for row, kind, method in self.walk(POST):
            if row.is_machine:
                with self.subTest(f'{kind}: {row.path}'):
                    self.assertEqual(self.send(kind, method, row).status, row.statuses[kind])

    def test_posting_from_a_foreign_origin_is_refused(self):
        foreign = ({'origin': 'https://evil.example'}, {'origin': 'null'},
                   {'origin': PORTAL + '.evil.example'}, {'origin': PORTAL.replace('http', 'https')},
                   {'sec-fetch-site': 'cross-site'}, {'sec-fetch-site': 'same-site'},
                   {'sec-fetch-site': 'cross-site', 'origin': PORTAL})
        for row, kind in self.posts():
            fields = {} if kind == 'visitor' else form_fields(self.browsers[kind], row, kind)
            for headers in foreign:
                with self.subTest(f'{kind}: {row.path} {headers}'):
                    self.assertEqual(self.send(kind, 'POST', row, fields, headers).status, 403)
                    self.check_signed_in(kind)

    def test_posting_without_the_right_token_is_refused(self):
        for row, kind in self.posts():
            if kind == 'visitor':
                continue
            good = form_fields(self.browsers[kind], row, kind)
            somebody = next(k for k in ('member', 'admin', 'billing', 'ops')
                            if k != kind and row.posted[k] != 403)
            other = form_fields(self.browsers[somebody], row, somebody)
            for token in (None, '', 'x', other['csrf'], good['csrf'][:-1], good['csrf'] + 'A'):
                fields = {**good, 'csrf': token}
                if token is None:
                    del fields['csrf']
                with self.subTest(f'{kind}: {row.path} {fields}'):
                    self.assertEqual(self.send(kind, 'POST', row, fields).status, 403)
                    self.check_signed_in(kind)

    def check_signed_in(self, kind):
        if kind != 'visitor':
            self.assertEqual(self.browsers[kind].get('/dashboard').status, 200)

    def test_posting_a_good_form(self):
        """Ends sessions, so each with one of its own."""
        for row, kind in self.posts():
            with self.subTest(f'{kind}: {row.path}'):
                browser = self.sign_in(kind, 'access-good')
                fields = {} if kind == 'visitor' else form_fields(browser, row, kind)
                path = row.path.replace('{sub}', browser.sub)
                answer = browser.post(path, fields, {'origin': PORTAL})
                self.assertEqual(answer.status, row.posted[kind])


if __name__ == '__main__':
    unittest.main()
