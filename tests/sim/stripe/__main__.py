"""Starts the simulator of Stripe; tests/sim/README.md tells how to use it.

    STRIPE_SIM_PORT=21000 STRIPE_SIM_KEY=sk_test_0123456789abcdef python3 tests/sim/stripe
"""
import os
import re
import signal
import sys
import threading
import time

import api
import delivery
import faults
import server
import sim as sims
import versions

SAVE_EVERY_S = 1.0


def settings():
    """From the environment; ends with a sentence when they make no sense."""
    port, key = os.environ.get('STRIPE_SIM_PORT', ''), os.environ.get('STRIPE_SIM_KEY', '')
    if not re.fullmatch(r'\d{1,5}', port) or not 1 <= int(port) <= 65535:
        sys.exit('STRIPE_SIM_PORT is not a port number')
    if not re.fullmatch(r'(sk|rk)_(test|live)_\w{4,}', key):
        sys.exit('STRIPE_SIM_KEY is not a key: it begins with sk_test_ or sk_live_')
    return int(port), key


def own_endpoint(sim, key):
    """The endpoint that the environment names, there from the start."""
    url, secret = os.environ.get('STRIPE_SIM_WEBHOOK_URL'), \
        os.environ.get('STRIPE_SIM_WEBHOOK_SECRET')
    if not url:
        return
    if not re.match('https?://[^/]', url):
        sys.exit('STRIPE_SIM_WEBHOOK_URL is no address')
    world = sim.worlds[key[3:8] == 'live_']
    found = world.get('webhook_endpoint', 'we_environment')
    members = {'url': url, 'enabled_events': ['*'], 'api_version': versions.DEFAULT,
               '_version': versions.DEFAULT, '_secrets': [secret or 'whsec_none']}
    if found is None:
        world.new('webhook_endpoint', id='we_environment', **members)
    else:
        found.update(members)


def tick(sim, ended):
    """What falls due by the clock on the wall happens by itself; what changed is saved."""
    pause = SAVE_EVERY_S
    while not ended.wait(pause):
        with sim.lock:
            sim.run_due()
        begin = time.monotonic()
        sim.save()
        pause = max(SAVE_EVERY_S, 20 * (time.monotonic() - begin))


def main():
    port, key = settings()
    sim = sims.Sim(os.environ.get('STRIPE_SIM_URL', f'http://127.0.0.1:{port}'),
                   os.environ.get('STRIPE_SIM_SEED') or os.urandom(8).hex(),
                   os.environ.get('STRIPE_SIM_STATE'))
    sim.load()
    own_endpoint(sim, key)
    app = server.App(sim, api.Api(sim, key), faults.Faults(), delivery.Delivery(sim))
    try:
        listening = server.Server(port, app)
    except OSError as e:
        sys.exit(f'port {port} of 127.0.0.1: {e.strerror}')
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    threading.Thread(target=tick, args=(sim, ended), daemon=True).start()
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    ended.wait()
    listening.is_ended = True
    listening.shutdown()
    sim.save()


if __name__ == '__main__':
    main()
