"""What ./run begins with: the product Pro and its two prices, and a customer of some months."""
import subscriptions
from catalog_api import new_price
from events import emit

PRICES = (('price_pro_monthly', 'pro monthly', 900, 'month'),
          ('price_pro_yearly', 'pro yearly', 9000, 'year'))


def prices(world):
    """Twice changes nothing."""
    if world.get('product', 'prod_pro') is not None:
        return
    emit(world, 'product.created', world.new('product', id='prod_pro', name='Pro'))
    for given, name, amount, interval in PRICES:
        made = new_price(world, {'id': given, 'product': 'prod_pro', 'currency': 'eur',
                                 'nickname': name, 'unit_amount': amount,
                                 'recurring': {'interval': interval}})
        emit(world, 'price.created', made)


def customer(world, sub, email, days):
    """An account that has paid monthly for so many days; its customer. Twice changes nothing."""
    for found in world.all('customer'):
        if found.get('metadata', {}).get('user_sub') == sub:
            return found['id']
    sim = world.sim
    sim.clock.offset -= days * 86400
    try:
        made = world.new('customer', email=email, metadata={'user_sub': sub},
                         invoice_prefix=sim.numbers.letters(8).upper())
        emit(world, 'customer.created', made)
        subscriptions.create(world, made, [(world.get('price', 'price_pro_monthly'), 1)],
                             metadata={'user_sub': sub})
    finally:
        sim.advance(days * 86400)
    return made['id']
