"""Ports for servers of a test's own."""
import secrets
import socket

FROM, TO = 15000, 32000


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
            return port
