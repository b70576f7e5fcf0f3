"""Money moves: payment intents, charges, refunds, disputes, and the balance of a customer."""
import errors
from events import editing, emit
from money import shown

FEE_PERCENT, FEE_FIXED = 15, 25  # thousandths, minor units
DISPUTE_FEE = 1500


def book(world, kind, amount, currency, source, fee=0):
    """A movement of the account's own balance."""
    return world.new('balance_transaction', type=kind, amount=amount, currency=currency, fee=fee,
                     net=amount - fee, source=source, available_on=world.now() + 2 * 86400,
                     reporting_category='charge' if kind == 'charge' else kind)


def new_intent(world, amount, currency, customer, **members):
    given = world.new_id('payment_intent')
    members.setdefault('status', 'requires_payment_method')
    intent = world.new('payment_intent', id=given, amount=amount, currency=currency,
                       customer=customer, client_secret=f'{given}_secret_simulated', **members)
    emit(world, 'payment_intent.created', intent)
    return intent


def charge(world, intent, decline=None):
    """One attempt at the card. The charge; the intent is updated and both are told about."""
    if decline:
        return decline_charge(world, intent, decline)
    made = new_charge(world, intent, status='succeeded', amount_captured=intent['amount'],
                      receipt_url=f"{world.sim.base}/receipt/{intent['id']}")
    fee = intent['amount'] * FEE_PERCENT // 1000 + FEE_FIXED
    made['balance_transaction'] = book(world, 'charge', intent['amount'], intent['currency'],
                                       made['id'], fee)['id']
    emit(world, 'charge.succeeded', made)
    with editing(world, intent):
        intent.update(status='succeeded', amount_received=intent['amount'],
                      latest_charge=made['id'], last_payment_error=None)
    emit(world, 'payment_intent.succeeded', intent)
    return made


def new_charge(world, intent, **members):
    customer = world.get('customer', intent['customer']) or {}
    return world.new('charge', amount=intent['amount'], currency=intent['currency'],
                     customer=intent['customer'], payment_intent=intent['id'],
                     payment_method='pm_simulated', description=intent.get('description'),
                     billing_details={'address': None, 'email': customer.get('email'),
                                      'name': customer.get('name'), 'phone': None,
                                      'tax_id': None},
                     payment_method_details={'type': 'card', 'card': {
                         'brand': 'visa', 'last4': '4242', 'exp_month': 12, 'exp_year': 2034,
                         'funding': 'credit', 'country': 'DE'}}, **members)


def decline_charge(world, intent, decline):
    message = errors.DECLINED.get(decline, errors.DECLINED['generic_decline'])
    made = new_charge(world, intent, status='failed', paid=False, captured=False,
                      amount_captured=0, failure_code='card_declined', failure_message=message,
                      outcome={'network_status': 'declined_by_network', 'reason': decline,
                               'type': 'issuer_declined', 'seller_message': message})
    emit(world, 'charge.failed', made)
    with editing(world, intent):
        intent.update(status='requires_payment_method', latest_charge=made['id'],
                      last_payment_error={'type': 'card_error', 'code': 'card_declined',
                                          'decline_code': decline, 'message': message,
                                          'charge': made['id']})
    emit(world, 'payment_intent.payment_failed', intent)
    return made


# --- Refunds ---

def refund(world, made, amount=None, reason=None, metadata=None, status='succeeded'):
    left = made['amount'] - made.get('amount_refunded', 0)
    if made['status'] != 'succeeded':
        raise errors.invalid('charge', f"Charge {made['id']} has not succeeded.",
                             'charge_not_refundable')
    if left == 0:
        raise errors.invalid('charge', f"Charge {made['id']} has already been refunded.",
                             'charge_already_refunded')
    amount = left if amount is None else amount
    if amount < 1 or amount > left:
        raise errors.invalid('amount', f"Refund amount ({shown(amount, made['currency'])}) is "
                             f"greater than unrefunded amount on charge "
                             f"({shown(left, made['currency'])})")
    back = world.new('refund', amount=amount, charge=made['id'], currency=made['currency'],
                     payment_intent=made.get('payment_intent'), reason=reason, status=status,
                     metadata=metadata or {})
    back['balance_transaction'] = book(world, 'refund', -amount, made['currency'],
                                       back['id'])['id']
    count_refunded(world, made, amount)
    emit(world, 'refund.created', back)
    emit(world, 'charge.refunded', made)
    return back


def count_refunded(world, made, amount):
    with editing(world, made):
        made['amount_refunded'] = made.get('amount_refunded', 0) + amount
        made['refunded'] = made['amount_refunded'] == made['amount']


def settle_refund(world, back, status):
    """A refund that was pending, or that the bank sends back: succeeded, failed or canceled."""
    was = back['status']
    if was == status:
        return back
    with editing(world, back, 'refund.updated'):
        back['status'] = status
        if status == 'failed':
            back['failure_reason'] = 'lost_or_stolen_card'
    if status in ('failed', 'canceled'):
        count_refunded(world, world.get('charge', back['charge']), -back['amount'])
        if status == 'failed':
            emit(world, 'refund.failed', back)
    return back


# --- Disputes ---

def dispute(world, made, amount=None, reason='fraudulent'):
    amount = made['amount'] if amount is None else amount
    case = world.new('dispute', amount=amount, charge=made['id'], currency=made['currency'],
                     payment_intent=made.get('payment_intent'), reason=reason,
                     status='needs_response', balance_transactions=[])
    with editing(world, made, 'charge.updated'):
        made['disputed'] = True
    emit(world, 'charge.dispute.created', case)
    move_funds(world, case, -amount, DISPUTE_FEE)
    emit(world, 'charge.dispute.funds_withdrawn', case)
    return case


def move_funds(world, case, amount, fee):
    moved = book(world, 'adjustment', amount, case['currency'], case['id'], fee)
    with editing(world, case):
        case['balance_transactions'] = case['balance_transactions'] + [
            {name: value for name, value in moved.items() if name[0] != '_'}]


def close_dispute(world, case, status):
    """won: the funds come back; lost: they do not."""
    with editing(world, case):
        case['status'] = status
    if status == 'won':
        move_funds(world, case, case['amount'], 0)
        emit(world, 'charge.dispute.funds_reinstated', case)
    emit(world, 'charge.dispute.closed', case)
    return case


# --- A customer's balance: negative is credit ---

def move_balance(world, customer, amount, kind, currency, **members):
    with editing(world, customer, 'customer.updated'):
        customer['balance'] = customer.get('balance', 0) + amount
        customer['currency'] = customer.get('currency') or currency
    return world.new('customer_balance_transaction', customer=customer['id'], amount=amount,
                     currency=currency, type=kind, ending_balance=customer['balance'], **members)
