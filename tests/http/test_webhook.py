"""What Stripe posts: 200 once it is kept, and only then; nothing that is not Stripe's is kept."""
import concurrent.futures
import json
import os
import time
import unittest
import urllib.parse

from client import check_headers, request, sql
from instance import Portal, Wire, through
from patience import wait_until
from stripe_events import OLD_SECRET, SECRET, event, event_id, post, sign

MIB = 1024 * 1024
SETTINGS = {'STRIPE_WEBHOOK_SECRET': SECRET, 'STRIPE_WEBHOOK_SECRET_OLD': OLD_SECRET,
            'STRIPE_SECRET_KEY': 'sk_test_0123456789abcdef', 'WORKERS': '2'}


def kept(id_, *columns):
    """The columns of the row, None if there is no such row."""
    rows = sql(f"SELECT {', '.join(columns or ['state'])} FROM stripe_events WHERE id = '{id_}'")
    return rows[0] if rows else None


def metric(portal, result):
    text = request('GET', portal.internal + '/metrics').text
    for line in text.splitlines():
        if line.startswith(f'irc_now_stripe_webhooks_total{{result="{result}"}}'):
            return float(line.rsplit(' ', 1)[1])
    return 0.0


class Webhook(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.portal = Portal(**SETTINGS)
        cls.addClassCleanup(cls.portal.stop)

    def tearDown(self):
        self.assertFalse(self.portal.has_lost_workers())

    def check_refused(self, answer, status, *words):
        """With a sentence for Stripe's dashboard and a line in the log, without any secret."""
        self.assertEqual(answer.status, status, answer.text)
        check_headers(self, answer)
        self.assertEqual(answer.header('content-type'), 'text/plain; charset=utf-8')
        wait_until(lambda: all(word in self.portal.log() for word in words),
                   lambda: f'{words} in {self.portal.log()[-2000:]}')
        for secret in (SECRET, OLD_SECRET):
            self.assertNotIn(secret, self.portal.log() + answer.text)

    # ---- Bad ones ----

    def test_more_than_a_mebibyte(self):
        e = event(filler='x' * MIB)
        answer = post(self.portal.url, e)
        self.assertEqual(answer.status, 413)
        self.assertIsNone(kept(e['id']))

    def test_just_a_mebibyte(self):
        e = event()
        body = json.dumps(e).encode()
        body += b' ' * (MIB - len(body))
        self.assertEqual(post(self.portal.url, body).status, 200)
        self.assertEqual(kept(e['id'], 'octet_length(body)'), [str(MIB)])

    def test_garbage_that_is_signed(self):
        for body in (b'', b'hello', b'\x00', b'\xff\xfe', b'[]', b'{"id":', b'null', b'[' * 100000,
                     b'{"a":1,"a":2}', b'{"object":"event"}', b'id=evt_1&object=event'):
            with self.subTest(body[:30]):
                self.check_refused(post(self.portal.url, body), 400, 'a signed webhook is refused')

    def test_utf8_that_is_none(self):
        e = event()
        body = json.dumps(e).encode().replace(b'alice', b'\xc3\x28ce')
        self.check_refused(post(self.portal.url, body), 400, 'no JSON')
        self.assertIsNone(kept(e['id']))

    def test_an_escaped_nul(self):
        e = event(note='a\0b')
        self.assertEqual(post(self.portal.url, e).status, 200)
        self.assertEqual(kept(e['id'], "body LIKE '%a\\\\u0000b%'"), ['t'])

    def test_a_clock_that_is_off(self):
        for seconds in (-600, 600, -310, 310):
            e = event()
            body = json.dumps(e).encode()
            answer = post(self.portal.url, body, sign(body, at=int(time.time()) + seconds))
            self.check_refused(answer, 400, 'is the clock of this machine right?')
            self.assertNotIn('clock', answer.text, 'told to a stranger')
            self.assertIsNone(kept(e['id']))

    def test_signatures(self):
        e = event()
        body = json.dumps(e).encode()
        good = sign(body)
        t, v1 = good.split(',')
        for header in ('', 'x', t, v1, f'{t},{t},{v1}', f'{t},v0={v1[3:]}', good[:-1], good + ',v1=',
                       f'{t}, {v1}', f'{t},{v1.upper()}', sign(body, 'whsec_other'),
                       sign(body + b' '), sign(b'{}')):
            with self.subTest(header):
                self.check_refused(post(self.portal.url, body, header), 400)
        self.assertIsNone(kept(e['id']))
        self.assertEqual(post(self.portal.url, body, good).status, 200)

    def test_live_mode(self):
        e = event(livemode=True)
        answer = post(self.portal.url, e)
        self.check_refused(answer, 400, "live mode, and the portal's key of test mode")
        self.assertIn('live mode', answer.text)
        self.assertIsNone(kept(e['id']))

    def test_test_mode_with_a_live_key(self):
        portal = Portal(**{**SETTINGS, 'STRIPE_SECRET_KEY': 'rk_live_0123456789abcdef'})
        self.addCleanup(portal.stop)
        e = event()
        self.assertEqual(post(portal.url, e).status, 400)
        self.assertIsNone(kept(e['id']))
        e = event(livemode=True)
        self.assertEqual(post(portal.url, e).status, 200)
        self.assertEqual(kept(e['id'], 'is_live'), ['t'])

    def test_a_thin_event(self):
        e = {'id': event_id(), 'object': 'v2.core.event', 'type': 'v1.billing.meter.error',
             'livemode': False, 'created': '2026-01-01T00:00:00.000Z'}
        self.check_refused(post(self.portal.url, e), 400, 'thin event')
        self.assertIsNone(kept(e['id']))

    def test_other_methods(self):
        for method in ('GET', 'HEAD', 'PUT', 'DELETE'):
            answer = request(method, self.portal.url + '/webhooks/stripe')
            self.assertEqual((answer.status, answer.header('allow')), (405, 'POST'), method)

    def test_a_chunked_body_is_for_a_proxy_to_unfold(self):
        answer = request('POST', self.portal.url + '/webhooks/stripe',
                         {'transfer-encoding': 'chunked', 'stripe-signature': 'x'})
        self.assertEqual(answer.status, 411)

    # ---- Good ones ----

    def test_an_event_is_kept_as_it_came(self):
        e = event(created=1767225600)
        before = metric(self.portal, 'new')
        answer = post(self.portal.url, e)
        self.assertEqual((answer.status, answer.body), (200, b''))
        check_headers(self, answer)
        self.assertIsNone(answer.header('set-cookie'))
        row = kept(e['id'], 'source', 'is_live', 'type', 'object_id', 'api_version',
                   'extract(epoch FROM created_at)::bigint', 'body')
        self.assertEqual(row[:6], ['webhook', 'f', 'invoice.paid', e['data']['object']['id'],
                                   '2025-10-29.clover', '1767225600'])
        self.assertEqual(json.loads(row[6]), e)
        self.assertEqual(metric(self.portal, 'new'), before + 1)

    def test_both_secrets(self):
        for secret in (SECRET, OLD_SECRET):
            e = event()
            body = json.dumps(e).encode()
            self.assertEqual(post(self.portal.url, body, sign(body, secret)).status, 200)
            self.assertIsNotNone(kept(e['id']))

    def test_twice_after_one_another(self):
        e = event()
        for _ in range(2):
            self.assertEqual(post(self.portal.url, e).status, 200)
        self.assertEqual(kept(e['id'], '(SELECT count(*) FROM stripe_events o WHERE o.id ='
                                       ' stripe_events.id)'), ['1'])

    def test_many_times_at_once(self):
        e = event()
        before = metric(self.portal, 'new'), metric(self.portal, 'duplicate')
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: post(self.portal.url, e), range(8)))
        self.assertEqual({answer.status for answer in answers}, {200})
        self.assertIsNotNone(kept(e['id']))
        self.assertEqual(metric(self.portal, 'new'), before[0] + 1)
        self.assertEqual(metric(self.portal, 'duplicate'), before[1] + 7)

    def test_an_unknown_type(self):
        e = event(type='moon.risen', data={'object': {'object': 'moon'}})
        self.assertEqual(post(self.portal.url, e).status, 200)
        self.assertEqual(kept(e['id'], 'type', 'object_id IS NULL'), ['moon.risen', 't'])

    def test_another_version(self):
        for version in ('2020-08-27', '2031-01-01.oak', None):
            e = event(api_version=version)
            self.assertEqual(post(self.portal.url, e).status, 200)
            self.assertEqual(kept(e['id'], 'api_version'), [version or ''])
        self.assertEqual(self.portal.log().count('webhooks come in version'), 1)


class Alone(unittest.TestCase):
    """What needs a portal of its own."""

    def start(self, **settings):
        portal = Portal(**{**SETTINGS, **settings})
        self.addCleanup(portal.stop)
        return portal

    def test_the_database_is_away(self):
        parts = urllib.parse.urlsplit(os.environ['DATABASE_URL'])
        wire = Wire(parts.hostname, parts.port or 5432)
        self.addCleanup(wire.cut)
        portal = self.start(DATABASE_URL=through(os.environ['DATABASE_URL'], wire))
        e = event()
        self.assertEqual(post(portal.url, event()).status, 200)
        wire.cut()
        for _ in range(3):
            answer = post(portal.url, e, timeout=30)
            self.assertEqual(answer.status, 500, answer.text)
        self.assertIn('a webhook could not be kept', portal.log())
        self.assertIsNone(kept(e['id']))
        self.assertEqual(metric(portal, 'not_stored'), 3)

    def test_no_secret(self):
        for missing in ('STRIPE_WEBHOOK_SECRET', 'STRIPE_SECRET_KEY'):
            with self.subTest(missing):
                portal = self.start(**{missing: ''})
                e = event()
                answer = post(portal.url, e)
                self.assertEqual(answer.status, 503)
                self.assertIn(f'a webhook is refused: {missing} is empty', portal.log())
                self.assertIsNone(kept(e['id']))

    def test_strangers_are_slowed_down_and_stripe_is_not(self):
        portal = self.start(RATE_LIMITS='on')
        statuses = [post(portal.url, event(), 't=1,v1=x').status for _ in range(40)]
        self.assertEqual(set(statuses[:30]), {400})
        self.assertIn(429, statuses)
        self.assertLess(portal.log().count('a webhook is refused'), 40)
        events = [event() for _ in range(100)]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            good = list(pool.map(lambda e: post(portal.url, e).status, events))
        self.assertEqual(set(good), {200})


if __name__ == '__main__':
    unittest.main()
