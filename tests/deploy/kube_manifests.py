"""The manifests of conf/kubernetes as objects, read by tests/deploy/manifests, a program in Go with
the types of Kubernetes itself: Python has no reader of YAML of its own."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / 'conf/kubernetes'
SOURCE = ROOT / 'tests/deploy/manifests'
READER = ROOT / 'build/deploy/manifests'
LEAST_GO = (1, 19)


def find_go():
    """A Go that is new enough; None if there is none."""
    for name in (os.environ.get('GO') or 'go', '/usr/local/go/bin/go', '/usr/lib/go/bin/go'):
        path = shutil.which(name)
        if path is None:
            continue
        said = subprocess.run([path, 'env', 'GOVERSION'], capture_output=True, text=True,
                              env={**os.environ, 'GOTOOLCHAIN': 'local'}, check=False).stdout
        version = re.match(r'go(\d+)\.(\d+)', said)
        if version and (int(version[1]), int(version[2])) >= LEAST_GO:
            return path
    return None


def make_reader():
    """Builds it where it is older than its source; skips where that is not possible."""
    sources = list(SOURCE.iterdir())
    if READER.exists() and all(READER.stat().st_mtime > s.stat().st_mtime for s in sources):
        return
    go = find_go()
    if go is None:
        raise unittest.SkipTest('no Go >= 1.19 here, which reads the manifests')
    build = subprocess.run(
        [go, 'build', '-mod=readonly', '-o', READER, '.'], cwd=SOURCE, capture_output=True,
        text=True, check=False,
        env={**os.environ, 'GOTOOLCHAIN': 'local', 'GOFLAGS': '', 'CGO_ENABLED': '0'})
    if build.returncode != 0 and re.search(r'dial tcp|no such host|proxyconnect', build.stderr):
        raise unittest.SkipTest('the modules of Kubernetes\' types cannot be had here')
    if build.returncode != 0:
        raise AssertionError(build.stderr)


def read(*files):
    """(objects with their files, what was wrong)."""
    make_reader()
    run = subprocess.run([READER, *files], capture_output=True, text=True, check=False)
    entries = json.loads(run.stdout)
    assert (run.returncode == 0) == (run.stderr == ''), run.stderr
    return [(pathlib.Path(e['file']), e['object']) for e in entries], run.stderr


class Manifests:
    """All of them."""

    def __init__(self):
        self.files = sorted(FOLDER.rglob('*.yaml'))
        self.entries, self.problems = read(*self.files)

    def all(self, *kinds):
        return [o for _, o in self.entries if o['kind'] in kinds]

    def one(self, kind, name=None):
        found = [o for o in self.all(kind) if name in (None, o['metadata']['name'])]
        assert len(found) == 1, (kind, name, len(found))
        return found[0]

    def pod(self):
        """The template of the portal's pods."""
        return self.one('Deployment')['spec']['template']

    def portal(self):
        return self.pod()['spec']['containers'][0]

    def containers(self):
        spec = self.pod()['spec']
        return spec['initContainers'] + spec['containers']

    def settings(self):
        return self.one('ConfigMap', 'portal-settings')['data']
