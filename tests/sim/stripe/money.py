"""Amounts and periods: what a price costs, when a period ends. Exact until a line is rounded."""
import calendar
import datetime
import math
from fractions import Fraction

DAY = 86400


def rounded(amount):
    """Half away from zero, to whole minor units."""
    sign = -1 if amount < 0 else 1
    return sign * math.floor(abs(Fraction(amount)) + Fraction(1, 2))


def unit_of(holder, name='unit_amount'):
    """unit_amount_decimal before unit_amount; 0 when there is neither."""
    exact, whole = holder.get(name + '_decimal'), holder.get(name)
    return Fraction(exact) if exact is not None else Fraction(whole or 0)


def price_amount(price, quantity):
    """What a period costs, not rounded; metered prices are never used here and cost 0."""
    if (price.get('recurring') or {}).get('usage_type') == 'metered':
        return Fraction(0)
    quantity = Fraction(1 if quantity is None else quantity)
    if transform := price.get('transform_quantity'):
        parts = quantity / transform['divide_by']
        quantity = Fraction(math.ceil(parts) if transform['round'] == 'up' else math.floor(parts))
    if price.get('billing_scheme') == 'tiered':
        return tiered(price.get('_tiers') or [], price.get('tiers_mode'), quantity)
    return unit_of(price) * quantity


def tiered(tiers, mode, quantity):
    total, below = Fraction(0), 0
    for tier in tiers:
        top = tier.get('up_to')
        is_last = top is None or quantity <= top
        if mode == 'volume' and is_last:
            return quantity * unit_of(tier) + unit_of(tier, 'flat_amount')
        if mode == 'graduated' and quantity > below:
            reached = quantity if is_last else top
            total += (reached - below) * unit_of(tier) + unit_of(tier, 'flat_amount')
        if is_last:
            break
        below = top
    return total


def plus_months(at, months):
    """The same day of the month, or its last."""
    then = datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
    years, month = divmod(then.month - 1 + months, 12)
    year = then.year + years
    day = min(then.day, calendar.monthrange(year, month + 1)[1])
    return int(then.replace(year=year, month=month + 1, day=day).timestamp())


def period_end(anchor, start, recurring):
    """The first end of a period, counted from the anchor, that lies after the start."""
    interval, count = recurring['interval'], recurring['interval_count']
    if interval in ('day', 'week'):
        length = DAY * count * (7 if interval == 'week' else 1)
        return anchor + ((start - anchor) // length + 1) * length
    months = count * (12 if interval == 'year' else 1)
    n = max(0, (start - anchor) // (months * 31 * DAY))
    while plus_months(anchor, n * months) <= start:
        n += 1
    return plus_months(anchor, n * months)


def dated(at):
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime('%d %b %Y')


ZERO_DECIMAL = set('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split())
THREE_DECIMAL = {'bhd', 'jod', 'kwd', 'omr', 'tnd'}


def shown(minor, currency):
    """'EUR 9.00', for people."""
    digits = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    whole, rest = divmod(abs(minor), 10 ** digits)
    text = f'{whole:,}' + (f'.{rest:0{digits}}' if digits else '')
    return f"{'-' if minor < 0 else ''}{currency.upper()} {text}"
