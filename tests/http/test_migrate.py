"""`portal migrate`: each role has its own database and its own folder of migrations."""
import itertools
import os
import pathlib
import subprocess
import unittest
import urllib.parse

from client import request, sql
from instance import Portal

ADMIN = os.environ['ADMIN_DATABASE_URL']
HOME = pathlib.Path(os.environ.get('PORTAL_HOME', '.')).resolve()
DATABASE_OF = {'portal': 'accounts', 'txt': 'txt', 'pics': 'pics'}


def files_of(role):
    """The names of its migrations."""
    return sorted(f.name for f in (HOME / 'migrations' / DATABASE_OF[role]).glob('*.sql'))


def migrate(url, role, *words):
    return subprocess.run(
        [os.environ['PORTAL_BIN'], 'migrate', *words], check=False, capture_output=True, text=True,
        env={**os.environ, 'PORTAL_ROLE': role, 'DATABASE_URL': url, 'DATABASE_DIRECT_URL': url})


def applied(url):
    """[[name, checksum, time], ...]"""
    return sql('SELECT name, sha256, applied_at FROM schema_migrations ORDER BY name', url)


def tables(url):
    return sql("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
               ' ORDER BY relname', url)


class Migrate(unittest.TestCase):
    def fresh(self, name='migrate_one'):
        """The address of an empty database, which goes with the test."""
        sql(f'DROP DATABASE IF EXISTS {name} WITH (FORCE)', ADMIN)
        sql(f'CREATE DATABASE {name} OWNER portal', ADMIN)
        self.addCleanup(sql, f'DROP DATABASE {name} WITH (FORCE)', ADMIN)
        return urllib.parse.urlsplit(os.environ['DATABASE_URL'])._replace(path='/' + name).geturl()

    def check_done(self, done, role):
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertTrue(done.stdout.endswith(f'{len(files_of(role))} migrations, all applied\n'),
                        done.stdout)

    def test_the_role_decides(self):
        for role in DATABASE_OF:
            with self.subTest(role):
                url = self.fresh(f'migrate_{role}')
                self.check_done(migrate(url, role), role)
                self.assertEqual([row[0] for row in applied(url)], files_of(role))
                before = applied(url)
                self.check_done(migrate(url, role), role)
                self.assertEqual(applied(url), before)

    def test_or_the_word(self):
        for role in ('txt', 'portal'):
            url = self.fresh(f'migrate_{role}')
            self.check_done(migrate(url, 'pics', '--database', DATABASE_OF[role]), role)
            self.assertEqual([row[0] for row in applied(url)], files_of(role))

    def test_a_name_it_does_not_know(self):
        url = self.fresh()
        for words in (['--database', 'soju'], ['--database', ''], ['--database', '../txt'],
                      ['--database', 'portal']):
            with self.subTest(words):
                done = migrate(url, 'txt', *words)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (
                    1, '', 'portal: migrate knows the databases accounts, txt and pics\n'))
        self.assertEqual(tables(url), [])
        for words in (['--database'], ['txt'], ['--database', 'txt', 'pics']):
            done = migrate(url, 'txt', *words)
            self.assertEqual((done.returncode, done.stdout), (1, ''))
            self.assertIn('usage: portal migrate', done.stderr)
        self.assertEqual(tables(url), [])

    def test_a_role_it_does_not_know(self):
        done = migrate(self.fresh(), 'mail')
        self.assertEqual((done.returncode, done.stdout), (1, ''))
        self.assertIn('PORTAL_ROLE', done.stderr)

    def test_the_database_of_another_role_is_left_alone(self):
        urls = {role: self.fresh(f'migrate_{role}') for role in DATABASE_OF}
        for role, url in urls.items():
            self.check_done(migrate(url, role), role)
        for role, other in itertools.permutations(DATABASE_OF, 2):
            with self.subTest(f'{role} on that of {other}'):
                before = applied(urls[other]), tables(urls[other])
                for done in (migrate(urls[other], role),
                             migrate(urls[other], other, '--database', DATABASE_OF[role])):
                    self.assertEqual((done.returncode, done.stdout), (1, ''))
                    self.assertIn('belongs to another service', done.stderr)
                    self.assertIn('DATABASE_URL leads to the wrong database', done.stderr)
                self.assertEqual((applied(urls[other]), tables(urls[other])), before)
                self.check_done(migrate(urls[other], other), other)

    def test_txt_serves_what_it_migrated(self):
        url = self.fresh()
        self.check_done(migrate(url, 'txt'), 'txt')
        txt = Portal(PORTAL_ROLE='txt', DATABASE_URL=url, DATABASE_DIRECT_URL=url)
        self.addCleanup(txt.stop)
        self.assertEqual(request('GET', txt.internal + '/readyz').status, 200)


if __name__ == '__main__':
    unittest.main()
