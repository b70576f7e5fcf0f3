"""The manifests of conf/kubernetes as objects, as kustomize puts them together, read by
tests/deploy/manifests, a program in Go with kustomize and the types of Kubernetes itself: Python has
no reader of YAML of its own."""
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / 'conf/kubernetes'
SOURCE = ROOT / 'tests/deploy/manifests'
READER = ROOT / 'build/deploy/manifests'
LEAST_GO = (1, 19)
ROLES = ('portal', 'txt', 'pics')
# The two places for pictures; the first one is what you get without a change.
FOLDER_LINE, S3_LINE = '  - folder # edit', '  - s3 # edit'


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


@functools.cache
def s3():
    """The variant whose pictures are in S3."""
    return Manifests('s3')


@functools.cache
def manifests():
    """As they are without a change."""
    return Manifests()


class Manifests:
    """All of them: what `kubectl apply -k` sends, and what stands in optional/."""

    def __init__(self, pictures_in='folder'):
        # What stands in the files, each by itself: kustomize would pass over a field given twice.
        self.files = sorted(f for f in FOLDER.rglob('*.yaml') if f.name != 'kustomization.yaml')
        self.written, self.problems = read(*self.files)
        with tempfile.TemporaryDirectory() as name:
            folder = shutil.copytree(FOLDER, name + '/kubernetes')
            if pictures_in == 's3':
                self.choose_s3(folder)
            made, problems = read(folder)
        self.problems += problems
        self.objects = [o for _, o in made] + [o for f, o in self.written
                                               if f.parent.name == 'optional']

    @staticmethod
    def choose_s3(folder):
        """The edit that pics/kustomization.yaml asks for."""
        file = pathlib.Path(folder) / 'pics/kustomization.yaml'
        text = file.read_text(encoding='utf-8')
        assert FOLDER_LINE in text
        file.write_text(text.replace(FOLDER_LINE, S3_LINE), encoding='utf-8')

    def all(self, *kinds):
        return [o for o in self.objects if o['kind'] in kinds]

    def one(self, kind, name=None):
        found = [o for o in self.all(kind) if name in (None, o['metadata']['name'])]
        assert len(found) == 1, (kind, name, len(found))
        return found[0]

    def deployment(self, role):
        return self.one('Deployment', role + '-web')

    def pod(self, role):
        """The template of the role's pods."""
        return self.deployment(role)['spec']['template']

    def server(self, role):
        """The container that serves."""
        return self.pod(role)['spec']['containers'][0]

    def containers(self, role):
        spec = self.pod(role)['spec']
        return spec['initContainers'] + spec['containers']

    def settings(self, role):
        """What the container's environment holds: of two with one name, the last counts."""
        settings = {}
        for source in self.server(role)['envFrom']:
            settings.update(self.one('ConfigMap', source['configMapRef']['name'])['data'])
        return settings

    def volume(self, role, kind):
        """Of which there is one: secret, emptyDir and so on."""
        return next(v for v in self.pod(role)['spec']['volumes'] if kind in v)

    def secrets(self, role):
        """{file: value} of the folder that the role's secrets are in."""
        files = {}
        for source in self.volume(role, 'projected')['projected']['sources']:
            data = self.one('Secret', source['secret']['name'])['stringData']
            assert not files.keys() & data.keys(), 'two secrets want the same file'
            files.update(data)
        return files
