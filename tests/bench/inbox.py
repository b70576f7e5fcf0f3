"""Events that wait in the inbox until they are obeyed, with the simulator in the place of Stripe: how
many a second. Each customer is told of as after a checkout: by five events of four objects."""
import os
import subprocess
import time
import urllib.parse

import stack
from stack import Failed

NAME = 'bench_inbox'
LEAST = 300  # a second
PATIENCE_S = 300

# Objects of the simulator's customer n, whose only invoice is n.
FILL = """
INSERT INTO stripe_events (id, source, is_live, type, object_id, created_at, due_at)
SELECT 'evt_' || c || '_' || k, 'webhook', false, type, object || lpad(c::text, 7, '0'),
  now(), now() - interval '1 hour' + c * interval '1 ms'
FROM generate_series(0, {customers} - 1) c, (VALUES
  (1, 'customer.created', '{customer}'), (2, 'customer.subscription.created', '{subscription}'),
  (3, 'customer.subscription.updated', '{subscription}'), (4, 'invoice.paid', '{invoice}'),
  (5, 'payment_intent.succeeded', '{payment_intent}')) t (k, type, object)
"""
DONE = """
SELECT count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'done'),
  coalesce(extract(epoch FROM max(ended_at) - min(ended_at)), 0)
FROM stripe_events WHERE source = 'webhook'
"""
# The jobs that ask Stripe on their own have their turn another time.
QUIET = """
INSERT INTO job_runs (job, started_at, ended_at, outcome)
SELECT job, now(), now(), 'ok' FROM unnest(ARRAY['stripe_gaps', 'stripe_reconcile']) job
"""


def measure(options, report):
    from instance import Portal
    from stripe_sim import StripeSim
    owner = urllib.parse.urlsplit(os.environ['DATABASE_URL'])
    url = owner._replace(path='/' + NAME).geturl()
    stripe = StripeSim()
    try:
        stack.admin(f'DROP DATABASE IF EXISTS {NAME} WITH (FORCE)')
        stack.admin(f'CREATE DATABASE {NAME} OWNER {owner.username} TEMPLATE template0')
        env = {**stripe.env, 'DATABASE_URL': url, 'DATABASE_DIRECT_URL': url}
        subprocess.run([os.environ['PORTAL_BIN'], 'migrate'], check=True,
                       env={**os.environ, **env}, stdout=subprocess.DEVNULL)
        stripe.control('seed')
        customers = options.customers
        made = stripe.control('bulk', customers=customers, invoices=customers, step=60)
        fill(made['first_invoice'], customers)
        portal = Portal(**env)
        try:
            seconds = wait(customers * 5)
        finally:
            portal.stop()
    finally:
        stripe.stop()
        stack.admin(f'DROP DATABASE IF EXISTS {NAME} WITH (FORCE)')
    rate = customers * 5 / seconds
    report(f'{customers * 5:,} events of the inbox obeyed', f'{rate:,.0f} a second',
           f'≥ {LEAST}', rate >= LEAST)


def fill(first_invoice, customers):
    tail = first_invoice.removeprefix('in_')[:-7]
    names = {'customer': 'cus_', 'subscription': 'sub_', 'invoice': 'in_', 'payment_intent': 'pi_'}
    stack.admin(FILL.format(customers=customers, **{k: p + tail for k, p in names.items()}), NAME)
    stack.admin(QUIET, NAME)


def wait(count):
    """Seconds from the first that was done to the last, by the clock of the database."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        waiting, done, seconds = stack.admin(DONE, NAME)[0]
        if waiting == '0':
            if int(done) != count:
                raise Failed(f'{done} of {count} events are done')
            return float(seconds)
        time.sleep(0.2)
    raise Failed(f'{waiting} events still wait after {PATIENCE_S} s')
