"""What the manifests set is enough to start each role, and nothing of it is wrong. The image does the
same more thoroughly (test_image.py), where one can be made."""
import os
import pathlib
import re
import secrets
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'http'))

# pylint: disable=wrong-import-position
import kube_manifests
from client import request, sql
from instance import Portal
from patience import wait_until

ADMIN = os.environ['ADMIN_DATABASE_URL']
DATABASE = 'portal_start_tests'


def nothing_set():
    """Every setting, as not given: those of the tests must not help."""
    text = (kube_manifests.ROOT / 'conf/env.example').read_text(encoding='utf-8')
    return {name + suffix: '' for name in re.findall(r'(?m)^#?([A-Z][A-Z0-9_]+)=', text)
            for suffix in ('', '_FILE')}


class Start(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def make_database(self):
        sql(f'DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)', ADMIN)
        sql(f'CREATE DATABASE {DATABASE} OWNER portal', ADMIN)
        self.addCleanup(sql, f'DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)', ADMIN)
        parts = urllib.parse.urlsplit(os.environ['DATABASE_URL'])
        return parts._replace(path='/' + DATABASE).geturl()

    def write_secrets(self, manifests, role):
        values = {'DATABASE_URL': self.make_database(), 'SESSION_KEY': secrets.token_hex(32)}
        for key, template in manifests.secrets(role).items():
            value = values.get(key, secrets.token_hex(32) if template else '')
            (self.folder / key).write_text(value + '\n', encoding='utf-8')
        if manifests is kube_manifests.s3():
            (self.folder / 'S3_SECRET_ACCESS_KEY').write_text('x' * 40, encoding='utf-8')

    def settings(self, manifests, role):
        """The manifests', with paths of a pod replaced by our own."""
        places = (('/run/secrets/portal', self.folder), ('/var/lib/portal', self.folder))
        settings = {**nothing_set(), **manifests.settings(role),
                    'PORTAL_HOME': os.environ.get('PORTAL_HOME', '.')}
        for name in ('PUBLIC_BIND', 'INTERNAL_BIND', 'RUN_DIR'):  # the image's; here Portal's
            del settings[name]
        for name, value in settings.items():
            for there, here in places:
                settings[name] = value = value.replace(there, str(here))
        return settings

    def check_starts(self, manifests, role):
        self.write_secrets(manifests, role)
        settings = self.settings(manifests, role)
        subprocess.run([os.environ['PORTAL_BIN'], 'migrate'], check=True, capture_output=True,
                       env={**os.environ, **settings})
        portal = Portal(**settings)
        try:
            self.assertEqual(request('GET', portal.internal + '/readyz').status, 200)
            wait_until(lambda: len(portal.workers()) == int(settings['WORKERS']), 'all workers')
        finally:
            self.assertEqual(portal.stop(), 0)

    def test_each_role(self):
        for role in kube_manifests.ROLES:
            with self.subTest(role):
                self.check_starts(kube_manifests.manifests(), role)

    def test_pics_with_s3(self):
        self.check_starts(kube_manifests.s3(), 'pics')


if __name__ == '__main__':
    unittest.main()
