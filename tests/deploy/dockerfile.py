"""Reads the Dockerfile of this repository: its stages and what each says. It knows the instructions
that ours uses, in the forms that ours uses; any other is an error, so that none is passed over."""
import json
import re
import shlex

ONE_VALUE = {'WORKDIR', 'USER', 'STOPSIGNAL'}
STEPS = {'RUN', 'COPY', 'WORKDIR', 'USER', 'ENV'}


class Stage:
    def __init__(self, base, name):
        self.base, self.name = base, name
        self.steps = []  # (instruction, what it says), in order
        self.values = {}  # of ONE_VALUE, the last one
        self.env = {}
        self.ports = []
        self.command, self.healthcheck = None, None

    def take(self, word, rest):
        if word == 'ENV':
            rest = dict(pair.split('=', 1) for pair in shlex.split(rest))
            self.env.update(rest)
        elif word in ONE_VALUE:
            self.values[word] = rest
        elif word == 'EXPOSE':
            self.ports += [int(port) for port in rest.split()]
        elif word == 'CMD':
            self.command = json.loads(rest)
        elif word == 'HEALTHCHECK':
            self.healthcheck = re.fullmatch(r'(?:--\S+\s+)*CMD (.*)', rest)[1]
        elif word not in STEPS:
            raise ValueError(f'{word} is not known here')
        if word in STEPS:
            self.steps.append((word, rest))


def instructions(text):
    """(instruction, what it says): continued lines are one, comments none."""
    lines = [line for line in text.split('\n') if not line.lstrip().startswith('#')]
    for line in re.sub(r'\\\n', '', '\n'.join(lines)).split('\n'):
        if line.strip():
            word, _, rest = line.strip().partition(' ')
            yield word.upper(), rest.strip()


def read(text):
    """The stages."""
    stages = []
    for word, rest in instructions(text):
        if word == 'FROM':
            base, _, name = rest.partition(' AS ')
            stages.append(Stage(base, name or None))
        else:
            stages[-1].take(word, rest)
    return stages


class Ignored:
    """What .dockerignore keeps out: a pattern a line, the last one that fits decides."""

    def __init__(self, text):
        self.lines = [line for line in text.split() if not line.startswith('#')]

    def __contains__(self, path):
        """`path` is relative to the context; a folder's pattern fits what is in it."""
        is_ignored = False
        for line in self.lines:
            pattern = line.removeprefix('!')
            if pattern == '*' or path == pattern or path.startswith(pattern + '/'):
                is_ignored = not line.startswith('!')
        return is_ignored
