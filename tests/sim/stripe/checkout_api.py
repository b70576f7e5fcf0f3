"""Checkout sessions, and sessions of the customer portal."""

import errors
import forms
import shapes
from call import LIST, Page, named, page, part_of_list
from catalog_api import retrieve
from events import editing, emit
from money import DAY, price_amount, rounded
from subscription_api import price_of

LIFETIME_S, SHORTEST_S = DAY, 30 * 60
LINE = forms.table('price price_data:map quantity:int adjustable_quantity:map tax_rates:list '
                   'dynamic_tax_rates:list')
SUBSCRIPTION = forms.table('metadata:map trial_period_days:int trial_end:int description '
                           'billing_cycle_anchor:int proration_behavior trial_settings:map '
                           'invoice_settings:map billing_mode:map default_tax_rates:list')


def create_session(call):
    world, p = call.world, call.params
    refuse_misfits(p)
    customer = call.named('customer', 'customer')
    lines = read_lines(world, p)
    total = sum(line['amount'] for line in lines)
    given = world.new_id('checkout.session')
    made = world.new(
        'checkout.session', id=given, mode=p['mode'], status='open', payment_status='unpaid',
        customer=customer and customer['id'], customer_email=p.get('customer_email'),
        client_reference_id=p.get('client_reference_id'), metadata=call.metadata({}),
        success_url=p['success_url'], cancel_url=p.get('cancel_url'), locale=p.get('locale'),
        expires_at=expiry(world, p), currency=line_currency(world, lines), amount_subtotal=total,
        amount_total=total, url=f'{world.sim.base}/c/pay/{given}', _line_items=lines,
        allow_promotion_codes=p.get('allow_promotion_codes'),
        customer_details={'email': (customer or {}).get('email') or p.get('customer_email'),
                          'name': None, 'phone': None, 'address': None, 'tax_exempt': 'none',
                          'tax_ids': None, 'business_name': None, 'individual_name': None},
        total_details={'amount_discount': 0, 'amount_shipping': 0, 'amount_tax': 0},
        _discounts=p.get('discounts'), _intent_data=p.get('payment_intent_data') or {},
        _data=forms.read(p.get('subscription_data') or {}, SUBSCRIPTION, 'subscription_data'))
    world.at(made['expires_at'], 'session_ends', given)
    return made


def refuse_misfits(p):
    if p['mode'] == 'subscription' and p.get('customer_creation'):
        raise errors.invalid('customer_creation', '`customer_creation` can only be used in '
                             '`payment` and `setup` mode.')
    if p['mode'] == 'payment' and p.get('subscription_data'):
        raise errors.invalid('subscription_data', 'You can not pass `subscription_data` in '
                             '`payment` mode.')
    if p['mode'] == 'subscription' and p.get('payment_intent_data'):
        raise errors.invalid('payment_intent_data', 'You can not pass `payment_intent_data` in '
                             '`subscription` mode.')
    if p.get('customer') and p.get('customer_email'):
        raise errors.invalid('customer_email', 'You may only specify one of these parameters: '
                             'customer, customer_email.')
    if not p.get('line_items'):
        raise errors.missing_parameter('line_items')
    for name in ('success_url', 'cancel_url'):
        if p.get(name) and not p[name].startswith(('http://', 'https://')):
            raise errors.invalid(name, 'Not a valid URL', 'url_invalid')


def read_lines(world, p):
    lines = []
    for i, given in enumerate(p['line_items']):
        name = f'line_items[{i}]'
        read = forms.read(given, LINE, name)
        price = price_of(world, read, name)
        if price is None:
            raise errors.missing_parameter(f'{name}[price]')
        if read.get('quantity') is None and (price.get('recurring') or {}).get(
                'usage_type') != 'metered':
            raise errors.missing_parameter(f'{name}[quantity]')
        if p['mode'] == 'payment' and price.get('recurring'):
            raise errors.invalid('mode', 'You specified `payment` mode but passed a recurring '
                                 'price. Either switch to `subscription` mode or use only '
                                 'one-time prices.')
        product = world.get('product', price['product'])
        lines.append({'id': 'li_' + world.sim.numbers.letters(24), 'price': price['id'],
                      'quantity': read.get('quantity'), 'description': product['name'],
                      'amount': rounded(price_amount(price, read.get('quantity')))})
    if p['mode'] == 'subscription' and not any(world.get('price', x['price']).get('recurring')
                                               for x in lines):
        raise errors.invalid('line_items', 'You must provide at least one recurring price in '
                             '`subscription` mode when using prices.')
    return lines


def line_currency(world, lines):
    found = {world.get('price', line['price'])['currency'] for line in lines}
    if len(found) > 1:
        raise errors.invalid('line_items', 'All line items must have one currency.')
    return found.pop()


def expiry(world, p):
    at = p.get('expires_at')
    if at is None:
        return world.now() + LIFETIME_S
    if not world.now() + SHORTEST_S <= at <= world.now() + LIFETIME_S:
        raise errors.invalid('expires_at', 'The `expires_at` timestamp must be at least 30 minutes '
                             'and at most 24 hours from Checkout Session creation.')
    return at


def expire_session(call):
    made = call.object('checkout.session')
    if made['status'] != 'open':
        raise errors.StripeError(400, 'Only Checkout Sessions with a status in ["open"] can be '
                                 'expired. This Checkout Session has a status of '
                                 f"{made['status']}.")
    expire(call.world, made)
    return made


def expire(world, made):
    with editing(world, made):
        made.update(status='expired', url=None)
    emit(world, 'checkout.session.expired', made)


def session_ends(world, given):
    made = world.get('checkout.session', given)
    if made['status'] == 'open':
        expire(world, made)


def list_sessions(call):
    p = call.params
    return page(call, 'checkout.session', [('customer', p.get('customer'))],
                lambda o: p.get('status') in (None, o['status']) and
                p.get('subscription') in (None, o.get('subscription')) and
                p.get('payment_intent') in (None, o.get('payment_intent')))


def list_line_items(call):
    made = call.object('checkout.session')
    ready = [shapes.render_line_item(call.world, made, item, call.version)
             for item in made['_line_items']]
    found = part_of_list(call, ready)
    return Page(found.objects, found.has_more, is_ready=True)


def update_session(call):
    made = call.object('checkout.session')
    with editing(call.world, made):
        made['metadata'] = call.metadata(made)
    return made


# --- The customer portal ---

FLOWS = ('payment_method_update', 'subscription_cancel', 'subscription_update',
         'subscription_update_confirm')
FLOW = forms.table('type! subscription_cancel:map subscription_update:map '
                   'subscription_update_confirm:map after_completion:map')


def configuration(world):
    """The default one, as saved in the Dashboard."""
    found = world.all('billing_portal.configuration')
    if found:
        return found[0]
    features = {'customer_update': {'enabled': False}, 'invoice_history': {'enabled': True},
                'payment_method_update': {'enabled': True},
                'subscription_cancel': {'enabled': True, 'mode': 'at_period_end',
                                        'proration_behavior': 'none'},
                'subscription_update': {'enabled': True, 'default_allowed_updates': ['price'],
                                        'proration_behavior': 'always_invoice'}}
    return world.new('billing_portal.configuration', is_default=True, updated=world.now(),
                     business_profile={'headline': None, 'privacy_policy_url': None,
                                       'terms_of_service_url': None}, features=features)


def create_configuration(call):
    world = call.world
    default = configuration(world)
    return world.new('billing_portal.configuration', updated=world.now(),
                     features={**default['features'], **call.params['features']},
                     business_profile=call.get('business_profile') or default['business_profile'],
                     metadata=call.metadata({}), default_return_url=call.get('default_return_url'))


def list_configurations(call):
    configuration(call.world)
    return page(call, 'billing_portal.configuration')


def create_portal_session(call):
    world = call.world
    customer = call.named('customer', 'customer')
    conf = call.named('billing_portal.configuration', 'configuration') or configuration(world)
    given = world.new_id('billing_portal.session')
    return world.new('billing_portal.session', id=given, customer=customer['id'],
                     configuration=conf['id'], return_url=call.get('return_url'),
                     locale=call.get('locale'), flow=read_flow(call, customer),
                     url=f'{world.sim.base}/p/session/{given}')


def read_flow(call, customer):
    if not call.get('flow_data'):
        return None
    flow = forms.read(call.params['flow_data'], FLOW, 'flow_data')
    if flow['type'] not in FLOWS:
        raise errors.invalid('flow_data[type]', f"Invalid flow_data[type]: must be one of "
                             f"{', '.join(FLOWS)}")
    if flow['type'] != 'payment_method_update':
        name = f"flow_data[{flow['type']}][subscription]"
        given = (flow.get(flow['type']) or {}).get('subscription')
        if not given:
            raise errors.missing_parameter(name)
        if named(call.world, 'subscription', given, name)['customer'] != customer['id']:
            raise errors.missing_object('subscription', given, name, 400)
    return {**{n: None for n in FLOW}, 'after_completion': {
        'type': 'portal_homepage', 'redirect': None, 'hosted_confirmation': None}, **flow}


SHOW = 'expand:list'
ROUTES = [
    ('POST', '/checkout/sessions', create_session, 'mode:payment|setup|subscription! success_url! '
     'cancel_url client_reference_id customer customer_email customer_creation line_items:list '
     'metadata:map subscription_data:map payment_intent_data:map discounts:list locale '
     'allow_promotion_codes:bool automatic_tax:map expires_at:int payment_method_types:list '
     'payment_method_collection billing_address_collection customer_update:map '
     'tax_id_collection:map submit_type custom_text:map consent_collection:map '
     'phone_number_collection:map invoice_creation:map currency ui_mode expand:list '
     'saved_payment_method_options:map adaptive_pricing:map origin_context'),
    ('GET', '/checkout/sessions', list_sessions, LIST + ' customer subscription payment_intent '
     'status:open|complete|expired'),
    ('GET', '/checkout/sessions/:id', retrieve('checkout.session'), SHOW),
    ('POST', '/checkout/sessions/:id', update_session, 'metadata:map expand:list'),
    ('GET', '/checkout/sessions/:id/line_items', list_line_items, LIST),
    ('POST', '/checkout/sessions/:id/expire', expire_session, SHOW),
    ('POST', '/billing_portal/sessions', create_portal_session, 'customer! return_url locale '
     'configuration flow_data:map on_behalf_of expand:list'),
    ('POST', '/billing_portal/configurations', create_configuration, 'features:map! '
     'business_profile:map metadata:map default_return_url expand:list'),
    ('GET', '/billing_portal/configurations', list_configurations, LIST + ' active:bool '
     'is_default:bool'),
    ('GET', '/billing_portal/configurations/:id', retrieve('billing_portal.configuration'), SHOW),
]
