"""Customers, their balance, payment intents, charges, refunds, disputes."""
import discounts
import errors
import payments
import subscriptions
from call import LIST, page
from catalog_api import retrieve
from events import editing, emit

CUSTOMER = 'email name description phone metadata:map address:map shipping:map coupon ' \
           'invoice_settings:map preferred_locales:texts tax_exempt balance:int payment_method ' \
           'source invoice_prefix next_invoice_sequence:int expand:list'
SAME = ('email', 'name', 'description', 'phone', 'address', 'shipping', 'preferred_locales',
        'tax_exempt', 'balance', 'invoice_prefix')


def refuse_bad_email(call):
    if call.get('email') and '@' not in call.params['email']:
        raise errors.invalid('email', f"Invalid email address: {call.params['email']}",
                             'email_invalid')


def create_customer(call):
    refuse_bad_email(call)
    made = call.world.new('customer', metadata=call.metadata({}),
                          **{n: call.params[n] for n in SAME if call.params.get(n) is not None})
    made.setdefault('invoice_prefix', call.sim.numbers.letters(8).upper())
    if call.get('coupon'):
        made['discount'] = discounts.attach(call.world, call.params['coupon'], made['id'])
    emit(call.world, 'customer.created', made)
    return made


def alive(call):
    made = call.object('customer')
    if made.get('deleted'):
        raise errors.missing_object('customer', made['id'])
    return made


def update_customer(call):
    made = alive(call)
    refuse_bad_email(call)
    with editing(call.world, made, 'customer.updated'):
        made.update({n: call.params[n] for n in SAME if n in call.params},
                    metadata=call.metadata(made))
        if 'coupon' in call.params:
            made['discount'] = discounts.attach(call.world, call.params['coupon'], made['id']) \
                if call.params['coupon'] else None
    return made


def delete_customer(call):
    """What it has subscribed to ends with it."""
    made, world = alive(call), call.world
    for sub in world['subscription'].find('customer', made['id']):
        if sub['status'] in subscriptions.ALIVE:
            subscriptions.end(world, sub, 'cancellation_requested')
    emit(world, 'customer.deleted', made)
    with editing(world, made):
        made['deleted'] = True
    return {'id': made['id'], 'object': 'customer', 'deleted': True}


def list_customers(call):
    wanted = call.get('email')
    return page(call, 'customer', where=lambda o: wanted is None or o.get('email') == wanted)


def remove_discount(call):
    made = alive(call)
    if not made.get('discount'):
        raise errors.missing_object('discount', made['id'])
    given = made['discount']
    discounts.remove(call.world, given)
    return {'id': given, 'object': 'discount', 'deleted': True}


def create_balance_entry(call):
    made = alive(call)
    currency = call.params['currency'].lower()
    if made.get('currency') not in (None, currency):
        raise errors.invalid('currency', f"The customer's currency is {made['currency']}.")
    return payments.move_balance(call.world, made, call.params['amount'], 'adjustment', currency,
                                 description=call.get('description'),
                                 metadata=call.metadata({}))


def list_balance_entries(call):
    return page(call, 'customer_balance_transaction', [('customer', alive(call)['id'])])


def show_balance_entry(call):
    return call.object('customer_balance_transaction', 1)


# --- Payment intents and charges ---

def create_intent(call):
    customer = call.named('customer', 'customer')
    if call.params['amount'] < 1:
        raise errors.invalid('amount', 'This value must be greater than or equal to 1.',
                             'parameter_invalid_integer')
    made = payments.new_intent(call.world, call.params['amount'], call.params['currency'].lower(),
                               customer and customer['id'], metadata=call.metadata({}),
                               description=call.get('description'))
    if call.get('confirm'):
        confirm(call, made)
    return made


def confirm(call, made):
    customer = call.world.get('customer', made['customer']) or {}
    charge = payments.charge(call.world, made, customer.get('_decline'))
    if charge['status'] == 'failed':
        raise errors.card_declined(customer['_decline'], charge['id'])
    return made


def confirm_intent(call):
    made = call.object('payment_intent')
    if made['status'] not in ('requires_payment_method', 'requires_confirmation'):
        raise errors.invalid('intent', "You cannot confirm this PaymentIntent because it has a "
                             f"status of {made['status']}.", 'payment_intent_unexpected_state')
    return confirm(call, made)


def cancel_intent(call):
    made = call.object('payment_intent')
    if made['status'] in ('succeeded', 'canceled'):
        raise errors.invalid('intent', 'You cannot cancel this PaymentIntent because it has a '
                             f"status of {made['status']}.", 'payment_intent_unexpected_state')
    with editing(call.world, made):
        made.update(status='canceled', canceled_at=call.world.now(),
                    cancellation_reason=call.get('cancellation_reason'))
    emit(call.world, 'payment_intent.canceled', made)
    return made


def list_intents(call):
    return page(call, 'payment_intent', [('customer', call.get('customer'))])


def list_charges(call):
    return page(call, 'charge', [('payment_intent', call.get('payment_intent')),
                                 ('customer', call.get('customer'))])


# --- Refunds and disputes ---

def create_refund(call):
    made = call.named('charge', 'charge')
    intent = call.named('payment_intent', 'payment_intent')
    if made is None and intent is None:
        raise errors.missing_parameter('charge')
    if made is None:
        made = call.world.get('charge', intent.get('latest_charge'))
    if made is None:
        raise errors.invalid('payment_intent', 'This PaymentIntent does not have a successful '
                             'charge to refund.')
    return payments.refund(call.world, made, call.get('amount'), call.get('reason'),
                           call.metadata({}))


def update_refund(call):
    made = call.object('refund')
    with editing(call.world, made, 'refund.updated'):
        made['metadata'] = call.metadata(made)
    return made


def cancel_refund(call):
    made = call.object('refund')
    if made['status'] != 'requires_action':
        raise errors.invalid('id', 'Only refunds that require action can be canceled.')
    return payments.settle_refund(call.world, made, 'canceled')


def list_of_charge(kind):
    return lambda call: page(call, kind, [('charge', call.get('charge')),
                                          ('payment_intent', call.get('payment_intent'))])


ROUTES = [
    ('POST', '/customers', create_customer, CUSTOMER),
    ('GET', '/customers', list_customers, LIST + ' email'),
    ('GET', '/customers/:id', retrieve('customer'), 'expand:list'),
    ('POST', '/customers/:id', update_customer, CUSTOMER),
    ('DELETE', '/customers/:id', delete_customer, ''),
    ('DELETE', '/customers/:id/discount', remove_discount, ''),
    ('POST', '/customers/:id/balance_transactions', create_balance_entry,
     'amount:int! currency! description metadata:map expand:list'),
    ('GET', '/customers/:id/balance_transactions', list_balance_entries, LIST + ' invoice'),
    ('GET', '/customers/:id/balance_transactions/:id', show_balance_entry, 'expand:list'),
    ('POST', '/payment_intents', create_intent, 'amount:int! currency! customer description '
     'metadata:map confirm:bool payment_method payment_method_types:texts '
     'automatic_payment_methods:map off_session:bool return_url expand:list'),
    ('GET', '/payment_intents', list_intents, LIST + ' customer'),
    ('GET', '/payment_intents/:id', retrieve('payment_intent'), 'expand:list client_secret'),
    ('POST', '/payment_intents/:id/confirm', confirm_intent,
     'payment_method return_url expand:list'),
    ('POST', '/payment_intents/:id/cancel', cancel_intent, 'cancellation_reason expand:list'),
    ('GET', '/charges', list_charges, LIST + ' customer payment_intent'),
    ('GET', '/charges/:id', retrieve('charge'), 'expand:list'),
    ('POST', '/refunds', create_refund, 'charge payment_intent amount:int '
     'reason:duplicate|fraudulent|requested_by_customer metadata:map expand:list'),
    ('GET', '/refunds', list_of_charge('refund'), LIST + ' charge payment_intent'),
    ('GET', '/refunds/:id', retrieve('refund'), 'expand:list'),
    ('POST', '/refunds/:id', update_refund, 'metadata:map expand:list'),
    ('POST', '/refunds/:id/cancel', cancel_refund, 'expand:list'),
    ('GET', '/disputes', list_of_charge('dispute'), LIST + ' charge payment_intent'),
    ('GET', '/disputes/:id', retrieve('dispute'), 'expand:list'),
]
