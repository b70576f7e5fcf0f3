"""A sample of each bouncer, by a portal that runs beside a simulated soju, and what is then told."""
import re
import unittest

from client import request
from instance import Portal, Postgres
from patience import PATIENCE_S, wait_until
from soju_sim import SojuSim



class Health(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres()
        cls.addClassCleanup(cls.postgres.stop, 'immediate')
        cls.soju = SojuSim()
        cls.addClassCleanup(cls.soju.stop)
        cls.soju.ask('user create -username health-a -password secret-word')
        cls.soju.ask('user run health-a network create -addr irc.example.org -name example')
        database = {'DATABASE_URL': cls.postgres.url, 'DATABASE_DIRECT_URL': cls.postgres.url}
        cls.postgres.psql(
            "INSERT INTO users (keycloak_sub, issuer) VALUES ('health', 'x');"
            "INSERT INTO bouncers (user_id, name, soju_username, provisioner, ready_at)"
            " SELECT id, n, n, 'soju', now() FROM users, (VALUES ('health-a'), ('health-b')) v (n)")
        cls.portal = Portal(**{**cls.soju.env, 'BOUNCER_PROVISIONER': 'soju', **database,
                               'TXT_INTERNAL_URL': '', 'PIC_INTERNAL_URL': ''})
        cls.addClassCleanup(cls.portal.stop)

    def metric(self, line):
        text = request('GET', self.portal.internal + '/metrics').text
        found = re.search(rf'(?m)^{re.escape(line)} (\S+)$', text)
        return float(found.group(1)) if found else None

    def wait_for(self, line, value):
        wait_until(lambda: self.metric(line) == value, lambda: f'{line} is {self.metric(line)}, not'
                   f' {value}: {self.portal.log()[-1500:]}', 2 * PATIENCE_S, pause=0.5)

    def test_samples_and_figures(self):
        """One that soju does not know is not known, and is not counted as down."""
        self.wait_for('irc_now_bouncers{state="up"}', 1)
        self.assertEqual(self.metric('irc_now_bouncers{state="down"}'), 0)
        self.assertEqual(self.metric('irc_now_bouncers{state="unknown"}'), 1)
        self.assertIsNone(self.metric('irc_now_bouncer_clients'), 'of a soju that many share')
        self.assertIsNotNone(self.metric('irc_now_bouncer_sample_age_seconds'))
        self.assertEqual(self.postgres.psql('SELECT name FROM bouncer_networks'), [['example']])


if __name__ == '__main__':
    unittest.main()
