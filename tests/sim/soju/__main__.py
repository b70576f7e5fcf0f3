"""Starts the simulator of soju; tests/sim/README.md tells how to use it.

    SOJU_SIM_PORT=21000 SOJU_SIM_SOCKET=/tmp/admin python3 tests/sim/soju
"""
import contextlib
import os
import re
import signal
import sys
import threading

import database
import door
import web
import world

SOCKET_BYTES_MAX = 107


def settings():
    """From the environment; ends with a sentence when they make no sense."""
    port, path = os.environ.get('SOJU_SIM_PORT', ''), os.environ.get('SOJU_SIM_SOCKET', '')
    if not re.fullmatch(r'\d{1,5}', port) or not 1 <= int(port) <= 65535:
        sys.exit('SOJU_SIM_PORT is not a port number')
    if not path.startswith('/') or len(path.encode()) > SOCKET_BYTES_MAX:
        sys.exit(f'SOJU_SIM_SOCKET is no path of at most {SOCKET_BYTES_MAX} bytes')
    return int(port), path


def main():
    port, path = settings()
    url = os.environ.get('SOJU_SIM_DATABASE_URL')
    kept = database.Database(url, os.environ.get('SOJU_SIM_ROLE', 'portal_reader')) if url \
        else database.Nowhere()
    everything = world.World(kept)
    try:
        admin = door.Door(path, everything)
        site = web.Web(port, everything, admin)
    except OSError as e:
        sys.exit(f'cannot listen: {e.strerror}')
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    for server in (admin, site):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    ended.wait()
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


if __name__ == '__main__':
    main()
