"""Subscriptions, their items and schedules, invoices and what pays them."""
import discounts
import errors
import forms
import invoices
import shapes
import subscriptions
from call import LIST, Page, in_range, named, page, part_of_list
from catalog_api import new_price, retrieve
from events import editing, emit
from money import DAY, period_end

COMMON = 'cancel_at:int cancel_at_period_end:bool items:list metadata:map discounts:list ' \
         'proration_behavior:create_prorations|none|always_invoice trial_end ' \
         'pause_collection:any default_payment_method description payment_behavior ' \
         'payment_settings:map collection_method:charge_automatically|send_invoice ' \
         'days_until_due:int coupon ' \
         'automatic_tax:map off_session:bool cancellation_details:map expand:list'
ITEM = forms.table('id price price_data:map quantity:int metadata:map discounts:list deleted:bool '
                   'clear_usage:bool tax_rates:list')
STATUSES = ('active', 'past_due', 'unpaid', 'canceled', 'incomplete', 'incomplete_expired',
            'trialing', 'paused')


# --- Reading parameters ---

def price_of(world, given, name):
    """The recurring price that an item names, or describes."""
    if given.get('price_data'):
        made = dict(given['price_data'])
        made['unit_amount'] = forms.integer(f'{name}[price_data][unit_amount]',
                                            made.get('unit_amount', ''))
        made = new_price(world, made)
        emit(world, 'price.created', made)
        return made
    if not given.get('price'):
        return None
    found = named(world, 'price', given['price'], f'{name}[price]')
    if not found.get('active', True):
        raise errors.invalid(f'{name}[price]', f"Price {found['id']} is not active.")
    return found


def recurring_price(world, given, name):
    found = price_of(world, given, name)
    if found is None:
        raise errors.missing_parameter(f'{name}[price]')
    if not found.get('recurring'):
        raise errors.invalid(f'{name}[price]', f"The price specified is set to `type=one_time` but "
                             "this field only accepts prices with `type=recurring`.")
    return found


def same_currency(found):
    if len({price['currency'] for price in found}) > 1:
        raise errors.invalid('items', 'All prices of a subscription must have one currency.')


def new_items(world, given, name='items'):
    read = [forms.read(item, ITEM, f'{name}[{i}]') for i, item in enumerate(given)]
    prices = [recurring_price(world, item, f'{name}[{i}]') for i, item in enumerate(read)]
    same_currency(prices)
    if len({p['id'] for p in prices}) < len(prices):
        raise errors.invalid(name, 'You cannot have two items with the same price.')
    return read, [(price, item['quantity'] if item.get('quantity') is not None else 1)
                  for price, item in zip(prices, read)]


def trial_end_of(world, call):
    days, at = call.get('trial_period_days'), call.get('trial_end')
    if days is not None:
        return world.now() + days * DAY if days else None
    if at in (None, 'now'):
        return None
    return forms.integer('trial_end', at)


# --- Subscriptions ---

def create_subscription(call):
    world = call.world
    customer = call.named('customer', 'customer')
    read, items = new_items(world, call.params['items'])
    coupons = call.get('discounts') or ([{'coupon': call.params['coupon']}]
                                        if call.get('coupon') else [])
    sub = subscriptions.create(
        world, customer, items, metadata=call.metadata({}), trial_end=trial_end_of(world, call),
        coupons=coupons, item_coupons=[item.get('discounts') for item in read],
        collection_method=call.get('collection_method', 'charge_automatically'),
        pay=call.get('payment_behavior') != 'default_incomplete',
        description=call.get('description'))
    if call.get('cancel_at_period_end') or call.get('cancel_at'):
        with editing(world, sub, 'customer.subscription.updated'):
            change_end(call, sub)
    return sub


def change_end(call, sub):
    if 'cancel_at_period_end' in call.params:
        subscriptions.want_end(call.world, sub, call.params['cancel_at_period_end'])
    if 'cancel_at' in call.params:
        subscriptions.want_end_at(call.world, sub, call.params['cancel_at'])


def update_subscription(call):
    world, sub = call.world, call.object('subscription')
    if sub['status'] in ('canceled', 'incomplete_expired'):
        if set(call.params) - {'metadata', 'cancellation_details', 'expand'}:
            raise errors.StripeError(400, 'A canceled subscription can only update its '
                                     'cancellation_details and metadata.')
    with editing(world, sub, 'customer.subscription.updated'):
        change_plainly(call, sub)
    if call.get('trial_end') == 'now' and sub['status'] == 'trialing':
        end_trial(world, sub)
    if call.get('items'):
        change_items(call, sub)
    return sub


def change_plainly(call, sub):
    """What has no price."""
    sub['metadata'] = call.metadata(sub)
    change_end(call, sub)
    for name in ('description', 'default_payment_method', 'collection_method', 'days_until_due'):
        if name in call.params:
            sub[name] = call.params[name]
    if 'discounts' in call.params or 'coupon' in call.params:
        given = call.get('discounts') or ([{'coupon': call.params['coupon']}]
                                          if call.get('coupon') else [])
        sub['discounts'] = discounts.from_params(call.world, given, sub['customer'], sub['id'])
    if 'pause_collection' in call.params:
        sub['pause_collection'] = pause_of(call, sub)
    if call.get('cancellation_details'):
        sub['cancellation_details'] = {**(sub.get('cancellation_details') or {'reason': None}),
                                       **call.params['cancellation_details']}


def pause_of(call, sub):
    given = call.params['pause_collection']
    if not given:
        return None
    known = forms.table('behavior:keep_as_draft|mark_uncollectible|void! resumes_at:int')
    found = forms.read(forms.mapping('pause_collection', given), known, 'pause_collection')
    if found.get('resumes_at'):
        call.world.at(found['resumes_at'], 'resumes', sub['id'])
    return {'behavior': found['behavior'], 'resumes_at': found.get('resumes_at')}


def end_trial(world, sub):
    with editing(world, sub, 'customer.subscription.updated'):
        sub['trial_end'] = world.now()
        sub['billing_cycle_anchor'] = world.now()
        sub['_period'] = [sub['_period'][0], world.now()]
    subscriptions.period_ends(world, sub['id'])


def change_items(call, sub):
    changes = []
    for i, given in enumerate(call.params['items']):
        name = f'items[{i}]'
        read = forms.read(given, ITEM, name)
        item = None
        if read.get('id'):
            item = named(call.world, 'subscription_item', read['id'], name + '[id]')
            if item['subscription'] != sub['id']:
                raise errors.missing_object('subscription_item', read['id'], name + '[id]', 400)
            price = recurring_price(call.world, read, name) if read.get('price') else None
        else:
            price = recurring_price(call.world, read, name)
        changes.append((item, price, read.get('quantity'), read.get('deleted', False)))
        if item is not None and 'discounts' in read:
            item['discounts'] = discounts.from_params(call.world, read['discounts'],
                                                      sub['customer'], None, item['id'])
    subscriptions.change_items(call.world, sub, changes,
                               call.get('proration_behavior', 'create_prorations'))


def cancel_subscription(call):
    sub = call.object('subscription')
    if sub['status'] in ('canceled', 'incomplete_expired'):
        raise errors.missing_object('subscription', sub['id'])
    details = call.get('cancellation_details') or {}
    return subscriptions.end(call.world, sub, 'cancellation_requested', details)


def resume_subscription(call):
    sub = call.object('subscription')
    if sub['status'] != 'paused':
        raise errors.StripeError(400, 'You can only resume subscriptions whose status is `paused`.')
    subscriptions.begin_period(call.world, sub)
    subscriptions.set_status(call.world, sub, 'active')
    emit(call.world, 'customer.subscription.resumed', sub)
    subscriptions.bill(call.world, sub, 'subscription_cycle',
                       subscriptions.whole_lines(call.world, sub))
    return sub


def delete_discount(call):
    sub = call.object('subscription')
    for given in list(sub.get('discounts', [])):
        discounts.remove(call.world, given)
    return {'object': 'discount', 'deleted': True}


def list_subscriptions(call):
    world, p = call.world, call.params
    status = p.get('status')
    if status not in (None, 'all', 'ended', *STATUSES):
        raise errors.invalid('status', f'Invalid status: {status}')

    def is_wanted(sub):
        return has_status(sub, status) and \
            has_price(world, sub, p.get('price') or p.get('plan')) and \
            (not p.get('collection_method') or p['collection_method'] ==
             sub.get('collection_method', 'charge_automatically')) and \
            in_period(sub, p)
    call.named('customer', 'customer') if status not in ('all', 'canceled', 'ended') else None
    return page(call, 'subscription', [('customer', p.get('customer'))], is_wanted)


def has_status(sub, wanted):
    if wanted is None:
        return sub['status'] not in ('canceled', 'incomplete_expired')
    if wanted == 'ended':
        return sub['status'] in ('canceled', 'incomplete_expired')
    return wanted == 'all' or sub['status'] == wanted


def has_price(world, sub, wanted):
    return wanted is None or any(i['price'] == wanted for i in subscriptions.items_of(world, sub))


def in_period(sub, params):

    start, end = sub['_period']
    return in_range(start, params.get('current_period_start')) and \
        in_range(end, params.get('current_period_end'))


# --- Items ---

def list_items(call):
    sub = call.named('subscription', 'subscription')
    return part_of_list(call, subscriptions.items_of(call.world, sub))


# --- Schedules ---

PHASE = forms.table('items:list! start_date:any end_date:any duration:map iterations:int '
                    'discounts:list proration_behavior metadata:map')


def create_schedule(call):
    world = call.world
    sub = call.named('subscription', 'from_subscription')
    if sub.get('schedule'):
        raise errors.invalid('from_subscription', 'This subscription has a schedule already.')
    start, end = sub['_period']
    phase = {'start_date': start, 'end_date': end, 'items': phase_items(world, sub),
             'discounts': [], 'currency': sub['currency'], 'metadata': {},
             'proration_behavior': 'create_prorations', 'trial_end': None}
    made = world.new('subscription_schedule', customer=sub['customer'], subscription=sub['id'],
                     status='active', phases=[phase],
                     current_phase={'start_date': start, 'end_date': end})
    with editing(world, sub, 'customer.subscription.updated'):
        sub['schedule'] = made['id']
    emit(world, 'subscription_schedule.created', made)
    world.at(end, 'begin_phase', made['id'])
    return made


def phase_items(world, sub):
    return [{'price': i['price'], 'plan': i['price'], 'quantity': i.get('quantity'),
             'discounts': [], 'metadata': {}, 'tax_rates': []}
            for i in subscriptions.items_of(world, sub)]


def update_schedule(call):
    made = call.object('subscription_schedule')
    if made['status'] not in ('active', 'not_started'):
        raise errors.StripeError(400, f"You cannot update a schedule that is {made['status']}.")
    phases = read_phases(call, made) if call.get('phases') else made['phases']
    with editing(call.world, made, 'subscription_schedule.updated'):
        made.update(phases=phases, metadata=call.metadata(made),
                    end_behavior=call.get('end_behavior', made.get('end_behavior', 'release')))
    for phase in phases:
        call.world.at(phase['start_date'], 'begin_phase', made['id'])
    call.world.at(phases[-1]['end_date'], 'begin_phase', made['id'])
    return made


def read_phases(call, made):
    world, phases, start = call.world, [], made['phases'][0]['start_date']
    for i, given in enumerate(call.params['phases']):
        read = forms.read(given, PHASE, f'phases[{i}]')
        _, items = new_items(world, read['items'], f'phases[{i}][items]')
        end = phase_end(read, start, items[0][0]['recurring'])
        phases.append({
            'start_date': start, 'end_date': end, 'discounts': read.get('discounts') or [],
            'items': [{'price': price['id'], 'plan': price['id'], 'quantity': quantity,
                       'discounts': [], 'metadata': {}, 'tax_rates': []}
                      for price, quantity in items],
            'currency': items[0][0]['currency'], 'metadata': read.get('metadata') or {},
            'proration_behavior': read.get('proration_behavior') or 'create_prorations',
            'trial_end': None})
        start = end
    return phases


def phase_end(read, start, recurring):
    if read.get('end_date') is not None:
        return forms.integer('end_date', read['end_date'])
    if duration := read.get('duration'):
        recurring = {'interval': duration['interval'],
                     'interval_count': int(duration.get('interval_count', 1))}
    end = start
    for _ in range(read.get('iterations') or 1):
        end = period_end(start, end, recurring)
    return end


def release_schedule(call):
    made = call.object('subscription_schedule')
    subscriptions.release(call.world, made)
    return made


def cancel_schedule(call):
    made = call.object('subscription_schedule')
    sub = call.world.get('subscription', made['subscription'])
    subscriptions.end(call.world, sub, 'cancellation_requested')
    return made


def list_schedules(call):
    return page(call, 'subscription_schedule', [('customer', call.get('customer'))])


# --- Invoices ---

def list_invoices(call):
    p = call.params
    return page(call, 'invoice', [('_subscription', p.get('subscription')),
                                  ('customer', p.get('customer'))],
                lambda o: p.get('status') in (None, o['status']) and
                p.get('collection_method') in (None, 'charge_automatically'))


def list_lines(call):
    invoice = call.object('invoice')
    ready = [shapes.render_line(call.world, invoice, line, call.version)
             for line in invoice['_lines']]
    found = part_of_list(call, ready)
    return Page(found.objects, found.has_more, is_ready=True)


def pay_invoice(call):
    invoice = call.object('invoice')
    if invoice['status'] != 'open':
        raise errors.StripeError(400, 'Invoice is already paid' if invoice['status'] == 'paid' else
                                 f"You can only pay an open invoice. It is {invoice['status']}.",
                                 code='invoice_not_open' if invoice['status'] != 'paid' else None)
    if call.get('paid_out_of_band'):
        invoices.mark_paid(call.world, invoice, outside=True)
        sub = call.world.get('subscription', invoice.get('_subscription'))
        if sub is not None:
            subscriptions.after_payment(call.world, sub)
    elif not subscriptions.pay_again(call.world, invoice):
        customer = call.world.get('customer', invoice['customer'])
        charges = call.world['charge'].find('customer', invoice['customer'])
        raise errors.card_declined(customer['_decline'], charges[-1]['id'])
    return invoice


def void_invoice(call):
    return invoices.void(call.world, call.object('invoice'))


def mark_invoice(call):
    return invoices.void(call.world, call.object('invoice'), 'uncollectible')


def finalize_invoice(call):
    invoice = call.object('invoice')
    if invoice['status'] != 'draft':
        raise errors.StripeError(400, 'This invoice is already finalized, you can\'t '
                                 're-finalize it.')
    invoices.finalize(call.world, invoice)
    return invoice


def list_payments(call):
    payment, p = call.get('payment') or {}, call.params
    unknown = set(payment) - {'type', 'payment_intent'}
    if unknown:
        raise errors.unknown_parameter(f'payment[{min(unknown)}]')
    if payment and payment.get('type') not in ('payment_intent', 'charge'):
        raise errors.missing_parameter('payment[type]')
    return page(call, 'invoice_payment', [('_payment_intent', payment.get('payment_intent')),
                                          ('invoice', p.get('invoice'))],
                lambda o: p.get('status') in (None, o['status']))


SHOW = 'expand:list'
ROUTES = [
    ('POST', '/subscriptions', create_subscription, COMMON.replace('items:list', 'items:list!') +
     ' customer! trial_period_days:int currency billing_cycle_anchor:int billing_mode:map'),
    ('GET', '/subscriptions', list_subscriptions, LIST + ' customer price plan status '
     'collection_method current_period_start:range current_period_end:range automatic_tax:map '
     'test_clock'),
    ('GET', '/subscriptions/:id', retrieve('subscription'), SHOW),
    ('POST', '/subscriptions/:id', update_subscription, COMMON + ' billing_cycle_anchor '
     'proration_date:int'),
    ('DELETE', '/subscriptions/:id', cancel_subscription, 'invoice_now:bool prorate:bool '
     'cancellation_details:map expand:list'),
    ('DELETE', '/subscriptions/:id/discount', delete_discount, ''),
    ('POST', '/subscriptions/:id/resume', resume_subscription, 'billing_cycle_anchor '
     'proration_behavior expand:list'),
    ('GET', '/subscription_items', list_items, LIST.replace('created:range ', '') +
     ' subscription!'),
    ('GET', '/subscription_items/:id', retrieve('subscription_item'), SHOW),
    ('POST', '/subscription_schedules', create_schedule, 'from_subscription! expand:list'),
    ('GET', '/subscription_schedules', list_schedules, LIST + ' customer'),
    ('GET', '/subscription_schedules/:id', retrieve('subscription_schedule'), SHOW),
    ('POST', '/subscription_schedules/:id', update_schedule, 'phases:list metadata:map '
     'end_behavior:release|cancel proration_behavior expand:list'),
    ('POST', '/subscription_schedules/:id/release', release_schedule, 'expand:list '
     'preserve_cancel_date:bool'),
    ('POST', '/subscription_schedules/:id/cancel', cancel_schedule, SHOW),
    ('GET', '/invoices', list_invoices, LIST + ' customer subscription collection_method '
     'status:draft|open|paid|uncollectible|void due_date:range'),
    ('GET', '/invoices/:id', retrieve('invoice'), SHOW),
    ('GET', '/invoices/:id/lines', list_lines, LIST),
    ('POST', '/invoices/:id/pay', pay_invoice, 'paid_out_of_band:bool payment_method '
     'off_session:bool expand:list'),
    ('POST', '/invoices/:id/void', void_invoice, SHOW),
    ('POST', '/invoices/:id/finalize', finalize_invoice, 'auto_advance:bool expand:list'),
    ('POST', '/invoices/:id/mark_uncollectible', mark_invoice, SHOW),
    ('GET', '/invoice_payments', list_payments, LIST + ' invoice payment:map status'),
    ('GET', '/invoice_payments/:id', retrieve('invoice_payment'), SHOW),
]
