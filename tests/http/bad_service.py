"""An outside service of a test's own that behaves as badly as it is told to, by http or https.

It is a whole sign-in provider as far as the discovery document and a token endpoint that knows no
code, and it answers to every other path with what txt would say.
"""
import json
import pathlib
import socket
import ssl
import subprocess
import threading
import time

EXTENSIONS = """[ca]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
[server]
basicConstraints=critical,CA:FALSE
extendedKeyUsage=serverAuth
subjectAltName=IP:127.0.0.1
[elsewhere]
basicConstraints=critical,CA:FALSE
extendedKeyUsage=serverAuth
subjectAltName=DNS:id.example.org
"""


def openssl(folder, *args):
    run = subprocess.run(['openssl', *args], cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def key_and_request(folder, name):
    openssl(folder, 'req', '-new', '-newkey', 'rsa:2048', '-nodes', '-subj', f'/CN={name}',
            '-keyout', f'{name}.key', '-out', f'{name}.csr')


def authority(folder, name):
    key_and_request(folder, name)
    openssl(folder, 'x509', '-req', '-in', f'{name}.csr', '-signkey', f'{name}.key', '-days', '9',
            '-extfile', 'ext', '-extensions', 'ca', '-out', f'{name}.crt')


def certificate(folder, name, signer, section='server', days='9'):
    key_and_request(folder, name)
    signed = (['-signkey', f'{name}.key'] if signer is None else
              ['-CA', f'{signer}.crt', '-CAkey', f'{signer}.key', '-CAcreateserial'])
    openssl(folder, 'x509', '-req', '-in', f'{name}.csr', *signed, '-days', days,
            '-extfile', 'ext', '-extensions', section, '-out', f'{name}.crt')


# What a certificate has against it -> how it is made; all are for 127.0.0.1 but one.
CERTIFICATES = {
    'good': {'signer': 'ca'},
    'self-signed': {'signer': None},
    'unknown authority': {'signer': 'other-ca'},
    'another name': {'signer': 'ca', 'section': 'elsewhere'},
    'expired': {'signer': 'ca', 'days': '-1'},
}


def make_certificates(folder):
    """Makes them all; a context for each by its name. The authority to trust is ca.crt."""
    pathlib.Path(folder, 'ext').write_text(EXTENSIONS, encoding='ascii')
    authority(folder, 'ca')
    authority(folder, 'other-ca')
    contexts = {}
    for what, how in CERTIFICATES.items():
        name = what.replace(' ', '-')
        certificate(folder, name, **how)
        contexts[what] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        contexts[what].load_cert_chain(f'{folder}/{name}.crt', f'{folder}/{name}.key')
    return contexts


def head(status, length, extra=''):
    return f'HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n{extra}\r\n'.encode()


class BadService:
    """`mode` says how it behaves, `context` whether it speaks TLS, `asked` what was asked for."""

    def __init__(self, context=None):
        self.context = context
        self.mode = 'good'
        self.asked = []
        self.connections = 0
        self.delay = 0  # seconds before each answer
        self.server = socket.create_server(('127.0.0.1', 0))
        self.port = self.server.getsockname()[1]
        self.url = f'http{"s" if context else ""}://127.0.0.1:{self.port}'
        threading.Thread(target=self.accept, args=(self.server,), daemon=True).start()

    def accept(self, server):
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def stop(self):
        """Refuses connections from now on."""
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()

    def serve(self, client):
        client.settimeout(10)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self.mode == 'no TLS':
                client.recv(1000)
                client.sendall(b'HTTP/1.1 400 Bad\r\n\r\n')
                return
            if self.mode == 'silent before TLS':
                time.sleep(4)
                return
            if self.context is not None:
                client = self.context.wrap_socket(client, server_side=True)
            while self.exchange(client):
                pass
        except OSError:
            pass  # they let us know what they think of the certificate
        finally:
            client.close()

    def exchange(self, client):
        """One request and its answer; false when the connection is over."""
        data = b''
        while b'\r\n\r\n' not in data:
            piece = client.recv(65536)
            if not piece:
                return False
            data += piece
        top, _, body = data.partition(b'\r\n\r\n')
        fields = [line.lower() for line in top.split(b'\r\n')]
        length = next((int(f[15:]) for f in fields if f.startswith(b'content-length:')), 0)
        while len(body) < length:
            body += client.recv(65536)
        self.asked.append(top.decode().split('\r\n')[0])
        time.sleep(self.delay)
        return self.answer(client, top.split(b' ')[1].decode())

    def answer(self, client, path):
        if self.mode == 'silent':
            time.sleep(4)
        elif self.mode == 'drips':
            client.sendall(head(200, 1000))
            for _ in range(40):
                client.sendall(b' ')
                time.sleep(0.1)
        elif self.mode == 'huge':
            client.sendall(b'HTTP/1.1 200 OK\r\n\r\n{"a":"')
            for _ in range(200):
                client.sendall(b'x' * 65536)
        elif self.mode == 'huge, and says so':
            client.sendall(head(200, 100_000_000) + b'{')
            time.sleep(4)
        elif self.mode == 'cut':
            client.sendall(head(200, 1000) + b'{"a":')
        elif self.mode == 'closes at once':
            pass
        elif self.mode == 'no HTTP':
            client.sendall(b'220 mail.example.org ESMTP\r\n')
        else:
            client.sendall(self.whole_answer(path))
            return True
        return False

    def whole_answer(self, path):
        status, extra = 200, ''
        if self.mode == 'page':
            body = '<!DOCTYPE html><title>Welcome</title>'
        elif self.mode == 'other JSON':
            body = '{"hello":[1,2,3]}'
        elif self.mode == 'redirect':
            status, extra, body = 302, f'location: {self.url}/elsewhere\r\n', ''
        elif self.mode == 'error':
            status, body = 503, '{}'
        else:
            status, body = self.good_answer(path)
        return head(status, len(body), extra) + body.encode()

    def good_answer(self, path):
        if path == '/.well-known/openid-configuration':
            return 200, json.dumps({
                'issuer': self.url, 'authorization_endpoint': self.url + '/authorize',
                'token_endpoint': self.url + '/token', 'jwks_uri': self.url + '/jwks'})
        if path == '/token':
            return 400, '{"error":"invalid_grant"}'
        return 200, '{"paste_count":7,"storage_bytes":10}'
