"""API versions: 'YYYY-MM-DD' or 'YYYY-MM-DD.name', and the two changes of shape that touch us."""
import re

import errors

DEFAULT = '2025-10-29.clover'
BASIL = '2025-03-31'   # subscription and payment left the invoice, the period went to the items
CLOVER = '2025-09-30'  # discount.coupon became discount.source.coupon


def check(text):
    if not re.fullmatch(r'\d{4}-\d{2}-\d{2}(\.[a-z]+)?', text):
        raise errors.StripeError(400, f'Invalid Stripe API version: {text}')
    return text


def before_basil(version):
    return version[:10] < BASIL


def before_clover(version):
    return version[:10] < CLOVER
