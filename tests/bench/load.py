"""What puts load on a server and reads off how it did: wrk, pgbench, and nginx to compare with."""
import dataclasses
import getpass
import os
import pathlib
import re
import subprocess
import time

from stack import STATE, Failed, shell

CONNECTIONS = 32
PGBENCH = '/usr/lib/postgresql/15/bin/pgbench'


@dataclasses.dataclass
class Load:
    per_second: float
    p50_ms: float
    p99_ms: float


def wrk(url, seconds, cookie=None, headers=(), connections=CONNECTIONS):
    lines = [*headers, *(['Cookie: ' + cookie] if cookie else [])]
    out = shell('wrk', f'-t{min(connections, 2)}', f'-c{connections}', f'-d{seconds}s', '--latency',
                *(word for line in lines for word in ('-H', line)), url)
    trouble = re.search(r'.*(Non-2xx|Socket errors).*', out)
    if trouble:
        raise Failed(f'wrk on {url}: {trouble.group(0).strip()}')
    return Load(float(re.search(r'Requests/sec:\s*([\d.]+)', out).group(1)),
                milliseconds(out, 50), milliseconds(out, 99))


def milliseconds(out, percent):
    number, unit = re.search(rf'{percent}%\s+([\d.]+)(us|ms|s)\b', out).groups()
    return float(number) * {'us': 0.001, 'ms': 1, 's': 1000}[unit]


def visitors(url, seconds, cookie, connections=CONNECTIONS):
    """Everything that visitors.lua sends; how many requests were answered."""
    script = pathlib.Path(__file__).with_name('visitors.lua')
    out = shell('wrk', '-t2', f'-c{connections}', f'-d{seconds}s', '-s', str(script), url, '--',
                cookie)
    trouble = re.search(r'.*Socket errors.*', out)
    if trouble:
        raise Failed(f'wrk {url}: {trouble.group().strip()}')
    return int(re.search(r'(\d+) requests in', out).group(1))


def pgbench(script, seconds, *options):
    """Transactions a second; a transaction is the whole script."""
    out = shell(PGBENCH, '-n', '-c', str(CONNECTIONS), '-j', '2', '-T', str(seconds), '-f',
                str(script), *options, os.environ['DATABASE_URL'])
    if re.search(r'number of failed transactions: 0\b', out) is None:
        raise Failed(f'pgbench: {out}')
    return float(re.search(r'tps = ([\d.]+)', out).group(1))


class Nginx:
    """Serves one file from a folder of its own on a free port."""

    def __init__(self, body):
        from instance import free_port
        self.folder = STATE / 'nginx'
        self.folder.mkdir(exist_ok=True)
        (self.folder / 'page.html').write_bytes(body)
        port = free_port()
        self.url = f'http://127.0.0.1:{port}/page.html'
        (self.folder / 'nginx.conf').write_text(self.conf(port))
        self.process = subprocess.Popen(
            ['/usr/sbin/nginx', '-e', 'error.log', '-p', str(self.folder), '-c', 'nginx.conf'],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait()

    def conf(self, port):
        temporary = ''.join(f'\t{kind}_temp_path tmp;\n' for kind in
                            ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
        return f"""daemon off;
user {getpass.getuser()};
pid nginx.pid;
worker_processes 2;
events {{ worker_connections 512; }}
http {{
{temporary}	access_log off;
	keepalive_requests 1000000000;
	sendfile on;
	open_file_cache max=10;
	default_type text/html;
	server {{
		listen 127.0.0.1:{port};
		root {self.folder};
	}}
}}
"""

    def wait(self):
        from client import request
        for _ in range(100):
            try:
                if request('GET', self.url).status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        log = pathlib.Path(self.folder / 'error.log')
        self.stop()
        raise Failed(f'nginx does not serve: {log.read_text()[-500:] if log.exists() else ""}')

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)
