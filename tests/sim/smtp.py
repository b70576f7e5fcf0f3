#!/usr/bin/env python3
"""A mail server, for the tests: takes mail by SMTP and keeps it, and fails in the ways it is told to.

    tests/sim/smtp.py --dir FOLDER [--port 0]

puts each mail into a file of the folder and prints its address when it is ready; tests use the class
Server. It speaks what RFC 5321 wants of a small server, STARTTLS (RFC 3207) and AUTH PLAIN and LOGIN
(RFC 4954). Nothing is sent on to anybody.
"""
import argparse
import base64
import pathlib
import re
import socket
import socketserver
import ssl
import threading
import time

LINE_MAX = 1000  # RFC 5321, 4.5.3.1.6: 998 and CRLF
MAIL_MAX = 1024 * 1024


class Mail:
    def __init__(self, sender, recipients, data, was_encrypted, user):
        self.sender, self.recipients, self.data = sender, recipients, data
        self.was_encrypted, self.user = was_encrypted, user


class Gone(Exception):
    """The other side has closed, or we do."""


class Session(socketserver.BaseRequestHandler):
    """One connection; `self.server.owner` is the Server."""

    def setup(self):
        self.owner = self.server.owner
        self.is_encrypted = False
        self.user = None
        self.rest = b''
        self.forget()

    def forget(self):
        self.sender, self.recipients = None, []

    # ---- Lines ----

    def line(self):
        while b'\n' not in self.rest:
            try:
                piece = self.request.recv(65536)
            except (ConnectionError, ssl.SSLError, socket.timeout) as error:
                raise Gone from error
            if not piece:
                raise Gone
            self.rest += piece
        line, _, self.rest = self.rest.partition(b'\n')
        if not line.endswith(b'\r') or len(line) >= LINE_MAX or b'\r' in line[:-1]:
            self.owner.complaints.append(f'a bad line: {line[:60]!r}')
        return line.rstrip(b'\r')

    def say(self, *lines):
        for i, line in enumerate(lines):
            last = i == len(lines) - 1
            text = line[:3] + (' ' if last else '-') + line[4:]
            self.request.sendall(text.encode() + b'\r\n')

    # ---- What it is told to do wrong ----

    def misbehave(self, where):
        """A reply in place of the usual one, or none; raises Gone where the line is cut."""
        what = self.owner.failures.get(where)
        if what is None:
            return False
        if what == 'cut':
            raise Gone
        if what == 'hang':
            self.owner.released.wait(120)
            raise Gone
        if isinstance(what, float):
            time.sleep(what)
            return False
        self.say(what)
        return True

    # ---- The talk ----

    def handle(self):
        try:
            self.owner.connections += 1
            if self.owner.is_tls:
                self.encrypt()
            if self.misbehave('connect'):
                return
            self.say('220 mail.example.org ESMTP')
            while self.command():
                pass
        except (Gone, OSError):
            pass

    def encrypt(self):
        self.request = self.owner.context.wrap_socket(self.request, server_side=True)
        self.is_encrypted = True

    def command(self):
        """False at the end."""
        verb, _, rest = self.line().decode('latin-1').partition(' ')
        verb = verb.upper()
        self.owner.commands.append(verb)
        if self.misbehave(verb):
            return True
        handler = getattr(self, 'do_' + verb.lower(), None) if verb.isalpha() else None
        if handler is None:
            self.say('502 5.5.1 No such command')
            return True
        return handler(rest) is not False

    def do_ehlo(self, _rest):
        self.forget()
        lines = ['250 mail.example.org', '250 8BITMIME', '250 SIZE 1048576']
        if self.owner.context is not None and not self.is_encrypted and self.owner.has_starttls:
            lines.append('250 STARTTLS')
        if self.owner.user is not None and (self.is_encrypted or self.owner.context is None):
            lines.append('250 AUTH PLAIN LOGIN')
        self.say(*lines)

    do_helo = do_ehlo

    def do_starttls(self, _rest):
        self.say('220 2.0.0 Go ahead')
        self.rest = b''
        self.encrypt()

    def answer(self, text):
        self.say('334 ' + base64.b64encode(text).decode())
        return self.line()

    def do_auth(self, rest):
        kind, _, first = rest.partition(' ')
        if kind.upper() == 'PLAIN':
            words = base64.b64decode(first or self.answer(b'')).split(b'\0')[1:]
        else:
            user = first.encode() if first else self.answer(b'Username:')
            words = [base64.b64decode(user), base64.b64decode(self.answer(b'Password:'))]
        if [w.decode() for w in words] != [self.owner.user, self.owner.password]:
            self.say('535 5.7.8 No such user or password')
            return
        self.user = self.owner.user
        self.say('235 2.7.0 Welcome')

    def do_mail(self, rest):
        found = re.match(r'(?i)FROM:<([^>]*)>', rest)
        if not found:
            self.say('501 5.5.4 MAIL FROM:<address>')
        elif self.owner.user is not None and self.user is None:
            self.say('530 5.7.0 Authentication required')
        else:
            self.sender = found.group(1)
            self.say('250 2.1.0 Fine')

    def do_rcpt(self, rest):
        found = re.match(r'(?i)TO:<([^>]+)>', rest)
        if not found or self.sender is None:
            self.say('503 5.5.1 MAIL first')
        elif found.group(1) in self.owner.refused:
            self.say(self.owner.refused[found.group(1)])
        else:
            self.recipients.append(found.group(1))
            self.say('250 2.1.5 Fine')

    def do_data(self, _rest):
        if not self.recipients:
            self.say('503 5.5.1 RCPT first')
            return
        self.say('354 Go ahead')
        lines, size = [], 0
        while (line := self.line()) != b'.':
            lines.append(line[1:] if line.startswith(b'.') else line)
            size += len(line) + 2
            if size > MAIL_MAX:
                raise Gone
        if self.misbehave('end'):
            return
        data = b''.join(line + b'\r\n' for line in lines)
        self.owner.take(Mail(self.sender, self.recipients, data, self.is_encrypted, self.user))
        if self.misbehave('taken'):
            return
        self.forget()
        self.say('250 2.0.0 Taken')

    def do_rset(self, _rest):
        self.forget()
        self.say('250 2.0.0 Fine')

    def do_noop(self, _rest):
        self.say('250 2.0.0 Fine')

    def do_quit(self, _rest):
        self.say('221 2.0.0 Bye')
        return False


class Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class Server:
    """Runs in threads until stop().

    `failures`: what goes wrong where; the keys are a command (MAIL, DATA), 'connect', 'end' (before
    a mail is taken) and 'taken' (after it), the values 'cut', 'hang', seconds to wait as a float, or
    a reply such as '451 4.3.0 Later'. `refused`: address → reply to RCPT.
    """

    def __init__(self, port=0, cert=None, key=None, user=None, password=None, is_tls=False,
                 has_starttls=True, folder=None):
        self.user, self.password = user, password
        self.is_tls, self.has_starttls = is_tls, has_starttls
        self.folder = pathlib.Path(folder) if folder else None
        self.failures, self.refused = {}, {}
        self.mails, self.complaints, self.commands = [], [], []
        self.connections = 0
        self.released = threading.Event()
        self.context = None
        if cert is not None:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(cert, key)
        self.listener = Listener(('127.0.0.1', port), Session)
        self.listener.owner = self
        self.port = self.listener.server_address[1]
        threading.Thread(target=self.listener.serve_forever, daemon=True).start()

    def take(self, mail):
        self.mails.append(mail)
        if self.folder is not None:
            name = f'{time.strftime("%Y%m%d-%H%M%S", time.gmtime())}-{len(self.mails):04}.eml'
            (self.folder / name).write_bytes(mail.data)

    def stop(self):
        self.released.set()
        self.listener.shutdown()
        self.listener.server_close()


def main():
    parser = argparse.ArgumentParser(description='A mail server that keeps what it is given.')
    parser.add_argument('--port', type=int, default=0)
    parser.add_argument('--dir', required=True)
    options = parser.parse_args()
    pathlib.Path(options.dir).mkdir(parents=True, exist_ok=True)
    server = Server(port=options.port, folder=options.dir)
    print(f'smtp://127.0.0.1:{server.port}', flush=True)
    threading.Event().wait()


if __name__ == '__main__':
    main()
