"""Keeps the databases of soju in step, through psql: what the portal reads there is what it is told
here. Each user has the database of its name; one that is not there is left alone."""
import json
import os
import pathlib
import subprocess

from world import Network, User

ROOT = pathlib.Path(__file__).resolve().parents[3]
SCHEMA = ('tests/data/soju_schema_14.sql', 'tests/data/soju_schema_17.sql',
          'tests/data/soju_schema_18.sql')

LOAD = '''SELECT coalesce(json_agg(json_build_object('username', u.username, 'admin', u.admin,
  'nick', coalesce(u.nick, ''), 'realname', coalesce(u.realname, ''), 'enabled', u.enabled,
  'max_networks', u.max_networks, 'networks', (
    SELECT coalesce(json_agg(json_build_object('id', n.id, 'name', coalesce(n.name, ''),
      'addr', n.addr, 'nick', coalesce(n.nick, ''), 'enabled', n.enabled, 'channels', (
        SELECT coalesce(json_object_agg(c.name, c.detached), '{}') FROM "Channel" c
        WHERE c.network = n.id)) ORDER BY n.id), '[]')
    FROM "Network" n WHERE n."user" = u.id))), '[]') FROM "User" u'''


def literal(value):
    if value is None:
        return 'NULL'
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, int):
        return str(value)
    return "'" + value.replace("'", "''") + "'"


class Nowhere:
    """For a soju that is only in memory."""

    def load(self):
        return []

    def is_new(self, _name):
        return False

    def save(self, _user):
        pass

    drop = save


class Database:
    def __init__(self, url, role):
        self.url, self.role = url, role  # with {bouncer}: an owner of the databases

    def psql(self, name, sql=None, files=(), owner=None):
        argv = ['psql', '-X', '-q', '-A', '-t', '-1', '-v', 'ON_ERROR_STOP=1', '-v',
                f'role={self.role}', '-d', self.url.replace('{bouncer}', name)]
        if owner:
            argv += ['-c', f'SET ROLE "{owner}"']
        for file in files:
            argv += ['-f', str(ROOT / file)]
        done = subprocess.run(argv + ([] if files else ['-f', '-']), input=sql or '', text=True,
                              capture_output=True, timeout=30, check=False,
                              env={**os.environ, 'PGOPTIONS': '-c client_min_messages=warning'})
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return done.stdout.strip()

    def names(self):
        """Of the databases that there are, by the part that {bouncer} stands for."""
        prefix = self.url.rpartition('/')[2].partition('{bouncer}')[0]
        server = self.url.rpartition('/')[0] + '/postgres'
        done = subprocess.run(['psql', '-X', '-A', '-t', '-d', server, '-c',
                               'SELECT datname FROM pg_database'],
                              text=True, capture_output=True, timeout=30, check=False)
        return [name[len(prefix):] for name in done.stdout.split('\n')
                if prefix and name.startswith(prefix)]

    def has_schema(self, name):
        return self.psql(name, "SELECT to_regclass('\"User\"') IS NOT NULL") == 't'

    def load(self):
        users = []
        for name in self.names():
            try:
                rows = json.loads(self.psql(name, LOAD)) if self.has_schema(name) else []
            except RuntimeError:
                continue
            for row in rows:
                networks = [Network(**network) for network in row.pop('networks')]
                users.append(User(**row, networks=networks))
        return users

    def is_new(self, name):
        """A database without tables: the one that had this name is gone."""
        try:
            return not self.has_schema(name)
        except RuntimeError:
            return False

    def prepare(self, name):
        """The tables are the owner's of the database, as a soju of its own would have made them."""
        if not self.has_schema(name):
            owner = self.psql(name, 'SELECT pg_get_userbyid(datdba) FROM pg_database '
                                    'WHERE datname = current_database()')
            self.psql(name, files=SCHEMA, owner=owner)
            self.psql(name, files=['conf/soju_grants.sql'])

    def save(self, user):
        try:
            self.prepare(user.username)
        except RuntimeError:
            return  # there is no such database
        ids = self.psql(user.username, self.script(user)).split()
        for network, made in zip([n for n in user.networks if n.id is None], ids, strict=True):
            network.id = int(made)

    def script(self, user):
        kept = ', '.join(str(n.id) for n in user.networks if n.id is not None) or '-1'
        name = literal(user.username)
        sql = [f'''INSERT INTO "User" (username, admin, nick, realname, enabled, max_networks)
          VALUES ({name}, {literal(user.admin)}, {literal(user.nick or None)},
            {literal(user.realname or None)}, {literal(user.enabled)}, {user.max_networks})
          ON CONFLICT (username) DO UPDATE SET enabled = excluded.enabled,
            max_networks = excluded.max_networks''',
               f'''DELETE FROM "Network" WHERE id NOT IN ({kept}) AND "user" =
                 (SELECT id FROM "User" WHERE username = {name})''']
        for network in sorted(user.networks, key=lambda n: n.id is None):
            sql += self.network_script(name, network)
        return ';\n'.join(sql)

    def network_script(self, username, network):
        values = [literal(network.name or None), literal(network.addr),
                  literal(network.nick or None), literal(network.enabled)]
        if network.id is None:
            key = 'currval(\'"Network_id_seq"\')'
            sql = [f'INSERT INTO "Network" ("user", name, addr, nick, enabled) SELECT id, '
                   f'{", ".join(values)} FROM "User" WHERE username = {username} RETURNING id']
        else:
            key = str(network.id)
            sql = [f'UPDATE "Network" SET (name, addr, nick, enabled) = ({", ".join(values)}) '
                   f'WHERE id = {key}',
                   f'DELETE FROM "Channel" WHERE network = {key}']
        for channel, detached in network.channels.items():
            sql.append(f'INSERT INTO "Channel" (network, name, detached) VALUES '
                       f'({key}, {literal(channel)}, {literal(detached)})')
        return sql

    def drop(self, user):
        try:
            if self.has_schema(user.username):
                self.psql(user.username, 'DELETE FROM "User" WHERE username = '
                          + literal(user.username))
        except RuntimeError:
            pass
