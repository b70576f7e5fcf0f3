"""Orders to the simulator, at /control: JSON in, JSON out, 400 with a sentence for a bad one."""
import json

import bulk
import checkout
import errors
import forms
import history
import payments
import seed
import subscriptions
import truth
import versions
from delivery import MODES, USUAL
from events import editing, emit

OUTCOMES = ('cancel', 'unpaid', 'past_due', 'uncollectible')  # when all retries have failed


class BadOrder(Exception):
    pass


def answer(app, request):
    """(status, headers, object)"""
    name = request.path[len('/control'):].strip('/')
    try:
        if request.method == 'GET':
            return 200, {}, shown(app, name, request)
        if name not in ORDERS and name not in LONG or request.method != 'POST':
            return 404, {}, {'error': f'There is no order {name}.'}
        order = json.loads(request.body or '{}')
        if not isinstance(order, dict):
            raise BadOrder('An order is a JSON object.')
        if name in LONG:
            return 200, {}, LONG[name](app, order)
        with app.sim.lock:
            return 200, {}, ORDERS[name](app, order) or {'ok': True}
    except (BadOrder, ValueError, KeyError, TypeError) as e:
        words = f'{e} is missing or unknown.' if isinstance(e, KeyError) else str(e)
        return 400, {}, {'error': words}
    except errors.StripeError as e:
        return 400, {}, {'error': str(e)}


def shown(app, name, request):
    with app.sim.lock:
        if name == 'truth':
            return truth.of(world_of(app, {'live': 'live' in request.query}))
        if name == '':
            return {'now': app.sim.clock.now(), 'offset': app.sim.clock.offset,
                    'version': app.sim.version, 'seed': app.sim.seed, 'faults': app.faults.orders,
                    'requests': app.faults.requests, 'events': app.sim.counts,
                    'delivery': app.delivery.state(), 'orders': sorted([*ORDERS, *LONG]),
                    'objects': {kind: len(c) for kind, c in app.sim.worlds[False].kinds.items()}}
    raise BadOrder(f'There is nothing to see at {name}.')


def world_of(app, order):
    return app.sim.worlds[bool(order.get('live'))]


def need(world, kind, given):
    found = world.get(kind, given)
    if found is None:
        raise BadOrder(f'There is no {kind} {given}.')
    return found


# --- Orders ---

def set_fault(app, order):
    with app.fault_lock:
        app.faults.set(order)


def reset(app, _order):
    """No faults, deliveries as usual. Objects stay."""
    with app.fault_lock:
        app.faults.clear()
    app.delivery.set(USUAL)


def move_clock(app, order):
    """days, hours, seconds: forward; to: at that time, also back, without anything happening."""
    if 'to' in order:
        app.sim.clock.offset += int(order['to']) - app.sim.clock.now()
    seconds = int(order.get('seconds', 0)) + 3600 * int(order.get('hours', 0)) + \
        86400 * int(order.get('days', 0))
    if seconds < 0:
        raise BadOrder('Time goes forward only; "to" sets it.')
    app.sim.advance(seconds)
    app.sim.has_changed = True
    return {'now': app.sim.clock.now()}


def set_account(app, order):
    """after_retries, version, rights of restricted keys."""
    if order.get('after_retries', 'cancel') not in OUTCOMES:
        raise BadOrder(f"after_retries is one of {', '.join(OUTCOMES)}.")
    app.sim.after_retries = order.get('after_retries', app.sim.after_retries)
    app.sim.version = versions.check(order.get('version', app.sim.version))
    if 'rights' in order:
        app.api.rights = set(order['rights'])


def set_card(app, order):
    """The customer's card says no from now on (decline: a code), or yes (null)."""
    world = world_of(app, order)
    customer = need(world, 'customer', order['customer'])
    with editing(world, customer, 'customer.updated'):
        customer['_decline'] = order.get('decline')


def make_dispute(app, order):
    world = world_of(app, order)
    made = need(world, 'charge', order['charge'])
    case = payments.dispute(world, made, order.get('amount'), order.get('reason', 'fraudulent'))
    return {'id': case['id']}


def close_dispute(app, order):
    world = world_of(app, order)
    if order['status'] not in ('won', 'lost'):
        raise BadOrder('status is won or lost.')
    payments.close_dispute(world, need(world, 'dispute', order['dispute']), order['status'])


def give_credit(app, order):
    """Moves a customer's balance (negative: credit) as no adjustment does: type credit_note, say."""
    world = world_of(app, order)
    customer = need(world, 'customer', order['customer'])
    made = payments.move_balance(world, customer, int(order['amount']),
                                 order.get('type', 'credit_note'), order['currency'])
    return {'id': made['id']}


def make_refund(app, order):
    """As the Dashboard does; status pending or requires_action for one that takes its time."""
    world = world_of(app, order)
    made = payments.refund(world, need(world, 'charge', order['charge']), order.get('amount'),
                           status=order.get('status', 'succeeded'))
    return {'id': made['id']}


def settle_refund(app, order):
    world = world_of(app, order)
    if order['status'] not in ('succeeded', 'failed', 'canceled'):
        raise BadOrder('status is succeeded, failed or canceled.')
    payments.settle_refund(world, need(world, 'refund', order['refund']), order['status'])


def settle_async(app, order):
    """What the bank says of a payment that takes days."""
    world = world_of(app, order)
    session = need(world, 'checkout.session', order['session'])
    return {'settled': checkout.settle_async(world, session, order.get('succeeds', True))}


def retry_invoice(app, order):
    world = world_of(app, order)
    return {'paid': subscriptions.pay_again(world, need(world, 'invoice', order['invoice']))}


def set_object(app, order):
    """Any member of any object, for what cannot be reached otherwise; tells of it as `event`."""
    world = world_of(app, order)
    found = need(world, order['kind'], order['id'])
    with editing(world, found, order.get('event')):
        found.update(order['set'])


def set_delivery(app, order):
    known = set(USUAL)
    if set(order) - known:
        raise BadOrder(f"Known are {', '.join(sorted(known))}.")
    if order.get('mode', 'on') not in MODES:
        raise BadOrder(f"mode is one of {', '.join(MODES)}.")
    app.delivery.set(order)


def set_endpoint(app, order):
    """Other secrets (two: both sign), url, version, enabled_events of an endpoint."""
    world = world_of(app, order)
    found = need(world, 'webhook_endpoint', order['id'])
    if 'url' in order:
        forms.address('url', order['url'])
    for name, member in (('secrets', '_secrets'), ('version', '_version'), ('url', 'url'),
                         ('enabled_events', 'enabled_events'), ('status', 'status')):
        if name in order:
            found[member] = order[name]
    app.sim.has_changed = True


def resend(app, order):
    """Events once more, by id, or all of them."""
    world = world_of(app, order)
    found = [need(world, 'event', given) for given in order['events']] if 'events' in order else \
        world.all('event')
    for event in found:
        app.delivery.resend(world, event)
    return {'sent': len(found)}


def send_event(app, order):
    """An event of any type about an object as it is."""
    world = world_of(app, order)
    return {'id': emit(world, order['type'], need(world, order['kind'], order['id']))['id']}


def make_bulk(app, order):
    """Many customers with subscriptions and paid invoices, without events."""
    block = bulk.make(world_of(app, order), order)
    return {'customers': block.customers, 'invoices': block.invoices,
            'first_invoice': block.id_of('invoice', 0), 'start': block.start}


def bulk_events(app, order):
    """An event of the type for each of the first objects of a kind: work for whoever takes them."""
    world = world_of(app, order)
    found = world[order.get('kind', 'subscription')].walk(newest_first=False)
    name, count = order.get('type', 'customer.subscription.updated'), int(order.get('count', 1000))
    for obj, _ in zip(found, range(count)):
        emit(world, name, obj)


def run_history(app, order):
    return history.run(app, world_of(app, order), order)


def seed_samples(app, order):
    """The product Pro with its prices; with sub, email and days, also an account that has paid."""
    world = world_of(app, order)
    seed.prices(world)
    if 'sub' in order:
        return {'customer': seed.customer(world, order['sub'], order['email'],
                                          int(order.get('days', 100)))}
    return None


LONG = {'history': run_history}
ORDERS = {'seed': seed_samples, 'bulk': make_bulk, 'bulk/events': bulk_events,
          'fault': set_fault, 'reset': reset, 'clock': move_clock, 'account': set_account,
          'card': set_card, 'credit': give_credit, 'dispute': make_dispute,
          'dispute/close': close_dispute,
          'refund': make_refund, 'refund/settle': settle_refund, 'async': settle_async,
          'invoice/retry': retry_invoice, 'object': set_object, 'delivery': set_delivery,
          'endpoint': set_endpoint, 'resend': resend, 'event': send_event}
