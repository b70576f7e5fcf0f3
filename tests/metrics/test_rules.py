"""Rules, alerts and the example of a configuration, as promtool sees them."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2] / 'grafana/prometheus'
RULES = sorted(ROOT.glob('rules/*.yml'))
TESTS = sorted(ROOT.glob('tests/*.yml'))
sys.path.insert(0, os.path.dirname(__file__))

# pylint: disable=wrong-import-position
from promql import selectors


def promtool(*arguments):
    return subprocess.run(['promtool', *arguments], capture_output=True, text=True, check=False,
                          timeout=300, stdin=subprocess.DEVNULL)


def text_of(paths):
    return '\n'.join(path.read_text(encoding='utf-8') for path in paths)


def alerts():
    """The text of each alert by its name; those of one name together."""
    found = {}
    for part in re.split(r'(?m)^      - (?=alert:|record:)', text_of(RULES))[1:]:
        name = re.match(r'alert: (\w+)', part)
        if name:
            found[name[1]] = found.get(name[1], '') + part
    return found


def tried():
    """Which alerts the tests expect to fire, and which not to."""
    fires, quiet = set(), set()
    for case in text_of(TESTS).split('alertname: ')[1:]:
        (fires if 'exp_alerts' in case else quiet).add(re.match(r'\w+', case)[0])
    return fires, quiet


class Rules(unittest.TestCase):
    def good(self, run):
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertNotIn('FAILED', run.stdout + run.stderr)

    def test_rules_are_valid(self):
        self.good(promtool('check', 'rules', *RULES))

    def test_the_example_is_valid(self):
        self.good(promtool('check', 'config', ROOT / 'prometheus.example.yml'))

    def test_alerts_fire_when_they_should(self):
        for path in TESTS:
            with self.subTest(path.name):
                self.good(promtool('test', 'rules', path))

    def test_a_rule_that_is_wrong_is_noticed(self):
        for bad in ('groups: [{name: x, rules: [{alert: A, expr: "sum("}]}]', 'groups: {'):
            with tempfile.NamedTemporaryFile('w', suffix='.yml') as f:
                f.write(bad)
                f.flush()
                self.assertNotEqual(promtool('check', 'rules', f.name).returncode, 0, bad)

    def test_each_alert_is_tried_firing_and_quiet(self):
        fires, quiet = tried()
        self.assertEqual(set(alerts()) - fires, set())
        self.assertEqual(set(alerts()) - quiet, set())

    def test_each_alert_has_a_severity_and_a_paragraph(self):
        readme = (ROOT / 'README.md').read_text(encoding='utf-8')
        paragraphs = dict(re.findall(r'(?ms)^### (\w+)\n(.*?)(?=^### |\Z)', readme))
        self.assertEqual(set(paragraphs), set(alerts()))
        for name, text in alerts().items():
            with self.subTest(name):
                self.assertRegex(text, r'severity: (page|ticket)\n')
                self.assertIn(f'runbook_url: https://docs.example.org/grafana/prometheus/README.md#'
                              f'{name.lower()}\n', text)
                for word in ('**Means**', '**Look at**', '**Do**'):
                    self.assertEqual(paragraphs[name].count(word), 1, word)

    def test_pages_of_alerts_exist(self):
        routes = (ROOT.parents[1] / 'conf/site_portal.conf').read_text(encoding='utf-8')
        for page in re.findall(r'page: (/\S+)', text_of(RULES)):
            self.assertRegex(routes, rf'(?m)^\s*route\s+{page}\s')

    def test_panels_of_paragraphs_exist(self):
        titles = {'Retry'}  # a button
        for path in ROOT.parent.glob('dashboards/*.json'):
            board = json.loads(path.read_text(encoding='utf-8'))
            titles.update([board['title'], *(panel['title'] for panel in board['panels'])])
        readme = (ROOT / 'README.md').read_text(encoding='utf-8')
        named = {' '.join(name.split()) for name in
                 re.findall(r'(?<!\*)\*([A-Z][^*]+)\*(?!\*)', readme)}
        self.assertGreater(len(named), 10)
        self.assertEqual(named - titles, set())

    def test_the_example_asks_where_programs_listen(self):
        example = (ROOT / 'prometheus.example.yml').read_text(encoding='utf-8')
        targets = dict(re.findall(r'job_name: (\w+)\n.*\n.*targets: \[(\S+)\]', example))
        env = (ROOT.parents[1] / 'conf/env.example').read_text(encoding='utf-8')
        for job, setting in (('portal', 'INTERNAL_BIND='), ('txt', 'TXT_INTERNAL_URL=http://'),
                             ('pics', 'PIC_INTERNAL_URL=http://')):
            self.assertIn(f'\n#{setting}{targets[job]}\n', env)
        readme = (ROOT.parent / 'README.md').read_text(encoding='utf-8')
        self.assertIn(f"sed 's|{targets['portal']}|", readme)

    def test_what_is_recorded_is_named_after_its_labels(self):
        for rule in re.split(r'(?m)^      - record: ', text_of(RULES))[1:]:
            record = rule.split('\n')[0]
            expr = re.search(r'expr: (?:>-\n)?(.+(?:\n {10}.+)*)', rule)[1]
            self.assertRegex(record, r'^job:irc_now_\w+:\w+$')
            for s in selectors(expr):
                self.assertRegex(s.name or '', r'^(job:)?irc_now_')


if __name__ == '__main__':
    unittest.main()
