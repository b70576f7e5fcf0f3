"""Users, networks and channels of a soju, and what becomes of a connection."""
import dataclasses
import threading
import time
import urllib.parse

from words import Refused, quoted

# By the first word of a host: what an order by the control interface can do for any address.
FATES = {
    'refused': 'connection error: failed to connect: dial tcp 192.0.2.1:6697: connect: '
               'connection refused',
    'unknown': 'connection error: failed to connect: dial tcp: lookup {host}: no such host',
    'silent': 'connection error: failed to connect: dial tcp 192.0.2.1:6697: i/o timeout',
    'badcert': 'connection error: failed to connect: tls: failed to verify certificate: x509: '
               'certificate has expired or is not yet valid',
    'banned': 'fatal server error: Closing Link: 192.0.2.2 (K-Lined)',
    'sasl': 'registration error: SASL authentication failed',
}


@dataclasses.dataclass
class Network:
    name: str
    addr: str
    nick: str = ''
    username: str = ''
    realname: str = ''
    password: str = ''
    commands: list = dataclasses.field(default_factory=list)
    sasl: tuple = None
    enabled: bool = True
    channels: dict = dataclasses.field(default_factory=dict)  # name: detached
    id: int = None         # in soju's database
    state: str = 'disconnected'
    error: str = None
    is_held: bool = False  # an order says how it is

    @property
    def shown(self):
        return self.name or self.addr


@dataclasses.dataclass
class User:
    username: str
    password: str = None
    admin: bool = False
    nick: str = ''
    realname: str = ''
    enabled: bool = True
    max_networks: int = -1
    networks: list = dataclasses.field(default_factory=list)
    clients: int = 0
    messages: dict = dataclasses.field(default_factory=dict)  # counter: value
    started: float = dataclasses.field(default_factory=time.time)

    def network(self, name):
        for network in self.networks:
            if network.shown == name:
                return network
        raise Refused(f'unknown network {quoted(name)}')


class World:
    def __init__(self, database):
        self.database = database
        self.lock = threading.RLock()
        self.users, self.fates = {}, {}
        self.version = (0, 9)
        self.notices = []
        self.reset()

    def reset(self):
        self.users = {user.username: user for user in self.database.load()}
        self.fates, self.version, self.notices = {}, (0, 9), []
        for user in self.users.values():
            self.connect_all(user)

    def user(self, name):
        if name not in self.users:
            raise Refused(f'unknown username {quoted(name)}')
        return self.users[name]

    # --- Connections ---

    def fate(self, addr):
        """The error that ends each attempt at this address; None: it works."""
        if addr in self.fates:
            return self.fates[addr]
        host = urllib.parse.urlsplit(addr if '://' in addr else 'ircs://' + addr).hostname or ''
        return FATES.get(host.partition('.')[0], '').format(host=host) or None

    def connect(self, user, network):
        if network.is_held:
            return
        network.error = None
        if not (user.enabled and network.enabled):
            network.state = 'disconnected'
            return
        network.error = self.fate(network.addr)
        network.state = 'disconnected' if network.error else 'connected'

    def connect_all(self, user):
        for network in user.networks:
            self.connect(user, network)

    def status(self, network):
        if network.state == 'connected':
            return f'[connected]: {len(network.channels)} channels'
        if not network.enabled:
            return '[disabled]'
        return '[disconnected]' + (f': {network.error}' if network.error else '')

    # --- Changes; each is kept before it is told ---

    def add_user(self, user):
        if user.username in self.users and not self.database.is_new(user.username):
            raise Refused(f'could not create user: user {quoted(user.username)} already exists')
        self.users[user.username] = user
        self.database.save(user)

    def drop_user(self, user):
        del self.users[user.username]
        self.database.drop(user)

    def check_network(self, user, network, before=None):
        others = [other for other in user.networks if other is not before]
        if network.name and any(other.name == network.name for other in others):
            raise Refused(f'a network with the name {quoted(network.name)} already exists')
        if any((other.addr, other.nick) == (network.addr, network.nick) for other in others):
            raise Refused('pq: duplicate key value violates unique constraint '
                          '"Network_user_addr_nick_key"')
        enabled = sum(other.enabled for other in others) + network.enabled
        if network.enabled and not (before and before.enabled) and \
                0 <= user.max_networks < enabled:
            raise Refused('maximum number of enabled networks reached')

    def save(self, user):
        self.database.save(user)
