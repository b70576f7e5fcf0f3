"""The manifests of conf/kubernetes: Kubernetes knows all that they say, and they agree with each
other, with the Dockerfile, with the settings and with what the program asks of Kubernetes."""
import http.server
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'http'))

# pylint: disable=wrong-import-position
import dockerfile
import kube_manifests
from client import Browser, request, sql
from instance import Portal, Simulator, free_port

ROOT, FOLDER = kube_manifests.ROOT, kube_manifests.FOLDER

# What a slip of the pen makes of a manifest, and what is said of it.
SLIPS = (
    ('replicas: 2', 'replica: 2', 'unknown field "spec.replica"'),
    ('runAsUser:', 'runAsuser:', 'unknown field "spec.template.spec.securityContext.runAsuser"'),
    ('replicas: 2', 'replicas: two', 'cannot unmarshal'),
    ('sizeLimit: 16Mi', 'sizeLimit: 16 megabytes', 'quantities must match'),
    ('minReadySeconds: 5', 'minReadySeconds: 5\n  minReadySeconds: 6', 'already set'),
    ('httpGet:', 'httpget:', 'unknown field'),
    ('apiVersion: apps/v1', 'apiVersion: apps/v1beta1', 'no kind that is known'),
    ('kind: Deployment', 'kind: Deploiment', 'no kind that is known'),
    ('spec:', 'spec: [', 'yaml'),
)


def read_text(path):
    return (ROOT / path).read_text(encoding='utf-8')


def names_of_settings():
    """{name: is it a secret} of conf/env.example."""
    names, said = {}, ''
    for line in read_text('conf/env.example').split('\n'):
        setting = re.match(r'#?([A-Z][A-Z_]+)=', line)
        if setting:
            names[setting[1]] = re.search(r'\bsecret\b[.;]', said) is not None
        said = said + line if line.startswith('#') and not setting else ''
    return names


def routes(server):
    """The addresses of one server of the sitemap."""
    block = read_text('conf/site_portal.conf').split(f'attach\t{server}')[1].split('\n}')[0]
    return re.findall(r'^\troute\t(\S+)', block, re.M)


class ManifestTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.m = kube_manifests.Manifests()
        cls.image = dockerfile.read(read_text('Dockerfile'))[-1]
        cls.pod = cls.m.pod()
        cls.labels = cls.pod['metadata']['labels']

    def check_selects(self, selector, labels=None):
        labels = self.labels if labels is None else labels
        self.assertTrue(selector)
        self.assertLessEqual(selector.items(), labels.items())


class Form(ManifestTest):
    def test_kubernetes_knows_every_field(self):
        self.assertEqual(self.m.problems, '')
        self.assertGreater(len(self.m.entries), 10)

    def test_every_slip_is_seen(self):
        text = read_text('conf/kubernetes/deployment.yaml')
        for right, wrong, says in SLIPS:
            with self.subTest(wrong), tempfile.NamedTemporaryFile('w', suffix='.yaml') as f:
                self.assertIn(right, text)
                f.write(text.replace(right, wrong, 1))
                f.flush()
                self.assertIn(says, kube_manifests.read(f.name)[1])

    def test_one_command_applies_every_file(self):
        resources = self.m.all('Kustomization')[0]['resources']
        self.assertEqual(set(resources),
                         {f.name for f in FOLDER.glob('*.yaml')} - {'kustomization.yaml'})

    def test_the_images_are_named_in_one_place(self):
        names = {image['name'] for image in self.m.all('Kustomization')[0]['images']}
        self.assertEqual({c['image'] for c in self.m.containers()}, names)

    def test_everything_is_in_its_namespace(self):
        home = self.m.one('Namespace')['metadata']['name']
        bouncers = self.m.settings()['KUBERNETES_NAMESPACE']
        for thing in (o for _, o in self.m.entries if o['kind'] not in ('Kustomization', 'Namespace')):
            is_of_bouncers = thing['kind'] in ('Role', 'RoleBinding')
            self.assertEqual(thing['metadata'].get('namespace'),
                             bouncers if is_of_bouncers else home, thing['kind'])

    def test_what_is_to_be_edited_is_marked(self):
        """Each line that names an example, and none of a secret."""
        for path in FOLDER.glob('*.yaml'):
            lines = path.read_text(encoding='utf-8').split('\n')
            for before, line in zip([''] + lines, lines):
                if 'example.org' in line:
                    self.assertRegex(before + line, r'edit|PICS?_|TXT_', path.name)


class Settings(ManifestTest):
    def setUp(self):
        self.settings = self.m.settings()

    def test_each_is_one_of_the_program(self):
        known = names_of_settings()
        self.assertGreater(sum(known.values()), 5)
        for name in self.settings:
            if name in known:
                self.assertFalse(known[name], f'{name} is a secret')
            else:
                self.assertTrue(known.get(name.removesuffix('_FILE')), name)

    def test_what_must_be_given_is(self):
        must = re.findall(r'^([A-Z_]+)=', read_text('conf/env.example'), re.M)
        for name in must:
            self.assertTrue(name in self.settings or name + '_FILE' in self.settings, name)

    def test_the_secret_has_each_file_and_no_more(self):
        secret = self.m.one('Secret')
        volume = next(v for v in self.pod['spec']['volumes'] if 'secret' in v)
        self.assertEqual(volume['secret']['secretName'], secret['metadata']['name'])
        self.assertEqual(volume['secret']['defaultMode'], 0o440)
        for container in self.m.containers():
            place = next(v['mountPath'] for v in container['volumeMounts']
                         if v['name'] == volume['name'])
            self.assertEqual(
                {f'{key}_FILE': f'{place}/{key}' for key in secret['stringData']},
                {k: v for k, v in self.settings.items() if k.endswith('_FILE')})

    def test_the_template_holds_no_secret(self):
        for key, value in self.m.one('Secret')['stringData'].items():
            self.assertTrue(value == '' or 'CHANGE-ME' in value, key)

    def test_every_container_gets_them(self):
        for container in self.m.containers():
            self.assertEqual([e['configMapRef']['name'] for e in container['envFrom']],
                             ['portal-settings'])
            self.assertNotIn('env', container)


class Image(ManifestTest):
    """What the manifests know of the Dockerfile."""

    def test_ports(self):
        ports = {p['name']: p['containerPort'] for p in self.m.portal()['ports']}
        self.assertEqual(sorted(ports.values()), self.image.ports)
        for name, setting in (('http', 'PUBLIC_BIND'), ('internal', 'INTERNAL_BIND')):
            self.assertEqual(self.image.env[setting], f'0.0.0.0:{ports[name]}')
            self.assertNotIn(setting, self.m.settings())

    def test_user(self):
        context = self.pod['spec']['securityContext']
        self.assertEqual(self.image.values['USER'],
                         f"{context['runAsUser']}:{context['runAsGroup']}")
        self.assertEqual(context['fsGroup'], context['runAsGroup'])

    def test_what_is_written_goes_to_an_empty_folder(self):
        empty = next(v['name'] for v in self.pod['spec']['volumes'] if 'emptyDir' in v)
        for container in self.m.containers():
            places = {v['name']: v['mountPath'] for v in container['volumeMounts']}
            self.assertEqual(places[empty], self.image.env['RUN_DIR'])

    def test_programs_are_there(self):
        self.assertIsNone(self.m.portal().get('command'))
        self.assertEqual(self.m.containers()[0]['command'],
                         [self.image.command[0], 'migrate'])


class Links(ManifestTest):
    """What one manifest knows of another."""

    def test_selectors(self):
        spec = self.m.one('Deployment')['spec']
        self.check_selects(spec['selector']['matchLabels'])
        for spread in self.pod['spec']['topologySpreadConstraints']:
            self.check_selects(spread['labelSelector']['matchLabels'])
        for service in self.m.all('Service'):
            self.check_selects(service['spec']['selector'])
        self.check_selects(self.m.one('PodDisruptionBudget')['spec']['selector']['matchLabels'])
        self.check_selects(self.m.one('NetworkPolicy')['spec']['podSelector']['matchLabels'])

    def test_services_lead_to_ports(self):
        ports = {p['name'] for p in self.m.portal()['ports']}
        for service in self.m.all('Service'):
            for port in service['spec']['ports']:
                self.assertIn(port['targetPort'], ports)

    def test_the_ingress_leads_to_the_public_port_only(self):
        rules = self.m.one('Ingress')['spec']['rules']
        backends = [path['backend']['service'] for rule in rules for path in rule['http']['paths']]
        self.assertEqual([b['name'] for b in backends], ['portal'])
        service = self.m.one('Service', 'portal')['spec']
        self.assertEqual([p['name'] for p in service['ports']], [backends[0]['port']['name']])
        self.assertEqual([p['targetPort'] for p in service['ports']], ['http'])
        hosts = [rule['host'] for rule in rules]
        self.assertEqual(hosts, self.m.one('Ingress')['spec']['tls'][0]['hosts'])
        self.assertEqual(['https://' + h for h in hosts], [self.m.settings()['PUBLIC_URL']])

    def test_prometheus_finds_every_replica(self):
        monitor = self.m.one('ServiceMonitor')['spec']
        found = [s for s in self.m.all('Service')
                 if monitor['selector']['matchLabels'].items() <= s['metadata']['labels'].items()]
        self.assertEqual([s['spec']['clusterIP'] for s in found], ['None'])
        self.assertIn(monitor['endpoints'][0]['port'], [p['name'] for p in found[0]['spec']['ports']])
        self.assertIn(monitor['endpoints'][0]['path'], routes('internal'))

    def test_txt_and_pics_find_those_that_are_ready(self):
        service = self.m.one('Service', 'portal-api')['spec']
        self.assertNotIn('publishNotReadyAddresses', service)
        self.assertEqual([p['targetPort'] for p in service['ports']], ['internal'])
        peers = [peer['namespaceSelector']['matchLabels']['kubernetes.io/metadata.name']
                 for rule in self.m.one('NetworkPolicy')['spec']['ingress'][2:]
                 for peer in rule['from']]
        self.assertEqual(peers, ['txt', 'pics'])

    def test_the_account(self):
        account = self.m.one('ServiceAccount')['metadata']
        binding, role = self.m.one('RoleBinding'), self.m.one('Role')
        self.assertEqual(self.pod['spec']['serviceAccountName'], account['name'])
        self.assertEqual([(s['kind'], s['name'], s['namespace']) for s in binding['subjects']],
                         [('ServiceAccount', account['name'], account['namespace'])])
        self.assertEqual((binding['roleRef']['kind'], binding['roleRef']['name']),
                         ('Role', role['metadata']['name']))
        self.assertEqual(role['metadata']['namespace'], binding['metadata']['namespace'])


class Safety(ManifestTest):
    def test_nobody_gains_anything(self):
        context = self.pod['spec']['securityContext']
        self.assertIs(context['runAsNonRoot'], True)
        self.assertEqual(context['seccompProfile'], {'type': 'RuntimeDefault'})
        for container in self.m.containers():
            self.assertEqual(container['securityContext'], {
                'allowPrivilegeEscalation': False, 'readOnlyRootFilesystem': True,
                'capabilities': {'drop': ['ALL']}})
            self.assertIn('memory', container['resources']['limits'])
            self.assertIn('cpu', container['resources']['requests'])

    def test_who_gets_in(self):
        rules = self.m.one('NetworkPolicy')['spec']['ingress']
        ports = [port['port'] for rule in rules for port in rule['ports']]
        self.assertEqual(ports, ['http', 'internal', 'internal'])
        for rule in rules:
            self.assertTrue(all(peer.get('namespaceSelector') for peer in rule['from']))

    def test_who_can_be_reached(self):
        policy = self.m.one('NetworkPolicy')['spec']
        self.assertEqual(set(policy['policyTypes']), {'Ingress', 'Egress'})
        self.assertTrue(all(rule['to'] and rule['ports'] for rule in policy['egress']))
        settings, reached = self.m.settings(), self.reached(policy)
        for name in ('TXT_INTERNAL_URL', 'PIC_INTERNAL_URL'):
            parts = urllib.parse.urlsplit(settings[name])
            self.assertIn((parts.hostname.split('.')[1], parts.port), reached, name)
        database = urllib.parse.urlsplit(self.m.one('Secret')['stringData']['DATABASE_URL'])
        self.assertIn((database.hostname.split('.')[1], database.port), reached)
        self.assertIn((settings['KUBERNETES_NAMESPACE'], 5432), reached, 'soju')
        self.assertIn(('kube-system', 53), reached)
        self.assertLessEqual({('any', 443), ('any', 6443)}, reached)

    @staticmethod
    def reached(policy):
        """{(namespace or "any", port)}."""
        def name(peer):
            if 'namespaceSelector' not in peer:
                return 'any'
            return peer['namespaceSelector']['matchLabels']['kubernetes.io/metadata.name']
        return {(name(peer), port['port']) for rule in policy['egress']
                for peer in rule['to'] for port in rule['ports']}


class Rolling(ManifestTest):
    """Nobody notices that one replica follows another."""

    def test_never_fewer_than_asked_for(self):
        spec = self.m.one('Deployment')['spec']
        self.assertGreaterEqual(spec['replicas'], 2)
        self.assertEqual(spec['strategy']['rollingUpdate']['maxUnavailable'], 0)
        self.assertEqual(self.m.one('PodDisruptionBudget')['spec']['maxUnavailable'], 1)

    def test_probes(self):
        ports = {p['name'] for p in self.m.portal()['ports']}
        paths = {}
        for probe in ('startupProbe', 'readinessProbe', 'livenessProbe'):
            get = self.m.portal()[probe]['httpGet']
            self.assertEqual(get['port'], 'internal')
            self.assertIn(get['port'], ports)
            self.assertIn(get['path'], routes('internal'))
            paths[probe] = get['path']
        self.assertEqual(paths['readinessProbe'], '/readyz')
        self.assertEqual(paths['livenessProbe'], '/healthz')  # a lost database restarts nobody

    def test_time_to_stop(self):
        """Before SIGTERM, while /readyz says 503, and 15 s for what is under way."""
        command = self.m.portal()['lifecycle']['preStop']['exec']['command']
        self.assertEqual(command[0], 'sleep')
        needed = int(command[1]) + int(self.m.settings()['STOP_DELAY_S']) + 15
        self.assertGreaterEqual(self.pod['spec']['terminationGracePeriodSeconds'], needed)

    def test_readiness_is_seen_while_it_leaves(self):
        probe = self.m.portal()['readinessProbe']
        self.assertLessEqual(probe['periodSeconds'] * probe['failureThreshold'],
                             int(self.m.settings()['STOP_DELAY_S']))


class Recorder:
    """Stands before the simulator's Kubernetes API and notes what is asked of it."""

    def __init__(self, target):
        self.asked = set()
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle_any(self):
                recorder.asked.add((self.command, self.path))
                answer = request(self.command, target + self.path, dict(self.headers))
                self.send_response(answer.status)
                self.send_header('content-type', answer.header('content-type'))
                self.send_header('content-length', str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.url = f'http://127.0.0.1:{self.server.server_port}'
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def right_of(method, path):
    """(namespace, API group, resource, verb) as the API server reads a request."""
    parts = urllib.parse.urlsplit(path)
    found = re.fullmatch(
        r'/(?:api|apis/(?P<group>[^/]+))/v1/namespaces/(?P<ns>[^/]+)/(?P<what>[^/]+)(?P<name>/.+)?',
        parts.path)
    get = 'get' if found['name'] else 'list'
    if 'watch=' in parts.query:
        get = 'watch'
    verb = {'GET': get, 'HEAD': get, 'POST': 'create', 'PUT': 'update', 'PATCH': 'patch',
            'DELETE': 'delete'}[method]
    return found['ns'], found['group'] or '', found['what'], verb


class Rights(ManifestTest):
    """The Role allows what the program asks, and nothing that it does not ask."""

    def setUp(self):
        port = free_port()
        sim = Simulator(port)
        self.addCleanup(sim.stop)
        self.recorder = Recorder(sim.url)
        self.addCleanup(self.recorder.close)
        self.settings = {'OIDC_ISSUER': sim.url, 'KUBERNETES_API_URL': self.recorder.url}
        self.portal = Portal(port, **self.settings)
        self.addCleanup(self.portal.stop)

    def look_at_the_dashboard(self):
        browser = Browser(self.portal.url)
        browser.sign_in('alice')
        until = time.monotonic() + 10
        while time.monotonic() < until:
            sql('DELETE FROM source_snapshots')
            self.assertEqual(browser.get('/dashboard').status, 200)
            if len({right_of(*asked) for asked in self.recorder.asked}) >= 2:
                return
            time.sleep(0.1)

    def test_role(self):
        self.look_at_the_dashboard()
        seen = {right_of(*asked) for asked in self.recorder.asked}
        self.recorder.asked.clear()
        subprocess.run([os.environ['PORTAL_BIN'], 'doctor'], check=False, capture_output=True,
                       env={**os.environ, **self.settings}, timeout=60)
        self.assertTrue(self.recorder.asked, 'the doctor asked nothing')
        seen |= {right_of(*asked) for asked in self.recorder.asked}
        role = self.m.one('Role')
        allowed = {(role['metadata']['namespace'], group, what, verb)
                   for rule in role['rules'] for group in rule['apiGroups']
                   for what in rule['resources'] for verb in rule['verbs']}
        self.assertEqual({right[0] for right in seen}, {os.environ['KUBERNETES_NAMESPACE']})
        self.assertEqual({right[1:] for right in seen}, {right[1:] for right in allowed})


if __name__ == '__main__':
    unittest.main()
