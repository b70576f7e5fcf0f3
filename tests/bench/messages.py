"""Bouncers with a history of any length: the page must cost the same."""
import subprocess
import time

from stack import ROOT, Account, Failed, admin, owner_url

FILL = """
DROP INDEX "MessageSearchIndex";
DROP INDEX "MessageIndex";
ALTER TABLE "Message" ALTER COLUMN text_search DROP EXPRESSION;
INSERT INTO "User" (username) VALUES ('bench');
INSERT INTO "Network" (name, "user", addr) VALUES ('Bench', 1, 'ircs://irc.example.org:6697');
INSERT INTO "Channel" (network, name) VALUES (1, '#bench');
INSERT INTO "MessageTarget" (network, target) VALUES (1, '#bench');
SET session_replication_role = replica;
INSERT INTO "Message" (target, raw, time, sender, text)
  SELECT 1, ':alice PRIVMSG #bench :hello ' || n, now() - interval '1 hour', 'alice',
    CASE WHEN n % 10 > 0 THEN 'hello ' || n END
  FROM generate_series(1, {rows}) n;
CREATE INDEX "MessageIndex" ON "Message" (target, time);
ANALYZE;
"""


def psql(database, *arguments):
    run = subprocess.run(['psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', *arguments,
                          owner_url(database)], cwd=ROOT, capture_output=True, text=True,
                         check=False)
    if run.returncode != 0:
        raise Failed(f'filling {database} failed: {run.stderr}')


def make_database(bouncer, rows):
    """A soju database with that many messages, a tenth of them without a text. Seconds taken."""
    database, begun = f'soju_{bouncer}', time.monotonic()
    admin(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
    admin(f'CREATE DATABASE "{database}" TEMPLATE template0')
    for version in (14, 17, 18):
        psql(database, '-f', f'tests/data/soju_schema_{version}.sql')
    # Full text search is no business of the portal, and building it takes longest.
    psql(database, '-c', FILL.format(rows=rows))
    psql(database, '-v', 'role=portal_reader', '-f', 'conf/soju_grants.sql')
    admin('CHECKPOINT')  # what follows does not wait for the disk
    return time.monotonic() - begun


def drop_database(bouncer):
    admin(f'DROP DATABASE IF EXISTS "soju_{bouncer}" WITH (FORCE)')


def account_with(rows):
    """Somebody whose bouncer has that many messages; the seconds that took."""
    bouncer = f'bench-{rows}'
    seconds = make_database(bouncer, rows)
    account = Account(bouncer)
    account.give_bouncer(bouncer)
    account.shown = f'{rows - rows // 10:,}'
    return account, seconds


def wait_for_count(account, seconds=180):
    """Views the page until it shows the exact number; the seconds until then."""
    begun = time.monotonic()
    while f'>{account.shown}<' not in account.view().text:
        if time.monotonic() - begun > seconds:
            raise Failed(f'after {seconds} s the page of {account.sub} does not show'
                         f' {account.shown} messages')
        time.sleep(0.2)
        if not account.is_refreshing():
            account.forget()
    return time.monotonic() - begun
