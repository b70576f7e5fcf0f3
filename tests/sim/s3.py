#!/usr/bin/env python3
"""A storage like S3, for the tests: one bucket, kept in memory, forgotten at the end.

    tests/sim/s3.py --bucket pics --key-id AKIDEXAMPLE --secret SECRET [--region us-east-1]
                    [--port 0] [--cert FILE --key FILE]

prints its address when it is ready. It plays PUT, GET (with Range), HEAD and DELETE of an object,
path-style, as the API reference of Amazon S3 describes them, and checks every signature (AWS
Signature Version 4, "Authenticating Requests: Using the Authorization Header") with code of its own.
Errors are S3's XML with S3's codes. tests/sim/README.md tells what can go wrong on order.
"""
import argparse
import calendar
import email.utils
import hashlib
import hmac
import html
import http.server
import json
import re
import socket
import ssl
import sys
import threading
import time
import urllib.parse

SKEW_MAX_S = 15 * 60
KEY_BYTES_MAX = 1024
PUT_BYTES_MAX = 5 * 1024 * 1024 * 1024
MODES = ('ok', 'down', 'error', 'slow-down', 'hang', 'cut', 'corrupt', 'full', 'no-range', 'garbage')
HANG_S = 120


class S3Error(Exception):
    def __init__(self, status, code, message, **more):
        super().__init__(code)
        self.status, self.code, self.message, self.more = status, code, message, more


# --- Signatures ---

def hmac_sha256(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def uri_encode(text, keep=''):
    """As the documentation's UriEncode(): every byte but A-Z a-z 0-9 - . _ ~ as %XX."""
    return urllib.parse.quote(text, safe='-._~' + keep)


def canonical_query(query):
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
    return '&'.join(sorted(f'{uri_encode(k)}={uri_encode(v)}' for k, v in pairs))


def canonical_request(method, target, headers, signed, payload):
    path, _, query = target.partition('?')
    lines = [method, uri_encode(urllib.parse.unquote(path), '/'), canonical_query(query)]
    for name in signed:
        value = ','.join(' '.join(v.split()) for v in headers.get_all(name, []))
        lines.append(f'{name}:{value}')
    return '\n'.join(lines + ['', ';'.join(signed), payload])


def signature(secret, stamp, region, request):
    day = stamp[:8]
    scope = f'{day}/{region}/s3/aws4_request'
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = hmac_sha256(b'AWS4' + secret.encode(), day)
    for word in (region, 's3', 'aws4_request'):
        key = hmac_sha256(key, word)
    return hmac_sha256(key, f'AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}').hex()


AUTHORIZATION = re.compile(
    r'AWS4-HMAC-SHA256 Credential=([^/,\s]+)/(\d{8})/([^/,\s]+)/([^/,\s]+)/aws4_request,\s*'
    r'SignedHeaders=([a-z0-9;-]+),\s*Signature=([0-9a-f]{64})')


def check_stamp(stamp, day, skew_s):
    if not re.fullmatch(r'\d{8}T\d{6}Z', stamp or '') or not stamp.startswith(day):
        raise S3Error(403, 'AccessDenied', 'AWS authentication requires a valid Date or '
                      'x-amz-date header')
    asked = calendar.timegm(time.strptime(stamp, '%Y%m%dT%H%M%SZ'))
    if abs(time.time() + skew_s - asked) > SKEW_MAX_S:
        raise S3Error(403, 'RequestTimeTooSkewed', 'The difference between the request time and '
                      "the current time is too large.", RequestTime=stamp,
                      MaxAllowedSkewMilliseconds=str(SKEW_MAX_S * 1000))


def check_signed_headers(headers, signed):
    wanted = {'host'} | {name.lower() for name in headers if name.lower().startswith('x-amz-')}
    if 'content-md5' in headers:
        wanted.add('content-md5')
    missing = wanted - set(signed)
    if missing or list(signed) != sorted(signed):
        raise S3Error(403, 'AccessDenied', 'There were headers present in the request which were '
                      'not signed', HeadersNotSigned=', '.join(sorted(missing)))


def check_payload_word(payload):
    if payload is None:
        raise S3Error(400, 'InvalidRequest', 'Missing required header for this request: '
                      'x-amz-content-sha256')
    if payload != 'UNSIGNED-PAYLOAD' and not re.fullmatch('[0-9a-f]{64}', payload):
        raise S3Error(400, 'InvalidArgument', 'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, '
                      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD, or a valid sha256 value.')


def check_signature(method, target, headers, options, skew_s):
    """Fails closed: what is not proved is refused."""
    words = headers.get('authorization')
    if words is None:
        raise S3Error(403, 'AccessDenied', 'Access Denied')
    found = AUTHORIZATION.fullmatch(words)
    if found is None:
        raise S3Error(400, 'AuthorizationHeaderMalformed', 'The authorization header is malformed')
    key_id, day, region, service, names, given = found.groups()
    if key_id != options.key_id:
        raise S3Error(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not '
                      'exist in our records.', AWSAccessKeyId=key_id)
    if region != options.region or service != 's3':
        raise S3Error(400, 'AuthorizationHeaderMalformed', 'The authorization header is malformed; '
                      f"the region '{region}' is wrong; expecting '{options.region}'",
                      Region=options.region)
    stamp, payload = headers.get('x-amz-date'), headers.get('x-amz-content-sha256')
    check_stamp(stamp, day, skew_s)
    check_payload_word(payload)
    signed = names.split(';')
    check_signed_headers(headers, signed)
    request = canonical_request(method, target, headers, signed, payload)
    if not hmac.compare_digest(signature(options.secret, stamp, region, request), given):
        raise S3Error(403, 'SignatureDoesNotMatch', 'The request signature we calculated does not '
                      'match the signature you provided. Check your key and signing method.')


# --- The bucket ---

class Stored:
    def __init__(self, body, content_type):
        self.body, self.content_type = body, content_type
        self.etag = f'"{hashlib.md5(body).hexdigest()}"'
        self.at = email.utils.formatdate(usegmt=True)


def parse_range(text, size):
    """(first, last) of one range of bytes; None: no range, which a server ignores. 416 else."""
    found = re.fullmatch(r'bytes=(\d*)-(\d*)', text or '')
    if found is None or found.groups() == ('', ''):
        return None
    first, last = found.groups()
    if first == '':
        first, last = max(size - int(last), 0), size - 1
    else:
        first, last = int(first), min(int(last or size - 1), size - 1)
    if first >= size or last < first:
        raise S3Error(416, 'InvalidRange', 'The requested range is not satisfiable',
                      RangeRequested=text, ActualObjectSize=str(size))
    return first, last


class Storage:
    """What all connections share."""

    def __init__(self, options):
        self.options = options
        self.lock = threading.Lock()
        self.objects = {}
        self.reset()

    def reset(self):
        self.mode, self.times, self.methods, self.skew_s = 'ok', None, None, 0
        self.counts = {}

    def fault(self, method):
        """The mode for a request of this method, which it uses up."""
        with self.lock:
            self.counts[method] = self.counts.get(method, 0) + 1
            if self.mode == 'ok' or (self.methods and method not in self.methods):
                return 'ok'
            if self.times is None:
                return self.mode
            self.times -= 1
            return self.mode if self.times >= 0 else 'ok'

    def control(self, order):
        """Raises ValueError with a sentence for an order that makes no sense."""
        if not isinstance(order, dict) or set(order) - {'mode', 'times', 'methods', 'skew_s',
                                                         'reset'}:
            raise ValueError('orders are mode, times, methods, skew_s and reset')
        if order.get('mode', 'ok') not in MODES:
            raise ValueError('modes are ' + ' '.join(MODES))
        with self.lock:
            if order.get('reset'):
                self.objects.clear()
                self.reset()
            if 'mode' in order:
                self.mode, self.times = order['mode'], order.get('times')
                self.methods = order.get('methods')
            self.skew_s = order.get('skew_s', self.skew_s)

    def state(self):
        with self.lock:
            return {'mode': self.mode, 'counts': self.counts,
                    'objects': {k: {'bytes': len(o.body), 'type': o.content_type,
                                    'sha256': hashlib.sha256(o.body).hexdigest()}
                                for k, o in self.objects.items()}}


# --- HTTP ---

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    server_version = 'AmazonS3'
    storage = None  # set by serve()

    def log_message(self, *_):
        pass

    def answer(self, status, body=b'', headers=None, promised=None):
        self.send_response(status)
        self.send_header('x-amz-request-id', '4442587FB7D0A2F9')
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header('Content-Length', str(len(body) if promised is None else promised))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    def answer_error(self, e):
        more = ''.join(f'<{k}>{v}</{k}>' for k, v in e.more.items())
        body = ('<?xml version="1.0" encoding="UTF-8"?>\n'
                f'<Error><Code>{e.code}</Code><Message>{e.message}</Message>{more}'
                f'<Resource>{html.escape(self.path)}</Resource>'
                '<RequestId>4442587FB7D0A2F9</RequestId></Error>').encode()
        self.answer(e.status, body, {'Content-Type': 'application/xml'})

    def drop(self):
        """Ends the connection as a cable that is pulled."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
        self.connection.close()

    # What a client sent is read to its end even when it is refused, else the answer may be lost.
    def read_body(self):
        if self.headers.get('transfer-encoding'):
            self.close_connection = True
            raise S3Error(501, 'NotImplemented', 'A header you provided implies functionality '
                          'that is not implemented.')
        length = self.headers.get('content-length')
        if length is None:
            if self.command == 'PUT':
                self.close_connection = True
                raise S3Error(411, 'MissingContentLength', 'You must provide the Content-Length '
                              'HTTP header.')
            return b''
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise ConnectionError('the client left')
        return body

    def key_of(self):
        bucket, _, key = self.path.partition('?')[0].lstrip('/').partition('/')
        if urllib.parse.unquote(bucket) != self.storage.options.bucket:
            raise S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist',
                          BucketName=bucket)
        key = urllib.parse.unquote(key)
        if key == '':
            raise S3Error(501, 'NotImplemented', 'Operations on buckets are not played.')
        if len(key.encode()) > KEY_BYTES_MAX:
            raise S3Error(400, 'KeyTooLongError', 'Your key is too long')
        return key

    def is_broken(self, mode):
        """True: the fault was all there is to say. The request may be read in part only."""
        if mode == 'down':
            self.drop()
        elif mode == 'hang':
            time.sleep(HANG_S)
            self.drop()
        elif mode == 'garbage':
            self.wfile.write(b'hello\r\n\r\n')
            self.close_connection = True
        elif mode == 'cut' and self.command != 'GET':
            self.rfile.read(int(self.headers.get('content-length') or 0) // 2)
            self.drop()
        else:
            return False
        return True

    def raise_fault(self, mode):
        if mode == 'error':
            raise S3Error(500, 'InternalError', 'We encountered an internal error. Please try '
                          'again.')
        if mode == 'slow-down':
            raise S3Error(503, 'SlowDown', 'Please reduce your request rate.')
        if mode == 'full' and self.command == 'PUT':
            raise S3Error(507, 'XMinioStorageFull', 'Storage backend has reached its minimum free '
                          'drive threshold. Please delete a few objects to proceed.')

    def play(self, act):
        mode = self.storage.fault(self.command)
        if self.is_broken(mode):
            return
        try:
            body = self.read_body()
            self.raise_fault(mode)
            check_signature(self.command, self.path, self.headers, self.storage.options,
                            self.storage.skew_s)
            if mode == 'corrupt' and body:
                body = bytes([body[0] ^ 1]) + body[1:]
            payload = self.headers['x-amz-content-sha256']
            if payload not in ('UNSIGNED-PAYLOAD', hashlib.sha256(body).hexdigest()):
                raise S3Error(400, 'XAmzContentSHA256Mismatch', "The provided "
                              "'x-amz-content-sha256' header does not match what was computed.")
            act(self.key_of(), body, mode)
        except S3Error as e:
            self.answer_error(e)
        except ConnectionError:
            self.close_connection = True

    def put(self, key, body, _):
        if len(body) > PUT_BYTES_MAX:
            raise S3Error(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum '
                          'allowed size')
        stored = Stored(body, self.headers.get('content-type', 'binary/octet-stream'))
        with self.storage.lock:
            self.storage.objects[key] = stored
        self.answer(200, b'', {'ETag': stored.etag})

    def get(self, key, _, mode):
        with self.storage.lock:
            stored = self.storage.objects.get(key)
        if stored is None:
            raise S3Error(404, 'NoSuchKey', 'The specified key does not exist.', Key=key)
        headers = {'ETag': stored.etag, 'Last-Modified': stored.at, 'Accept-Ranges': 'bytes',
                   'Content-Type': stored.content_type}
        size, status, body = len(stored.body), 200, stored.body
        part = None if mode == 'no-range' else parse_range(self.headers.get('range'), size)
        if part is not None:
            first, last = part
            status, body = 206, stored.body[first:last + 1]
            headers['Content-Range'] = f'bytes {first}-{last}/{size}'
        if mode == 'cut':
            self.answer(status, body[:len(body) // 2], headers, promised=len(body))
            self.drop()
        else:
            self.answer(status, body, headers)

    def delete(self, key, *_):
        with self.storage.lock:
            self.storage.objects.pop(key, None)
        self.answer(204)

    def do_PUT(self):
        self.play(self.put)

    def do_GET(self):
        if self.path == '/-/control':
            self.answer(200, json.dumps(self.storage.state()).encode())
        else:
            self.play(self.get)

    def do_HEAD(self):
        self.play(self.get)

    def do_DELETE(self):
        self.play(self.delete)

    def do_POST(self):
        if self.path != '/-/control':
            self.read_body()
            self.answer_error(S3Error(405, 'MethodNotAllowed', 'The specified method is not '
                                      'allowed against this resource.'))
            return
        try:
            self.storage.control(json.loads(self.read_body()))
            self.answer(200, b'{"ok":true}')
        except ValueError as e:
            self.answer(400, str(e).encode())


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        """A client that leaves is no news."""


def serve(options):
    """A server that has its port; the caller starts it with serve_forever()."""
    handler = type('Bound', (Handler,), {'storage': Storage(options)})
    server = Server(('127.0.0.1', options.port), handler)
    server.storage = handler.storage
    scheme = 'http'
    if options.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.cert, options.key)
        # In the thread of the connection, so that one that says nothing holds up no other.
        server.socket = context.wrap_socket(server.socket, server_side=True,
                                            do_handshake_on_connect=False)
        scheme = 'https'
    server.url = f'{scheme}://127.0.0.1:{server.server_address[1]}'
    return server


def parse_options(words):
    parser = argparse.ArgumentParser(description='A storage like S3, for tests.')
    parser.add_argument('--port', type=int, default=0)
    parser.add_argument('--bucket', required=True)
    parser.add_argument('--key-id', required=True)
    parser.add_argument('--secret', required=True)
    parser.add_argument('--region', default='us-east-1')
    parser.add_argument('--cert')
    parser.add_argument('--key')
    return parser.parse_args(words)


def main():
    server = serve(parse_options(sys.argv[1:]))
    print(server.url, flush=True)
    server.serve_forever()


if __name__ == '__main__':
    main()
