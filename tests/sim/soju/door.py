"""The admin socket. What goes wrong there is ordered by the control interface."""
import contextlib
import os
import socketserver
import time

import serv
from words import Refused, split

HOST = 'soju.test'
LINE_MAX = 4096 + 512


class Fault:
    """What happens to the next commands; `match` is a part of the line."""

    MODES = ('refuse', 'slow', 'hang', 'cut', 'garbage', 'fail', 'late-cut')

    def __init__(self, mode, ms=0, times=None, match='', text=''):
        if mode not in self.MODES:
            raise ValueError(f'mode is one of {", ".join(self.MODES)}')
        self.mode, self.ms, self.times, self.match, self.text = mode, ms, times, match, text


class Door(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, path, world):
        self.world, self.fault, self.asked = world, None, 0
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        super().__init__(path, Visit)
        os.chmod(path, 0o600)

    def handle_error(self, request, client_address):
        pass  # visitors come and go

    def take_fault(self, line):
        """The fault for this command, if there is one."""
        with self.world.lock:
            fault = self.fault
            if fault is None or fault.match not in line:
                return None
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.fault = None
            return fault


class Visit(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(f':{HOST} {line}\r\n'.encode())

    def handle(self):
        if self.server.fault is not None and self.server.fault.mode == 'refuse':
            return
        with contextlib.suppress(ConnectionError, TimeoutError):
            while line := self.rfile.readline(LINE_MAX):
                if not self.obey(line.decode('utf-8', 'replace').rstrip('\r\n')):
                    return

    def obey(self, line):
        command, _, rest = line.partition(' ')
        if command.upper() == 'PING':
            self.say(f'PONG {HOST} {rest}')
            return True
        if command.upper() != 'BOUNCERSERV':
            self.say(f'ERROR :Unsupported command {command}')
            return False
        self.server.asked += 1
        fault = self.server.take_fault(line)
        if fault is not None and not self.go_wrong(fault):
            return False
        if fault is not None and fault.mode == 'fail':
            return True
        answered = self.answer(rest.removeprefix(':'), fault)
        return answered

    def go_wrong(self, fault):
        """False: nothing comes after it."""
        if fault.mode in ('slow', 'hang'):
            time.sleep(fault.ms / 1000 if fault.mode == 'slow' else 3600)
        elif fault.mode == 'garbage':
            self.wfile.write(b'\x00\xff\xfeHTTP/1.1 400 Bad\r\n\r\n' + b'x' * 40000)
            return False
        elif fault.mode == 'fail':
            self.say(f'FAIL BOUNCERSERV :{fault.text or "the database is not there"}')
        elif fault.mode == 'cut':
            self.wfile.write(f':{HOST} PRIVMSG * :libera (ircs://irc.libera'.encode())
            return False
        return fault.mode != 'refuse'

    def answer(self, text, fault):
        try:
            with self.server.world.lock:
                lines = serv.run(self.server.world, split(text))
        except Refused as e:
            self.say(f'FAIL BOUNCERSERV :{e}')
            return True
        except (RuntimeError, ValueError) as e:
            self.say(f'FAIL BOUNCERSERV :internal error: {str(e).splitlines()[0]}')
            return True
        if fault is not None and fault.mode == 'late-cut':
            return False
        said = ''.join(f':{HOST} PRIVMSG * :{line}\r\n' for line in lines)
        self.wfile.write((said + f':{HOST} BOUNCERSERV OK\r\n').encode())
        return True
