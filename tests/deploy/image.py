"""Runs the Dockerfile's steps without Docker: each stage in a root of its own, made by debootstrap,
and then its command the way a container runtime would. Needs root.

Every process here gets a mount and a process namespace of its own (unshare), in which its root is
made ready: when it ends, however it ends, so do the mounts and whatever it started.
"""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import time

import dockerfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / 'build/deploy'
BASE_DAYS = 7
PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
PROXY = ('http_proxy', 'https_proxy', 'no_proxy')  # Docker, too, hands them on to RUN

# ENTER ROOT MODE MOUNTS COMMAND...: what a container has of /proc, /dev and /tmp, then the command.
# MODE ro: the root cannot be written to. MOUNTS, "FOLDER:PLACE ...", stand at their place in it.
ENTER = '''
set -eu
root=$1 mode=$2 mounts=$3
shift 3
mount --bind "$root" "$root"
cd "$root"
mount -t proc proc proc
mount -t tmpfs -o mode=0755 tmpfs dev
for node in null zero full random urandom; do
  touch dev/$node
  mount --bind /dev/$node dev/$node
done
ln -s /proc/self/fd dev/fd
for pair in $mounts; do
  mkdir -p "./${pair#*:}"
  mount --bind "${pair%%:*}" "./${pair#*:}"
done
if [ "$mode" = ro ]; then
  mount -t tmpfs -o mode=1777 tmpfs tmp
  mount -o remount,bind,ro "$root"
fi
exec chroot . "$@"
'''


def packages_sources(suite):
    """(name, address) of where this machine gets the suite and its updates from."""
    told = subprocess.run(
        ['apt-get', 'indextargets', '--format', '$(REPO_URI) $(CODENAME)', 'Created-By: Packages',
         'Component: main', 'Origin: Debian'], capture_output=True, text=True, check=False).stdout
    pairs = [line.split() for line in told.splitlines()]
    return sorted({(name, uri) for uri, name in pairs
                   if name == suite or name.startswith(suite + '-')})


def why_not():
    """Why nothing of this can be done here; None if it can."""
    if os.geteuid() != 0:
        return 'roots can be made by root only'
    if shutil.which('debootstrap') is None:
        return 'debootstrap is not installed'
    if subprocess.run(['unshare', '--mount', '--pid', '--fork', 'true'], check=False,
                      capture_output=True).returncode != 0:
        return 'this machine gives out no namespaces'
    return None


def suite_of(base):
    """(suite, is it a slim one) of "debian:bookworm-slim"."""
    parts = re.fullmatch(r'debian:([a-z]+)(-slim)?', base)
    if parts is None:
        raise ValueError(f'{base} is no image that debootstrap could make')
    return parts[1], parts[2] is not None


def proxies_of_apt():
    told = subprocess.run(['apt-config', 'dump'], capture_output=True, text=True, check=False).stdout
    return [line for line in told.splitlines() if re.match(r'Acquire::https?::Proxy', line, re.I)]


def is_fresh(marker):
    """Not older than a week, nor than the way it is made."""
    if not marker.exists():
        return False
    made = marker.stat().st_mtime
    return made > max(time.time() - BASE_DAYS * 86400, pathlib.Path(__file__).stat().st_mtime)


def make_base(suite):
    """A root with the suite's essential packages, kept for the next time; its path."""
    base, marker = FOLDER / f'base-{suite}', FOLDER / f'base-{suite}.made'
    if is_fresh(marker):
        return base
    sources = packages_sources(suite)
    if not sources:
        raise LookupError(f'apt has no source of {suite} on this machine')
    remove(base)
    marker.unlink(missing_ok=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    is_tls = any(uri.startswith('https:') for _, uri in sources)
    run(['debootstrap', '--variant=minbase', *(['--include=ca-certificates'] if is_tls else []),
         suite, base, dict(sources)[suite]])
    (base / 'etc/apt/sources.list').write_text(
        ''.join(f'deb {uri} {name} main\n' for name, uri in sources), encoding='utf-8')
    (base / 'etc/apt/apt.conf.d/90proxy').write_text(
        ''.join(line + '\n' for line in proxies_of_apt()), encoding='utf-8')
    # As Docker's images of Debian have it: no package starts anything, nor waits for the disk.
    (base / 'etc/dpkg/dpkg.cfg.d/speed').write_text('force-unsafe-io\n', encoding='utf-8')
    (base / 'usr/sbin/policy-rc.d').write_text('#!/bin/sh\nexit 101\n', encoding='utf-8')
    (base / 'usr/sbin/policy-rc.d').chmod(0o755)
    run(['chroot', base, 'apt-get', 'clean'])
    marker.touch()
    return base


def make_slim(root):
    """As the slim images are: without manuals, neither now nor later."""
    folders = ('usr/share/doc', 'usr/share/man', 'usr/share/info', 'usr/share/locale')
    (root / 'etc/dpkg/dpkg.cfg.d/docker').write_text(
        ''.join(f'path-exclude /{folder}/*\n' for folder in folders), encoding='utf-8')
    for folder in folders:
        shutil.rmtree(root / folder, ignore_errors=True)
        (root / folder).mkdir(parents=True)


def run(argv, **options):
    """A command that must do; what it said is shown where it does not."""
    done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, check=False,
                          errors='replace', **options)
    if done.returncode != 0:
        raise RuntimeError(f'{shlex.join(map(str, argv[-3:]))}\n{(done.stdout + done.stderr)[-3000:]}')
    return done.stdout


def remove(root):
    if root.exists():
        run(['rm', '-rf', '--one-file-system', root])


class Image:
    """A stage of the Dockerfile whose steps have been run."""

    def __init__(self, stage, root):
        self.stage, self.root = stage, root
        self.workdir, self.env = '/', {'PATH': PATH}

    def enter(self, argv, env, user=None, mode='rw', mounts=None):
        """The command that runs argv inside, with `mounts` ({place: folder}). As a user, it can gain
        no right whatever."""
        become = []
        if user is not None:
            name, _, group = user.partition(':')
            become = ['setpriv', f'--reuid={name}', f'--regid={group or name}', '--clear-groups',
                      '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs']
        return ['setpriv', '--pdeathsig=KILL', 'unshare', '--mount', '--pid', '--fork',
                '--kill-child', '--propagation=private', 'sh', '-c', ENTER, 'enter',
                str(self.root), mode, ' '.join(f'{f}:{place}' for place, f in (mounts or {}).items()),
                *become,
                'env', '-i', f'--chdir={self.workdir}',
                *(f'{name}={value}' for name, value in env.items()), *argv]

    def container(self, argv, settings, mounts=None):
        """The command that runs argv as Kubernetes would: nothing can be written to but /tmp and
        what is mounted."""
        return self.enter(argv, {**self.env, **settings}, self.stage.values['USER'], 'ro', mounts)

    def try_step(self, argv, **settings):
        """Runs argv as the image's user, to its end."""
        return subprocess.run(self.container(argv, settings), capture_output=True, text=True,
                              timeout=60, check=False)

    # --- Steps ---

    def path(self, inside):
        """Where a path of the stage is for us."""
        return self.root / os.path.normpath(os.path.join(self.workdir, inside)).lstrip('/')

    def step_run(self, command):
        env = {**self.env, **{name: os.environ[name] for name in PROXY if name in os.environ}}
        run(self.enter(['/bin/sh', '-c', command], env))

    def step_workdir(self, folder):
        self.workdir = folder
        self.path('.').mkdir(parents=True, exist_ok=True)

    def step_env(self, env):
        self.env.update(env)

    def step_user(self, _):
        pass  # of the command; our steps after it run nothing

    def step_copy(self, what, images, ignored):
        *sources, target = what.split()
        origin, skip = ROOT, ignored
        if sources[0].startswith('--from='):
            origin, skip = images[sources.pop(0).removeprefix('--from=')].root, ()
        for source in sources:
            self.copy(origin, source.lstrip('/'), target, skip)

    def copy(self, origin, source, target, skip):
        if source in skip:
            raise FileNotFoundError(f'.dockerignore keeps {source} out')
        to = self.path(target)
        if (origin / source).is_dir():
            def left_out(folder, names):
                inside = pathlib.Path(folder).relative_to(origin)
                return [name for name in names if str(inside / name) in skip]
            shutil.copytree(origin / source, to, symlinks=True, ignore=left_out,
                            dirs_exist_ok=True)
            return
        to = to / pathlib.Path(source).name if to.is_dir() else to
        shutil.copy2(origin / source, to)

    def size_mb(self):
        return int(run(['du', '-sxm', self.root]).split()[0])


def build(say=print):
    """Runs all steps of all stages; the last image. The roots of the others are gone then."""
    stages = dockerfile.read((ROOT / 'Dockerfile').read_text(encoding='utf-8'))
    ignored = dockerfile.Ignored((ROOT / '.dockerignore').read_text(encoding='utf-8'))
    images = {}
    for n, stage in enumerate(stages):
        begun = time.monotonic()
        suite, is_slim = suite_of(stage.base)
        image = Image(stage, FOLDER / f'stage-{n}')
        remove(image.root)
        run(['cp', '-a', make_base(suite), image.root])
        if is_slim:
            make_slim(image.root)
        for word, what in stage.steps:
            if word == 'COPY':
                image.step_copy(what, images, ignored)
            else:
                getattr(image, f'step_{word.lower()}')(what)
        images[stage.name] = image
        say(f'{stage.base}: {image.size_mb()} MB, {time.monotonic() - begun:.0f} s')
    for other in images.values():
        if other is not image:
            remove(other.root)
    return image


if __name__ == '__main__':
    if why_not():
        raise SystemExit(why_not())
    build()
