#!/usr/bin/env python3
"""A real bouncer with a past, to hold the dashboard against.

Starts two IRC networks (ngircd), soju on PostgreSQL, gives soju an account with four networks,
channels and a known number of messages, and says as JSON what a true dashboard shows.

  world.py start [--bouncer carol]   start everything; the expected figures as JSON on stdout
  world.py talk [--lines 3]          say a few lines more; the new figures as JSON
  world.py bare                      only a soju with nobody in it and one network
  world.py chat --user U --password P   a client of that user and somebody else talk
  world.py stop-irc, start-irc       the network goes away and comes back
  world.py users                     who has a user in soju
  world.py stop-db                   soju's database is gone
  world.py start-db                  ... and back, as it was
  world.py stop                      end everything that start started, drop the database

Environment: ADMIN_DATABASE_URL (a role that may create databases), SOJU_DATABASE_URL (the
portal's, with {bouncer}: names the database and the role that reads it), SOJU_BIN (default:
build/soju/soju, made by tests/soju/build).
Exit: 0; 1 with the reason on stderr and nothing left running; 77 if there is no soju.
"""
import argparse
import contextlib
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STATE = os.path.join(ROOT, 'build', 'soju', 'world.json')  # .test is emptied between tests
GRANTS = os.path.join(ROOT, 'conf', 'soju_grants.sql')
SIGN = 'made by tests/soju/world.py'  # COMMENT of the database: only such a one is ever dropped
SOCKETS = '/var/run/postgresql'  # where libpq looks when no host is given; Go's driver does not
PASSWORD = 'correct horse'
USER = 'carol'  # carol's name inside soju
READY_S = 90    # for a server to answer, for soju to connect
JOIN_S = 90     # soju sends ten lines at once, then one every two seconds
STORE_S = 90    # until the last message has reached the database
SKIPPED = 77

# Names that IRC permits and a page must survive. Together they hold markup, both quotes, an
# entity, UTF-8, right-to-left override, bold and colour codes, and ngircd's longest name (50).
HOSTILE = [
    '#<script>alert(1)</script>',
    '#"\'&amp;<b>',
    '#übung-日本-🎉',
    '#bold\x02red\x0304\u202egpj.exe',
    '#' + 'l' * 49,
]
DETACHED = '#quiet'
LEFT = '#left'
RENAMED = 'attic<b>"x"\'&amp;é'
UNUSED_ADDRESS = 'ircs://irc.example.net:6697'


class Trouble(Exception):
    """Something did not go as it must; the text is for people."""


class NoSoju(Exception):
    """There is no soju to start."""


def wait_until(what, seconds, is_so, pause=0.1):
    """Returns the first true answer of is_so; Trouble after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        answer = is_so()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Trouble(f'{what}: not within {seconds} s')
        time.sleep(pause)


# --- PostgreSQL, through psql: the standard library speaks no SQL over the wire ------------------


def url_with_database(url, database):
    """The same server and role, another database."""
    if '://' not in url:
        return f"{url} dbname='{database}'"  # libpq takes the last of two
    parts = urllib.parse.urlsplit(url)
    query = [(k, v) for k, v in urllib.parse.parse_qsl(parts.query) if k != 'dbname']
    # Put together by hand: urlunsplit loses the // of an address without a host.
    tail = '?' + urllib.parse.urlencode(query) if query else ''
    return f'{parts.scheme}://{parts.netloc}/{urllib.parse.quote(database)}{tail}'


def url_for_soju(url, database):
    """As key=value. Go's driver takes unknown words for server settings and TLS for granted."""
    if '://' not in url:
        tls = '' if 'sslmode' in url else ' sslmode=disable'
        return f"{url} dbname='{database}'{tls}"
    parts = urllib.parse.urlsplit(url)
    query = dict(urllib.parse.parse_qsl(parts.query))
    login, _, place = parts.netloc.rpartition('@')
    user, _, password = login.partition(':')
    host, _, port = place.rpartition(':') if re.search(r':\d+$', place) else (place, '', '')
    words = {
        'host': query.get('host') or urllib.parse.unquote(host).strip('[]') or SOCKETS,
        'port': query.get('port') or port,
        'user': query.get('user') or urllib.parse.unquote(user),
        'password': query.get('password') or urllib.parse.unquote(password),
        'dbname': database,
        'sslmode': query.get('sslmode', 'disable'),
    }
    if words['sslmode'] in ('prefer', 'allow'):  # libpq's words, not Go's
        words['sslmode'] = 'disable'
    escape = {'\\': '\\\\', "'": "\\'"}
    return ' '.join(f"{k}='{''.join(escape.get(c, c) for c in v)}'" for k, v in words.items() if v)


def role_of(url):
    """The role in a URL or in key=value words; None if it names none."""
    if '://' in url:
        parts = urllib.parse.urlsplit(url)
        query = dict(urllib.parse.parse_qsl(parts.query))
        login = parts.netloc.rpartition('@')[0].partition(':')[0]
        return query.get('user') or urllib.parse.unquote(login) or None
    match = re.search(r"\buser\s*=\s*'?([^'\s]+)", url)
    return match.group(1) if match else None


def database_of(url):
    if '://' in url:
        parts = urllib.parse.urlsplit(url)
        query = dict(urllib.parse.parse_qsl(parts.query))
        return query.get('dbname') or urllib.parse.unquote(parts.path.lstrip('/'))
    match = re.search(r"\bdbname\s*=\s*'?([^'\s]+)", url)
    return match.group(1) if match else ''


def psql(url, sql=None, file=None, variables=None):
    """Runs SQL, returns its rows as lines. Each statement of `sql` is its own transaction."""
    argv = ['psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', url]
    for name, value in (variables or {}).items():
        argv += ['-v', f'{name}={value}']
    argv += ['-f', file or '-']
    environment = dict(os.environ, PGCONNECT_TIMEOUT='10',
                       PGOPTIONS='-c client_min_messages=warning')
    try:
        done = subprocess.run(argv, input=sql or '', capture_output=True, text=True, timeout=60,
                              env=environment, check=False)
    except FileNotFoundError:
        raise Trouble('psql is not installed (package postgresql-client-15)') from None
    except subprocess.TimeoutExpired:
        raise Trouble('PostgreSQL did not answer within 60 s') from None
    if done.returncode != 0:
        raise Trouble(f'PostgreSQL: {done.stderr.strip()}')
    return done.stdout.rstrip('\n')


def quote_name(name):
    return '"' + name.replace('"', '""') + '"'


def quote_text(text):
    return "'" + text.replace("'", "''") + "'"


def create_database(admin, database):
    """Makes it anew. One of that name that is not ours is left alone."""
    comment = psql(admin, "SELECT coalesce(shobj_description(oid, 'pg_database'), '')"
                          f' FROM pg_database WHERE datname = {quote_text(database)}')
    exists = psql(admin, f'SELECT 1 FROM pg_database WHERE datname = {quote_text(database)}')
    if exists and comment != SIGN:
        raise Trouble(f'a database {database} exists and was not made by this test')
    drop_database(admin, database)
    psql(admin, f'CREATE DATABASE {quote_name(database)} TEMPLATE template0 ENCODING \'UTF8\';\n'
                f'COMMENT ON DATABASE {quote_name(database)} IS {quote_text(SIGN)};')


def drop_database(admin, database):
    """Under either of its names, see stop_database."""
    for name in (database, hidden_name(database)):
        psql(admin, f'DROP DATABASE IF EXISTS {quote_name(name)} WITH (FORCE)')


def hidden_name(database):
    return f'{database}__gone'


def stop_database(admin, database):
    """To everybody who asks, the database does not exist. soju goes on knocking."""
    psql(admin, f'ALTER DATABASE {quote_name(database)} ALLOW_CONNECTIONS false')

    def renamed():
        try:
            psql(admin, f'SELECT pg_terminate_backend(pid) FROM pg_stat_activity'
                        f' WHERE datname = {quote_text(database)};\n'
                        f'ALTER DATABASE {quote_name(database)}'
                        f' RENAME TO {quote_name(hidden_name(database))}')
            return True
        except Trouble as trouble:
            if 'being accessed' in str(trouble):
                return False
            raise
    wait_until(f'database {database} still in use', 10, renamed)


def start_database(admin, database):
    psql(admin, f'ALTER DATABASE {quote_name(hidden_name(database))}'
                f' RENAME TO {quote_name(database)};\n'
                f'ALTER DATABASE {quote_name(database)} ALLOW_CONNECTIONS true')


# --- IRC -----------------------------------------------------------------------------------------


class Irc:
    """A client, as little of one as the test needs."""

    def __init__(self, address, nick, user=None, password=None):
        self.nick = nick
        self.pending = b''
        self.socket = socket.create_connection(address, timeout=READY_S)
        if password:
            self.send(f'PASS :{password}')
        self.send(f'NICK {nick}')
        self.send(f'USER {user or nick} 0 * :{nick}')
        self.wait_for(lambda words: words[1] == '001', 'welcome')

    def send(self, line):
        self.socket.sendall(line.encode() + b'\r\n')

    def read_line(self, seconds):
        end = time.monotonic() + seconds
        while b'\n' not in self.pending:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                return None
            data = self.socket.recv(65536)
            if not data:
                raise Trouble(f'{self.nick}: the IRC server closed the connection')
            self.pending += data
        line, self.pending = self.pending.split(b'\n', 1)
        return line.rstrip(b'\r').decode('utf-8', 'replace')

    def wait_for(self, is_wanted, what, seconds=READY_S):
        """The next line that is wanted, as [prefix, command, parameters ...]."""
        end = time.monotonic() + seconds
        while True:
            line = self.read_line(max(0.0, end - time.monotonic()))
            if line is None:
                raise Trouble(f'{self.nick}: no {what} within {seconds} s')
            words = split_line(line)
            if words[1] == 'PING':
                self.send(f'PONG :{words[2]}')
            elif words[1] == 'ERROR':
                raise Trouble(f'{self.nick}: {line}')
            elif is_wanted(words):
                return words
            elif words[1] in REFUSALS:
                raise Trouble(f'{self.nick}: waiting for {what}: {line}')

    def join(self, *channels):
        """Returns when the server has named the members of each."""
        self.send('JOIN ' + ','.join(channels))
        missing = {fold(channel) for channel in channels}
        while missing:
            words = self.wait_for(lambda w: w[1] == '366', f'end of names of {missing}', JOIN_S)
            missing.discard(fold(words[3]))

    def say(self, target, text, command='PRIVMSG'):
        self.send(f'{command} {target} :{text}')

    def hears(self, text, seconds=JOIN_S):
        def is_it(words):
            return words[1] in ('PRIVMSG', 'NOTICE') and words[-1] == text
        self.wait_for(is_it, repr(text), seconds)

    def settle(self):
        """All that was sent before has been worked off by the server."""
        token = f'settle{time.monotonic_ns()}'
        self.send(f'PING :{token}')
        self.wait_for(lambda w: w[1] == 'PONG' and w[-1] == token, 'pong', JOIN_S)

    def quit(self):
        with contextlib.suppress(OSError):
            self.send('QUIT :bye')
            while self.socket.recv(65536):
                pass
        self.socket.close()


# Numerics that mean the script of this test is wrong: no such nick or channel, cannot send or join,
# nick refused, password wrong, banned.
REFUSALS = {'401', '403', '404', '405', '432', '433', '442', '464', '465', '471', '473', '474',
            '475', '476', '477'}


def split_line(line):
    if line.startswith('@'):
        line = line.partition(' ')[2]
    prefix = ''
    if line.startswith(':'):
        prefix, _, line = line[1:].partition(' ')
    line, _, last = line.partition(' :') if ' :' in line else (line, '', None)
    words = line.split()
    return [prefix, *words, *([] if last is None else [last])]


def fold(channel):
    """ngircd's case mapping is ASCII."""
    return ''.join(c.lower() if c.isascii() else c for c in channel)


def quote_word(word):
    """For the words of a BouncerServ command."""
    if re.search(r'[\r\n\0]', word):
        raise Trouble(f'{word!r} cannot stand in a command')
    return '"' + word.replace('\\', '\\\\').replace('"', '\\"') + '"'


def bouncerserv(path, *words):
    """A command through the admin socket; returns what it printed."""
    with socket.socket(socket.AF_UNIX) as admin:
        admin.settimeout(READY_S)
        admin.connect(path)
        line = ' '.join(quote_word(word) for word in words)
        admin.sendall(f'BOUNCERSERV :{line}\r\n'.encode())
        printed = []
        for raw in admin.makefile('rb'):
            answer = split_line(raw.decode('utf-8', 'replace').rstrip('\r\n'))
            if answer[1] == 'PRIVMSG':
                printed.append(answer[-1])
            elif answer[1] == 'BOUNCERSERV' and answer[2] == 'OK':
                return printed
            elif answer[1] in ('FAIL', 'ERROR'):
                raise Trouble(f'soju refused {" ".join(words[:3])}: {answer[-1]}')
    raise Trouble(f'soju closed the admin socket during {" ".join(words[:3])}')


# --- processes -----------------------------------------------------------------------------------


def start_time(pid):
    """When the kernel started it, in ticks: with the pid, a name no later process bears."""
    try:
        with open(f'/proc/{pid}/stat', encoding='utf-8') as file:
            fields = file.read().rpartition(')')[2].split()
            return None if fields[0] == 'Z' else int(fields[19])  # Z: ended, not yet fetched
    except (FileNotFoundError, ProcessLookupError):
        return None


def is_running(process):
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process['pid'], os.WNOHANG)  # if it was our own child, let it go
    return start_time(process['pid']) == process['started']


def end_process(process):
    """TERM, and KILL after ten seconds. The pid of somebody else is left alone."""
    for sign, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
        if not is_running(process):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(process['pid'], sign)
        with contextlib.suppress(Trouble):
            wait_until('end', seconds, lambda: not is_running(process), 0.05)
    if is_running(process):
        raise Trouble(f"{process['name']} (pid {process['pid']}) does not end")


def free_ports(count):
    """All at once, so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(('127.0.0.1', 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def answers(port):
    try:
        socket.create_connection(('127.0.0.1', port), timeout=1).close()
        return True
    except OSError:
        return False


NGIRCD = '''[Global]
Name = {name}.irc.test
Info = test network
Network = {name}
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = hello
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 20
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
'''

SOJU = '''hostname bouncer.irc.test
listen irc+insecure://127.0.0.1:{port}
listen unix+admin://{admin}
db postgres "{database}"
message-store db
'''


class World:
    """What start made; kept in the state file so that stop finds all of it."""

    def __init__(self, state):
        self.state = state

    @classmethod
    def load(cls):
        try:
            with open(STATE, encoding='utf-8') as file:
                return cls(json.load(file))
        except FileNotFoundError:
            raise Trouble('nothing is started') from None

    def save(self):
        """After every single thing that stop must undo."""
        os.makedirs(os.path.dirname(STATE), exist_ok=True)
        with open(STATE + '.new', 'w', encoding='utf-8') as file:
            os.fchmod(file.fileno(), 0o600)  # the URL in it may hold a password
            json.dump(self.state, file)
        os.replace(STATE + '.new', STATE)

    def path(self, name):
        return os.path.join(self.state['folder'], name)

    def spawn(self, name, argv):
        with open(self.path(name + '.log'), 'wb') as log:
            # A session of its own: Ctrl-C in the terminal is for whoever calls stop.
            pid = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   cwd=self.state['folder'], start_new_session=True).pid
        process = {'name': name, 'pid': pid, 'started': start_time(pid)}
        self.state['processes'].append(process)
        self.save()
        return process

    def wait_ready(self, process, is_ready):
        def ready_or_ended():
            if not is_running(process):
                raise Trouble(f"{process['name']} ended: {self.log_tail(process['name'])}")
            return is_ready()
        wait_until(f"{process['name']} is not ready", READY_S, ready_or_ended)

    def log_tail(self, name):
        try:
            with open(self.path(name + '.log'), encoding='utf-8', errors='replace') as file:
                return '\n'.join(file.read().splitlines()[-15:])
        except FileNotFoundError:
            return '(no log)'

    def start_ircd(self, name, port):
        with open(self.path(name + '.conf'), 'w', encoding='utf-8') as file:
            file.write(NGIRCD.format(name=name, port=port))
        ngircd = shutil.which('ngircd') or '/usr/sbin/ngircd'
        if not os.access(ngircd, os.X_OK):
            raise Trouble('ngircd is not installed (package ngircd)')
        process = self.spawn(name, [ngircd, '-n', '-f', self.path(name + '.conf')])
        self.wait_ready(process, lambda: answers(port))

    def start_soju(self, binary, port, database_words):
        escaped = database_words.replace('\\', '\\\\').replace('"', '\\"')
        with open(self.path('soju.conf'), 'w', encoding='utf-8') as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(SOJU.format(port=port, admin=self.path('admin'), database=escaped))
        process = self.spawn('soju', [binary, '-config', self.path('soju.conf')])
        self.wait_ready(process, lambda: answers(port) and os.path.exists(self.path('admin')))

    def serv(self, *words):
        return bouncerserv(self.path('admin'), *words)

    def sql(self, text):
        return psql(url_with_database(self.state['admin_url'], self.state['database']), text)

    def stop(self):
        """Undoes all that can be undone, whatever else fails."""
        problems = []

        def attempt(undo, *arguments):
            try:
                undo(*arguments)
            except (Trouble, OSError) as error:
                problems.append(str(error))
        for process in reversed(self.state['processes']):
            attempt(end_process, process)
        if self.state.get('database'):
            attempt(drop_database, self.state['admin_url'], self.state['database'])
        if problems:
            raise Trouble('; '.join(problems))  # the state stays: stop can be tried again
        shutil.rmtree(self.state['folder'], ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):
            os.remove(STATE)


# --- what happens in this world ------------------------------------------------------------------


class Tally:
    """What was done, as the dashboard is to show it."""

    def __init__(self):
        self.networks = {}
        self.messages = 0

    def network(self, name, address, is_enabled):
        self.networks[name] = {'name': name, 'address': address, 'enabled': is_enabled,
                               'channels': []}

    def channel(self, network, name, is_detached=False):
        self.networks[network]['channels'].append({'name': name, 'detached': is_detached})


class Talk:
    """Two ends of conversations on one network; counts every line that has arrived."""

    def __init__(self, tally, carol, bob):
        self.tally, self.carol, self.bob = tally, carol, bob

    def from_carol(self, target, text, command='PRIVMSG'):
        self.carol.say(target, text, command)
        self.bob.hears(text)
        self.tally.messages += 1

    def from_bob(self, target, text, command='PRIVMSG'):
        """Counted without carol's client hearing it: soju hears, if its client does or not."""
        self.bob.say(target, text, command)
        self.tally.messages += 1


def make_networks(world, tally, addresses):
    world.serv('user', 'create', '-username', USER, '-password', PASSWORD)
    run = ('user', 'run', USER, 'network', 'create')
    first, second = addresses
    world.serv(*run, '-addr', first, '-name', 'harbour', '-nick', 'carol')
    world.serv(*run, '-addr', second, '-name', 'lighthouse', '-nick', 'carol')
    # soju wants (address, nick) to be unique; this one is used, renamed and disabled below.
    world.serv(*run, '-addr', second, '-name', 'attic', '-nick', 'carol_attic')
    # Never connected and without a name: shown by its address.
    world.serv(*run, '-addr', UNUSED_ADDRESS, '-enabled', 'false')
    tally.network('harbour', first, True)
    tally.network('lighthouse', second, True)
    tally.network(RENAMED, second, False)
    tally.network(UNUSED_ADDRESS, UNUSED_ADDRESS, False)

    def all_connected():
        status[:] = world.serv('user', 'run', USER, 'network', 'status')
        return sum('[connected' in line for line in status) == 3
    status = []
    try:
        wait_until('soju connects to both IRC networks', READY_S, all_connected, 0.3)
    except Trouble as trouble:
        raise Trouble(f'{trouble}; it says: {status}') from None


def talk_in_harbour(tally, client, bob):
    """Channels with every kind of name, queries, one channel left, one detached."""
    talk = Talk(tally, client, bob)
    bob.join('#harbour', *HOSTILE, DETACHED, LEFT)
    client.join('#harbour', *HOSTILE, DETACHED, LEFT)
    for channel in ['#harbour', *HOSTILE]:
        tally.channel('harbour', channel)
    tally.channel('harbour', DETACHED, True)

    talk.from_carol('#harbour', 'good morning')
    talk.from_carol('#harbour', '\x01ACTION waves\x01')
    talk.from_carol('bob', 'are you there?')
    talk.from_carol('bob', 'no need to answer', 'NOTICE')
    talk.from_carol(LEFT, 'I am off')
    for channel in HOSTILE:
        talk.from_bob(channel, f'this is {channel}')
    for number in range(23):
        talk.from_bob('#harbour', f'line {number}')
    talk.from_bob('#harbour', '\x02bold\x02 <b>and</b> "quoted"')
    talk.from_bob('carol', 'yes')
    talk.from_bob('carol', 'automatic answer', 'NOTICE')
    client.hears('automatic answer')

    client.send(f'PART {LEFT} :goodbye')
    client.wait_for(lambda w: w[1] == 'PART', 'part', JOIN_S)
    client.send(f'PART {DETACHED} :detach')
    client.say('BouncerServ', 'network status')  # talk with soju itself is no message
    client.settle()
    talk.from_bob(DETACHED, 'nobody sees this now')
    bob.settle()


def talk_in_lighthouse(tally, client, bob):
    """The same channel name as on the other network: two channels."""
    talk = Talk(tally, client, bob)
    bob.join('#harbour', '#dev')
    client.join('#harbour', '#dev')
    tally.channel('lighthouse', '#harbour')
    tally.channel('lighthouse', '#dev')
    talk.from_carol('#dev', 'it builds')
    talk.from_bob('#dev', 'it does not', 'NOTICE')
    client.hears('it does not')


def talk_in_attic(world, tally, client, bob):
    """A network with a past that is then renamed and disabled; its history stays."""
    talk = Talk(tally, client, bob)
    bob.join('#old')
    client.join('#old')
    tally.channel(RENAMED, '#old')
    talk.from_bob('#old', 'the last message here')
    client.hears('the last message here')
    client.quit()
    world.serv('user', 'run', USER, 'network', 'update', 'attic', '-name', RENAMED,
               '-enabled', 'false')


def make_noise(bob):
    """What soju stores beside messages, and nobody would call one."""
    bob.send('TOPIC #harbour :new topic')
    bob.send('NICK bobby')
    bob.wait_for(lambda w: w[1] == 'NICK', 'nick')
    bob.send('NICK bob')
    bob.wait_for(lambda w: w[1] == 'NICK', 'nick')
    bob.send('PART #harbour :coffee')
    bob.join('#harbour')


def live(world, tally):
    """Everything that happens, in order."""
    first, second, bouncer = (('127.0.0.1', world.state[port])
                              for port in ('harbour_port', 'lighthouse_port', 'soju_port'))
    make_networks(world, tally, [f'irc+insecure://{host}:{port}' for host, port in (first, second)])
    bob = Irc(first, 'bob')
    bob_second = Irc(second, 'bob')
    client = Irc(bouncer, 'carol', f'{USER}/harbour', PASSWORD)
    client_second = Irc(bouncer, 'carol', f'{USER}/lighthouse', PASSWORD)
    client_attic = Irc(bouncer, 'carol_attic', f'{USER}/attic', PASSWORD)
    talk_in_attic(world, tally, client_attic, bob_second)
    talk_in_lighthouse(tally, client_second, bob_second)
    talk_in_harbour(tally, client, bob)
    client.quit()
    client_second.quit()
    # soju stays when its clients have gone: these are counted as well.
    away = Talk(tally, client, bob)
    for number in range(3):
        away.from_bob('#harbour', f'while you were away {number}')
    make_noise(bob)
    bob.settle()
    bob.quit()
    bob_second.quit()


# --- what soju has kept of it --------------------------------------------------------------------

STORED = '''SELECT json_build_object(
  'messages', (SELECT count(*) FROM "Message" WHERE text IS NOT NULL),
  'noise', (SELECT count(*) FROM "Message" WHERE text IS NULL),
  'schema_version', (SELECT version FROM "Config"),
  'networks', (SELECT coalesce(json_agg(json_build_object(
      'name', COALESCE(NULLIF(n.name, ''), n.addr), 'address', n.addr, 'enabled', n.enabled,
      'channels', (SELECT coalesce(json_agg(json_build_object(
          'name', c.name, 'detached', c.detached)), '[]')
        FROM "Channel" c WHERE c.network = n.id))), '[]')
    FROM "Network" n JOIN "User" u ON u.id = n."user" WHERE u.username = '%s'))''' % USER

PER_TARGET = '''SELECT t.target || ': ' || count(m.text)
  || ' with text, ' || count(*) - count(m.text) || ' without'
  FROM "MessageTarget" t JOIN "Message" m ON m.target = t.id GROUP BY t.id ORDER BY t.target'''


def in_order(networks):
    def by_name(row):
        return row['name']
    return [dict(network, channels=sorted(network['channels'], key=by_name))
            for network in sorted(networks, key=by_name)]


def check_stored(world, tally):
    """soju's database must say what was done: else the test, not the portal, is wrong."""
    wanted = in_order(tally.networks.values())

    def agrees():
        stored = json.loads(world.sql(STORED))
        stored['networks'] = in_order(stored['networks'])
        return (stored['messages'] == tally.messages and stored['networks'] == wanted) and stored
    try:
        wait_until('store', STORE_S, agrees, 0.5)
        time.sleep(1)  # one too many would come late, too
        stored = agrees()
        if not stored:
            raise Trouble('changed')
    except Trouble:
        stored = json.loads(world.sql(STORED))
        raise Trouble(
            f'soju has not stored what was done: {tally.messages} messages were exchanged,'
            f" {stored['messages']} are stored\n{world.sql(PER_TARGET)}\n"
            f'wanted: {json.dumps(wanted)}\n'
            f"stored: {json.dumps(in_order(stored['networks']))}") from None
    return stored


def report(world, tally):
    """The figures a true dashboard shows."""
    stored = check_stored(world, tally)
    if stored['noise'] == 0:
        raise Trouble('soju has stored no JOIN, PART, NICK: the noise was not made')
    networks = in_order(tally.networks.values())
    return {
        'bouncer': world.state['bouncer'],
        'soju_username': USER,
        'database': world.state['database'],
        'schema_version': stored['schema_version'],
        'networks': networks,
        'network_count': len(networks),
        'enabled_count': sum(network['enabled'] for network in networks),
        'channel_count': sum(len(network['channels']) for network in networks),
        'messages': tally.messages,
        'noise': stored['noise'],
        # The portal counts what is older than ten seconds; from here on that is everything.
        'countable_at': int(time.time()) + 11,
    }


# --- commands ------------------------------------------------------------------------------------


def setting(name):
    value = os.environ.get(name, '')
    if not value:
        raise Trouble(f'{name} is not set')
    return value


def soju_binary():
    path = os.environ.get('SOJU_BIN') or os.path.join(ROOT, 'build', 'soju', 'soju')
    if not os.access(path, os.X_OK):
        raise NoSoju(f'no soju at {path}; tests/soju/build makes it')
    return path


def grant_to_portal(world, portal_url):
    """The portal's own role, with the rights that an operator would give it."""
    role = role_of(portal_url)
    if role and role != role_of(world.state['admin_url']):
        psql(url_with_database(world.state['admin_url'], world.state['database']), file=GRANTS,
             variables={'role': role})
        psql(portal_url, 'SELECT count(*) FROM "Network"')


def clear_leftovers():
    """Of a run that was killed, or whose PostgreSQL went away before stop."""
    if not os.path.exists(STATE):
        return
    world = World.load()
    if any(is_running(process) for process in world.state['processes']):
        raise Trouble('already started; first: world.py stop')
    shutil.rmtree(world.state['folder'], ignore_errors=True)
    os.remove(STATE)  # its database, if there still is one, is dropped when it is made anew


def start(arguments):
    admin_url = setting('ADMIN_DATABASE_URL')
    portal_url = setting('SOJU_DATABASE_URL').replace('{bouncer}', arguments.bouncer)
    database = database_of(portal_url)
    if not re.fullmatch(r'[A-Za-z0-9_-]{1,50}', database):
        raise Trouble('SOJU_DATABASE_URL names no database')
    binary = soju_binary()
    clear_leftovers()
    ports = dict(zip(('harbour_port', 'lighthouse_port', 'soju_port'), free_ports(3)))
    # Not below the tree: the path of a socket is limited to 107 bytes.
    world = World({'folder': tempfile.mkdtemp(prefix='soju-world-'), 'processes': [],
                   'admin_url': admin_url, 'bouncer': arguments.bouncer, **ports})
    os.chmod(world.state['folder'], 0o755)  # ngircd gives root up before it reads its file again
    world.save()
    try:
        create_database(admin_url, database)
        world.state['database'] = database
        world.save()
        world.start_ircd('harbour', ports['harbour_port'])
        world.start_ircd('lighthouse', ports['lighthouse_port'])
        world.start_soju(binary, ports['soju_port'], url_for_soju(admin_url, database))
        tally = Tally()
        live(world, tally)
        figures = report(world, tally)
        grant_to_portal(world, portal_url)
    except BaseException as error:
        logs = '\n'.join(f'--- {name}\n{world.log_tail(name)}' for name in ('soju', 'harbour'))
        if isinstance(error, (Trouble, OSError)):
            print(logs, file=sys.stderr)
        world.stop()
        raise
    world.state['figures'] = figures
    world.save()
    return figures


def talk(arguments):
    """New messages after a first count: what the portal adds up must still be true."""
    world = World.load()
    figures = world.state['figures']
    bob = Irc(('127.0.0.1', world.state['harbour_port']), 'bob')
    bob.join('#harbour')
    for number in range(arguments.lines):
        bob.say('#harbour', f'later {number}')
    bob.settle()
    bob.quit()
    tally = Tally()
    tally.networks = {network['name']: network for network in figures['networks']}
    tally.messages = figures['messages'] + arguments.lines
    world.state['figures'] = report(world, tally)
    world.save()
    return world.state['figures']


def bare(_arguments):
    """A soju that several share, nobody in it yet, and one IRC server: for bouncers that the portal
    makes itself."""
    admin_url, portal_url = setting('ADMIN_DATABASE_URL'), setting('SOJU_DATABASE_URL')
    binary = soju_binary()
    clear_leftovers()
    ports = dict(zip(('harbour_port', 'soju_port'), free_ports(2)))
    world = World({'folder': tempfile.mkdtemp(prefix='soju-world-'), 'processes': [],
                   'admin_url': admin_url, **ports})
    os.chmod(world.state['folder'], 0o755)
    world.save()
    try:
        database = 'soju_of_all'
        create_database(admin_url, database)
        world.state['database'] = database
        world.save()
        world.start_ircd('harbour', ports['harbour_port'])
        world.start_soju(binary, ports['soju_port'], url_for_soju(admin_url, database))
        portal_url = url_with_database(portal_url, database)
        grant_to_portal(world, portal_url)
    except BaseException:
        world.stop()
        raise
    return {**ports, 'admin': world.path('admin'), 'database_url': portal_url}


def chat(arguments):
    """An IRC client of that bouncer and somebody on the network talk; says how many lines."""
    world = World.load()
    there, lines = ('127.0.0.1', world.state['harbour_port']), 3
    bob = Irc(there, 'bob')
    bob.join('#harbour')
    client = Irc(('127.0.0.1', world.state['soju_port']), 'client', f'{arguments.user}/harbour',
                 arguments.password)
    client.settle()
    for number in range(lines):
        client.say('#harbour', f'to bob {number}')
        bob.hears(f'to bob {number}')
        bob.say('#harbour', f'to the client {number}')
        client.hears(f'to the client {number}')
    client.settle()
    client.quit()
    bob.quit()
    return {'lines': 2 * lines}


def stop_irc(_arguments):
    world = World.load()
    for process in [p for p in world.state['processes'] if p['name'] == 'harbour']:
        end_process(process)


def start_irc(_arguments):
    world = World.load()
    world.start_ircd('harbour', world.state['harbour_port'])


def users(_arguments):
    """Who has a user in soju, in soju's own words."""
    return World.load().serv('user', 'status')


def stop_db(_arguments):
    world = World.load()
    stop_database(world.state['admin_url'], world.state['database'])


def start_db(_arguments):
    world = World.load()
    start_database(world.state['admin_url'], world.state['database'])


def stop(_arguments):
    if os.path.exists(STATE):
        World.load().stop()


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    commands = parser.add_subparsers(required=True, metavar='command')
    for name, run in (('start', start), ('talk', talk), ('bare', bare), ('chat', chat),
                      ('stop-irc', stop_irc), ('start-irc', start_irc), ('users', users),
                      ('stop-db', stop_db), ('start-db', start_db), ('stop', stop)):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        if run is start:
            command.add_argument('--bouncer', default='carol')
        if run is chat:
            command.add_argument('--user', required=True)
            command.add_argument('--password', required=True)
        if run is talk:
            command.add_argument('--lines', type=int, default=3)
    return parser.parse_args()


def on_signal(number, _frame):
    raise Trouble(f'ended by signal {number}')


def main():
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    try:
        answer = arguments.run(arguments)
    except NoSoju as error:
        print(f'world.py: {error}', file=sys.stderr)
        return SKIPPED
    except (Trouble, OSError) as error:
        print(f'world.py: {error}', file=sys.stderr)
        return 1
    if answer is not None:
        json.dump(answer, sys.stdout, ensure_ascii=False, indent=2)
        print()
    return 0


if __name__ == '__main__':
    sys.exit(main())
