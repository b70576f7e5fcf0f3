"""What Stripe posts, beside pgbench running the statement that keeps it."""
import json
import os
import pathlib
import re
import time

import load
import page_sql
from stack import STATE, Failed, shell

THREADS = 2
PER_SECOND_MAX = 12_000  # as many events are signed for each second, so that none comes twice
BODY_BYTES = 3000  # what Stripe's are like
LUA = pathlib.Path(__file__).with_name('webhook.lua')


def new_event():
    """Of a type that nothing is fetched for, as long as those of subscriptions."""
    from stripe_events import event
    e = event(type='bench.risen')
    e['data']['object']['filler'] = 'x' * (BODY_BYTES - len(json.dumps(e)))
    return e


def forget():
    from client import sql
    sql('TRUNCATE stripe_events')


def write_signed(seconds):
    """A file of events that are signed now; their signatures are good for five minutes."""
    from stripe_events import event_id, sign
    file, e, at = STATE / 'webhooks.txt', new_event(), int(time.time())
    secret = os.environ['STRIPE_WEBHOOK_SECRET']
    before, after = json.dumps(e).split(e['id'])
    with open(file, 'wb') as f:
        for _ in range(PER_SECOND_MAX * seconds):
            body = f'{before}{event_id()}{after}'.encode()
            f.write(sign(body, secret, at).encode() + b'\t' + body + b'\n')
    return file


def post(seconds):
    """Webhooks answered with 200, each of an event that is new."""
    forget()
    file = write_signed(seconds)
    out = shell('wrk', f'-t{THREADS}', f'-c{load.CONNECTIONS}', f'-d{seconds}s', '--latency', '-s',
                str(LUA), os.environ['PORTAL_URL'], '--', str(file), str(THREADS))
    trouble = re.search(r'.*(Non-2xx|Socket errors).*', out)
    if trouble:
        raise Failed(f'webhooks: {trouble.group(0).strip()}')
    if int(re.search(r'(\d+) requests in all', out).group(1)) > PER_SECOND_MAX * seconds:
        raise Failed('webhooks: there were too few events for this machine; raise PER_SECOND_MAX')
    return load.Load(float(re.search(r'Requests/sec:\s*([\d.]+)', out).group(1)),
                     load.milliseconds(out, 50), load.milliseconds(out, 99))


def capture():
    """The statement of one webhook, and its values."""
    from stripe_events import post as post_one, sign
    e = new_event()
    body = json.dumps(e).encode()
    page_sql.log_everything(True)
    try:
        begun = len(page_sql.log_text())
        answer = post_one(os.environ['PORTAL_URL'], body,
                          sign(body, os.environ['STRIPE_WEBHOOK_SECRET']))
        if answer.status != 200:
            raise Failed(f'a webhook was answered with {answer.status}: {answer.text}')
        time.sleep(0.3)  # the server writes its log a moment later
        found = page_sql.statements(page_sql.log_text()[begun:])
    finally:
        page_sql.log_everything(False)
    kept = [pair for pair in found if pair[1][:1] == [e['id']]]
    if len(kept) != 1:
        raise Failed(f'a webhook should run one statement, not {[text for text, _ in kept]}')
    return kept[0]


def write_scripts(statement):
    """The script with literals, that with parameters and the options that give it its values."""
    text, values = statement
    fresh = r"\set n random(1, 1000000000000000)" + '\n'
    simple = STATE / 'webhook-simple.sql'
    parameters = STATE / 'webhook-prepared.sql'

    def literal(m):
        value = values[int(m.group(1)) - 1]
        if m.group(1) == '1':
            return "('evt_bench' || :n)"
        return 'NULL' if value is None else "'" + value.replace("'", "''") + "'"

    def parameter(m):
        return "('evt_bench' || :n)" if m.group(1) == '1' else f':v{m.group(1)}'

    given = {n: value for n, value in enumerate(values, 1) if value is not None and n != 1}
    missing = {n for n, value in enumerate(values, 1) if value is None}
    simple.write_text(fresh + re.sub(r'\$(\d+)', literal, text) + ';\n')
    parameters.write_text(fresh + re.sub(
        r'\$(\d+)', lambda m: 'NULL' if int(m.group(1)) in missing else parameter(m), text) + ';\n')
    options = [word for n, value in given.items() for word in ('-D', f'v{n}={value}')]
    return simple, parameters, options


def contenders():
    """What takes turns, by name."""
    simple, parameters, options = write_scripts(capture())

    def pgbench(script, *more):
        def run(seconds):
            forget()
            return load.pgbench(script, seconds, *more)
        return run

    return {
        'webhook': post,
        'simple': pgbench(simple),
        'prepared': pgbench(parameters, '-M', 'prepared', *options),
    }
