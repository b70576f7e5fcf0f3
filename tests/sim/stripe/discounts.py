"""Coupons at work: which discounts an invoice has, how much each takes off, when they end."""
from fractions import Fraction

import errors
from events import editing, emit
from money import plus_months, rounded


def attach(world, coupon_id, customer, subscription=None, item=None):
    """A discount from a coupon; its id."""
    coupon = world.get('coupon', coupon_id)
    if coupon is None:
        raise errors.missing_object('coupon', coupon_id, 'discounts[0][coupon]', 400)
    start = world.now()
    end = plus_months(start, coupon['duration_in_months']) \
        if coupon['duration'] == 'repeating' else None
    with editing(world, coupon):
        coupon['times_redeemed'] = coupon.get('times_redeemed', 0) + 1
    made = world.new('discount', customer=customer, subscription=subscription,
                     subscription_item=item, start=start, end=end,
                     source={'type': 'coupon', 'coupon': coupon_id})
    if end is not None:
        world.at(end, 'end_discount', made['id'])
    return made['id']


def from_params(world, params, customer, subscription=None, item=None):
    """discounts[0][coupon]=… or [discount]=…, as ids."""
    found = []
    for i, given in enumerate(params or []):
        if not isinstance(given, dict) or set(given) - {'coupon', 'discount', 'promotion_code'}:
            raise errors.invalid(f'discounts[{i}]', f'Invalid discounts[{i}]: give coupon or '
                                 'discount')
        if given.get('discount'):
            if world.get('discount', given['discount']) is None:
                raise errors.missing_object('discount', given['discount'],
                                            f'discounts[{i}][discount]', 400)
            found.append(given['discount'])
        else:
            found.append(attach(world, given.get('coupon'), customer, subscription, item))
    return found


def coupon_of(world, discount_id):
    discount = world.get('discount', discount_id)
    return world.get('coupon', discount['source']['coupon']) if discount else None


def take_off(world, lines, subscription, currency):
    """Writes what is taken off into the lines; [{amount, discount}] of the whole invoice."""
    left = [Fraction(line['amount']) for line in lines]
    totals = {}
    for level, line_numbers, given in discounts_in_order(world, lines, subscription):
        coupon = coupon_of(world, given)
        fitting = [i for i in line_numbers if applies(world, coupon, lines[i])]
        for i, amount in amounts_off(coupon, fitting, left, currency):
            whole = rounded(amount)
            left[i] -= whole
            lines[i].setdefault('discount_amounts', []).append(
                {'amount': whole, 'discount': given})
            if level == 'item':
                lines[i].setdefault('discounts', []).append(given)
            totals[given] = totals.get(given, 0) + whole
    return [{'amount': amount, 'discount': given} for given, amount in totals.items()]


def discounts_in_order(world, lines, subscription):
    """Those of items first, then those of the subscription; without any, the customer's."""
    for i, line in enumerate(lines):
        item = world.get('subscription_item', line.get('item'))
        for given in (item or {}).get('discounts', []):
            yield 'item', [i], given
    for given in whole_discounts(world, subscription):
        yield 'whole', list(range(len(lines))), given


def whole_discounts(world, subscription):
    if subscription.get('discounts'):
        return subscription['discounts']
    own = world.get('customer', subscription['customer']).get('discount')
    return [own] if own else []


def applies(world, coupon, line):
    if coupon is None:
        return False
    products = (coupon.get('_applies_to') or {}).get('products')
    price = world.get('price', line['price'])
    return not products or (price is not None and price['product'] in products)


def amounts_off(coupon, fitting, left, currency):
    if coupon is None:
        return
    if coupon.get('percent_off') is not None:
        for i in fitting:
            yield i, left[i] * Fraction(str(coupon['percent_off'])) / 100
        return
    if coupon['currency'] != currency:
        return
    rest = Fraction(coupon['amount_off'])
    for i in fitting:
        taken = max(Fraction(0), min(rest, left[i]))
        rest -= taken
        if taken:
            yield i, taken


def after_invoice(world, subscription):
    """A discount for once has done its work."""
    for discount_id in list(subscription.get('discounts', [])):
        coupon = coupon_of(world, discount_id)
        if coupon and coupon['duration'] == 'once':
            remove(world, discount_id)
    for item_id in subscription['_items']:
        for discount_id in list(world.get('subscription_item', item_id).get('discounts', [])):
            coupon = coupon_of(world, discount_id)
            if coupon and coupon['duration'] == 'once':
                remove(world, discount_id)


def remove(world, discount_id):
    """Takes it from whatever has it, and tells so."""
    discount = world.get('discount', discount_id)
    item = world.get('subscription_item', discount.get('subscription_item'))
    sub = world.get('subscription', item['subscription'] if item else
                    discount.get('subscription'))
    customer = world.get('customer', discount['customer'])
    if sub is not None:
        with editing(world, sub, 'customer.subscription.updated'):
            holder = item or sub
            world[holder['object']].keep(holder)
            holder['discounts'] = [d for d in holder.get('discounts', []) if d != discount_id]
    elif customer is not None and customer.get('discount') == discount_id:
        with editing(world, customer, 'customer.updated'):
            customer['discount'] = None
    emit(world, 'customer.discount.deleted', discount)


def end_discount(world, discount_id):
    discount = world.get('discount', discount_id)
    holders = [world.get('subscription_item', discount.get('subscription_item')),
               world.get('subscription', discount.get('subscription'))]
    customer = world.get('customer', discount['customer'])
    if any(discount_id in (h or {}).get('discounts', []) for h in holders) or \
            (customer or {}).get('discount') == discount_id:
        remove(world, discount_id)
