"""Events: what an object looked like when something came to pass, in every version that somebody
is told in: the account's own, and that of each webhook endpoint."""
import contextlib
import json

import shapes

KEPT_S = 30 * 86400


def versions_told(world):
    return {world.sim.version, *(e['_version'] for e in world.all('webhook_endpoint'))}


def packed(value):
    return json.dumps(value, separators=(',', ':'))


def looks(world, obj):
    """The object in each version."""
    return {version: shapes.render(world, obj, version) for version in versions_told(world)}


def emit(world, name, obj, before=None):
    """Makes the event and has it delivered. before: looks() from before the change."""
    now = looks(world, obj)
    bodies = {version: [packed(shown), previous(before, version, shown)]
              for version, shown in now.items()}
    request = world.sim.request
    event = world.new('event', type=name, api_version=world.sim.version, _bodies=bodies,
                      request={'id': request.get('id'),
                               'idempotency_key': request.get('idempotency_key')},
                      _object=obj['id'], _deliveries={})
    forget_old(world)
    world.sim.counts[name] = world.sim.counts.get(name, 0) + 1
    if world.on_event is not None:
        world.on_event(world, event)
    return event


def previous(before, version, shown):
    if before is None or version not in before:
        return None
    return packed({name: value for name, value in before[version].items()
                   if shown.get(name) != value})


@contextlib.contextmanager
def editing(world, obj, name=None):
    """with editing(world, obj, 'customer.updated'): changes it. No event when nothing changed."""
    world[obj['object']].keep(obj)
    before = looks(world, obj) if name else None
    yield obj
    world.sim.has_changed = True
    if name and before != looks(world, obj):
        emit(world, name, obj, before)


def forget_old(world):
    """Stripe lists events for 30 days."""
    events = world['event']
    while events.order and events.order[0][0] < world.now() - KEPT_S:
        events.remove(events.order[0][2])
