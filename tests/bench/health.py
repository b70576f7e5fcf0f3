"""A sample of very many bouncers each minute: one thread must do it in time, and no page may feel it."""
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile

import load
from stack import ROOT, Account, Failed, admin, shell

BOUNCERS, NETWORKS, DAYS, ROUNDS = 10_000, 3, 30, 3
ROUND_MAX_S, PAGE_SECONDS, PAGE_CONNECTIONS = 20, 10, 2

# Each told its networks at another moment of the last ten minutes, so that a tenth is asked again.
# The portal's own round is done already, for as long as this takes; they have what their plan has, and
# are not to be tried yet, so that none of its other jobs takes them up.
FILL = f"""
INSERT INTO job_runs (job, started_at, ended_at, outcome)
  VALUES ('bouncer_health', now() + interval '1 hour', now() + interval '1 hour', 'ok');
INSERT INTO users (keycloak_sub, issuer)
  SELECT 'bench-health-' || n, 'bench' FROM generate_series(0, {BOUNCERS} - 1) n;
INSERT INTO bouncers (user_id, name, soju_username, provisioner, ready_at, networks_at,
    running_since, max_networks, history_days, next_try_at)
  SELECT id, 'bench-' || substr(keycloak_sub, 14), 'bench', 'kubernetes', now(),
    date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - id % 600 * interval '1 s',
    to_timestamp(1700000000), 3, 90, now() + interval '1 day' FROM users WHERE issuer = 'bench';
INSERT INTO bouncer_networks (bouncer_id, name, address, state, sampled_at)
  SELECT b.id, n.name, n.name, n.state, now() FROM bouncers b, (VALUES ('libera', 'connected'),
    ('oftc', 'connected'), ('other', 'disconnected')) n (name, state) WHERE b.name LIKE 'bench-%';
ANALYZE users, bouncers, bouncer_networks;
"""
HISTORY = f"""
INSERT INTO bouncer_days (bouncer_id, day, network, marks, last_minute, samples, up, off)
  SELECT b.id, (now() AT TIME ZONE 'UTC')::date - age, n.name, '{{0,1,300,2,310,1}}', 1439, 1440, 1430,
    0 FROM generate_series(1, {DAYS}) age, bouncers b,
    unnest('{{"",libera,oftc,other}}'::text[]) n (name) WHERE b.name LIKE 'bench-%';
ANALYZE bouncer_days;
"""
EMPTY = """
DELETE FROM bouncers WHERE name LIKE 'bench-%';
DELETE FROM users WHERE issuer = 'bench';
DELETE FROM job_runs WHERE job = 'bouncer_health' AND started_at > now();
DELETE FROM soju_meters WHERE target LIKE 'bench-%';
"""


class World:
    """The services that are asked, and the program that asks them."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(
            [sys.executable, pathlib.Path(__file__).with_name('health_world.py'), str(BOUNCERS),
             self.folder.name], stdout=subprocess.PIPE, text=True)
        self.url = f'http://127.0.0.1:{int(self.process.stdout.readline())}'

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()

    def command(self, rounds, counters='/{bouncer}/metrics'):
        return [str(ROOT / 'build/fast/bench/health'), os.environ['DATABASE_URL'], self.url,
                self.url + counters, self.folder.name + '/soju', str(rounds)]

    def rounds(self, **options):
        """Seconds of each round but the first, which makes the rows of the day; and processor time."""
        lines = shell(*self.command(ROUNDS + 1, **options)).split('\n')[1:-1]
        return zip(*[[float(word) for word in line.split()] for line in lines])


def per_page(account, seconds):
    account.warm()
    return load.wrk(account.url, seconds, account.cookie, connections=PAGE_CONNECTIONS)


def pages_meanwhile(world, account):
    """The page without rounds, with them one after the other without a pause, and without again."""
    before = per_page(account, PAGE_SECONDS)
    rounds = subprocess.Popen(world.command(0), stdout=subprocess.DEVNULL)
    try:
        during = per_page(account, 2 * PAGE_SECONDS)
        if rounds.poll() is not None:
            raise Failed('the rounds came to an end while pages were asked')
    finally:
        rounds.send_signal(signal.SIGKILL)
        rounds.wait()
    return before, during, per_page(account, PAGE_SECONDS)


def measure(report):
    shell('make', '-s', 'bench-tools', 'FAST=1')
    admin(EMPTY, 'accounts')
    world = World()
    try:
        admin(FILL, 'accounts')
        admin('CHECKPOINT')
        short, busy = world.rounds()
        admin(HISTORY, 'accounts')
        admin('CHECKPOINT')
        long, _ = world.rounds()
        before, during, after = pages_meanwhile(world, Account('alice'))
        admin("UPDATE bouncers SET provisioner = 'soju', history_days = NULL WHERE name LIKE 'bench-%'",
              'accounts')
        shared, _ = world.rounds(counters='/metrics')
    finally:
        world.stop()
        admin(EMPTY, 'accounts')
    tell(report, short, busy, long, shared)
    tell_pages(report, before, during, after)


def tell(report, short, busy, long, shared):
    seconds = statistics.median(long)
    growth = seconds / statistics.median(short)
    report(f'a sample of {BOUNCERS:,} bouncers with {NETWORKS} networks each, one thread',
           f'{statistics.median(short):.2f} s ({statistics.median(busy):.2f} s of it at work)',
           f'< {ROUND_MAX_S} s', statistics.median(short) < ROUND_MAX_S)
    report(f'  with {DAYS} days of them in the table', f'{seconds:.2f} s, {growth:.2f} ×',
           '≤ 1.3 ×', growth <= 1.3)
    report('  as users of one soju', f'{statistics.median(shared):.2f} s', f'< {ROUND_MAX_S} s',
           statistics.median(shared) < ROUND_MAX_S)


def tell_pages(report, before, during, after):
    p50 = (before.p50_ms + after.p50_ms) / 2
    p99 = (before.p99_ms + after.p99_ms) / 2
    report(f'/dashboard meanwhile, {PAGE_CONNECTIONS} connections, rounds without a pause: median',
           f'{during.p50_ms:.1f} ms, {during.p50_ms / p50:.2f} × of {p50:.1f} ms without')
    report('  99th percentile',
           f'{during.p99_ms:.1f} ms, {during.p99_ms / p99:.2f} × of {p99:.1f} ms without')
