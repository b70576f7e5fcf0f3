"""The dashboards: as their source makes them, by the rules of Grafana's linter and our own."""
import copy
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / 'grafana/dashboards'
sys.path.insert(0, os.path.dirname(__file__))
sys.path.insert(0, str(ROOT / 'grafana/boards'))
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
import business
import dashboard_lint
import panels
from declared import figure_names
from promql import selectors

UIDS = {'business.json': 'portal-business', 'service.json': 'portal-service',
        'outside.json': 'portal-outside', 'bouncers.json': 'portal-bouncers'}
# The panels that the owner of the service asked for first: title, kind, unit, metric.
ASKED_FOR = [
    ('MRR', 'stat', 'currencyEUR', 'irc_now_mrr_cents'),
    ('Active subscriptions', 'stat', 'short', 'irc_now_subscriptions_active'),
    ('Signups this week', 'stat', 'short', 'irc_now_signups_7d'),
    ('Conversion in 30 days', 'stat', 'percentunit', 'irc_now_conversion_rate_30d'),
    ('Churn in 30 days', 'stat', 'percentunit', 'irc_now_churn_rate_30d'),
    ('Retention by cohort', 'barchart', 'percentunit', 'irc_now_retention_cohort'),
    ('Messages sent', 'timeseries', 'mps', 'irc_now_messages_relayed_total')]
LINTER = shutil.which(os.environ.get('DASHBOARD_LINTER') or 'dashboard-linter')


def load_make():
    loader = importlib.machinery.SourceFileLoader('make', str(ROOT / 'grafana/boards/make'))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader('make', loader))
    loader.exec_module(module)
    return module


def boards():
    return {path.name: json.loads(path.read_text(encoding='utf-8'))
            for path in sorted(FOLDER.glob('*.json'))}


def queries(board):
    return [(panel, target['expr']) for panel in board['panels']
            for target in panel.get('targets', [])]


class Files(unittest.TestCase):
    def test_they_are_what_their_source_makes(self):
        made = load_make().files()
        self.assertEqual(set(made), {path.name for path in FOLDER.glob('*.json')})
        for name, text in made.items():
            with self.subTest(name):
                self.assertEqual((FOLDER / name).read_text(encoding='utf-8'), text,
                                 'run grafana/boards/make')

    def test_addresses_of_dashboards_stay(self):
        self.assertEqual({name: board['uid'] for name, board in boards().items()}, UIDS)

    def test_currencies_have_the_places_of_the_program(self):
        source = (ROOT / 'src/base/money.c').read_text(encoding='utf-8')
        for name, ours in (('no_places', panels.NO_PLACES), ('three_places', panels.THREE_PLACES)):
            theirs = re.search(rf'{name}\[\] = {{(.*?)}}', source, re.S)[1]
            self.assertEqual(re.findall(r'"(\w+)"', theirs), ours)

    def test_what_the_program_counts_as_lost_is_shown_below_0(self):
        source = (ROOT / 'src/billing/movement_bridge.c').read_text(encoding='utf-8')
        lost = re.findall(r'\[BRIDGE_(\w+)\] = true', source)
        self.assertEqual(sorted(re.search('"(.*)"', business.LESS)[1].split('|')),
                         sorted(word.lower() for word in lost))

    def test_links_lead_to_pages_that_exist(self):
        routes = set(re.findall(r'(?m)^\s*route\s+(/\S+)',
                                (ROOT / 'conf/site_portal.conf').read_text(encoding='utf-8')))
        for name, board in boards().items():
            links = board['links'] + [link for p in board['panels'] for link in p.get('links', [])]
            paths = {link['url'].removeprefix('${portal}') for link in links if link['url']}
            self.assertLessEqual(paths, routes, name)

    def test_what_was_asked_for_is_there(self):
        by_title = {p['title']: p for p in boards()['business.json']['panels']}
        for title, kind, unit, metric in ASKED_FOR:
            with self.subTest(title):
                panel = by_title[title]
                self.assertEqual(panel['type'], kind)
                self.assertIn(unit, list(dashboard_lint.Lint(boards()['business.json'])
                                         .units(panel)))
                self.assertIn(metric, {s.name for t in panel['targets']
                                       for s in selectors(t['expr'])})

    def test_figures_of_the_whole_service_are_never_added_up(self):
        figures = figure_names()
        self.assertIn('irc_now_signups_7d', figures)
        self.assertIn('irc_now_mrr_cents', figures)
        for name, board in boards().items():
            for panel, expr in queries(board):
                for s in selectors(expr):
                    if s.name in figures:
                        self.assertTrue(s.is_within_max(), f'{name}: {panel["title"]}: {expr}')

    def test_a_point_between_gaps_is_drawn(self):
        """An error in a month is one point: of a line there is nothing to see."""
        for name, board in boards().items():
            for panel in board['panels']:
                if panel['type'] == 'timeseries':
                    self.assertNotEqual(panel['fieldConfig']['defaults']['custom']['showPoints'],
                                        'never', f'{name}: {panel["title"]}')

    def test_what_never_failed_is_not_unknown(self):
        """A counter that lives by what happens has no series before: that is no lack of data."""
        for name, title in (('service.json', 'Errors by page'), ('service.json', 'Turned away'),
                            ('service.json', 'Errors of pages'), ('service.json', 'Refused'),
                            ('outside.json', 'Runs that failed'),
                            ('outside.json', 'Failures by kind'), ('outside.json', 'Webhooks'),
                            ('bouncers.json', 'Steps')):
            panel, = (p for p in boards()[name]['panels'] if p['title'] == title)
            self.assertEqual(panel['fieldConfig']['defaults']['noValue'], 'none seen', title)

    def test_a_job_is_late_where_the_alert_says_so(self):
        """One that is due every second is a second late all the time."""
        alerts = (ROOT / 'grafana/prometheus/rules/alerts.yml').read_text(encoding='utf-8')
        self.assertIn('clamp_min(max by (job, exported_job) (irc_now_job_period_seconds), 60)',
                      alerts)
        panel, = (p for p in boards()['outside.json']['panels'] if p['title'] == 'Late in periods')
        self.assertIn('clamp_min(max by (job, exported_job) (irc_now_job_period_seconds{job=~"$job",'
                      ' instance=~"$instance"}), 60)', panel['targets'][0]['expr'])

    def test_rates_of_figures_reach_over_several_runs_of_their_job(self):
        """Of what moves once a minute a minute says 0 or too much."""
        figures = figure_names()
        for name, board in boards().items():
            for panel, expr in queries(board):
                for each in selectors(expr):
                    if each.call == 'rate' and set(each.names()) & set(figures):
                        self.assertEqual(panel.get('interval'), '5m', f'{name}: {panel["title"]}')

    def test_each_sign_is_that_of_the_currency(self):
        """The last override that matches the name of a series wins."""
        for panel in boards()['business.json']['panels']:
            signs = {o['matcher']['options'].strip('/i'): o['properties'][0]['value']
                     for o in panel.get('fieldConfig', {}).get('overrides', [])}
            for legend in (t['legendFormat'] for t in panel.get('targets', []) if signs):
                for code, unit in panels.CURRENCY_UNITS.items():
                    name = legend.replace('{{currency}}', code.lower())
                    self.assertEqual([sign for pattern, sign in signs.items()
                                      if re.search(pattern, name, re.I)], [unit], name)

    def test_nothing_of_people_is_asked_for(self):
        for name, board in boards().items():
            for panel, expr in queries(board):
                found = re.search(r'\b(user|account|email|mail|sub|nick|ip|address)\s*(=|!)', expr)
                self.assertIsNone(found, f'{name}: {panel["title"]}')


class Rules(unittest.TestCase):
    def test_the_dashboards_keep_them(self):
        exemptions = dashboard_lint.read_exemptions(FOLDER)
        for name, board in boards().items():
            with self.subTest(name):
                self.assertEqual(dashboard_lint.lint(board, exemptions), [])

    def test_each_exemption_has_a_reason_and_is_needed(self):
        exemptions = dashboard_lint.read_exemptions(FOLDER).get('exclusions', {})
        found = {(rule, board['title'], where.split(',')[0]) for board in boards().values()
                 for rule, where, _ in dashboard_lint.Lint(board).run()}
        for rule, entry in exemptions.items():
            self.assertTrue(entry.get('reason'), rule)
            for e in entry['entries']:
                self.assertIn((rule, e['dashboard'], e['panel']), found)

    if LINTER:
        def test_the_linter_itself_finds_nothing(self):
            for path in FOLDER.glob('*.json'):
                run = subprocess.run([LINTER, 'lint', '--strict', path], capture_output=True,
                                     text=True, check=False)
                self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_what_breaks_a_rule_is_found(self):
        """Each change to a good dashboard, and the rule it breaks."""
        def first(board, kind='timeseries'):
            return next(p for p in board['panels'] if p['type'] == kind)

        def ask(expr):
            return lambda b: first(b)['targets'][0].update(expr=expr)

        def variable(which, **changes):
            return lambda b: next(v for v in b['templating']['list']
                                  if v['name'] == which).update(changes)

        chosen = 'job=~"$job", instance=~"$instance"'
        cases = [
            ('uneditable-dashboard-rule', lambda b: b.update(editable=True)),
            ('template-datasource-rule', variable('datasource', label='Source')),
            ('template-datasource-rule', lambda b: b['templating']['list'].pop(0)),
            ('template-job-rule', variable('job', multi=False)),
            ('template-job-rule', variable('job', datasource={'uid': 'abc'})),
            ('template-instance-rule', variable('instance', allValue='.*')),
            ('template-instance-rule', variable('instance', name='node')),
            ('template-label-promql-rule', variable('job', query='irc_now_build_info')),
            ('template-on-time-change-reload-rule', variable('job', refresh=1)),
            ('panel-datasource-rule', lambda b: first(b).update(datasource={'uid': 'abc'})),
            ('panel-datasource-rule',
             lambda b: first(b)['targets'][0].update(datasource={'uid': 'abc'})),
            ('panel-title-description-rule', lambda b: first(b).update(description='')),
            ('panel-title-description-rule', lambda b: first(b, 'stat').update(title='')),
            ('panel-units-rule',
             lambda b: first(b)['fieldConfig']['defaults'].update(unit='euros')),
            ('panel-units-rule', lambda b: first(b)['fieldConfig']['defaults'].pop('unit')),
            ('panel-no-targets-rule', lambda b: first(b).update(targets=[])),
            ('panel-type', lambda b: first(b).update(type='graph')),
            ('target-promql-rule', ask('')),
            ('target-promql-rule', ask('vector(1)')),
            ('target-job-rule', ask('sum(up{instance=~"$instance"})')),
            ('target-instance-rule', ask('sum(up{job=~"$job"})')),
            ('target-rate-interval-rule', ask(f'rate(a_total{{{chosen}}}[5m])')),
            ('target-counter-agg-rule', ask(f'sum(a_total{{{chosen}}})')),
            ('target-counter-agg-rule', ask(f'delta(a_total{{{chosen}}}[5m])')),
            ('rate-of-counters', ask(f'rate(a{{{chosen}}}[$__rate_interval])')),
            ('house', lambda b: b.update(id=7)),
            ('house', lambda b: b.update(uid='xyz')),
            ('house', lambda b: first(b)['gridPos'].update(x=20)),
            ('house', lambda b: first(b)['gridPos'].update(y=0)),
            ('house', lambda b: b['panels'].append(copy.deepcopy(b['panels'][-1]))),
            ('house', lambda b: first(b).update(
                links=[{'title': 'x', 'url': 'https://portal.example.org/admin'}])),
            ('house', lambda b: first(b)['fieldConfig']['defaults'].pop('thresholds'))]
        for rule, change in cases:
            board = copy.deepcopy(boards()['service.json'])
            change(board)
            self.assertIn(rule, {found[0] for found in dashboard_lint.lint(board)}, rule)

    def test_an_exemption_is_for_one_panel_and_has_a_reason(self):
        board = copy.deepcopy(boards()['service.json'])
        for panel in board['panels'][1:3]:
            panel['description'] = ''
        entry = {'dashboard': board['title'], 'panel': board['panels'][1]['title']}
        rule = 'panel-title-description-rule'
        for reason, left in (('it speaks for itself', 1), ('', 2)):
            exemptions = {'exclusions': {rule: {'reason': reason, 'entries': [entry]}}}
            self.assertEqual(len(dashboard_lint.lint(board, exemptions)), left)


class Queries(unittest.TestCase):
    def test_the_metrics_of_a_query_are_found(self):
        cases = [
            ('up', [('up', '{}', '', '')]),
            ('sum by (job) (rate(a_total{x="}"}[5m]))', [('a_total', '{x="}"}', '5m', 'rate')]),
            ('max(a) - on (job) group_left (b) c{d=~"e"} / 1e3',
             [('a', '{}', '', 'max'), ('c', '{d=~"e"}', '', '')]),
            ('a and b or c unless d', [(x, '{}', '', '') for x in 'abcd']),
            ('increase(max(x_total)[1d:y] offset 1d)', [('x_total', '{}', '', 'max')]),
            ('x_total[1d:5m] offset 30d', [('x_total', '{}', '1d:5m', '')]),
            ('{__name__=~"a|b"}', [(None, '{__name__=~"a|b"}', '', '')]),
            ('label_replace(up, "a", "b", "c", "(.*)")', [('up', '{}', '', 'label_replace')]),
            ('time() - 14.4 * 0.001', [])]
        for expr, wanted in cases:
            self.assertEqual([(s.name, s.matchers, s.range, s.call) for s in selectors(expr)],
                             wanted, expr)

    def test_names_of_a_choice_are_found(self):
        for expr, wanted in (('up', ['up']), ('{__name__=~"a_(b|c)",d="e"}', ['a_b', 'a_c']),
                             ('{d="e"}', [])):
            self.assertEqual(selectors(expr)[0].names(), wanted, expr)

    def test_what_is_within_max(self):
        for expr, wanted in (('max(a)', True), ('max by (b) (a{c="d"})', True),
                             ('max(rate(a[5m]))', True), ('sum(a)', False), ('a', False),
                             ('max(sum(a))', False), ('sum(max(b)) + a', False)):
            self.assertEqual(selectors(expr)[-1].is_within_max(), wanted, expr)


if __name__ == '__main__':
    unittest.main()
