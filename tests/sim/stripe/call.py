"""One request to the API as its handlers see it, and the lists that all resources have alike."""
import itertools

import errors
import forms
import shapes

LIST = 'limit:int starting_after ending_before created:range expand:list'


class Page:
    """Part of a list: objects that are rendered, or ready dicts."""

    def __init__(self, objects, has_more, is_ready=False):
        self.objects, self.has_more, self.is_ready = objects, has_more, is_ready


class Call:
    """world, the ids of the address, and the parameters that the route knows."""

    def __init__(self, sim, world, version, path, ids, params):
        self.sim, self.world, self.version = sim, world, version
        self.path, self.ids, self.params = path, ids, params

    def get(self, name, otherwise=None):
        value = self.params.get(name)
        return otherwise if value is None else value

    def object(self, kind, which=0):
        """What the address names; 404 when there is none."""
        obj = self.world.get(kind, self.ids[which])
        if obj is None:
            raise errors.missing_object(kind, self.ids[which])
        return obj

    def named(self, kind, param):
        """What a parameter names, None when it is not given; 400 when there is none."""
        given = self.params.get(param)
        if given is None:
            return None
        return named(self.world, kind, given, param)

    def metadata(self, obj):
        """The metadata after this call: '' takes a name away."""
        return merged_metadata(obj.get('metadata', {}), self.params.get('metadata'))


def named(world, kind, given, param):
    obj = world.get(kind, given)
    if obj is None or obj.get('deleted'):
        raise errors.missing_object(kind, given, param, 400)
    return obj


def merged_metadata(old, new):
    if new is None:
        return old
    if new == {}:
        return {}
    for name, value in new.items():
        if len(name) > 40 or not isinstance(value, str) or len(value) > 500:
            raise errors.invalid(f'metadata[{name}]', 'Invalid metadata: keys have up to 40 and '
                                 'values up to 500 characters')
    return {**old, **{n: v for n, v in new.items() if v}} if '' not in new.values() else \
        {n: v for n, v in {**old, **new}.items() if v}


# --- Lists ---

def in_range(value, wanted):
    return not wanted or (
        (wanted.get('gt') is None or value > wanted['gt']) and
        (wanted.get('gte') is None or value >= wanted['gte']) and
        (wanted.get('lt') is None or value < wanted['lt']) and
        (wanted.get('lte') is None or value <= wanted['lte']))


def limit_of(params):
    limit = params.get('limit')
    if limit is not None and not 1 <= limit <= 100:
        raise errors.invalid('limit', 'This value must be between 1 and 100 inclusive: limit',
                             'parameter_invalid_integer')
    return 10 if limit is None else limit


def cursor(world, kind, params):
    """(the key to go on from, whether newest come first)."""
    after, before = params.get('starting_after'), params.get('ending_before')
    if after and before:
        raise errors.invalid('ending_before', 'You may not specify both starting_after and '
                             'ending_before.')
    name = 'ending_before' if before else 'starting_after'
    if not (after or before):
        return None, True
    key = world[kind].key_of(after or before)
    if key is None:
        raise errors.missing_object(kind, after or before, name, 400)
    return key, not before


def page(call, kind, by=None, where=None):
    """A page of a kind. by: [(indexed member, value or None)]; where(obj): what is wanted."""
    params, world = call.params, call.world
    limit = limit_of(params)
    after, newest_first = cursor(world, kind, params)
    filters = [(name, value) for name, value in by or [] if value is not None]
    found = select(world, kind, params.get('created'), filters, where, newest_first, after)
    objects = list(itertools.islice(found, limit + 1))
    has_more = len(objects) > limit
    objects = objects[:limit]
    return Page(objects if newest_first else objects[::-1], has_more)


def select(world, kind, created, filters, where, newest_first, after):
    """Objects in order. The times of a walk are in order too: it ends where none can follow."""
    low = max((created or {}).get('gte') or 0, (created or {}).get('gt') or 0)
    if newest_first and after is None and created:
        top = min(n for n in (created.get('lte'), created.get('lt'), 1 << 60) if n is not None)
        after = (top + 1, 0, '')
    for obj in world[kind].walk(filters[0] if filters else None, newest_first, after):
        if newest_first and obj['created'] < low:
            return
        if obj.get('deleted') or not in_range(obj['created'], created):
            continue
        if all(obj.get(n) == v for n, v in filters) and (where is None or where(obj)):
            yield obj


def part_of_list(call, objects):
    """A page of objects that are at hand, in their own order."""
    limit = limit_of(call.params)
    ids = [obj['id'] for obj in objects]
    after, before = call.get('starting_after'), call.get('ending_before')
    if after in ids:
        objects = objects[ids.index(after) + 1:]
    elif before in ids:
        objects = objects[:ids.index(before)][-limit:]
    return Page(objects[:limit], len(objects) > limit)


def answer_of(call, result, expand_paths):
    """What a handler gave, as Stripe shows it."""
    tree = shapes.expand_tree(expand_paths or [])
    if not isinstance(result, Page):
        if 'object' in result and result['object'] in shapes.MEMBERS:
            return shapes.render(call.world, result, call.version, tree)
        return result
    for word in tree:
        if word != 'data':
            raise shapes.cannot_expand(word)
    below = tree.get('data')
    data = result.objects if result.is_ready else [
        shapes.render(call.world, obj, call.version, below) for obj in result.objects]
    return {'object': 'list', 'data': data, 'has_more': result.has_more, 'url': call.path}


def read_params(params, known):
    return forms.read(params, known)
