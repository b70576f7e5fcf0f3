"""Invoices: made of lines, finalized at once, paid by credit and by card, tried again when that
fails."""
import discounts
import errors
import payments
from events import editing, emit
from money import DAY

RETRY_AFTER_DAYS = (3, 5, 7)


def make(world, sub, reason, lines, period=None, collect=True):
    """An invoice of a subscription; finalized, and paid when nothing is due, if it is to be
    collected."""
    customer = world.get('customer', sub['customer'])
    off = discounts.take_off(world, lines, sub, sub['currency'])
    subtotal = sum(line['amount'] for line in lines)
    total = subtotal - sum(part['amount'] for part in off)
    given = world.new_id('invoice')
    for line in lines:
        line.setdefault('id', world.new_id('line_item'))
    invoice = world.new(
        'invoice', id=given, customer=customer['id'], currency=sub['currency'], status='draft',
        billing_reason=reason, subtotal=subtotal, subtotal_excluding_tax=subtotal, total=total,
        total_excluding_tax=total, total_discount_amounts=off, amount_due=max(0, total),
        amount_paid=0, amount_remaining=max(0, total), auto_advance=True,
        discounts=discounts.whole_discounts(world, sub) if off else [],
        customer_email=customer.get('email'), customer_name=customer.get('name'),
        period_start=(period or sub['_period'])[0], period_end=(period or sub['_period'])[1],
        starting_balance=customer.get('balance', 0), _lines=lines, _subscription=sub['id'],
        _sub_metadata=dict(sub.get('metadata', {})),
        status_transitions={'finalized_at': None, 'marked_uncollectible_at': None,
                            'paid_at': None, 'voided_at': None})
    emit(world, 'invoice.created', invoice)
    with editing(world, sub):
        sub['latest_invoice'] = given
    discounts.after_invoice(world, sub)
    if collect:
        finalize(world, invoice)
        if invoice['amount_due'] == 0:
            mark_paid(world, invoice)
    return invoice


def transition(world, invoice, name):
    invoice['status_transitions'] = {**invoice['status_transitions'], name: world.now()}


def finalize(world, invoice):
    customer = world.get('customer', invoice['customer'])
    number = customer.get('next_invoice_sequence', 1)
    with editing(world, customer):
        customer['next_invoice_sequence'] = number + 1
    with editing(world, invoice):
        invoice.update(
            status='open', effective_at=world.now(),
            number=f"{customer['invoice_prefix']}-{number:04}",
            hosted_invoice_url=f"{world.sim.base}/invoice/{invoice['id']}",
            invoice_pdf=f"{world.sim.base}/invoice/{invoice['id']}.pdf")
        transition(world, invoice, 'finalized_at')
        use_balance(world, invoice, customer)
    emit(world, 'invoice.finalized', invoice)


def use_balance(world, invoice, customer):
    """Credit pays first; a negative total becomes credit."""
    balance = customer.get('balance', 0)
    if invoice['total'] < 0:
        moved = invoice['total']
    elif balance < 0:
        moved = min(-balance, invoice['total'])
    else:
        moved = balance and -balance
    due = max(0, invoice['total'] - moved) if invoice['total'] >= 0 else 0
    if moved:
        payments.move_balance(world, customer, moved, 'applied_to_invoice', invoice['currency'],
                              invoice=invoice['id'])
    invoice.update(amount_due=due, amount_remaining=due, ending_balance=customer.get('balance', 0))


def mark_paid(world, invoice, outside=False):
    with editing(world, invoice, 'invoice.updated'):
        invoice.update(status='paid', amount_paid=invoice['amount_due'], amount_remaining=0,
                       attempted=True, next_payment_attempt=None, auto_advance=False,
                       _is_paid_outside=outside)
        transition(world, invoice, 'paid_at')
    emit(world, 'invoice.paid', invoice)
    emit(world, 'invoice.payment_succeeded', invoice)


def intent_of(world, invoice):
    """The payment of an invoice, made when it is first needed."""
    found = world['invoice_payment'].find('invoice', invoice['id'])
    if found:
        return found[0], world.get('payment_intent', found[0]['_payment_intent'])
    intent = payments.new_intent(world, invoice['amount_due'], invoice['currency'],
                                 invoice['customer'], description='Subscription',
                                 payment_method='pm_simulated')
    link = world.new('invoice_payment', invoice=invoice['id'], status='open', amount_paid=None,
                     amount_requested=invoice['amount_due'], currency=invoice['currency'],
                     payment={'type': 'payment_intent', 'payment_intent': intent['id']},
                     _payment_intent=intent['id'],
                     status_transitions={'canceled_at': None, 'paid_at': None})
    return link, intent


def collect(world, invoice, decline=None):
    """Tries the card once. True when the invoice is paid."""
    if invoice['status'] == 'paid':
        return True
    link, intent = intent_of(world, invoice)
    payments.charge(world, intent, decline)
    with editing(world, invoice):
        invoice.update(attempted=True, attempt_count=invoice.get('attempt_count', 0) + 1)
    if decline:
        note_failure(world, invoice)
        return False
    settle(world, invoice, link)
    return True


def settle(world, invoice, link):
    with editing(world, link):
        link.update(status='paid', amount_paid=link['amount_requested'],
                    status_transitions={'canceled_at': None, 'paid_at': world.now()})
    emit(world, 'invoice_payment.paid', link)
    mark_paid(world, invoice)


def note_failure(world, invoice):
    """Decides when it is tried again."""
    tries = invoice['attempt_count']
    is_first = invoice['billing_reason'] == 'subscription_create'
    will_retry = tries <= len(RETRY_AFTER_DAYS) and not is_first
    at = world.now() + RETRY_AFTER_DAYS[tries - 1] * DAY if will_retry else None
    with editing(world, invoice, 'invoice.updated'):
        invoice['next_payment_attempt'] = at
    if at is not None:
        world.at(at, 'retry_invoice', invoice['id'])
    emit(world, 'invoice.payment_failed', invoice)


def void(world, invoice, status='void'):
    """Void, or uncollectible."""
    if invoice['status'] not in ('open', 'uncollectible', 'draft'):
        raise errors.StripeError(400, f"You can only pass in open invoices. This invoice is "
                                 f"{invoice['status']}.")
    with editing(world, invoice):
        invoice.update(status=status, next_payment_attempt=None, auto_advance=False)
        transition(world, invoice, 'voided_at' if status == 'void' else
                   'marked_uncollectible_at')
    emit(world, 'invoice.voided' if status == 'void' else 'invoice.marked_uncollectible', invoice)
    return invoice
