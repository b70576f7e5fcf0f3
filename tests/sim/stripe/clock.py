"""The simulator's own time, which runs with the machine's and can be moved, and what falls due."""
import heapq
import time


class Clock:
    def __init__(self, offset=0):
        self.offset = offset
        self.fixed = None  # while what fell due is done: the time it was due

    def now(self):
        return self.fixed if self.fixed is not None else int(time.time()) + self.offset


def run_due(worlds, clock, until, actions):
    """Does what has fallen due until then, in the order of time, each at its own time."""
    while True:
        world = min((w for w in worlds if w.due), key=lambda w: w.due[0], default=None)
        if world is None or world.due[0][0] > until:
            break
        when, _, what, given = heapq.heappop(world.due)
        clock.fixed = max(when, clock.fixed or 0)
        try:
            actions[what](world, given)
        finally:
            clock.fixed = None
    clock.fixed = None


def advance(worlds, clock, seconds, actions):
    """Moves the time forward and lets everything happen on the way."""
    target = clock.now() + seconds
    run_due(worlds, clock, target, actions)
    clock.offset += seconds
