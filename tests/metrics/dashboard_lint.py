"""The rules of Grafana's dashboard-linter (github.com/grafana/dashboard-linter, docs/index.md), for
where that program cannot be had, and the house's own. Exemptions stand in grafana/dashboards/.lint,
in its form (YAML, written as JSON), each with its reason."""
import json
import re

from promql import selectors

SHOWS = {'stat', 'timeseries', 'table', 'gauge', 'barchart', 'bargauge', 'piechart'}
DATASOURCES = {'$datasource', '${datasource}', '$prometheus_datasource',
               '${prometheus_datasource}'}
VARIABLE_FUNCTIONS = {'label_names', 'label_values', 'metrics', 'query_result'}
# Those of Grafana's units that we use; a misspelt one is shown as it is written.
UNITS = {'none', 'short', 'percent', 'percentunit', 'bytes', 'Bps', 's', 'ms', 'ops', 'opm',
         'reqps', 'cps', 'cpm', 'mps', 'mpm', 'dateTimeAsIso', 'dateTimeFromNow', 'bool'}
UNITS |= {'currency' + code for code in (
    'USD GBP EUR JPY RUB UAH BRL DKK ISK NOK SEK CZK CHF PLN ZAR INR KRW IDR PHP VND').split()}


class Lint:
    """Collects (rule, panel or variable, sentence)."""

    def __init__(self, board):
        self.board, self.found = board, []
        self.variables = {v['name']: v for v in board['templating']['list']}
        self.panels = [p for p in board['panels'] if p['type'] != 'row']

    def add(self, rule, where, sentence):
        self.found.append((rule, where, sentence))

    # --- The dashboard and its variables ---

    def uneditable(self):
        if self.board.get('editable') is not False:
            self.add('uneditable-dashboard-rule', '', 'is editable')

    def template_datasource(self):
        of_type = [v for v in self.variables.values() if v['type'] == 'datasource']
        if len(of_type) != 1:
            self.add('template-datasource-rule', '', 'has not one variable for the data source')
        for v in of_type:
            if (v['name'], v['label']) != ('datasource', 'Data source'):
                self.add('template-datasource-rule', v['name'], 'has another name or label')

    def template_selects(self):
        for name in ('job', 'instance'):
            v, rule = self.variables.get(name), f'template-{name}-rule'
            wanted = {'type': 'query', 'label': name.capitalize(), 'multi': True, 'allValue': '.+'}
            if v is None:
                self.add(rule, name, 'is missing')
            elif any(v.get(key) != value for key, value in wanted.items()):
                self.add(rule, name, f'is not {wanted}')
            elif v['datasource']['uid'] not in DATASOURCES:
                self.add(rule, name, 'asks another data source')

    def template_queries(self):
        for v in self.variables.values():
            if v['type'] != 'query':
                continue
            call = re.fullmatch(r'([a-z_]+)\((.+)\)', v['query'])
            if call is None or call[1] not in VARIABLE_FUNCTIONS:
                self.add('template-label-promql-rule', v['name'], f'asks {v["query"]}')
            if v.get('refresh') != 2:
                self.add('template-on-time-change-reload-rule', v['name'], 'is not asked again')

    # --- Panels ---

    def panel(self, p):
        if p['type'] not in SHOWS:
            self.add('panel-type', p['title'], f'{p["type"]} is not looked at by these rules')
        if p.get('datasource', {}).get('uid') not in DATASOURCES:
            self.add('panel-datasource-rule', p['title'], 'has a data source of its own')
        if not p.get('title') or not p.get('description'):
            self.add('panel-title-description-rule', p.get('title', ''), 'lacks a title or text')
        if not p.get('targets'):
            self.add('panel-no-targets-rule', p['title'], 'asks nothing')
        for unit in self.units(p):
            if unit not in UNITS:
                self.add('panel-units-rule', p['title'], f'has the unit {unit!r}')

    def units(self, p):
        field = p.get('fieldConfig', {})
        yield field.get('defaults', {}).get('unit')
        for override in field.get('overrides', []):
            for prop in override['properties']:
                if prop['id'] == 'unit':
                    yield prop['value']

    # --- Queries ---

    def target(self, p, t):
        where = f'{p["title"]}, {t["refId"]}'
        if t.get('datasource', {}).get('uid') not in DATASOURCES:
            self.add('panel-datasource-rule', where, 'has a data source of its own')
        found = selectors(t.get('expr', ''))
        if not found:
            self.add('target-promql-rule', where, 'names no metric')
        for s in found:
            self.selector(where, s)

    def selector(self, where, s):
        for name in ('job', 'instance'):
            if f'{name}=~"${name}"' not in s.matchers:
                self.add(f'target-{name}-rule', where, f'{s.name} is not that of ${name}')
        if s.call in ('rate', 'irate') and s.range != '$__rate_interval':
            self.add('target-rate-interval-rule', where, f'{s.name}[{s.range}]')
        is_counter = re.search(r'_(total|bucket|sum|count)$', s.name or '')
        if is_counter and s.call not in ('rate', 'irate', 'increase'):
            self.add('target-counter-agg-rule', where, f'{s.name} only ever grows')
        if not is_counter and s.call in ('rate', 'irate', 'increase'):
            self.add('rate-of-counters', where, f'{s.name} is no counter')

    # --- What the house asks besides ---

    def house(self):
        board = self.board
        if board['id'] is not None or not re.fullmatch(r'portal-[a-z]+', board['uid']):
            self.add('house', '', 'has an id, or no uid of ours')
        ids = [p['id'] for p in board['panels']]
        if len(set(ids)) != len(ids):
            self.add('house', '', 'has two panels of one id')
        titles = [p['title'] for p in board['panels']]
        for title in {title for title in titles if titles.count(title) > 1}:
            self.add('house', title, 'is there twice')
        for p in self.panels:
            if not p['fieldConfig']['defaults'].get('thresholds', {}).get('steps'):
                self.add('house', p['title'], 'has no thresholds')
            for link in p['links']:
                if not link['url'].startswith('${portal}/'):
                    self.add('house', p['title'], f'leads to {link["url"]}')

    def places(self):
        taken = {}
        for p in self.board['panels']:
            g = p['gridPos']
            if g['x'] < 0 or g['x'] + g['w'] > 24:
                self.add('house', p['title'], 'is beside the screen')
            for cell in ((x, y) for x in range(g['x'], g['x'] + g['w'])
                         for y in range(g['y'], g['y'] + g['h'])):
                if taken.setdefault(cell, p['title']) != p['title']:
                    self.add('house', p['title'], f'covers {taken[cell]}')
                    break

    def run(self):
        self.uneditable()
        self.template_datasource()
        self.template_selects()
        self.template_queries()
        for p in self.panels:
            self.panel(p)
            for t in p.get('targets', []):
                self.target(p, t)
        self.house()
        self.places()
        return self.found


def exempted(found, board, exemptions):
    """What remains. An exemption without a reason exempts from nothing."""
    def is_exempt(rule, where):
        entry = exemptions.get('exclusions', {}).get(rule)
        return entry is not None and entry.get('reason') and any(
            e.get('dashboard') == board['title'] and e.get('panel') == where.split(',')[0]
            for e in entry.get('entries', []))
    return [f for f in found if not is_exempt(f[0], f[1])]


def read_exemptions(folder):
    path = folder / '.lint'
    return json.loads(path.read_text(encoding='utf-8')) if path.exists() else {}


def lint(board, exemptions=None):
    return exempted(Lint(board).run(), board, exemptions or {})
