"""Stripe's form encoding: nested names in brackets, and what a request may hold, by tables."""
import re
import urllib.parse

import errors

FIELDS_MAX = 5000


def decode(text):
    """'a[b]=1&c[0]=x&c[1]=y' as {'a': {'b': '1'}, 'c': ['x', 'y']}."""
    tree = {}
    for name, value in urllib.parse.parse_qsl(text, keep_blank_values=True,
                                              max_num_fields=FIELDS_MAX):
        put(tree, split_name(name), value)
    return with_lists(tree)


def split_name(name):
    head, bracket, rest = name.partition('[')
    if not bracket:
        return [head]
    if not rest.endswith(']') or not head:
        raise errors.invalid(name, f'Invalid parameter name: {name}')
    return [head, *rest[:-1].split('][')]


def put(tree, words, value):
    *way, last = words
    for word in way:
        tree = tree.setdefault(word or str(len(tree)), {})
        if not isinstance(tree, dict):
            raise errors.invalid(words[0], f'Invalid {words[0]}: both a value and an object')
    tree[last or str(len(tree))] = value


def with_lists(tree):
    if not isinstance(tree, dict):
        return tree
    if tree and all(name.isdigit() for name in tree):
        return [with_lists(tree[name]) for name in sorted(tree, key=int)]
    return {name: with_lists(value) for name, value in tree.items()}


# --- Kinds of values: each takes (name, what was sent) and gives what it means ---

def text(name, value):
    if not isinstance(value, str):
        raise errors.invalid(name, f'Invalid string: {value}')
    return value or None


def integer(name, value):
    if value == '':
        return None
    if not isinstance(value, str) or not re.fullmatch(r'-?\d{1,18}', value):
        raise errors.invalid(name, f'Invalid integer: {value}', 'parameter_invalid_integer')
    return int(value)


def decimal(name, value):
    if value == '':
        return None
    if not isinstance(value, str) or not re.fullmatch(r'-?\d{1,15}(\.\d{1,12})?', value):
        raise errors.invalid(name, f'Invalid decimal: {value}')
    return value


def boolean(name, value):
    if value not in ('true', 'false', ''):
        raise errors.invalid(name, f'Invalid boolean: {value}')
    return value == 'true'


def mapping(name, value):
    """An object; '' unsets it."""
    if value == '':
        return {}
    if not isinstance(value, dict):
        raise errors.invalid(name, 'Invalid object')
    return value


def array(name, value):
    """'' empties it."""
    if value == '':
        return []
    if not isinstance(value, list):
        raise errors.invalid(name, 'Invalid array')
    return value


def anything(_name, value):
    return value


def one_of(*words):
    def read(name, value):
        if value not in words:
            raise errors.invalid(name, f'Invalid {name}: must be one of {", ".join(words)}')
        return value
    return read


def time_range(name, value):
    """A moment, or some of gt, gte, lt, lte."""
    if isinstance(value, str):
        at = integer(name, value)
        return {'gte': at, 'lte': at}
    if not isinstance(value, dict) or set(value) - {'gt', 'gte', 'lt', 'lte'}:
        raise errors.invalid(name, f'Invalid {name}: give gt, gte, lt or lte')
    return {word: integer(f'{name}[{word}]', at) for word, at in value.items()}


KINDS = {'text': text, 'int': integer, 'bool': boolean, 'map': mapping, 'list': array,
         'any': anything, 'range': time_range, 'decimal': decimal}


def table(words):
    """'customer! limit:int' as {name: (kind, is required)}; a text when it says nothing else."""
    found = {}
    for word in words.split():
        name, _, kind = word.partition(':')
        is_needed = word.endswith('!')
        kind = kind.rstrip('!') or 'text'
        read = one_of(*kind.split('|')) if '|' in kind else KINDS[kind]
        found[name.rstrip('!')] = (read, is_needed)
    return found


def read(params, known, inside=''):
    """The parameters by their table; Stripe's errors for what is missing, unknown or wrong."""
    values = {}
    for name, value in params.items():
        if name not in known:
            raise errors.unknown_parameter(inside_of(inside, name))
        values[name] = known[name][0](inside_of(inside, name), value)
    for name, (_, is_needed) in known.items():
        if is_needed and values.get(name) in (None, [], {}):
            raise errors.missing_parameter(inside_of(inside, name))
    return values


def inside_of(outer, name):
    return f'{outer}[{name}]' if outer else name
