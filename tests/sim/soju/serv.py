"""What BouncerServ is told to do, and what it prints."""
import dataclasses
import hashlib

from words import Refused, options, quoted, truth
from world import Network, User

NETWORK = ('addr', 'name', 'username', 'pass', 'realname', 'certfp', 'nick', 'auto-away', 'enabled',
           'connect-command', 'ignore-limit')
FIELDS = {'addr': 'addr', 'name': 'name', 'username': 'username', 'pass': 'password',
          'realname': 'realname', 'nick': 'nick'}


def run(world, words, user=None):
    """The lines of the answer; Refused. `user`: as whom, where it is not an admin of the socket."""
    table = USER_COMMANDS if user else COMMANDS
    if not words:
        raise Refused('no command specified (type "help" for a list of commands)')
    nouns = {noun for noun, _ in table}
    if words[0] not in nouns:
        raise Refused(f'command {quoted(words[0])} not found (type "help" for a list of commands)')
    handle = table.get((words[0], words[1] if len(words) > 1 else ''))
    if handle is None:
        raise Refused(f'command {quoted(words[1] if len(words) > 1 else "")} not found '
                      '(type "help" for a list of commands)')
    return handle(world, user, words[2:])


# --- Users ---


def user_flags(world, *more):
    limit = ('max-networks',) if world.version >= (0, 9) else ()
    return ('password', 'disable-password!', 'nick', 'realname') + limit + more


def set_password(user, flags):
    if len(flags.get('password', '').encode()) > 72:
        raise Refused('failed to hash password: bcrypt: password length exceeds 72 bytes')
    if 'password' in flags:
        user.password = flags['password'] or None
    if 'disable-password' in flags:
        user.password = None


def create_user(world, _, words):
    flags, _ = options(words, user_flags(world, 'username', 'admin!', 'enabled!'))
    if not flags.get('username'):
        raise Refused('flag -username is required')
    if not flags.get('password') and 'disable-password' not in flags:
        raise Refused('flag -password is required')
    user = User(flags['username'], admin=truth(flags.get('admin', 'false')),
                nick=flags.get('nick', ''), realname=flags.get('realname', ''),
                enabled=truth(flags.get('enabled', 'true')),
                max_networks=int(flags.get('max-networks', -1)))
    set_password(user, flags)
    world.add_user(user)
    return [f'created user {quoted(user.username)}']


def update_user(world, _, words):
    if not words or words[0].startswith('-'):
        raise Refused('an argument is required')
    flags, _ = options(words[1:], user_flags(world, 'admin', 'enabled'))
    user = world.user(words[0])
    set_password(user, flags)
    user.max_networks = int(flags.get('max-networks', user.max_networks))
    if 'enabled' in flags:
        user.enabled = truth(flags['enabled'])
        user.clients = user.clients if user.enabled else 0
        world.connect_all(user)
    world.save(user)
    return [f'updated user {quoted(user.username)}']


def delete_user(world, _, words):
    if len(words) not in (1, 2):
        raise Refused('expected one or two arguments')
    user = world.user(words[0])
    token = hashlib.sha1(words[0].encode()).hexdigest()[:6]
    if len(words) == 1:
        return [f'To confirm user deletion, send "user delete {words[0]} {token}"']
    if words[1] != token:
        raise Refused("provided confirmation token doesn't match user")
    world.drop_user(user)
    return [f'deleted user {quoted(words[0])}']


def user_status(world, _, words):
    if words:
        users = [world.user(words[0])]
    else:
        users = list(world.users.values())
    lines = []
    for user in users[:50]:
        notes = ['admin'] * user.admin + ['disabled'] * (not user.enabled)
        limit = f' ({user.max_networks} max)' if user.max_networks >= 0 else ''
        lines.append(user.username + (f' ({", ".join(notes)})' if notes else '') +
                     f': {len(user.networks)} networks{limit}')
    return lines + ([f'({len(users) - 50} more users omitted)'] if len(users) > 50 else [])


def run_as(world, _, words):
    if len(words) < 2:
        raise Refused('expected at least two arguments')
    return run(world, words[1:], world.user(words[0]))


# --- Networks ---


def filled(network, flags):
    """A copy with what the options say."""
    changed = dataclasses.replace(network)
    for flag, field in FIELDS.items():
        if flag in flags:
            setattr(changed, field, flags[flag])
    scheme, sign, _ = changed.addr.partition('://')
    if sign and scheme not in ('ircs', 'irc+insecure', 'unix'):
        raise Refused(f'unknown scheme {quoted(scheme)} '
                      '(supported schemes: ircs, irc+insecure, unix)')
    if changed.name == '*':
        raise Refused('the network name "*" is reserved for multi-upstream mode')
    if 'enabled' in flags:
        changed.enabled = truth(flags['enabled'])
    if 'connect-command' in flags:
        changed.commands = [flags['connect-command']] if flags['connect-command'] else []
        for command in changed.commands:
            if command.startswith('JOIN '):
                changed.channels = {**changed.channels,
                                    **dict.fromkeys(command[5:].split(','), False)}
    return changed


def create_network(world, user, words):
    flags, _ = options(words, NETWORK)
    if 'addr' not in flags:
        raise Refused('flag -addr is required')
    network = filled(Network('', flags['addr']), flags)
    try:
        world.check_network(user, network)
    except Refused as e:
        raise Refused(f'could not create network: {e}') from None
    user.networks.append(network)
    world.connect(user, network)
    world.save(user)
    return [f'created network {quoted(network.shown)}']


def network_status(world, user, words):
    options(words, ())
    if not user.networks:
        return ['No network configured, add one with "network create".']
    return [(network.addr if network.shown == network.addr else f'{network.shown} ({network.addr})')
            + ' ' + world.status(network) for network in user.networks]


def update_network(world, user, words):
    if not words or words[0].startswith('-'):
        raise Refused('no network selected, a name argument is required')
    network = user.network(words[0])
    flags, _ = options(words[1:], NETWORK)
    changed = filled(network, flags)
    try:
        world.check_network(user, changed, network)
    except Refused as e:
        raise Refused(f'could not update network: {e}') from None
    user.networks[user.networks.index(network)] = changed
    world.connect(user, changed)
    world.save(user)
    return [f'updated network {quoted(changed.shown)}']


def delete_network(world, user, words):
    if len(words) != 1:
        raise Refused('expected exactly one argument')
    network = user.network(words[0])
    user.networks.remove(network)
    world.save(user)
    return [f'deleted network {quoted(network.shown)}']


def set_account(world, user, words):
    flags, rest = options(words, ('network',), 2)
    if len(rest) != 2:
        raise Refused('expected exactly 2 arguments')
    user.network(flags.get('network', '')).sasl = tuple(rest)
    world.save(user)
    return ['credentials saved']


def create_channel(world, user, words):
    if world.version < (0, 9):
        raise Refused('command "create" not found')
    if not words:
        raise Refused('expected at least one argument')
    name, sign, network_name = words[0].partition('/')
    if not sign:
        raise Refused('missing network name')
    network = user.network(network_name)
    if not name or name[0] not in '#&+!' or any(c in ' ,\x07' for c in name):
        raise Refused(f'invalid channel name: {name}')
    if name in network.channels:
        raise Refused(f'channel {quoted(name)} already exists')
    network.channels[name] = False
    world.save(user)
    return [f'created channel {quoted(name)}']


def channel_status(world, user, words):
    options(words, ('network',))
    lines = [f'{name}/{network.shown} ' + ('[joined]' if network.state == 'connected' else
                                           '[disconnected]')
             for network in user.networks for name in network.channels]
    return lines or ['No channel configured.']


# --- The server ---


def server_status(world, _, words):
    options(words, ())
    networks = [network for user in world.users.values() for network in user.networks]
    up = sum(network.state == 'connected' for network in networks)
    clients = sum(user.clients for user in world.users.values())
    channels = sum(len(network.channels) for network in networks)
    return [f'{len(world.users)}/{len(world.users)} users, {clients} downstreams, {up} upstreams, '
            f'{len(networks)} networks, {channels} channels']


def notice(world, _, words):
    if len(words) != 1:
        raise Refused('expected exactly one argument')
    world.notices.append(words[0])
    n = len(world.users)
    return [f'sent to {n}/{n} downstream connections']


def help_with_users(world, _, words):
    """Of use to whoever wants to know what this soju can do."""
    limit = ' [-max-networks <max-networks>]' if world.version >= (0, 9) else ''
    return [f'user create -username <username> -password <password>{limit}: create a new soju user']


USER_COMMANDS = {
    ('network', 'create'): create_network,
    ('network', 'status'): network_status,
    ('network', 'update'): update_network,
    ('network', 'delete'): delete_network,
    ('sasl', 'set-plain'): set_account,
    ('channel', 'create'): create_channel,
    ('channel', 'status'): channel_status,
}
COMMANDS = {
    ('user', 'create'): create_user,
    ('user', 'update'): update_user,
    ('user', 'delete'): delete_user,
    ('user', 'status'): user_status,
    ('user', 'run'): run_as,
    ('help', 'user'): help_with_users,
    ('server', 'status'): server_status,
    ('server', 'notice'): notice,
}
