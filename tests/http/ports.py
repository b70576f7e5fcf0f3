"""Ports for servers of a test's own."""
import secrets
import socket

FROM, TO = 15000, 32000
held = []


def is_held(port):
    """By another test, or by a file of tests that runs at the same time and whose server does not
    listen yet, or never will. Else it is ours from now on, until the process ends."""
    mark = socket.socket(socket.AF_UNIX)
    try:
        mark.bind(f'\0port-of-tests-{port}')  # the kernel keeps such names, and no folder does
    except OSError:
        mark.close()
        return True
    held.append(mark)
    return False


def free_port():
    """Below those that the system takes for connections (from 32768 on): one of these might be given
    to somebody's connection before the server listens."""
    while True:
        port = FROM + secrets.randbelow(TO - FROM)
        with socket.socket() as s:
            try:
                s.bind(('127.0.0.1', port))
            except OSError:
                continue
        if not is_held(port):
            return port
