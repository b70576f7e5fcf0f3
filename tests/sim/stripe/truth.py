"""What is really so, in the few members that a copy of it must agree in."""
import subscriptions


def of(world):
    return {'now': world.now(), 'customers': customers(world), 'subscriptions': subs(world),
            'invoices': invoices(world), 'payments': payments(world),
            'refunds': {r['id']: {n: r.get(n) for n in ('amount', 'currency', 'status', 'charge',
                                                        'payment_intent')}
                        for r in world.all('refund')},
            'disputes': {d['id']: {n: d.get(n) for n in ('amount', 'currency', 'status', 'charge')}
                         for d in world.all('dispute')},
            'balance_entries': {b['id']: {n: b[n] for n in ('customer', 'amount', 'type',
                                                            'ending_balance')}
                                for b in world.all('customer_balance_transaction')}}


def customers(world):
    return {c['id']: {'deleted': bool(c.get('deleted')), 'balance': c.get('balance', 0),
                      'user_sub': c.get('metadata', {}).get('user_sub')}
            for c in world.all('customer')}


def subs(world):
    return {s['id']: {
        'customer': s['customer'], 'status': s['status'], 'currency': s['currency'],
        'cancel_at_period_end': s.get('cancel_at_period_end', False),
        'cancel_at': s.get('cancel_at'), 'ended_at': s.get('ended_at'),
        'period_end': s['_period'][1], 'paused': bool(s.get('pause_collection')),
        'items': [{'id': i['id'], 'price': i['price'], 'quantity': i.get('quantity')}
                  for i in subscriptions.items_of(world, s)]} for s in world.all('subscription')}


def invoices(world):
    return {i['id']: {'customer': i['customer'], 'subscription': i.get('_subscription'),
                      'status': i['status'], 'currency': i['currency'], 'total': i['total'],
                      'amount_paid': i['amount_paid'],
                      'paid_at': i['status_transitions']['paid_at']}
            for i in world.all('invoice')}


def payments(world):
    return {p['id']: {n: p.get(n) for n in ('status', 'amount', 'amount_received', 'currency',
                                            'customer')}
            for p in world.all('payment_intent')}
