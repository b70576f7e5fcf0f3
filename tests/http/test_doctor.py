"""`portal doctor` against the running services: with good settings, and with each kind of bad one."""
import os
import re
import subprocess
import tempfile
import unittest
import urllib.parse

from client import INTERNAL, SIM, control, request, sql
from instance import Wire, free_port, through
from patience import wait_until
from soju_sim import SojuSim

KINDS = r'^(ok          |not set up  |wrong       )'
NO_SECRET = '0' * 32
STRIPE = os.environ['STRIPE_API_BASE']
READ = ('balance', 'customer', 'subscription', 'subscription_schedule', 'price', 'coupon', 'invoice',
        'invoice_payment', 'payment_intent', 'refund', 'dispute', 'checkout_session', 'event',
        'webhook_endpoint', 'billing_portal_configuration')


def as_admin(database):
    """The address of a database, as the superuser."""
    return urllib.parse.urlsplit(os.environ['ADMIN_DATABASE_URL'])._replace(
        path='/' + database).geturl()


def doctor(**changes):
    """The lines and the exit status; a setting that is None is taken away."""
    env = {k: v for k, v in {**os.environ, 'WORKERS': '3', **changes}.items() if v is not None}
    run = subprocess.run([os.environ['PORTAL_BIN'], 'doctor'], env=env, capture_output=True,
                         text=True, check=False, timeout=60)
    return run.stdout + run.stderr, run.returncode


class PoolerWire(Wire):
    """Like a pooler, tells the client a process id that is not the server's."""

    def pump(self, a, b):
        if a.getpeername()[1] != self.target[1]:
            super().pump(a, b)
            return
        try:
            while data := a.recv(65536):
                b.sendall(re.sub(rb'K\x00\x00\x00\x0c....', b'K\x00\x00\x00\x0c\x7f\x00\x00\x01',
                                 data, flags=re.S))
        except OSError:
            pass


class Doctor(unittest.TestCase):
    def setUp(self):
        for sim in (SIM, STRIPE):
            control('/control/reset', sim)
            self.addCleanup(control, '/control/reset', sim)

    def check_lines(self, text):
        """Each line is of one kind, and nothing secret is in any."""
        for line in text.splitlines():
            if line and not re.match(r'^\d+ wrong', line):
                self.assertRegex(line, KINDS)
        for name in ('SESSION_KEY', 'INTERNAL_SECRET', 'OIDC_CLIENT_SECRET', 'STRIPE_SECRET_KEY'):
            self.assertNotIn(os.environ[name], text)
        self.assertNotIn(urllib.parse.urlsplit(os.environ['DATABASE_URL']).password, text)

    def check(self, wrong, **changes):
        """One or several lines are wrong, the last of them like that."""
        text, status = doctor(**changes)
        self.check_lines(text)
        lines = [line for line in text.splitlines() if line.startswith('wrong')]
        self.assertEqual(status, 1, text)
        self.assertTrue(any(re.search(wrong, line) for line in lines), text)
        for line in lines:
            self.assertIn('. Mend: ', line)
        return text

    def test_all_is_well(self):
        text, status = doctor()
        self.check_lines(text)
        self.assertEqual(status, 0, text)
        self.assertNotIn('wrong', text)
        for part in ('settings', 'accounts database', 'migrations are applied', 'soju database',
                     'provider: ', "provider's keys", 'sign-in client', 'Kubernetes deployments',
                     'Kubernetes pods', 'Kubernetes rights', "bouncers' manifests", "bouncers' databases",
                     'txt', 'pics', 'Stripe: accepts the key; test mode',
                     '3 workers may open 54 connections of 197'):
            self.assertIn(part, text)

    def test_what_is_not_set_up_is_not_wrong(self):
        text, status = doctor(SOJU_DATABASE_URL='', KUBERNETES_API_URL='', TXT_INTERNAL_URL='',
                              PIC_INTERNAL_URL='', STRIPE_SECRET_KEY=None,
                              BOUNCER_PROVISIONER='none')
        self.check_lines(text)
        self.assertEqual(status, 0, text)
        self.assertEqual(len(re.findall('^not set up', text, re.M)), 7)
        self.assertIn('SMTP_URL is empty; nobody is told about outages', text)
        self.assertIn('STRIPE_SECRET_KEY is empty; billing pages will say so', text)

    def test_ways_to_soju(self):
        soju = SojuSim()
        self.addCleanup(soju.stop)
        shared = {'BOUNCER_PROVISIONER': 'soju', 'SOJU_ADMIN_SOCKET': soju.socket,
                  'SOJU_METRICS_URL': f'http://127.0.0.1:{soju.port}/metrics'}
        text, status = doctor(**shared)
        self.check_lines(text)
        self.assertEqual(status, 0, text)
        self.assertIn('soju admin: takes our commands\n', text)
        self.assertIn('soju metrics: can be read', text)
        soju.control('version', version='0.8')
        self.assertIn('older than 0.9', doctor(**shared)[0])
        soju.control('metrics', status=503)
        self.check('soju metrics: .* status 503', **shared)
        soju.control('fault', mode='fail', text='you must be an admin to use this command')
        self.check('soju admin: it does not obey', **shared)
        soju.control('fault', mode='cut')
        self.check('soju admin: ', **shared)
        self.check('soju admin: nobody listens', **{**shared, 'SOJU_ADMIN_SOCKET': '/nowhere/admin'})
        self.check('soju admin: ', **{**shared, 'SOJU_ADMIN_SOCKET': None,
                                      'SOJU_ADMIN_URL': f'ircs://127.0.0.1:{soju.port}'})

    def test_settings(self):
        text = self.check('SESSION_KEY must be 64', SESSION_KEY='0123', PUBLIC_URL=None)
        self.assertIn('PUBLIC_URL is missing', text)
        self.assertIn('migrations are applied', text)
        self.assertIn('2 wrong', text)
        self.check('DATABASE_URL is missing', DATABASE_URL=None)

    def test_the_folder(self):
        with tempfile.TemporaryDirectory() as empty:
            text = self.check('PORTAL_HOME must name .*conf/common.conf', PORTAL_HOME=empty)
            self.assertIn('migrations/accounts: No such file', text)

    def test_words_after_it(self):
        run = subprocess.run([os.environ['PORTAL_BIN'], 'doctor', 'x'], capture_output=True,
                             text=True, check=False)
        self.assertEqual((run.returncode, run.stdout), (1, ''))
        self.assertIn('usage', run.stderr)

    def test_accounts_database(self):
        good = os.environ['DATABASE_URL']
        parts = urllib.parse.urlsplit(good)
        at = f'@127.0.0.1:{parts.port}'
        self.check('Connection refused.*host and port',
                   DATABASE_URL=good.replace(at, f'@127.0.0.1:{free_port()}'))
        self.check('password authentication failed.*user and password',
                   DATABASE_URL=good.replace(parts.password, 'not-the-password'))
        self.check('does not exist.*create the database', DATABASE_URL=good + '_none')
        self.check('superuser', DATABASE_URL=as_admin('accounts'))
        self.check('no migration is applied.*portal migrate', DATABASE_URL=as_admin('postgres'))

    def test_a_role_that_may_more(self):
        user = urllib.parse.urlsplit(os.environ['DATABASE_URL']).username
        self.addCleanup(sql, f'ALTER ROLE {user} NOCREATEDB NOCREATEROLE NOBYPASSRLS',
                        as_admin('postgres'))
        for right in ('CREATEDB', 'CREATEROLE', 'BYPASSRLS'):
            sql(f'ALTER ROLE {user} {right}', as_admin('postgres'))
            self.check('may do more than the portal needs.*ALTER ROLE')
            sql(f'ALTER ROLE {user} NO{right}', as_admin('postgres'))

    def test_connections(self):
        self.check('20 workers may open 360 connections .18 each., the server has room for 197.*'
                   'max_connections', WORKERS='20')
        user = urllib.parse.urlsplit(os.environ['DATABASE_URL']).username
        self.addCleanup(sql, f'ALTER ROLE {user} CONNECTION LIMIT -1', as_admin('postgres'))
        sql(f'ALTER ROLE {user} CONNECTION LIMIT 47', as_admin('postgres'))
        self.check('the server has room for 47')

    def test_migrations(self):
        name, sha = sql('SELECT name, sha256 FROM schema_migrations ORDER BY name DESC LIMIT 1')[0]
        sql(f"UPDATE schema_migrations SET sha256 = 'x' WHERE name = '{name}'")
        # The portal of the other tests has seen it, too.
        self.addCleanup(wait_until, lambda: request('GET', INTERNAL + '/readyz').status == 200,
                        'the portal of all tests')
        self.addCleanup(sql, 'INSERT INTO schema_migrations (name, sha256) VALUES'
                        f" ('{name}', '{sha}') ON CONFLICT (name) DO UPDATE SET sha256 = '{sha}'")
        self.check(f'{name} was changed')
        sql(f"DELETE FROM schema_migrations WHERE name = '{name}'")
        self.check(f'{name} is missing.*portal migrate')

    def test_a_newer_database(self):
        sql("INSERT INTO schema_migrations (name, sha256) VALUES ('9999_later.sql', 'x')")
        self.addCleanup(sql, "DELETE FROM schema_migrations WHERE name = '9999_later.sql'")
        text, status = doctor()
        self.assertEqual(status, 0, text)
        self.assertRegex(text, r'all \d+ migrations are applied, and 1 of a newer version')

    def test_a_pooler(self):
        good = os.environ['DATABASE_URL']
        wire = PoolerWire('127.0.0.1', urllib.parse.urlsplit(good).port)
        self.addCleanup(wire.cut)
        pooled = through(good, wire)
        self.check('DATABASE_DIRECT_URL is not set', DATABASE_URL=pooled)
        self.check('through a pooler, too', DATABASE_URL=pooled,
                   DATABASE_DIRECT_URL=pooled + '?connect_timeout=3')
        self.check('another database', DATABASE_URL=pooled,
                   DATABASE_DIRECT_URL=as_admin('postgres'))
        self.check('no time limit', DATABASE_URL=pooled + '?options=-c%20statement_timeout%3D0',
                   DATABASE_DIRECT_URL=good)
        text, status = doctor(DATABASE_URL=pooled, DATABASE_DIRECT_URL=good)
        self.assertEqual(status, 0, text)
        self.assertIn('pools sessions', text)

    def test_a_replica(self):
        self.check('replica: no connection: .*Connection refused',
                   DATABASE_REPLICA_URL=f'postgresql://portal@127.0.0.1:{free_port()}/accounts')
        self.check('replica: it is another database.*no migration is applied',
                   DATABASE_REPLICA_URL=as_admin('postgres'))
        text, status = doctor(DATABASE_REPLICA_URL=os.environ['DATABASE_URL'])
        self.assertEqual(status, 0, text)
        self.assertIn('replica: answers and has all migrations', text)

    def test_soju_database(self):
        url = os.environ['SOJU_DATABASE_URL']
        owner = as_admin(urllib.parse.urlsplit(url).path[1:])
        text = self.check('can read passwords.*soju_grants', SOJU_DATABASE_URL=owner,
                          BOUNCER_PROVISIONER='none')
        self.assertIn("can change soju's tables", text)
        password = urllib.parse.urlsplit(url).password
        text = self.check('no connection', SOJU_DATABASE_URL=url.replace(password, 'wrong'))
        self.assertNotIn(password, text)
        self.check('it holds no soju|cannot be read',
                   SOJU_DATABASE_URL=as_admin('postgres'), BOUNCER_PROVISIONER='none')

    def test_making_bouncers(self):
        control('/control/kube', cluster={'refuse': {'secrets': 403}})
        text = self.check('Kubernetes rights: the service account may not: patch secrets, '
                          'delete secrets. Mend: .*rbac.yaml')
        self.assertIn('1 wrong', text)
        control('/control/kube', cluster={'refuse': {'deployments': 422}})
        self.check('the cluster would not take them: 422')
        control('/control/reset')
        with tempfile.NamedTemporaryFile('w', suffix='.json') as file:
            file.write('{"kind": "List", "items": [{"kind": "${SECRET}"}]}')
            file.flush()
            self.check(r"bouncers' manifests: .*there is no placeholder \$\{SECRET\}",
                       BOUNCER_MANIFESTS=file.name)
        reader = os.environ['SOJU_DATABASE_URL'].replace('{bouncer}', 'alice')
        self.check("bouncers' databases: it lacks CREATEDB.*Mend: let SOJU_DATABASE_ADMIN_URL",
                   SOJU_DATABASE_ADMIN_URL=reader)

    def test_provider(self):
        for mode, wrong in (('error', 'status 500'), ('garbage', 'not_json'), ('huge', 'too_large')):
            control('/control', target='oidc-discovery', mode=mode)
            self.check(f'sign-in provider: .*{wrong}')
        control('/control/reset')
        control('/control', target='oidc-jwks', mode='garbage')
        self.check("provider's keys: .*not_j")
        control('/control/reset')
        self.check('another issuer', OIDC_ISSUER=os.environ['OIDC_ISSUER'] + '/')
        self.check('no answer: refused', OIDC_ISSUER=f'http://127.0.0.1:{free_port()}')
        self.check('does not accept it: invalid_client', OIDC_CLIENT_SECRET=NO_SECRET)
        self.check('does not accept it: invalid_client', OIDC_CLIENT_ID='somebody')

    def check_writing(self, key):
        """What may only be read; then all. Asking whether something may be made makes nothing."""
        def made():
            return [request('GET', f'{STRIPE}/v1/{path}', {'authorization': f'Bearer {full}'})
                    .json()['data'] for path in ('customers', 'checkout/sessions')]

        self.addCleanup(control, '/control/account', STRIPE, rights=[])
        full = os.environ['STRIPE_SECRET_KEY']
        before = made()
        read = [f'rak_{what}_read' for what in READ]
        control('/control/account', STRIPE, rights=read + ['rak_checkout_session_write'])
        self.check('Stripe rights: the key may not write: Customers, Customer portal. Mend:',
                   STRIPE_SECRET_KEY=key)
        control('/control/account', STRIPE, rights=['all'])
        text, status = doctor(STRIPE_SECRET_KEY=key)
        self.assertEqual(status, 0, text)
        self.assertIn('Stripe rights: the restricted key may read and write all', text)
        self.assertEqual(made(), before)
        control('/control/fault', STRIPE, method='POST', mode='error')
        self.check('Stripe rights: customers cannot be tried', STRIPE_SECRET_KEY=key)
        control('/control/reset', STRIPE)

    def test_stripe(self):
        key = os.environ['STRIPE_SECRET_KEY']
        text, status = doctor(STRIPE_SECRET_KEY=key.replace('_test_', '_live_'))
        self.assertEqual(status, 0, text)
        self.assertIn('LIVE mode', text)
        text = self.check('Stripe: it does not know the key.*STRIPE_SECRET_KEY',
                          STRIPE_SECRET_KEY=key[:-1] + ('0' if key[-1] != '0' else '1'))
        self.assertNotIn(key[:-1], text)
        restricted = 'rk' + key[2:]
        text = self.check('Stripe rights: the key may not read: Customers, Subscriptions, Prices, .*'
                          'Events; nor write: Customers, Checkout Sessions, Customer portal. Mend:'
                          ' .*dashboard', STRIPE_SECRET_KEY=restricted)
        self.assertRegex(text, 'Stripe: the key lacks the right .*"Balance: read"')
        self.assertIn('not set up  Stripe webhooks: the key may not read "Webhook Endpoints"', text)
        self.assertNotIn(restricted, text)
        self.check_writing(restricted)
        text, _ = doctor(STRIPE_WEBHOOK_SECRET=None)
        self.assertIn('not set up  Stripe webhooks: STRIPE_WEBHOOK_SECRET is empty; changes are'
                      ' looked for every 300 s', text)
        text, _ = doctor(STRIPE_WEBHOOK_SECRET='whsec_new0', STRIPE_WEBHOOK_SECRET_OLD='whsec_old0')
        self.check_lines(text)
        self.assertIn('/webhooks/stripe, with two secrets', text)
        self.assertNotIn('whsec_', text)
        self.check('STRIPE_WEBHOOK_SECRET must be .*whsec_', STRIPE_WEBHOOK_SECRET='sk_test_0123')
        self.check('STRIPE_SECRET_KEY must be .*sk_live_', STRIPE_SECRET_KEY='pk_test_0123')
        self.check('Stripe: no answer: refused.*STRIPE_API_BASE',
                   STRIPE_API_BASE=f'http://127.0.0.1:{free_port()}')
        self.check('Stripe: a strange answer: status 404',
                   STRIPE_API_BASE=os.environ['STRIPE_API_BASE'] + '/v1')
        for mode, wrong in (('error', 'status 500'), ('garbage', 'a strange answer: status 200'),
                            ('huge', 'too_large'), ('refuse-auth', 'does not know the key'),
                            ('hang', 'no answer: timeout')):
            control('/control/fault', STRIPE, mode=mode)
            self.check(f'Stripe: .*{wrong}')

    def test_kubernetes(self):
        self.check('Kubernetes deployments: no answer: tls.*KUBERNETES_CA_FILE',
                   KUBERNETES_CA_FILE=None)
        self.check('Kubernetes pods: it refuses us: status 403', KUBERNETES_NAMESPACE='other')
        with tempfile.NamedTemporaryFile(mode='w') as token:
            self.check('the token cannot be read', KUBERNETES_TOKEN_FILE=token.name)
            token.write('wrong')
            token.flush()
            self.check('Kubernetes deployments: it refuses us: status 401',
                       KUBERNETES_TOKEN_FILE=token.name)

    def test_txt_and_pics(self):
        text = self.check('txt: it refuses us: status 40[13].*INTERNAL_SECRET',
                          INTERNAL_SECRET=NO_SECRET)
        self.assertRegex(text, r'wrong +pics: it refuses us')
        self.check('txt: no answer: refused.*TXT_INTERNAL_URL',
                   TXT_INTERNAL_URL=f'http://127.0.0.1:{free_port()}')
        control('/control', target='pics', mode='hang')
        self.check('pics: no answer: timeout')


if __name__ == '__main__':
    unittest.main()
