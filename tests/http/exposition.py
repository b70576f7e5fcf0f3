"""Reads /metrics exactly: Prometheus' text format 0.0.4 and OpenMetrics 1.0.

What the formats allow and we do not write (timestamps, exemplars, blank lines, comments) is wrong
too. promtool passes over series that are there twice, families in pieces, histograms without their
last bucket and families without a type; this does not.
"""
import collections
import math
import re

PLAIN = 'text/plain; version=0.0.4; charset=utf-8'
OPEN = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

NAME = re.compile(r'[a-zA-Z_:][a-zA-Z0-9_:]*\Z')
LABEL = re.compile(r'(?!__)[a-zA-Z_][a-zA-Z0-9_]*\Z')
HEAD = re.compile(r'# (HELP|TYPE|UNIT) (\S+) (.*)\Z')
NUMBER = re.compile(r'(-?(?:[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)|\+Inf|-Inf|NaN)\Z')
TYPES = {
    'counter': ['_total'], 'gauge': [''], 'histogram': ['_bucket', '_sum', '_count'],
    'summary': ['', '_sum', '_count'], 'info': ['_info'],
}

Sample = collections.namedtuple('Sample', 'name labels value')


class Wrong(Exception):
    """The text is not in the format."""


class Family:
    def __init__(self, name):
        self.name, self.help, self.type, self.unit, self.samples = name, None, None, None, []


class Page:
    """The families by their name, in their order; in OpenMetrics a counter's lacks its _total."""

    def __init__(self, families):
        self.families = families
        self.samples = [s for f in families.values() for s in f.samples]

    def value(self, name, **labels):
        """Of the one sample of that name with exactly these labels; None: there is none."""
        for s in self.samples:
            if s.name == name and s.labels == labels:
                return s.value
        return None

    def values(self, name):
        """All of one name, by their labels' values in the order of the labels."""
        return {tuple(s.labels.values()): s.value for s in self.samples if s.name == name}

    def cumulative(self):
        """What may never fall: counters, and buckets, sums and counts; by name and labels."""
        return {(s.name, tuple(s.labels.items())): s.value
                for f in self.families.values() if f.type in ('counter', 'histogram', 'summary')
                for s in f.samples}


def parse(text, content_type=PLAIN):
    """`text` is str or bytes; raises Wrong."""
    is_open = content_type == OPEN
    if content_type not in (PLAIN, OPEN):
        raise Wrong(f'type {content_type}')
    reader = Reader(is_open)
    for number, line in enumerate(lines_of(text, is_open), 1):
        try:
            reader.take(line)
        except Wrong as wrong:
            raise Wrong(f'line {number}: {wrong}: {line[:200]}') from None
    reader.end_family()
    check_clashes(reader.families, is_open)
    return Page(reader.families)


def lines_of(text, is_open):
    if isinstance(text, bytes):
        try:
            text = text.decode('utf-8')
        except UnicodeDecodeError as error:
            raise Wrong(f'no UTF-8: {error}') from None
    if not text.endswith('\n'):
        raise Wrong('no line feed at the end')
    if '\r' in text or '\0' in text:
        raise Wrong('a character that has no place')
    if is_open and not text.endswith('# EOF\n'):
        raise Wrong('no # EOF at the end')
    lines = text[:-1].split('\n')
    return lines[:-1] if is_open else lines


class Reader:
    def __init__(self, is_open):
        self.is_open = is_open
        self.families = {}
        self.now = None  # the family whose lines these are
        self.seen = set()

    def take(self, line):
        if line.startswith('#'):
            self.take_head(line)
        elif line == '':
            raise Wrong('a blank line')
        else:
            self.take_sample(line)

    def take_head(self, line):
        match = HEAD.match(line)
        if match is None or (match[1] == 'UNIT' and not self.is_open):
            raise Wrong('a comment')
        word, name, rest = match.groups()
        if not NAME.match(name):
            raise Wrong('no name')
        if self.now is None or name != self.now.name:
            self.begin_family(name)
        if self.now.samples:
            raise Wrong('behind the samples')
        field = word.lower()
        if getattr(self.now, field) is not None:
            raise Wrong('twice')
        if field == 'type':
            self.check_type(name, rest)
        elif field == 'unit' and not name.endswith('_' + rest):
            raise Wrong('not the unit of the name')
        setattr(self.now, field, unescape(rest, self.is_open) if field == 'help' else rest)

    def check_type(self, name, kind):
        if kind not in TYPES or (kind == 'info' and not self.is_open):
            raise Wrong('no type of ours')
        if kind == 'counter' and name.endswith('_total') == self.is_open:
            raise Wrong('the name of a counter')
        if kind != 'counter' and name.endswith('_total'):
            raise Wrong('no counter')

    def begin_family(self, name):
        self.end_family()
        if name in self.families:
            raise Wrong('the family is in pieces')
        self.now = self.families[name] = Family(name)

    def end_family(self):
        if self.now is None:
            return
        if not self.now.help or self.now.type is None:
            raise Wrong(f'{self.now.name} has no help or no type')
        if self.now.type == 'histogram':
            check_histogram(self.now, self.is_open)
        if self.now.type == 'summary':
            check_summary(self.now)

    def take_sample(self, line):
        name, labels, rest = split_sample(line)
        if self.now is None or self.now.type is None or name not in self.names():
            raise Wrong('not of this family')
        if not NUMBER.match(rest):
            raise Wrong('no number')
        key = (name, tuple(sorted(labels.items())))
        if key in self.seen:
            raise Wrong('the series is there twice')
        self.seen.add(key)
        value = float(rest.replace('Inf', 'inf').replace('NaN', 'nan'))
        self.check_value(name, labels, value)
        self.now.samples.append(Sample(name, labels, value))

    def names(self):
        if self.now.type == 'counter' and not self.is_open:
            return [self.now.name]
        return [self.now.name + suffix for suffix in TYPES[self.now.type]]

    def check_value(self, name, labels, value):
        grows = self.now.type in ('counter', 'histogram', 'summary')
        if grows and not 0 <= value < math.inf:
            raise Wrong('no value of something that only grows')
        if self.now.type == 'info' and value != 1:
            raise Wrong('an info is 1')
        if ('le' in labels) != name.endswith('_bucket') or 'quantile' in labels:
            raise Wrong('a label that has no place')


def split_sample(line):
    """The name, the labels in their order, and what is behind the one blank."""
    match = re.match(r'[^{ ]+', line)
    if match is None or not NAME.match(match[0]):
        raise Wrong('no name')
    at, labels = match.end(), {}
    if line[at:at + 1] == '{':
        at += 1
        while True:
            match = re.compile(r'([^="{},]*)="((?:[^"\\]|\\.)*)"([,}])').match(line, at)
            if match is None or not LABEL.match(match[1]) or match[1] in labels:
                raise Wrong('no label')
            labels[match[1]] = unescape(match[2], True)
            at = match.end()
            if match[3] == '}':
                break
    if line[at:at + 1] != ' ':
        raise Wrong('no blank before the value')
    return line[:re.match(r'[^{ ]+', line).end()], labels, line[at + 1:]


def unescape(text, has_quotes):
    known = {'\\': '\\', 'n': '\n', **({'"': '"'} if has_quotes else {})}

    def one(match):
        if match[1] not in known:
            raise Wrong('an escape that is none')
        return known[match[1]]

    if re.search(r'(?<!\\)(?:\\\\)*\\\Z', text):
        raise Wrong('a lone backslash')
    return re.sub(r'\\(.)', one, text)


def check_histogram(family, is_open):
    """Each set of labels in one piece: rising buckets, the last of them +Inf, its sum and count."""
    pieces = []
    for s in family.samples:
        labels = {k: v for k, v in s.labels.items() if k != 'le'}
        if not pieces or pieces[-1][0] != labels:
            if any(labels == other for other, _ in pieces):
                raise Wrong(f'a histogram in pieces: {family.name} {labels}')
            pieces.append((labels, []))
        pieces[-1][1].append(s)
    for labels, samples in pieces:
        check_piece(family.name, labels, samples, is_open)


def check_piece(name, labels, samples, is_open):
    buckets = [(s.labels['le'], s.value) for s in samples if s.name == name + '_bucket']
    rest = {s.name: s.value for s in samples[len(buckets):]}
    if set(rest) != {name + '_sum', name + '_count'}:
        raise Wrong(f'{name} {labels} lacks its sum or its count, or has buckets behind them')
    if not buckets or buckets[-1][0] != '+Inf':
        raise Wrong(f'{name} {labels} has no +Inf at its end')
    if is_open and any('.' not in le for le, _ in buckets[:-1]):
        raise Wrong(f'{name} {labels} has bounds without a point')
    bounds = [float(le.replace('Inf', 'inf')) for le, _ in buckets]
    counts = [n for _, n in buckets]
    if bounds != sorted(set(bounds)) or counts != sorted(counts):
        raise Wrong(f'{name} {labels} does not rise')
    if counts[-1] != rest[name + '_count'] or any(n != int(n) for n in counts):
        raise Wrong(f'{name} {labels} does not count what is in its buckets')


def check_summary(family):
    sums = [s.labels for s in family.samples if s.name == family.name + '_sum']
    counts = [s.labels for s in family.samples if s.name == family.name + '_count']
    if sums != counts or len(sums) + len(counts) != len(family.samples):
        raise Wrong(f'{family.name} has not a sum and a count each')


def check_clashes(families, is_open):
    """No sample of one family may be taken for another's, nor for a family."""
    taken = collections.Counter()
    for family in families.values():
        names = {family.name}
        if is_open or family.type != 'counter':
            names |= {family.name + suffix for suffix in TYPES[family.type]}
        taken.update(names)
    for name, n in taken.items():
        if n > 1:
            raise Wrong(f'{name} can be one of two families')
