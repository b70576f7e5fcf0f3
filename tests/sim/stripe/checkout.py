"""What a person does on the checkout page: pays, is declined, pays later."""
import invoices
import payments
import subscriptions
from events import editing, emit
from money import DAY

ASYNC_S = 3 * DAY


def customer_of(world, session):
    """The session's customer, made anew when it has none."""
    found = world.get('customer', session.get('customer'))
    if found is not None and not found.get('deleted'):
        return found
    made = world.new('customer', email=session.get('customer_email') or 'payer@example.org',
                     invoice_prefix=world.sim.numbers.letters(8).upper())
    emit(world, 'customer.created', made)
    return made


def success_url(session):
    return session['success_url'].replace('{CHECKOUT_SESSION_ID}', session['id'])


def pay(world, session, is_async=False):
    """Completes the session; the address to go on to."""
    customer = customer_of(world, session)
    with editing(world, customer):
        customer['_decline'] = None
    if session['mode'] == 'subscription':
        members = subscribe(world, session, customer, is_async)
    else:
        members = pay_once(world, session, customer, is_async)
    with editing(world, session):
        session.update(status='complete', customer=customer['id'], url=None, **members)
        session['customer_details'] = {**session['customer_details'], 'email':
                                       customer.get('email'), 'name': customer.get('name')}
    emit(world, 'checkout.session.completed', session)
    if is_async:
        world.at(world.now() + ASYNC_S, 'async_succeeds', session['id'])
    return success_url(session)


def subscribe(world, session, customer, is_async):
    data = session['_data']
    items, once = split_lines(world, session)
    trial = data.get('trial_end') or (data.get('trial_period_days') and
                                      world.now() + data['trial_period_days'] * DAY)
    sub = subscriptions.create(world, customer, items, metadata=data.get('metadata'),
                               trial_end=trial, coupons=session.get('_discounts'),
                               once=once, pay=not is_async, description=data.get('description'))
    invoice = world.get('invoice', sub['latest_invoice'])
    if is_async and invoice['status'] == 'open':
        _, intent = invoices.intent_of(world, invoice)
        begin_processing(world, intent)
    return {'subscription': sub['id'], 'invoice': invoice['id'],
            'payment_status': 'no_payment_required' if trial else
            'paid' if invoice['status'] == 'paid' else 'unpaid'}


def split_lines(world, session):
    items, once = [], []
    for line in session['_line_items']:
        price = world.get('price', line['price'])
        (items if price.get('recurring') else once).append((price, line['quantity']))
    return items, once


def pay_once(world, session, customer, is_async):
    data = session['_intent_data']
    intent = payments.new_intent(world, session['amount_total'], session['currency'],
                                 customer['id'], metadata=data.get('metadata', {}),
                                 description=data.get('description'))
    if is_async:
        begin_processing(world, intent)
    else:
        payments.charge(world, intent)
    return {'payment_intent': intent['id'], 'payment_status': 'unpaid' if is_async else 'paid'}


def begin_processing(world, intent):
    with editing(world, intent):
        intent.update(status='processing', payment_method_types=['sepa_debit'])
    emit(world, 'payment_intent.processing', intent)


def decline(world, session, code='generic_decline'):
    """The card says no; the session stays open."""
    customer = world.get('customer', session.get('customer'))
    intent = world.get('payment_intent', session.get('_intent'))
    if intent is None:
        intent = payments.new_intent(world, session['amount_total'], session['currency'],
                                     customer and customer['id'])
        session['_intent'] = intent['id']
    return payments.charge(world, intent, code)


# --- Payments that take days ---

def async_succeeds(world, session_id):
    settle_async(world, world.get('checkout.session', session_id), True)


def settle_async(world, session, has_worked):
    """The bank says yes or no. Only once."""
    if session['payment_status'] != 'unpaid' or session['status'] != 'complete':
        return False
    invoice = world.get('invoice', session.get('invoice'))
    if invoice is not None:
        has_worked = subscriptions.pay_again(world, invoice,
                                             None if has_worked else 'generic_decline')
        if not has_worked:
            after_async_failure(world, session)
    else:
        intent = world.get('payment_intent', session['payment_intent'])
        payments.charge(world, intent, None if has_worked else 'generic_decline')
    with editing(world, session):
        session['payment_status'] = 'paid' if has_worked else 'unpaid'
        session['_is_settled'] = True
    emit(world, 'checkout.session.async_payment_' + ('succeeded' if has_worked else 'failed'),
         session)
    return True


def after_async_failure(world, session):
    sub = world.get('subscription', session['subscription'])
    if sub['status'] == 'active':
        subscriptions.set_status(world, sub, 'past_due')
