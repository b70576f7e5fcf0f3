"""Products, prices, coupons, the balance, webhook endpoints, events."""
import re

import errors
import forms
import versions
from call import LIST, page
from events import editing, emit

PRODUCT = 'active:bool name description metadata:map unit_label url images:list ' \
          'statement_descriptor tax_code default_price expand:list'


def create_product(call):
    members = {n: v for n, v in call.params.items() if n not in ('expand', 'id', 'metadata')}
    made = call.world.new('product', id=call.get('id'), metadata=call.metadata({}), **members)
    made['updated'] = made['created']
    emit(call.world, 'product.created', made)
    return made


def update_product(call):
    made = call.object('product')
    with editing(call.world, made, 'product.updated'):
        made.update({n: v for n, v in call.params.items() if n not in ('expand', 'metadata')},
                    metadata=call.metadata(made), updated=call.world.now())
    return made


def list_products(call):
    wanted = call.get('active')
    return page(call, 'product',
                where=lambda o: wanted is None or o.get('active', True) == wanted)


# --- Prices ---

PRICE = 'active:bool metadata:map nickname lookup_key tax_behavior expand:list'
RECURRING = forms.table('interval:day|week|month|year! interval_count:int usage_type meter '
                        'trial_period_days:int')
TIER = forms.table('up_to! unit_amount:int unit_amount_decimal:decimal flat_amount:int '
                   'flat_amount_decimal:decimal')


def create_price(call):
    made = new_price(call.world, {n: v for n, v in call.params.items() if n != 'expand'})
    emit(call.world, 'price.created', made)
    return made


def new_price(world, given):
    """A price from parameters that are read already."""
    given = dict(given)
    if not re.fullmatch('[a-z]{3}', given['currency'].lower()):
        raise errors.invalid('currency', f"Invalid currency: {given['currency']}")
    given['currency'] = given['currency'].lower()
    given['product'] = product_of(world, given)
    recurring = given.pop('recurring', None)
    if recurring:
        found = forms.read(recurring, RECURRING, 'recurring')
        recurring = {'interval': found['interval'], 'meter': found.get('meter'),
                     'interval_count': found.get('interval_count') or 1,
                     'trial_period_days': found.get('trial_period_days'),
                     'usage_type': found.get('usage_type') or 'licensed'}
    read_amount(given)
    metadata = given.pop('metadata', {})
    return world.new('price', metadata=metadata, recurring=recurring or None,
                     type='recurring' if recurring else 'one_time', **given)


def product_of(world, given):
    data = given.pop('product_data', None)
    if data:
        if not data.get('name'):
            raise errors.missing_parameter('product_data[name]')
        made = world.new('product', name=data['name'], metadata=data.get('metadata', {}))
        emit(world, 'product.created', made)
        return made['id']
    if not given.get('product'):
        raise errors.missing_parameter('product')
    if world.get('product', given['product']) is None:
        raise errors.missing_object('product', given['product'], 'product', 400)
    return given['product']


def read_amount(given):
    """Sets unit_amount and unit_amount_decimal as Stripe does: one of a fraction only."""
    if 'tiers' in given:
        given['_tiers'] = [read_tier(tier, i) for i, tier in enumerate(given.pop('tiers'))]
        given.setdefault('billing_scheme', 'tiered')
    if transform := given.get('transform_quantity'):
        given['transform_quantity'] = {'divide_by': int(transform['divide_by']),
                                       'round': transform['round']}
    if given.get('billing_scheme') == 'tiered':
        if not given.get('_tiers') or given.get('tiers_mode') not in ('graduated', 'volume'):
            raise errors.missing_parameter('tiers' if not given.get('_tiers') else 'tiers_mode')
        return
    if given.get('unit_amount') is None and given.get('unit_amount_decimal') is None:
        if not given.get('custom_unit_amount'):
            raise errors.missing_parameter('unit_amount')
        return
    amounts(given, 'unit_amount')


def amounts(holder, name):
    exact = holder.get(name + '_decimal')
    if exact is None and holder.get(name) is not None:
        exact = str(holder[name])
    holder[name + '_decimal'] = exact
    holder[name] = int(exact) if exact is not None and '.' not in exact else None


def read_tier(tier, i):
    found = forms.read(tier, TIER, f'tiers[{i}]')
    amounts(found, 'unit_amount')
    amounts(found, 'flat_amount')
    found['up_to'] = None if found['up_to'] == 'inf' else int(found['up_to'])
    return found


def update_price(call):
    made = call.object('price')
    with editing(call.world, made, 'price.updated'):
        made.update({n: v for n, v in call.params.items() if n not in ('expand', 'metadata')},
                    metadata=call.metadata(made))
    return made


def list_prices(call):
    p = call.params

    def is_wanted(price):
        recurring = p.get('recurring') or {}
        return (p.get('active') is None or price.get('active', True) == p['active']) and \
            (p.get('currency') is None or price['currency'] == p['currency']) and \
            (p.get('type') is None or price['type'] == p['type']) and \
            (not p.get('lookup_keys') or price.get('lookup_key') in p['lookup_keys']) and \
            all((price.get('recurring') or {}).get(n) == v for n, v in recurring.items())
    return page(call, 'price', [('product', call.get('product'))], is_wanted)


# --- Coupons ---

def create_coupon(call):
    p = {n: v for n, v in call.params.items() if n not in ('expand', 'metadata', 'id')}
    if (p.get('percent_off') is None) == (p.get('amount_off') is None):
        raise errors.invalid('percent_off', 'You must pass either percent_off or amount_off.')
    if p.get('amount_off') is not None and not p.get('currency'):
        raise errors.missing_parameter('currency')
    if p.get('percent_off') is not None:
        percent = float(p['percent_off'])
        if not 0 < percent <= 100:
            raise errors.invalid('percent_off', 'Invalid percent_off: more than 0, up to 100')
        p['percent_off'] = int(percent) if percent == int(percent) else percent
    p['duration'] = p.get('duration') or 'once'
    if (p['duration'] == 'repeating') != (p.get('duration_in_months') is not None):
        raise errors.missing_parameter('duration_in_months')
    p['_applies_to'] = p.pop('applies_to', None)
    p['_currency_options'] = p.pop('currency_options', None)
    made = call.world.new('coupon', id=call.get('id'), metadata=call.metadata({}), **p)
    emit(call.world, 'coupon.created', made)
    return made


def delete_coupon(call):
    made = show_coupon(call)
    with editing(call.world, made):
        made['_is_deleted'] = True
        made['valid'] = False
    emit(call.world, 'coupon.deleted', made)
    return {'id': made['id'], 'object': 'coupon', 'deleted': True}


def show_coupon(call):
    """A deleted one lives on in discounts only."""
    made = call.object('coupon')
    if made.get('_is_deleted'):
        raise errors.missing_object('coupon', made['id'])
    return made


def list_coupons(call):
    return page(call, 'coupon', where=lambda o: not o.get('_is_deleted'))


def update_coupon(call):
    made = show_coupon(call)
    with editing(call.world, made, 'coupon.updated'):
        made.update(metadata=call.metadata(made), name=call.get('name', made.get('name')))
    return made


# --- The account's balance ---

def show_balance(call):
    sums = {}
    for moved in call.world.all('balance_transaction'):
        sums[moved['currency']] = sums.get(moved['currency'], 0) + moved['net']
    available = [{'amount': amount, 'currency': currency, 'source_types': {'card': amount}}
                 for currency, amount in sorted((sums or {'eur': 0}).items())]
    return {'object': 'balance', 'available': available, 'livemode': call.world.livemode,
            'pending': [{**a, 'amount': 0, 'source_types': {'card': 0}} for a in available]}


def list_balance_transactions(call):
    return page(call, 'balance_transaction',
                [('source', call.get('source')), ('type', call.get('type'))],
                lambda o: call.get('currency') in (None, o['currency']))


# --- Webhook endpoints ---

def create_endpoint(call):
    version = call.get('api_version')
    made = call.world.new(
        'webhook_endpoint', url=call.params['url'], enabled_events=call.params['enabled_events'],
        api_version=version, description=call.get('description'), metadata=call.metadata({}),
        _version=versions.check(version or call.sim.version),
        _secrets=['whsec_' + call.sim.numbers.letters(32)])
    return {**made, 'secret': made['_secrets'][0]}


def update_endpoint(call):
    made = call.object('webhook_endpoint')
    with editing(call.world, made):
        for name in ('url', 'enabled_events', 'description'):
            if name in call.params:
                made[name] = call.params[name]
        if 'disabled' in call.params:
            made['status'] = 'disabled' if call.params['disabled'] else 'enabled'
    return made


def delete_endpoint(call):
    made = call.object('webhook_endpoint')
    call.world['webhook_endpoint'].remove(made['id'])
    call.sim.has_changed = True
    return {'id': made['id'], 'object': 'webhook_endpoint', 'deleted': True}


# --- Events ---

def list_events(call):
    wanted, types = call.get('type'), call.get('types')
    if wanted and types:
        raise errors.invalid('type', 'You may pass either type or types, but not both.')
    if types and len(types) > 20:
        raise errors.invalid('types', 'You may pass up to 20 types.')
    delivered = call.get('delivery_success')

    def is_wanted(event):
        return (not types or event['type'] in types) and is_type(event['type'], wanted) and \
            (delivered is None or is_delivered(event) == delivered)
    exact = wanted if wanted and not wanted.endswith('*') else None
    return page(call, 'event', [('type', exact)], is_wanted)


def is_type(name, wanted):
    return wanted is None or name == wanted or \
        (wanted.endswith('*') and name.startswith(wanted[:-1]))


def is_delivered(event):
    return all(state == 'delivered' for state in event.get('_deliveries', {}).values())


def retrieve(kind):
    return lambda call: call.object(kind)


def listed(kind):
    return lambda call: page(call, kind)


ROUTES = [
    ('GET', '/balance', show_balance, 'expand:list'),
    ('GET', '/balance_transactions', list_balance_transactions,
     LIST + ' currency source type payout'),
    ('GET', '/balance_transactions/:id', retrieve('balance_transaction'), 'expand:list'),
    ('POST', '/products', create_product, PRODUCT.replace('name ', 'name! ') + ' id'),
    ('GET', '/products', list_products, LIST + ' active:bool ids:list'),
    ('GET', '/products/:id', retrieve('product'), 'expand:list'),
    ('POST', '/products/:id', update_product, PRODUCT),
    ('POST', '/prices', create_price, PRICE + ' currency! product product_data:map unit_amount:int '
     'unit_amount_decimal:decimal recurring:map billing_scheme:per_unit|tiered tiers:list '
     'tiers_mode transform_quantity:map custom_unit_amount:map currency_options:map id'),
    ('GET', '/prices', list_prices, LIST + ' active:bool currency product type recurring:map '
     'lookup_keys:list'),
    ('GET', '/prices/:id', retrieve('price'), 'expand:list'),
    ('POST', '/prices/:id', update_price, PRICE),
    ('POST', '/coupons', create_coupon, 'id name duration:forever|once|repeating '
     'percent_off:decimal amount_off:int currency duration_in_months:int applies_to:map '
     'metadata:map max_redemptions:int redeem_by:int currency_options:map expand:list'),
    ('GET', '/coupons', list_coupons, LIST),
    ('GET', '/coupons/:id', show_coupon, 'expand:list'),
    ('POST', '/coupons/:id', update_coupon, 'name metadata:map expand:list'),
    ('DELETE', '/coupons/:id', delete_coupon, ''),
    ('POST', '/webhook_endpoints', create_endpoint, 'url! enabled_events:list! api_version '
     'description metadata:map connect:bool expand:list'),
    ('GET', '/webhook_endpoints', listed('webhook_endpoint'), LIST),
    ('GET', '/webhook_endpoints/:id', retrieve('webhook_endpoint'), 'expand:list'),
    ('POST', '/webhook_endpoints/:id', update_endpoint, 'url enabled_events:list description '
     'disabled:bool metadata:map expand:list'),
    ('DELETE', '/webhook_endpoints/:id', delete_endpoint, ''),
    ('GET', '/events', list_events, LIST + ' type types:list delivery_success:bool'),
    ('GET', '/events/:id', retrieve('event'), 'expand:list'),
]
