"""Enough of PromQL to look at our own queries; whether they are valid is asked of Prometheus."""
import re

STRING = r'"(?:[^"\\]|\\.)*"'
SELECTOR = re.compile(
    r'(?P<name>[a-zA-Z_:][\w:]*)?\s*(?P<matchers>\{(?:[^}"]|' + STRING + r')*\})?'
    r'(?P<range>\s*\[[^\]]*\])?')
WORDS = {'by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'and', 'or', 'unless',
         'bool', 'offset', 'inf', 'nan'}
LABELS_OF = re.compile(r'\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)')
# What Grafana puts into a query, for Prometheus to take it.
GRAFANA = {'$__rate_interval': '5m', '$__range': '10m', '$__interval': '15s'}


class Selector:
    """A metric in a query: its name, its conditions, and what stands directly before it."""

    def __init__(self, match, before):
        self.name = match['name']
        self.matchers = match['matchers'] or '{}'
        self.range = (match['range'] or '').strip(' []')
        found = re.search(r'([a-z_]+)\($', before)
        self.call = found[1] if found else ''
        self.before = before

    def names(self):
        """All that it may be: of {__name__=~"a_(b|c)"} a_b and a_c."""
        if self.name is not None:
            return [self.name]
        found = re.search(r'__name__=~"(\w*)\(([\w|]+)\)"', self.matchers)
        return [found[1] + end for end in found[2].split('|')] if found else []

    def is_within_max(self):
        """A function of one series may stand in between."""
        before = re.sub(r'(?:rate|increase|last_over_time)\($', '', self.before)
        return re.search(r'\bmax(?: by \([^)]*\))? ?\($', before) is not None


def selectors(expr):
    found = []
    text = LABELS_OF.sub(lambda m: ' ' * len(m[0]), expr)
    at = 0
    while at < len(text):
        string = re.compile(STRING).match(text, at)
        match = SELECTOR.match(text, at)
        if string:
            at = string.end()
        elif match['range'] and text[at] == '[':  # of a subquery
            at = match.end()
        elif match['name'] is None and match['matchers'] is None:
            at += len(re.compile(r'[\d.]+[a-z]*').match(text, at)[0]
                      if text[at].isdigit() else text[at])
        else:
            is_call = text[match.end('name') if match['name'] else at:].lstrip().startswith('(')
            if match['matchers'] or not (is_call or match['name'].lower() in WORDS):
                found.append(Selector(match, expr[:at]))
            at = match.end('name') if is_call and not match['matchers'] else match.end()
    return found


def as_prometheus(expr, variables):
    """The query as Grafana sends it, with everything chosen."""
    for name in variables:
        expr = expr.replace(f'${name}"', '.+"')
    for name, value in GRAFANA.items():
        expr = expr.replace(name, value)
    return expr
