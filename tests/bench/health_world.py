"""A cluster, counters and sojus for the bench: answers of ordinary size, at once.

usage: health_world.py BOUNCERS FOLDER; prints the port of HTTP, then serves until it is killed. The
soju of everybody listens at FOLDER/soju.
"""
import asyncio
import json
import sys

PAGE = 100
# What an object of the API has besides: who manages which field, conditions, probes.
PADDING = {'managedFields': [{'manager': 'portal', 'fields': 'f:' + 'x' * 60} for _ in range(40)]}
# Go's own figures, which every soju tells as well.
GO = ''.join(f'# HELP go_metric_{n} One of the figures of the runtime.\n# TYPE go_metric_{n} gauge\n'
             f'go_metric_{n} {n}e+06\n' for n in range(70))
COUNTERS = (GO + 'soju_downstreams_active 1\nsoju_upstreams_active 2\n'
            'soju_upstream_in_messages_total 1.2345e+06\nsoju_upstream_out_messages_total 1234\n'
            'process_start_time_seconds 1.7e+09\n').encode()
STATUS = ('PRIVMSG * :libera (irc.libera.chat) [connected as alice]: 12 channels\r\n'
          'PRIVMSG * :oftc (irc.oftc.net) [connected as alice]: 3 channels\r\n'
          'PRIVMSG * :other (irc.example.org) [disconnected]: connection refused\r\n'
          'BOUNCERSERV OK\r\n').encode()


def with_head(body):
    return (b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n'
            % len(body)) + body


def make_pages(bouncers):
    pages = []
    for first in range(0, bouncers, PAGE):
        last = min(first + PAGE, bouncers)
        items = [{'metadata': {'name': f'soju-bench-{n}', **PADDING,
                               'labels': {'app': 'soju', 'bouncer': f'bench-{n}'}},
                  'spec': {'replicas': 1}, 'status': {'replicas': 1, 'readyReplicas': 1}}
                 for n in range(first, last)]
        cursor = str(last // PAGE) if last < bouncers else ''
        pages.append(with_head(json.dumps({
            'kind': 'DeploymentList', 'metadata': {'continue': cursor}, 'items': items}).encode()))
    return pages


class Http(asyncio.Protocol):
    pages = []
    counters = with_head(COUNTERS)

    def connection_made(self, transport):
        self.transport, self.got = transport, b''

    def data_received(self, data):
        self.got += data
        while b'\r\n\r\n' in self.got:
            request, self.got = self.got.split(b'\r\n\r\n', 1)
            path = request.split(b' ', 2)[1]
            if b'/deployments' in path:
                cursor = path.rpartition(b'continue=')[2] if b'continue=' in path else b'0'
                self.transport.write(self.pages[int(cursor)])
            else:
                self.transport.write(self.counters)


class Soju(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(STATUS * data.count(b'\n'))


async def main():
    Http.pages = make_pages(int(sys.argv[1]))
    loop = asyncio.get_running_loop()
    http = await loop.create_server(Http, '127.0.0.1', 0, backlog=512)
    await loop.create_unix_server(Soju, sys.argv[2] + '/soju', backlog=512)
    print(http.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
