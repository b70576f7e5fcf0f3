"""Waiting for what must come to pass. A test waits for the thing itself, and so long that no slow or
loaded machine makes a difference; what is fast is never slowed down by it."""
import time

PATIENCE_S = 90


def wait_until(condition, what='it', timeout=PATIENCE_S, pause=0.05):
    """Returns what the condition gives once it is true. `what` is its name, or a function that tells
    how things stand when it never was."""
    end = time.monotonic() + timeout
    while True:
        if found := condition():
            return found
        if time.monotonic() > end:
            told = what() if callable(what) else what
            raise AssertionError(f'{told}: did not come to pass in {timeout} s')
        time.sleep(pause)
