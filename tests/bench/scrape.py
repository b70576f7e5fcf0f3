"""What Prometheus waits for: the whole of /metrics, of four workers, in both formats."""
import re
import statistics

import load
from stack import Account, Failed, shell

WORKERS, SERIES, P99_MAX_MS = 4, 300, 1
FORMATS = {'text': 'text/plain;version=0.0.4',
           'OpenMetrics': 'application/openmetrics-text;version=1.0.0'}


def measure(options, report):
    import instance
    portal = instance.Portal(WORKERS=str(WORKERS))
    try:
        size, series = fill(portal)
        for name, accept in FORMATS.items():
            runs = [scrape(portal, accept, options.seconds) for _ in range(options.rounds)]
            p99 = [run.p99_ms for run in runs]
            median = statistics.median(p99)
            report(f'/metrics as {name}, {series} series, {size} bytes, {WORKERS} workers, p99',
                   f'{median:.2g} ms ({min(p99):.2g}–{max(p99):.2g})', f'< {P99_MAX_MS} ms',
                   median < P99_MAX_MS)
            report('  half of them', f'{statistics.median(run.p50_ms for run in runs):.2g} ms')
    finally:
        portal.stop()


def fill(portal):
    """Visits pages until there are series enough; bytes and series."""
    from client import request
    alice = Account('alice')
    load.visitors(portal.url, 3, alice.cookie)
    text = request('GET', portal.internal + '/metrics').text
    series = len(re.findall(r'(?m)^[a-z]', text))
    if series < SERIES:
        raise Failed(f'there are {series} series on /metrics, {SERIES} are wanted')
    return len(text), series


def scrape(portal, accept, seconds):
    """One after the other on one connection, as a scrape is alone."""
    out = shell('wrk', '-t1', '-c1', f'-d{seconds}s', '--latency', '-H', 'Accept: ' + accept,
                portal.internal + '/metrics')
    if re.search('Non-2xx|Socket errors', out):
        raise Failed(f'wrk: {out}')
    return load.Load(float(re.search(r'Requests/sec:\s*([\d.]+)', out).group(1)),
                     load.milliseconds(out, 50), load.milliseconds(out, 99))
