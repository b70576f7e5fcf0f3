"""txt and pics: what the portal asks them, what they deliver, and pictures at work beside it."""
import contextlib
import os
import pathlib
import statistics
import subprocess
import sys
import threading
import time

import load
import stack
from stack import Failed, shell

USAGE_CONNECTIONS = 4
PAGE_WORKERS = 3  # one of them takes jobs only
PASTE = ''.join(f'18:{i % 60:02} <alice> line {i} of a log, as long as lines are\n'
                for i in range(320)).encode()
PHOTO = pathlib.Path(stack.STATE) / 'photo.jpg'
LOOKS = 1500  # requests, one after the other, of each look at the times


@contextlib.contextmanager
def service(role, **settings):
    from services import Service
    s = Service(role, WORKERS=str(PAGE_WORKERS), CACHE='on',
                PORTAL_INTERNAL_URL=os.environ['INTERNAL_URL'], **settings)
    try:
        yield s
    finally:
        s.stop()


def post(url, bearer, data, kind):
    from client import request
    answer = request('POST', url, {'authorization': 'Bearer ' + bearer, 'content-type': kind},
                     data, timeout=60)
    if answer.status != 201:
        raise Failed(f'{url} answered {answer.status}: {answer.text[:200]}')
    return answer.text.strip()


def new_token(sub):
    import services
    return services.new_token(sub)


# --- What the portal asks ---

def measure_usage(options, report):
    with service('txt') as txt:
        post(txt.url + '/api/pastes', new_token('alice'), PASTE, 'text/plain')
        few = load_usage(txt, options)
        fill(txt, options.objects)
        count = txt.usage('alice')['paste_count']
        if count != options.objects + 1:
            raise Failed(f'{count} pastes instead of {options.objects + 1}')
        many = load_usage(txt, options)
    p99 = statistics.median(r.p99_ms for r in many)
    report(f'usage of an account with {options.objects:,} pastes, {USAGE_CONNECTIONS} connections',
           f'{statistics.median(r.per_second for r in many):,.0f} /s')
    report('  99th percentile of its time', f'{p99:.2f} ms', '< 2 ms', p99 < 2)
    report('  the same with one paste', f'{statistics.median(r.p99_ms for r in few):.2f} ms')


def load_usage(txt, options):
    secret = 'Authorization: Bearer ' + os.environ['INTERNAL_SECRET']
    return [load.wrk(txt.internal + '/api/usage/alice', options.seconds, headers=[secret],
                     connections=USAGE_CONNECTIONS) for _ in range(options.rounds)]


def fill(txt, n):
    """So many more pastes of one line each, as many statements of the store would have left them."""
    begun = time.monotonic()
    txt.sql(f"""
        WITH made AS (
          INSERT INTO pastes (public_id, user_id, title, syntax, visibility, bytes, lines)
          SELECT translate(lpad(to_hex(i), 13, 'x'), '0', 'z'), u.id, 'paste ' || i, 'text',
            'unlisted', 5, 1 FROM users u, generate_series(1, {n}) i WHERE u.keycloak_sub = 'alice'
          RETURNING id, user_id, bytes),
        bodies AS (INSERT INTO paste_bodies (paste_id, body) SELECT id, 'text' || chr(10) FROM made)
        UPDATE usage SET count = count + {n}, bytes = usage.bytes + 5 * {n}
        WHERE user_id = (SELECT id FROM users WHERE keycloak_sub = 'alice')""")
    txt.sql('VACUUM (ANALYZE) pastes')
    print(f'  {n:,} pastes made in {time.monotonic() - begun:.0f} s', flush=True)


# --- What they deliver ---

def measure_delivery(options, play, report):
    with service('txt') as txt, service('pics', PICS_DIR=new_folder()) as pics:
        bearer = new_token('alice')
        paste = post(txt.url + '/api/pastes?visibility=public', bearer, PASTE, 'text/plain')
        picture = post(pics.url + '/api/pictures?visibility=public', bearer, photo(600), 'image/jpeg')
        for what, url in (('raw paste', paste + '/raw'), ('picture', picture)):
            compare(what, url, play, options, report)


def compare(what, url, play, options, report):
    from client import request
    body = request('GET', url).body
    nginx = load.Nginx(body)
    try:
        results = play({what: lambda s: load.wrk(url, s), 'nginx': lambda s: load.wrk(nginx.url, s)},
                       options)
    finally:
        nginx.stop()
    ratios = [a.per_second / b.per_second for a, b in zip(results[what], results['nginx'])]
    report(f'{what} of {len(body):,} bytes, {load.CONNECTIONS} connections',
           f"{statistics.median(r.per_second for r in results[what]):,.0f} /s")
    report('  against nginx with the same file',
           f'{statistics.median(ratios):.3g} ({min(ratios):.3g}–{max(ratios):.3g})', '≥ 0.5',
           statistics.median(ratios) >= 0.5)


def new_folder():
    folder = stack.STATE / 'pictures-of-bench'
    folder.mkdir(exist_ok=True)
    return str(folder)


def photo(width=None):
    """The photograph of 12 megapixels that the tool makes; a smaller one for less to deliver."""
    file = PHOTO if width is None else PHOTO.with_name(f'photo-{width}.jpg')
    if not file.exists():
        shell('make', '-s', 'bench-tools', 'FAST=1')
        shell(str(stack.ROOT / 'build/fast/bench/image'), '--write', str(file),
              *([str(width)] if width else []))
    return file.read_bytes()


# --- Pictures at work ---

class Uploads:
    """One upload after the other, until it is stopped."""

    def __init__(self, url, bearer, data):
        self.seconds, self.trouble, self.is_over = [], None, False
        self.thread = threading.Thread(target=self.run, args=(url, bearer, data))
        self.thread.start()

    def run(self, url, bearer, data):
        while not self.is_over:
            begun = time.monotonic()
            try:
                post(url, bearer, data, 'image/jpeg')
            except (Failed, OSError) as e:
                self.trouble = e
                return
            self.seconds.append(time.monotonic() - begun)

    def stop(self):
        self.is_over = True
        self.thread.join()
        if self.trouble is not None:
            raise Failed(f'an upload failed: {self.trouble}')


LOOK = '''
import http.client, sys, time, urllib.parse
u = urllib.parse.urlsplit(sys.argv[1])
c = http.client.HTTPConnection(u.hostname, u.port, timeout=10)
times = []
for _ in range(int(sys.argv[2])):
    begun = time.perf_counter()
    c.request('GET', u.path)
    r = c.getresponse()
    r.read()
    assert r.status == 200, r.status
    times.append(time.perf_counter() - begun)
    time.sleep(0.003)
times.sort()
print(times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000)
'''


def look(url):
    """Median and 99th percentile of the times of a visitor who comes every few milliseconds."""
    run = subprocess.run([sys.executable, '-c', LOOK, url, str(LOOKS)], capture_output=True,
                         text=True, check=False)
    if run.returncode != 0:
        raise Failed(f'a look at {url} failed: {run.stderr[-300:]}')
    return [float(x) for x in run.stdout.split()]


def measure_pictures(options, report):
    with service('pics', PICS_DIR=new_folder()) as pics:
        bearer, data = new_token('alice'), photo()
        page = post(pics.url + '/api/pictures?visibility=public', bearer, photo(600), 'image/jpeg')
        upload = pics.url + '/api/pictures'
        idle, busy, seconds = [], [], []
        for _ in range(options.rounds):
            idle.append(look(page))
            uploads = Uploads(upload, bearer, data)
            try:
                busy.append(look(page))
            finally:
                uploads.stop()
            seconds += uploads.seconds
        peak = max(peak_mb(pid) for pid in pics.portal.workers())
        rest = max(stack.rss_mb(pid) for pid in pics.portal.workers())
    report(f'a JPEG of 12 megapixels ({len(data):,} bytes) from the request to the answer',
           f'{statistics.median(seconds) * 1000:.0f} ms ({len(seconds)} uploads)')
    ratio = statistics.median(b[1] / i[1] for b, i in zip(busy, idle))
    report('  99th percentile of another visitor meanwhile, and when idle',
           f'{statistics.median(b[1] for b in busy):.2f} and'
           f' {statistics.median(i[1] for i in idle):.2f} ms')
    report('  the one against the other', f'{ratio:.2f} ×', '≤ 2', ratio <= 2)
    report('  peak of memory of a worker, and after the uploads', f'{peak:.0f} and {rest:.0f} MB',
           '< 128 MB', peak < 128)


def peak_mb(pid):
    for line in pathlib.Path(f'/proc/{pid}/status').read_text().splitlines():
        if line.startswith('VmHWM:'):
            return int(line.split()[1]) / 1024
    raise Failed('no VmHWM')
