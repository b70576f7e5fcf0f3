"""Debian's Prometheus on a port of its own, which scrapes what it is told to."""
import json
import os
import pathlib
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'http'))

# pylint: disable=wrong-import-position
from client import request
from instance import Process, free_port

RULES = pathlib.Path(__file__).resolve().parents[2] / 'grafana/prometheus/rules'
INTERVAL_S = 2


class Refused(Exception):
    """Prometheus' own words."""


class Prometheus(Process):
    """`jobs` are names and the addresses of their targets. The rules are loaded as well."""

    def __init__(self, jobs):
        self.folder = tempfile.TemporaryDirectory()
        config = {
            'global': {'scrape_interval': f'{INTERVAL_S}s', 'evaluation_interval': '5s'},
            'rule_files': [f'{RULES}/*.yml'],
            'scrape_configs': [{'job_name': name, 'static_configs': [{'targets': targets}]}
                               for name, targets in jobs.items()]}
        path = self.folder.name + '/prometheus.yml'
        with open(path, 'w', encoding='utf-8') as f:
            json.dump(config, f)  # which is YAML, too
        port = free_port()
        self.url = f'http://127.0.0.1:{port}'
        super().__init__(
            ['prometheus', f'--config.file={path}', f'--storage.tsdb.path={self.folder.name}/data',
             f'--web.listen-address=127.0.0.1:{port}', '--log.level=warn'], {},
            self.url + '/-/ready')

    def api(self, path, **fields):
        answer = request('GET', f'{self.url}/api/v1/{path}?{urllib.parse.urlencode(fields)}',
                         timeout=30)
        found = answer.json()
        if found['status'] != 'success':
            raise Refused(found['error'])
        return found['data']

    def query(self, expr, at=None):
        """(labels, value) of each series, now or then; (labels, [values]) if it has a range."""
        data = self.api('query', query=expr, **({'time': at} if at else {}))
        if data['resultType'] == 'scalar':
            return [({}, float(data['result'][1]))]
        if data['resultType'] == 'matrix':
            return [(s['metric'], [float(v) for _, v in s['values']]) for s in data['result']]
        return [(s['metric'], float(s['value'][1])) for s in data['result']]

    def value(self, expr):
        """The one value; None if there is none."""
        found = self.query(expr)
        assert len(found) <= 1, f'{expr}: {found}'
        return found[0][1] if found else None

    def wait(self, condition, what, seconds=120):
        """Until the condition holds; what it gives."""
        end = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < end, f'{what} did not come to pass'
            time.sleep(0.2)
        return found

    def rest_between_scrapes(self):
        """Returns at the moment that is as far as can be from any scrape."""
        scrapes = sorted(value % INTERVAL_S for _, value in self.query('timestamp(up)'))
        gaps = [(after - before, before) for before, after in
                zip(scrapes, scrapes[1:] + [scrapes[0] + INTERVAL_S])]
        length, start = max(gaps)
        time.sleep((start + length / 2 - time.time()) % INTERVAL_S)
