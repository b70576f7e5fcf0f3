"""The account as a whole: its two worlds, its clock, its settings, and a file that keeps them."""
import json
import os
import threading

import bulk
import checkout
import checkout_api
import clock
import discounts
import subscriptions
import versions
from store import Numbers, World

ACTIONS = {'period_ends': subscriptions.period_ends, 'trial_notice': subscriptions.trial_notice,
           'incomplete_ends': subscriptions.incomplete_ends, 'cancel_at': subscriptions.cancel_at,
           'resumes': subscriptions.resumes, 'retry_invoice': subscriptions.retry_invoice,
           'begin_phase': subscriptions.begin_phase, 'end_discount': discounts.end_discount,
           'session_ends': checkout_api.session_ends, 'async_succeeds': checkout.async_succeeds}


class Sim:
    """Everything below is done with `lock` held."""

    def __init__(self, base, seed, path=None):
        self.lock = threading.RLock()
        self.base, self.seed, self.path = base, seed, path
        self.version = versions.DEFAULT   # of the account: for requests and events without one
        self.after_retries = 'cancel'     # or unpaid, past_due, uncollectible
        self.clock, self.numbers = clock.Clock(), Numbers(seed)
        self.request = {}                 # id and idempotency key of what is being done
        self.counts = {}                  # events by type
        self.has_changed = False
        self.worlds = {live: World(self, live) for live in (False, True)}

    def run_due(self):
        clock.run_due(self.worlds.values(), self.clock, self.clock.now(), ACTIONS)

    def advance(self, seconds):
        clock.advance(self.worlds.values(), self.clock, seconds, ACTIONS)

    # --- The file ---

    def save(self):
        """Writes everything to a new file and puts it in the place of the old one."""
        if self.path is None or not self.has_changed:
            return
        with self.lock:
            self.has_changed = False
            text = json.dumps(self.state(), separators=(',', ':'))
        with open(self.path + '.new', 'w', encoding='utf-8') as f:
            f.write(text)
        os.replace(self.path + '.new', self.path)

    def state(self):
        return {'base': self.base, 'seed': self.seed, 'used': self.numbers.used, 'offset': self.clock.offset,
                'version': self.version, 'after_retries': self.after_retries,
                'worlds': [world_state(self.worlds[live]) for live in (False, True)]}

    def load(self):
        if self.path is None or not os.path.exists(self.path):
            return
        with open(self.path, encoding='utf-8') as f:
            text = f.read()
        state = json.loads(text)
        if state['base'] != self.base:  # another port: the addresses of pages go with it
            state = json.loads(text.replace(state['base'] + '/', self.base + '/'))
        self.version, self.after_retries = state['version'], state['after_retries']
        self.clock.offset = state['offset']
        for live, kept in zip((False, True), state['worlds']):
            fill_world(self.worlds[live], kept)
        self.seed = state['seed']
        self.numbers = Numbers(self.seed, state['used'])


def world_state(world):
    """Objects with their numbers, blocks by their settings, and what was changed in blocks."""
    return {'due': world.due, 'answers': world.answers,
            'blocks': [block.settings for block in world['invoice'].blocks],
            'changed': [c.objects[given] for c in world.kinds.values()
                        for given in c.objects if given not in c.keys],
            'objects': [[key[1], c.objects[key[2]]] for c in world.kinds.values()
                        for key in c.order if key[2] in c.objects]}


def fill_world(world, kept):
    world.due = [tuple(entry) for entry in kept['due']]
    world.answers = kept['answers']
    for block in kept['blocks']:
        bulk.add(world, block)
    for obj in kept['changed']:
        world.kinds[obj['object']].keep(obj)
    for number, obj in kept['objects']:
        world.kinds[obj['object']].insert(obj, number)
