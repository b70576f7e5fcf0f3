"""How objects look in an answer: all members of Stripe's own samples (tests/data/stripe), in the
shape of a version, with what `expand[]` asked for in the place of ids."""
import json
import pathlib

import errors
import versions

SAMPLES = pathlib.Path(__file__).resolve().parent.parent.parent / 'data' / 'stripe'
LEVELS_MAX = 4
EMBEDDED_MAX = 10

# What an object has when nothing else was said. Other members of a sample are null.
USUAL = {
    'balance_transaction': {'fee_details': [], 'status': 'available',
                            'balance_type': 'payments'},
    'billing_portal.session': {},
    'charge': {'metadata': {}, 'fraud_details': {}, 'paid': True, 'captured': True,
               'disputed': False, 'refunded': False, 'amount_refunded': 0, 'status': 'succeeded',
               'billing_details': {'address': None, 'email': None, 'name': None, 'phone': None,
                                   'tax_id': None}},
    'checkout.session': {'metadata': {}, 'payment_method_types': ['card'],
                         'payment_method_options': {}, 'custom_fields': [], 'ui_mode': 'hosted',
                         'shipping_options': [], 'automatic_tax': {
                             'enabled': False, 'liability': None, 'provider': None,
                             'status': None},
                         'phone_number_collection': {'enabled': False}},
    'coupon': {'metadata': {}, 'times_redeemed': 0, 'valid': True},
    'customer': {'metadata': {}, 'balance': 0, 'delinquent': False, 'next_invoice_sequence': 1,
                 'preferred_locales': [], 'tax_exempt': 'none',
                 'invoice_settings': {'custom_fields': None, 'default_payment_method': None,
                                      'footer': None, 'rendering_options': None}},
    'discount': {},
    'invoice': {'metadata': {}, 'account_country': 'DE', 'account_name': 'Simulator',
                'auto_advance': False, 'attempted': False, 'attempt_count': 0,
                'amount_shipping': 0, 'amount_overpaid': 0, 'starting_balance': 0,
                'collection_method': 'charge_automatically', 'customer_tax_exempt': 'none',
                'customer_tax_ids': [], 'default_tax_rates': [], 'discounts': [],
                'automatic_tax': {'enabled': False, 'liability': None, 'status': None,
                                  'disabled_reason': None, 'provider': None},
                'issuer': {'type': 'self'}, 'payment_settings': {
                    'default_mandate': None, 'payment_method_options': None,
                    'payment_method_types': None},
                'pre_payment_credit_notes_amount': 0, 'post_payment_credit_notes_amount': 0,
                'total_discount_amounts': [], 'total_pretax_credit_amounts': [],
                'total_taxes': []},
    'invoice_payment': {'is_default': True},
    'payment_intent': {'metadata': {}, 'amount_capturable': 0, 'amount_received': 0,
                       'amount_details': {'tip': {}}, 'capture_method': 'automatic',
                       'confirmation_method': 'automatic', 'payment_method_options': {},
                       'payment_method_types': ['card']},
    'price': {'metadata': {}, 'active': True, 'billing_scheme': 'per_unit',
              'tax_behavior': 'unspecified'},
    'refund': {'metadata': {}, 'status': 'succeeded',
               'destination_details': {'card': {'type': 'refund'}, 'type': 'card'}},
    'subscription': {'metadata': {}, 'cancel_at_period_end': False, 'discounts': [],
                     'collection_method': 'charge_automatically', 'default_tax_rates': [],
                     'billing_mode': {'type': 'classic', 'flexible': None},
                     'automatic_tax': {'enabled': False, 'liability': None,
                                       'disabled_reason': None},
                     'invoice_settings': {'account_tax_ids': None, 'issuer': {'type': 'self'}},
                     'payment_settings': {'payment_method_options': None,
                                          'payment_method_types': None,
                                          'save_default_payment_method': 'off'},
                     'cancellation_details': {'comment': None, 'feedback': None,
                                              'reason': None},
                     'trial_settings': {'end_behavior': {
                         'missing_payment_method': 'create_invoice'}}},
    # Of these there is no sample.
    'product': {'active': True, 'description': None, 'default_price': None, 'images': [],
                'metadata': {}, 'type': 'service', 'unit_label': None, 'url': None,
                'statement_descriptor': None, 'tax_code': None, 'marketing_features': [],
                'package_dimensions': None, 'shippable': None},
    'subscription_item': {'metadata': {}, 'discounts': [], 'tax_rates': [],
                          'billing_thresholds': None},
    'subscription_schedule': {'application': None, 'canceled_at': None, 'completed_at': None,
                              'released_at': None, 'released_subscription': None,
                              'end_behavior': 'release', 'metadata': {}, 'test_clock': None,
                              'default_settings': {'billing_cycle_anchor': 'automatic',
                                                   'collection_method': 'charge_automatically'}},
    'customer_balance_transaction': {'description': None, 'invoice': None, 'credit_note': None,
                                     'checkout_session': None, 'metadata': {}},
    'dispute': {'metadata': {}, 'is_charge_refundable': False, 'evidence': {},
                'evidence_details': {'due_by': None, 'has_evidence': False, 'past_due': False,
                                     'submission_count': 0}, 'enhanced_eligibility_types': []},
    'billing_portal.configuration': {'active': True, 'application': None, 'metadata': {},
                                     'default_return_url': None, 'is_default': False,
                                     'login_page': {'enabled': False, 'url': None}},
    'webhook_endpoint': {'application': None, 'description': None, 'metadata': {},
                         'status': 'enabled'},
    'payment_method': {'type': 'card', 'metadata': {}, 'billing_details': {},
                       'card': {'brand': 'visa', 'last4': '4242', 'exp_month': 12,
                                'exp_year': 2034}},
    'event': {'request': {'id': None, 'idempotency_key': None}},
}

# Members of samples that are old, or shown only when they are asked for.
NOT_SHOWN = {'invoice': ('subscription',), 'charge': ('refunds', 'source'),
             'payment_intent': ('source',), 'balance_transaction': (), 'event': ()}


def usual_members(kind):
    path = SAMPLES / f'{kind}.json'
    sample = json.loads(path.read_text(encoding='utf-8')) if path.exists() else {}
    members = {name: None for name in sample if name not in NOT_SHOWN.get(kind, ())}
    return {**members, **USUAL[kind]}


MEMBERS = {kind: usual_members(kind) for kind in USUAL}

# What may be expanded: {kind: {member: kind that its id is of}}; with a dot, deeper in the object.
EXPANDABLE = {
    'balance_transaction': {'source': 'charge'},
    'charge': {'customer': 'customer', 'payment_intent': 'payment_intent', 'invoice': 'invoice',
               'balance_transaction': 'balance_transaction', 'refunds': None, 'dispute': 'dispute',
               'on_behalf_of': None},
    'checkout.session': {'customer': 'customer', 'subscription': 'subscription',
                         'invoice': 'invoice', 'payment_intent': 'payment_intent',
                         'line_items': None, 'setup_intent': None, 'payment_link': None},
    'coupon': {'applies_to': None, 'currency_options': None},
    'customer': {'default_source': None, 'subscriptions': None, 'test_clock': None,
                 'invoice_settings.default_payment_method': 'payment_method',
                 'discount': 'discount'},
    'customer_balance_transaction': {'customer': 'customer', 'invoice': 'invoice',
                                     'checkout_session': 'checkout.session'},
    'discount': {'customer': 'customer', 'source.coupon': 'coupon', 'promotion_code': None},
    'dispute': {'charge': 'charge', 'payment_intent': 'payment_intent'},
    'invoice': {'customer': 'customer', 'discounts': 'discount', 'payments': None,
                'subscription': 'subscription', 'payment_intent': 'payment_intent',
                'charge': 'charge', 'confirmation_secret': None, 'default_payment_method': None,
                'parent.subscription_details.subscription': 'subscription',
                'total_discount_amounts.discount': 'discount'},
    'invoice_payment': {'invoice': 'invoice', 'payment.payment_intent': 'payment_intent',
                        'payment.charge': 'charge'},
    'line_item': {'discounts': 'discount', 'discount_amounts.discount': 'discount'},
    'item': {'price': None, 'price.product': 'product'},
    'payment_intent': {'customer': 'customer', 'invoice': 'invoice', 'latest_charge': 'charge',
                       'payment_method': 'payment_method'},
    'price': {'product': 'product', 'tiers': None, 'currency_options': None},
    'product': {'default_price': 'price'},
    'refund': {'charge': 'charge', 'payment_intent': 'payment_intent',
               'balance_transaction': 'balance_transaction', 'failure_balance_transaction': None},
    'subscription': {'customer': 'customer', 'latest_invoice': 'invoice',
                     'discounts': 'discount', 'schedule': 'subscription_schedule',
                     'default_payment_method': 'payment_method', 'pending_setup_intent': None,
                     'discount': None, 'default_source': None, 'test_clock': None},
    'subscription_item': {'discounts': 'discount'},
    'subscription_schedule': {'customer': 'customer', 'subscription': 'subscription',
                              'phases.items.price': 'price', 'phases.discounts.coupon': 'coupon',
                              'phases.items.discounts.coupon': 'coupon'},
    'billing_portal.session': {'configuration': 'billing_portal.configuration'},
    'billing_portal.configuration': {}, 'webhook_endpoint': {}, 'event': {}, 'balance': {},
    'payment_method': {'customer': 'customer'},
}


# --- expand[] ---

def expand_tree(paths):
    """['data.customer', 'data.discounts.source'] as {'data': {'customer': {}, …}}."""
    tree = {}
    for path in paths:
        words = path.split('.') if isinstance(path, str) else ['']
        if not all(words):
            raise errors.invalid('expand', f'Invalid expand: {path}')
        if len(words) > LEVELS_MAX:
            raise errors.invalid('expand', f'You cannot expand more than {LEVELS_MAX} levels of a '
                                 f'property. Property: {path}', 'property_expansion_max_depth')
        node = tree
        for word in words:
            node = node.setdefault(word, {})
    return tree


def cannot_expand(word):
    return errors.invalid('expand', f'This property cannot be expanded ({word}).')


def may_expand(known, path, value):
    return path in known or any(name.startswith(path + '.') for name in known) or \
        (isinstance(value, dict) and 'object' in value)


def expand(world, shown, kind, tree, version, prefix=''):
    """Puts objects in the place of ids, in what is shown already."""
    known = EXPANDABLE.get(kind, {})
    for word, below in tree.items():
        path = prefix + word
        if word not in shown or not may_expand(known, path, shown[word]):
            raise cannot_expand(path)
        value = shown.get(word)
        shown[word] = expanded(world, value, known.get(path), below, version, kind, path)
    return shown


def expanded(world, value, target, below, version, kind, path):
    if value is None:
        return None
    if isinstance(value, str):
        obj = world.get(target, value) if target else None
        return render(world, obj, version, below) if obj is not None else value
    if isinstance(value, list):
        return [expanded(world, part, target, below, version, kind, path) for part in value]
    if value.get('object') == 'list':
        return expand_list(world, value, below, version)
    if 'object' in value:
        return shown_again(world, value, below, version)
    return expand(world, dict(value), kind, below, version, path + '.')


def expand_list(world, shown, tree, version):
    """Below a list there is only "data"."""
    for word, below in tree.items():
        if word != 'data':
            raise cannot_expand(word)
        shown = {**shown, 'data': [shown_again(world, part, below, version)
                                   for part in shown['data']]}
    return shown


def shown_again(world, shown, tree, version):
    """An object that is part of another, now with more of it; lines have no object of their own."""
    kind = shown['object']
    obj = world.get(kind, shown['id']) if kind in world.kinds else None
    if obj is not None:
        return render(world, obj, version, tree)
    return expand(world, shown, kind, tree, version)


# --- Rendering ---

def public(obj):
    return {name: value for name, value in obj.items() if name[0] != '_'}


def render(world, obj, version, tree=None):
    """The object as an answer shows it; a dict of the caller's own."""
    kind = obj['object']
    if obj.get('deleted'):
        return {'id': obj['id'], 'object': kind, 'deleted': True}
    shown = {'id': obj['id'], 'object': kind, **MEMBERS.get(kind, {}), **public(obj)}
    show = SHOWN.get(kind)
    if show is not None:
        show(world, obj, shown, version, tree or {})
    return expand(world, shown, kind, tree, version) if tree else shown


def embedded(world, objects, version, url):
    """The first page of a list that is part of an object."""
    return {'object': 'list', 'data': [render(world, o, version) for o in objects[:EMBEDDED_MAX]],
            'has_more': len(objects) > EMBEDDED_MAX, 'url': url}


def show_price(_world, obj, shown, _version, tree):
    if 'tiers' in tree:
        shown['tiers'] = obj.get('_tiers')
    if 'currency_options' in tree:
        shown['currency_options'] = {obj['currency']: {'unit_amount': obj.get('unit_amount')}}


def show_coupon(_world, obj, shown, _version, tree):
    if 'applies_to' in tree:
        shown['applies_to'] = obj.get('_applies_to')
    if 'currency_options' in tree:
        shown['currency_options'] = obj.get('_currency_options') or {}


def show_discount(world, _obj, shown, version, _tree):
    if versions.before_clover(version):
        coupon = world.get('coupon', shown.pop('source')['coupon'])
        shown['coupon'] = render(world, coupon, version) if coupon else None
    del shown['livemode'], shown['created']


def show_customer(world, obj, shown, version, tree):
    discount = world.get('discount', obj.get('discount'))
    shown['discount'] = render(world, discount, version) if discount else None
    if 'subscriptions' in tree:
        subs = [s for s in world['subscription'].find('customer', obj['id'])[::-1]
                if s['status'] not in ('canceled', 'incomplete_expired')]
        shown['subscriptions'] = embedded(world, subs, version,
                                          f"/v1/customers/{obj['id']}/subscriptions")


def plan_of(price):
    """The older name of a recurring price, that items still carry."""
    recurring = price.get('recurring') or {}
    return {'id': price['id'], 'object': 'plan', 'active': price.get('active', True),
            'amount': price.get('unit_amount'), 'amount_decimal': price.get('unit_amount_decimal'),
            'billing_scheme': price.get('billing_scheme', 'per_unit'),
            'created': price['created'], 'currency': price['currency'],
            'interval': recurring.get('interval'), 'livemode': price['livemode'],
            'interval_count': recurring.get('interval_count'), 'metadata': {}, 'meter': None,
            'nickname': price.get('nickname'), 'product': price['product'],
            'tiers_mode': price.get('tiers_mode'), 'transform_usage': None,
            'trial_period_days': None, 'usage_type': recurring.get('usage_type', 'licensed')}


def show_item(world, obj, shown, version, _tree):
    price = world.get('price', obj['price'])
    sub = world.get('subscription', obj['subscription'])
    shown['price'], shown['plan'] = render(world, price, version), plan_of(price)
    del shown['livemode']
    if shown.get('quantity') is None:
        shown.pop('quantity', None)
    if not versions.before_basil(version):
        shown['current_period_start'], shown['current_period_end'] = sub['_period']


def items_of(world, sub):
    return [world.get('subscription_item', given) for given in sub['_items']]


def show_subscription(world, obj, shown, version, _tree):
    shown['items'] = embedded(world, items_of(world, obj), version,
                              f"/v1/subscription_items?subscription={obj['id']}")
    if versions.before_basil(version):
        shown['current_period_start'], shown['current_period_end'] = obj['_period']
        first = world.get('discount', (obj.get('discounts') or [None])[0])
        shown['discount'] = render(world, first, version) if first else None


def render_line(world, invoice, line, version):
    price = world.get('price', line['price'])
    sub = invoice.get('_subscription')
    shown = {'id': line['id'], 'object': 'line_item', 'amount': line['amount'],
             'currency': invoice['currency'], 'description': line['description'],
             'discount_amounts': line.get('discount_amounts', []), 'discountable': True,
             'discounts': line.get('discounts', []), 'invoice': invoice['id'],
             'livemode': invoice['livemode'], 'metadata': {}, 'period': line['period'],
             'pretax_credit_amounts': [], 'quantity': line['quantity'], 'subscription': sub}
    is_proration = line.get('proration', False)
    if versions.before_basil(version):
        return {**shown, 'type': 'invoiceitem' if is_proration else 'subscription',
                'proration': is_proration, 'subscription_item': line.get('item'),
                'price': render(world, price, version) if price else None,
                'plan': plan_of(price) if price else None, 'tax_amounts': []}
    details = {'invoice_item': None, 'proration': is_proration,
               'proration_details': {'credited_items': None}, 'subscription': sub,
               'subscription_item': line.get('item')}
    parent = None if line.get('item') is None else {
        'type': 'subscription_item_details', 'invoice_item_details': None,
        'subscription_item_details': details}
    pricing = None if price is None else {
        'type': 'price_details', 'unit_amount_decimal': price.get('unit_amount_decimal'),
        'price_details': {'price': price['id'], 'product': price['product']}}
    return {**shown, 'taxes': [], 'parent': parent, 'pricing': pricing}


def lines_page(world, invoice, version):
    lines = invoice['_lines']
    return {'object': 'list', 'has_more': len(lines) > EMBEDDED_MAX,
            'data': [render_line(world, invoice, line, version) for line in lines[:EMBEDDED_MAX]],
            'url': f"/v1/invoices/{invoice['id']}/lines"}


def show_invoice(world, obj, shown, version, tree):
    shown['lines'] = lines_page(world, obj, version)
    if versions.before_basil(version):
        show_old_invoice(world, obj, shown, version)
        return
    sub = obj.get('_subscription')
    shown['parent'] = {'type': 'subscription_details', 'quote_details': None,
                       'subscription_details': {
                           'metadata': obj.get('_sub_metadata', {}), 'subscription': sub}
                       } if sub else None
    if 'payments' in tree:
        shown['payments'] = embedded(world, world['invoice_payment'].find('invoice', obj['id']),
                                     version, f"/v1/invoice_payments?invoice={obj['id']}")
    if 'confirmation_secret' in tree:
        shown['confirmation_secret'] = None


def show_old_invoice(world, obj, shown, version):
    payments = world['invoice_payment'].find('invoice', obj['id'])
    intent = world.get('payment_intent', payments[0]['_payment_intent']) if payments else None
    for name in ('parent', 'total_taxes', 'amount_overpaid', 'total_pretax_credit_amounts'):
        shown.pop(name, None)
    first = world.get('discount', (obj.get('discounts') or [None])[0])
    shown.update({
        'subscription': obj.get('_subscription'), 'paid': obj['status'] == 'paid',
        'paid_out_of_band': obj.get('_is_paid_outside', False), 'quote': None, 'tax': None,
        'total_tax_amounts': [], 'discount': render(world, first, version) if first else None,
        'subscription_details': {'metadata': obj.get('_sub_metadata', {})},
        'payment_intent': intent['id'] if intent else None,
        'charge': intent.get('latest_charge') if intent else None})


def invoice_of_intent(world, intent):
    payments = world['invoice_payment'].find('_payment_intent', intent) if intent else []
    return payments[0]['invoice'] if payments else None


def show_intent(world, obj, shown, version, _tree):
    if versions.before_basil(version):
        shown['invoice'] = invoice_of_intent(world, obj['id'])


def show_charge(world, obj, shown, version, tree):
    if versions.before_basil(version):
        shown['invoice'] = invoice_of_intent(world, obj.get('payment_intent'))
    if 'refunds' in tree or version[:10] < '2022-11-15':
        refunds = world['refund'].find('charge', obj['id'])[::-1]
        shown['refunds'] = embedded(world, refunds, version, f"/v1/charges/{obj['id']}/refunds")


def show_refund(_world, _obj, shown, _version, _tree):
    del shown['livemode']


def show_session(world, obj, shown, version, tree):
    if 'line_items' in tree:
        shown['line_items'] = line_items_page(world, obj, version)


def render_line_item(world, session, item, version):
    return {'id': item['id'], 'object': 'item', 'amount_discount': 0, 'amount_tax': 0,
            'amount_subtotal': item['amount'], 'amount_total': item['amount'],
            'currency': session['currency'], 'description': item['description'],
            'price': render(world, world.get('price', item['price']), version),
            'quantity': item['quantity']}


def line_items_page(world, session, version):
    items = session['_line_items']
    return {'object': 'list', 'has_more': len(items) > EMBEDDED_MAX,
            'data': [render_line_item(world, session, item, version)
                     for item in items[:EMBEDDED_MAX]],
            'url': f"/v1/checkout/sessions/{session['id']}/line_items"}


def show_event(_world, obj, shown, _version, _tree):
    shown.update(event_data(obj, obj['api_version']))


def event_data(obj, version):
    """What of an event depends on the version; in its own when it was not made for another."""
    body, previous = obj['_bodies'].get(version) or obj['_bodies'][obj['api_version']]
    data = {'object': json.loads(body)}
    if previous is not None:
        data['previous_attributes'] = json.loads(previous)
    return {'data': data, 'pending_webhooks': pending(obj)}


def pending(event):
    return sum(1 for state in event.get('_deliveries', {}).values() if state != 'delivered')


SHOWN = {'price': show_price, 'coupon': show_coupon, 'discount': show_discount,
         'customer': show_customer, 'subscription_item': show_item,
         'subscription': show_subscription, 'invoice': show_invoice,
         'payment_intent': show_intent, 'charge': show_charge, 'refund': show_refund,
         'checkout.session': show_session, 'event': show_event}
