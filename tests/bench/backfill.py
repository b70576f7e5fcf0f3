"""`portal backfill` of many invoices from the simulator: how fast, and whether memory grows."""
import os
import pathlib
import subprocess
import time
import urllib.parse

import stack
from stack import Failed

NAME = 'bench_backfill'
DAYS = 400
GROWTH_MAX_MB = 20
FIRST = 1000  # invoices after which memory is what it should stay at


def measure(options, report):
    from stripe_sim import StripeSim
    owner = urllib.parse.urlsplit(os.environ['DATABASE_URL'])
    url = owner._replace(path='/' + NAME).geturl()
    stripe = StripeSim()
    try:
        stack.admin(f'DROP DATABASE IF EXISTS {NAME} WITH (FORCE)')
        stack.admin(f'CREATE DATABASE {NAME} OWNER {owner.username} TEMPLATE template0')
        env = {**os.environ, **stripe.env, 'DATABASE_URL': url, 'DATABASE_DIRECT_URL': url}
        subprocess.run([os.environ['PORTAL_BIN'], 'migrate'], check=True, env=env,
                       stdout=subprocess.DEVNULL)
        stripe.control('seed')
        stripe.control('bulk', customers=max(1, options.invoices // 100),
                       invoices=options.invoices,
                       step=(DAYS - 10) * 86400 // options.invoices)
        for name in ('from nothing', 'once more, nothing new'):
            run_once(name, env, options.invoices, report)
        check_rows(options.invoices)
    finally:
        stripe.stop()
        stack.admin(f'DROP DATABASE IF EXISTS {NAME} WITH (FORCE)')


def run_once(name, env, count, report):
    """Its time, and how much more memory it has at most than after the first invoices."""
    began, first, peak = time.monotonic(), None, 0.0
    with open(pathlib.Path(stack.STATE) / 'backfill.log', 'w+', encoding='utf-8') as log, \
            subprocess.Popen([os.environ['PORTAL_BIN'], 'backfill', '--days', str(DAYS)], env=env,
                             stdout=log, stderr=subprocess.STDOUT) as run:
        while run.poll() is None:
            time.sleep(0.05)
            try:
                now = stack.rss_mb(run.pid)
            except (AttributeError, OSError):
                break  # it has just ended
            if first is None and has_read(count):
                first = now
            peak = max(peak, now)
        status = run.wait()
        seconds = time.monotonic() - began
        log.seek(0)
        text = log.read()
    if status != 0:
        raise Failed(f'portal backfill: status {status}: {text[-500:]}')
    if first is None:
        raise Failed('it ended before memory was looked at; more invoices are needed')
    report(f'backfill of {count:,} invoices, {name}', f'{count / seconds:,.0f} a second')
    report('  growth of its memory', f'{peak - first:.1f} MB, {peak:.1f} MB at most',
           f'< {GROWTH_MAX_MB} MB', peak - first < GROWTH_MAX_MB)


def has_read(count):
    """Some invoices are there: connections, statements and buffers are what they will be."""
    rows = stack.admin('SELECT count(*) FROM (SELECT FROM stripe_invoices LIMIT'
                       f' {min(FIRST, count // 10)}) i', NAME)
    return int(rows[0][0]) >= min(FIRST, count // 10)


def check_rows(count):
    rows = stack.admin('SELECT count(*), count(DISTINCT id) FROM payments', NAME)
    if rows != [[str(count)] * 2]:
        raise Failed(f'{rows} payments instead of {count}')
