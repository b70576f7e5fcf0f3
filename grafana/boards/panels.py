"""The vocabulary of our dashboards: what each panel has in common is said here once.

In a query `name{}` stands for `name{job=~"$job", instance=~"$instance"}`, and `name{code=~"5.."}`
for the same with one more condition. Business figures are the same on every replica: take max by
(…) of them, never a sum.
"""
import re

DATASOURCE = {'type': 'prometheus', 'uid': '${datasource}'}
WIDTH = 24
PORTAL = 'https://portal.example.org'  # what the variable `portal` begins with

# The places of a currency's smallest unit, as in src/base/money.c.
NO_PLACES = 'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF'.split()
THREE_PLACES = 'BHD JOD KWD OMR TND'.split()

# Grafana's units of money; another currency is shown as a number, with its code as the name.
CURRENCY_UNITS = {code: f'currency{code}' for code in (
    'BRL CHF CZK DKK EUR GBP INR ISK JPY KRW NOK PLN RUB SEK UAH USD ZAR').split()}


def chosen(expr):
    """The query for the jobs and instances that are chosen."""
    return re.sub(r'(?<=\w)\{(?=(.?))',
                  lambda m: '{job=~"$job", instance=~"$instance"' + (
                      '' if m[1] == '}' else ', '), expr)


def money(name, by='currency', condition=''):
    """Whole units of a figure in minor ones, whatever currency that is."""
    none, three = '|'.join(NO_PLACES), '|'.join(THREE_PLACES)
    condition = f', {condition}' if condition else ''

    def of(currencies):
        return f'max by ({by}) ({name}{{currency{currencies}{condition}}})'
    two = of(f'!~"(?i)({none}|{three})"')
    none, three = of(f'=~"(?i)({none})"'), of(f'=~"(?i)({three})"')
    return f'{two} / 100 or {none} or {three} / 1000'


def share(failed, every):
    """0 where nothing failed, as what never came has no series; none where there was nothing."""
    return f'({failed} or 0 * {every}) / ({every} > 0)'


def currency_overrides():
    """Each series named after a currency is shown with its sign. The code is a word: risk has isk."""
    return [{'matcher': {'id': 'byRegexp', 'options': rf'/\b{code}\b/i'},
             'properties': [{'id': 'unit', 'value': unit}]}
            for code, unit in CURRENCY_UNITS.items()]


def target(ref, query, **more):
    expr, legend = query if isinstance(query, tuple) else (query, '')
    return {'datasource': DATASOURCE, 'editorMode': 'code', 'expr': chosen(expr),
            'legendFormat': legend, 'refId': ref, **more}


def targets(queries, **more):
    return [target(chr(ord('A') + i), query, **more) for i, query in enumerate(queries)]


def steps(thresholds):
    """(value, colour) from which on; the first value is None."""
    return {'mode': 'absolute',
            'steps': [{'value': value, 'color': colour} for value, colour in thresholds]}


# Of what is counted as it happens there is nothing before the first time.
NONE = 'none seen'
# Counters of the whole service move once a minute, when a job has counted: the rate of less than a
# few minutes is now nothing and now too much.
COUNTED_BY_JOBS = '5m'
CALM = [(None, 'blue')]
FINE = [(None, 'green')]


def panel(kind, title, description, queries, width, height, unit, thresholds=(), overrides=(),
          links=(), options=None, custom=None, interval=None, **defaults):
    field = {'unit': unit, 'thresholds': steps(thresholds or CALM), 'noValue': 'not known',
             **({'custom': custom} if custom else {}), **defaults}
    return {'type': kind, 'title': title, 'description': description, 'datasource': DATASOURCE,
            'gridPos': {'w': width, 'h': height}, 'targets': queries,
            'fieldConfig': {'defaults': field, 'overrides': list(overrides)},
            'options': options or {}, 'links': [link(*pair) for pair in links],
            **({'interval': interval} if interval else {})}


def link(title, path):
    """To a page of the portal itself."""
    return {'title': title, 'type': 'link', 'url': '${portal}' + path, 'targetBlank': True}


def stat(title, description, *queries, unit='short', width=4, thresholds=CALM, **more):
    """One number, as it is now: what is not known now is not shown as it was."""
    return panel('stat', title, description, targets(queries, instant=True, range=False), width, 4,
                 unit, thresholds, options={
                     'colorMode': 'value', 'graphMode': 'none', 'justifyMode': 'auto',
                     'orientation': 'auto', 'textMode': 'auto',
                     'reduceOptions': {'calcs': ['lastNotNull'], 'fields': '', 'values': False}},
                 **more)


def series(title, description, *queries, unit='short', width=12, height=8, stacked=False,
           lines=None, **more):
    """Lines over time; a gap is a gap. `lines` are thresholds drawn across."""
    custom = {'drawStyle': 'line', 'lineWidth': 1, 'fillOpacity': 20 if stacked else 5,
              'showPoints': 'auto',  # never would hide one that stands alone between gaps
              'spanNulls': False,
              'stacking': {'mode': 'normal' if stacked else 'none', 'group': 'A'},
              'thresholdsStyle': {'mode': 'line' if lines else 'off'}}
    return panel('timeseries', title, description, targets(queries), width, height, unit,
                 lines or FINE, custom=custom, options={
                     'legend': {'displayMode': 'table', 'placement': 'bottom', 'showLegend': True,
                                'calcs': ['lastNotNull', 'max']},
                     'tooltip': {'mode': 'multi', 'sort': 'desc'}},
                 **more)


def bars(title, description, query, label, unit='short', width=12, height=8, **more):
    """A bar for each value of a label, as it is now."""
    made = panel('barchart', title, description,
                 targets([query], instant=True, range=False, format='table'), width, height, unit,
                 options={'xField': label, 'orientation': 'auto', 'showValue': 'auto',
                          'stacking': 'none', 'legend': {'showLegend': False,
                                                         'displayMode': 'hidden',
                                                         'placement': 'bottom', 'calcs': []},
                          'tooltip': {'mode': 'single', 'sort': 'none'}},
                 custom={'fillOpacity': 80, 'lineWidth': 0}, **more)
    made['transformations'] = [
        {'id': 'organize', 'options': {'excludeByName': {'Time': True}, 'indexByName': {label: 0},
                                       'renameByName': {'Value': title}}},
        {'id': 'sortBy', 'options': {'fields': {}, 'sort': [{'field': label}]}}]
    return made


def table(title, description, columns, width=24, height=8, **more):
    """A line for each set of labels; `columns` are (name, query, unit)."""
    made = panel('table', title, description,
                 [target(chr(ord('A') + i), query, instant=True, range=False, format='table')
                  for i, (_, query, _) in enumerate(columns)],
                 width, height, 'short',
                 overrides=[{'matcher': {'id': 'byName', 'options': name},
                             'properties': [{'id': 'unit', 'value': unit}]}
                            for name, _, unit in columns],
                 options={'showHeader': True, 'cellHeight': 'sm'}, **more)
    values = {'Value' if len(columns) == 1 else f'Value #{chr(ord("A") + i)}': name
              for i, (name, _, _) in enumerate(columns)}
    made['transformations'] = [
        {'id': 'merge', 'options': {}},
        {'id': 'organize', 'options': {'excludeByName': {'Time': True}, 'indexByName': {},
                                       'renameByName': values}}]
    return made


def row(title, *panels):
    return title, panels


def laid_out(rows):
    """Panels from left to right, each row of panels below the one before."""
    placed, y = [], 0
    for title, panels in rows:
        placed.append({'type': 'row', 'title': title, 'collapsed': False, 'panels': [],
                       'gridPos': {'x': 0, 'y': y, 'w': WIDTH, 'h': 1}})
        x, y, tallest = 0, y + 1, 0
        for each in panels:
            grid = each['gridPos']
            if x + grid['w'] > WIDTH:
                x, y, tallest = 0, y + tallest, 0
            placed.append({**each, 'gridPos': {'x': x, 'y': y, **grid}})
            x, tallest = x + grid['w'], max(tallest, grid['h'])
        y += tallest
    return [{'id': i + 1, **each} for i, each in enumerate(placed)]


def query_variable(name, query, label, **more):
    return {'name': name, 'label': label, 'type': 'query', 'datasource': DATASOURCE,
            'query': query, 'refresh': 2, 'sort': 1, 'multi': True,
            'includeAll': True, 'allValue': '.+', 'regex': '', 'hide': 0, 'options': [],
            'current': {'text': 'All', 'value': '$__all'}, **more}


def variables(extra=()):
    return [
        {'name': 'datasource', 'label': 'Data source', 'type': 'datasource', 'query': 'prometheus',
         'regex': '', 'hide': 0, 'refresh': 1, 'multi': False, 'includeAll': False, 'options': []},
        query_variable('job', 'label_values(irc_now_build_info, job)', 'Job'),
        query_variable('instance', 'label_values(irc_now_build_info{job=~"$job"}, instance)',
                       'Instance'),
        *extra,
        {'name': 'portal', 'label': 'Portal', 'type': 'textbox', 'query': PORTAL, 'hide': 0,
         'options': [{'selected': True, 'text': PORTAL, 'value': PORTAL}],
         'current': {'text': PORTAL, 'value': PORTAL}}]


def dashboard(uid, title, description, rows, pages=(), since='now-6h', extra=(), refresh='1m'):
    """`pages` are links to the portal: (title, path)."""
    others = {'title': 'Dashboards of the portal', 'type': 'dashboards', 'tags': ['portal'],
              'asDropdown': True, 'includeVars': True, 'keepTime': True, 'targetBlank': False,
              'icon': 'external link', 'tooltip': '', 'url': ''}
    return {'id': None, 'uid': uid, 'title': title, 'description': description, 'tags': ['portal'],
            'schemaVersion': 39, 'version': 1, 'editable': False, 'graphTooltip': 1,
            'time': {'from': since, 'to': 'now'}, 'timezone': 'utc', 'refresh': refresh,
            'links': [others] + [{**link(*page), 'icon': 'external link', 'tags': [],
                                  'asDropdown': False, 'includeVars': False, 'keepTime': False,
                                  'tooltip': ''} for page in pages],
            'annotations': {'list': [
                {'name': 'Starts', 'enable': True, 'iconColor': 'blue', 'datasource': DATASOURCE,
                 'expr': chosen('changes(process_start_time_seconds{}[$__rate_interval]) > 0'),
                 'titleFormat': 'Started anew', 'textFormat': '{{job}} {{instance}}'}]},
            'templating': {'list': variables(extra)}, 'panels': laid_out(rows)}
