"""The pages that a person sees at Stripe: checkout, customer portal, an invoice. Forms without
JavaScript."""
import html
import urllib.parse

import checkout
import errors
import subscriptions
from checkout_api import configuration
from events import editing
from money import dated, shown

STYLE = """
:root { color-scheme: light dark; --edge: #8888; --accent: #0b57d0; }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 34rem; padding: 1rem; }
.note { background: #fff3c4; color: #3d2f00; padding: .5rem .75rem; border-radius: .5rem; }
.error { background: #fde2e1; color: #6b0f0b; padding: .5rem .75rem; border-radius: .5rem; }
section { border: 1px solid var(--edge); border-radius: .5rem; padding: .25rem 1rem 1rem;
  margin: 1rem 0; }
form { margin: .5rem 0; }
button { font: inherit; width: 100%; min-height: 2.75rem; border: 1px solid var(--edge);
  border-radius: .5rem; cursor: pointer; }
button.first { background: var(--accent); color: #fff; border-color: var(--accent); }
a { color: LinkText; }
td { padding: .15rem .75rem .15rem 0; vertical-align: top; }
"""


class Html(str):
    """A page."""


class Redirect(str):
    """An address to go on to, by 303."""


def esc(text):
    return html.escape(str(text), quote=True)


def frame(title, body):
    return Html(f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{esc(title)}'
                '</title><meta name="viewport" content="width=device-width, initial-scale=1">'
                f'<style>{STYLE}</style></head><body><p class="note"><strong>Simulator — no real '
                f'payment.</strong> This stands in for Stripe.</p><main><h1>{esc(title)}</h1>'
                f'{body}</main></body></html>')


def button(action, words, is_first=False, **fields):
    hidden = ''.join(f'<input type="hidden" name="{esc(n)}" value="{esc(v)}">'
                     for n, v in fields.items())
    first = ' class="first"' if is_first else ''
    return f'<form method="post">{hidden}<button name="action" value="{action}"{first}>' \
           f'{esc(words)}</button></form>'


def price_words(world, price):
    name = subscriptions.name_of(world, price)
    every = price.get('recurring')
    if price.get('unit_amount') is None:
        amount = 'priced by quantity'
    else:
        amount = shown(price['unit_amount'], price['currency'])
    if not every:
        return f'{name}: {amount}'
    n = every['interval_count']
    return f"{name}: {amount} per {'' if n == 1 else f'{n} '}{every['interval']}{'s' * (n > 1)}"


# --- Checkout ---

def find_session(sim, kind, given):
    for world in sim.worlds.values():
        found = world.get(kind, given)
        if found is not None:
            return world, found
    raise errors.missing_object(kind, given)


def checkout_page(world, session, error=None):
    if session['status'] == 'complete':
        return frame('You’re all done here', '<p>Your payment has already been processed.</p>')
    if session['status'] == 'expired':
        return frame('This page has expired', '<p>Go back to the shop and begin again.</p>')
    lines = ''.join(f"<tr><td>{esc(line['quantity'] or '')} ×</td><td>"
                    f"{esc(price_words(world, world.get('price', line['price'])))}</td></tr>"
                    for line in session['_line_items'])
    back = f'<p><a href="{esc(session["cancel_url"])}">Cancel and go back</a></p>' \
        if session.get('cancel_url') else ''
    total = shown(session['amount_total'], session['currency'])
    trial = session['_data'].get('trial_period_days')
    words = f'Start trial of {trial} days' if trial else \
        'Pay and subscribe' if session['mode'] == 'subscription' else 'Pay'
    problem = f'<p class="error" role="alert">{esc(error)}</p>' if error else ''
    return frame('Checkout', f'{problem}<section><h2>{esc(total)}</h2><table>{lines}</table>'
                 f"<p>{esc(session['customer_details'].get('email') or '')}</p>"
                 f"{button('pay', words, True)}{button('decline', 'Decline the card')}"
                 f"{button('later', 'Pay later (bank debit that takes days)')}{back}</section>")


def act_on_checkout(world, session, fields):
    action = fields.get('action')
    if session['status'] != 'open':
        return checkout_page(world, session)
    if action == 'pay':
        return Redirect(checkout.pay(world, session))
    if action == 'later':
        return Redirect(checkout.pay(world, session, is_async=True))
    if action == 'decline':
        made = checkout.decline(world, session, fields.get('code') or 'generic_decline')
        return checkout_page(world, session, made['failure_message'])
    if action == 'cancel' and session.get('cancel_url'):
        return Redirect(session['cancel_url'])
    return checkout_page(world, session)


# --- The customer portal ---

def portal_page(world, session, done=None):
    customer = world.get('customer', session['customer'])
    flow = session.get('flow') or {}
    parts = [f'<p class="note" role="status">{esc(done)}</p>'] if done else []
    subs = [s for s in world['subscription'].find('customer', customer['id'])
            if s['status'] in subscriptions.ALIVE]
    wanted = (flow.get(flow.get('type')) or {}).get('subscription')
    for sub in subs:
        if wanted in (None, sub['id']) and flow.get('type') != 'payment_method_update':
            parts.append(subscription_part(world, sub, flow.get('type')))
    if flow.get('type') in (None, 'payment_method_update'):
        parts.append('<section><h2>Card</h2>' + card_words(customer) +
                     button('card', 'Update card to one that works', True) +
                     button('bad_card', 'Update card to one that is declined') + '</section>')
    if not flow:
        parts.append(invoice_part(world, customer))
    if session.get('return_url'):
        parts.append(f'<p><a href="{esc(session["return_url"])}">Return to the shop</a></p>')
    return frame('Manage your subscription', ''.join(parts) or '<p>There is nothing here.</p>')


def card_words(customer):
    return '<p>Visa ending in 4242{}</p>'.format(
        ': it is declined' if customer.get('_decline') else '')


def subscription_part(world, sub, flow):
    items = subscriptions.items_of(world, sub)
    words = ''.join(f"<p>{item.get('quantity') or ''} × "
                    f"{esc(price_words(world, world.get('price', item['price'])))}</p>"
                    for item in items)
    end = dated(sub['_period'][1])
    state = f"Ends on {end}" if sub.get('cancel_at_period_end') else \
        f"Renews on {end}" if sub['status'] == 'active' else sub['status'].replace('_', ' ')
    buttons = []
    if flow in (None, 'subscription_update'):
        buttons += [button('change', f'Change to {price_words(world, price)}', sub=sub['id'],
                           price=price['id']) for price in offered(world, items)]
    if flow in (None, 'subscription_cancel'):
        if sub.get('cancel_at_period_end'):
            buttons.append(button('undo', "Don't cancel subscription", True, sub=sub['id']))
        else:
            buttons.append(button('cancel', f'Cancel subscription on {end}', sub=sub['id']))
        buttons.append(button('cancel_now', 'Cancel subscription now', sub=sub['id']))
    if flow == 'subscription_update_confirm':
        buttons.append(button('confirm', 'Confirm the change', True, sub=sub['id']))
    return f"<section><h2>Current plan</h2>{words}<p>{esc(state)}</p>{''.join(buttons)}</section>"


def offered(world, items):
    """Active recurring prices in the currency of the subscription, of products that are active."""
    current = {item['price'] for item in items}
    currency = world.get('price', items[0]['price'])['currency']
    return [p for p in world.all('price') if p.get('active', True) and p.get('recurring') and
            p['currency'] == currency and p['id'] not in current and
            world.get('product', p['product']).get('active', True)][:20]


def invoice_part(world, customer):
    rows = ''.join(f"<tr><td>{dated(i['created'])}</td><td>{shown(i['total'], i['currency'])}</td>"
                   f"<td>{i['status']}</td><td>"
                   f"<a href=\"{esc(i.get('hosted_invoice_url') or '')}\">"
                   f"{esc(i.get('number') or '')}</a></td></tr>"
                   for i in world['invoice'].find('customer', customer['id'])[::-1][:12])
    return f'<section><h2>Invoices</h2><table>{rows}</table></section>' if rows else ''


def act_on_portal(world, session, fields):
    sub = world.get('subscription', fields.get('sub'))
    if sub is not None and (sub['customer'] != session['customer'] or
                            sub['status'] not in subscriptions.ALIVE):
        sub = None
    done = do_on_portal(world, session, fields, sub)
    after = (session.get('flow') or {}).get('after_completion') or {}
    if done and after.get('type') == 'redirect':
        return Redirect(after['redirect']['return_url'])
    return portal_page(world, session, done)


def do_on_portal(world, session, fields, sub):
    """What was done, in words; None: nothing."""
    action = fields.get('action')
    if action in ('card', 'bad_card'):
        return set_card(world, world.get('customer', session['customer']),
                        'generic_decline' if action == 'bad_card' else None)
    if sub is None:
        return None
    if action in ('cancel', 'undo'):
        with editing(world, sub, 'customer.subscription.updated'):
            subscriptions.want_end(world, sub, action == 'cancel')
        return 'Your subscription will end.' if action == 'cancel' else 'Your subscription goes on.'
    if action == 'cancel_now':
        subscriptions.end(world, sub, 'cancellation_requested')
        return 'Your subscription has ended.'
    if action == 'change':
        return change_price(world, session, sub, world.get('price', fields.get('price')))
    if action == 'confirm':
        wanted = session['flow']['subscription_update_confirm']['items'][0]
        return change_price(world, session, sub, world.get('price', wanted.get('price')))
    return None


def change_price(world, session, sub, price):
    item = subscriptions.items_of(world, sub)[0]
    if price is None or not price.get('recurring'):
        return None
    conf = world.get('billing_portal.configuration', session['configuration']) or \
        configuration(world)
    rule = conf['features'].get('subscription_update') or {}
    subscriptions.change_items(world, sub, [(item, price, None, False)],
                               rule.get('proration_behavior', 'always_invoice'))
    return 'Your plan has changed.'


def set_card(world, customer, decline):
    """A card that works pays what is open."""
    with editing(world, customer, 'customer.updated'):
        customer['_decline'] = decline
    if decline is None:
        for invoice in world['invoice'].find('customer', customer['id']):
            if invoice['status'] == 'open':
                subscriptions.pay_again(world, invoice)
    return 'Your card has been updated.'


# --- An invoice ---

def invoice_page(world, invoice, error=None):
    lines = ''.join(f"<tr><td>{esc(line['description'])}</td><td>"
                    f"{shown(line['amount'], invoice['currency'])}</td></tr>"
                    for line in invoice['_lines'])
    pay = button('pay', 'Pay invoice', True) if invoice['status'] == 'open' else ''
    problem = f'<p class="error" role="alert">{esc(error)}</p>' if error else ''
    return frame(f"Invoice {invoice.get('number') or ''}", f'{problem}<section><h2>'
                 f"{shown(invoice['total'], invoice['currency'])}, {invoice['status']}</h2>"
                 f'<table>{lines}</table>{pay}</section>')


def act_on_invoice(world, invoice, fields):
    error = None
    if fields.get('action') == 'pay' and invoice['status'] == 'open':
        if not subscriptions.pay_again(world, invoice):
            error = 'Your card was declined.'
    return invoice_page(world, invoice, error)


def invoice_pdf(invoice):
    """One page with one line of text."""
    total = shown(invoice['total'], invoice['currency'])
    words = f"Simulator: invoice {invoice.get('number')}, {total}"
    text = f'BT /F1 12 Tf 50 780 Td ({words}) Tj ET'.encode('latin-1')
    parts = [b'<</Type/Catalog/Pages 2 0 R>>', b'<</Type/Pages/Kids[3 0 R]/Count 1>>',
             b'<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources'
             b'<</Font<</F1 5 0 R>>>>>>',
             b'<</Length %d>>stream\n%s\nendstream' % (len(text), text),
             b'<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>']
    out, places = b'%PDF-1.4\n', []
    for n, part in enumerate(parts, 1):
        places.append(len(out))
        out += b'%d 0 obj%s endobj\n' % (n, part)
    table = b''.join(b'%010d 00000 n \n' % place for place in places)
    return out + b'xref\n0 6\n0000000000 65535 f \n' + table + \
        b'trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n' % len(out)


# --- Addresses ---

def answer(sim, method, path, body):
    """Html, Redirect or bytes of a PDF; None when no page is there."""
    for start, kind, show, act in (
            ('/c/pay/', 'checkout.session', checkout_page, act_on_checkout),
            ('/p/session/', 'billing_portal.session', portal_page, act_on_portal),
            ('/invoice/', 'invoice', invoice_page, act_on_invoice)):
        if not path.startswith(start):
            continue
        given = path[len(start):]
        world, found = find_session(sim, kind, given.removesuffix('.pdf'))
        if given.endswith('.pdf'):
            return invoice_pdf(found)
        fields = dict(urllib.parse.parse_qsl(body))
        return act(world, found, fields) if method == 'POST' else show(world, found)
    if path == '/':
        return frame('Stripe (simulated)', '<p>The API is at /v1; /control takes orders.</p>')
    return None
