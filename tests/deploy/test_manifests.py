"""The manifests of conf/kubernetes: Kubernetes knows all that they say, and they agree with each
other, with the Dockerfile and with the settings."""
import functools
import ipaddress
import json
import os
import re
import tempfile
import unittest
import urllib.parse

import dockerfile
import kube_manifests

ROOT, FOLDER, ROLES = kube_manifests.ROOT, kube_manifests.FOLDER, kube_manifests.ROLES
INTERNAL_URL = {'portal': 'PORTAL_INTERNAL_URL', 'txt': 'TXT_INTERNAL_URL',
                'pics': 'PIC_INTERNAL_URL'}
# Who asks whom at its internal address.
ASKERS = {'portal': {'txt', 'pics'}, 'txt': {'portal'}, 'pics': {'portal'}}

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
        setting = re.match(r'#?([A-Z][A-Z0-9_]+)=', line)
        if setting:
            names[setting[1]] = re.search(r'\bsecret\b[.;]', said) is not None
        said = said + line if line.startswith('#') and not setting else ''
    return names


def body_size_of_example(role):
    """What the example of nginx lets through to the role."""
    block = read_text('conf/nginx.conf.example').split(f'server_name {role}.example.org;')[1]
    return re.search(r'client_max_body_size (\w+);', block)[1]


def routes(server, role='portal'):
    """The addresses of one server of the sitemap."""
    block = read_text(f'conf/site_{role}.conf').split(f'attach\t{server}')[1].split('\n}')[0]
    return re.findall(r'^\troute\t(\S+)', block, re.M)


def selects(selector, labels):
    """Whether a LabelSelector of Kubernetes fits the labels; what we do not use is an error."""
    wants = dict(selector.get('matchLabels', {}))
    assert wants or selector.get('matchExpressions'), 'it selects everything'
    for rule in selector.get('matchExpressions', []):
        assert rule['operator'] == 'In'
        if labels.get(rule['key']) not in rule['values']:
            return False
    return wants.items() <= labels.items()


def for_each_role(test):
    """The test is run with the name of each."""
    @functools.wraps(test)
    def run(self):
        for role in ROLES:
            with self.subTest(role):
                test(self, role)
    return run


class ManifestTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.m = kube_manifests.manifests()
        cls.image = dockerfile.read(read_text('Dockerfile'))[-1]

    def labels(self, role):
        return self.m.pod(role)['metadata']['labels']

    def check_selects_only(self, selector, role):
        """The role's pods, and none of another role."""
        self.assertEqual([r for r in ROLES if selects(selector, self.labels(r))], [role])


class Form(ManifestTest):
    def test_kubernetes_knows_every_field(self):
        self.assertEqual(self.m.problems, '')
        self.assertGreater(len(self.m.objects), 25)
        self.assertEqual(kube_manifests.s3().problems, '')

    def test_every_slip_is_seen(self):
        text = read_text('conf/kubernetes/role/deployment.yaml')
        for right, wrong, says in SLIPS:
            with self.subTest(wrong), tempfile.NamedTemporaryFile('w', suffix='.yaml') as f:
                self.assertIn(right, text)
                f.write(text.replace(right, wrong, 1))
                f.flush()
                self.assertIn(says, kube_manifests.read(f.name)[1])

    def test_one_command_applies_every_file(self):
        """Each object that a file names is in what is sent, with the role's name or its own."""
        made = {(o['kind'], o['metadata']['name']) for o in self.m.objects}
        for file, thing in self.m.written:
            name = thing['metadata']['name']
            part = file.relative_to(FOLDER).parts[0]
            wanted = {'role': [f'{role}-{name}' for role in ROLES],
                      **{role: [f'{role}-{name}'] for role in ROLES}}.get(part, [name])
            for name in wanted:
                self.assertIn((thing['kind'], name), made, file)
        self.assertEqual(len(made), len(self.m.objects))

    def test_the_images_are_named_in_one_place(self):
        images = {c['image'] for role in ROLES for c in self.m.containers(role)}
        self.assertEqual(len(images), 1)
        name, _, tag = images.pop().rpartition(':')
        text = read_text('conf/kubernetes/kustomization.yaml')
        self.assertIn(f'newName: {name} # edit', text)
        self.assertIn(f'newTag: "{tag}" # edit', text)

    def test_everything_is_in_its_namespace(self):
        home = self.m.one('Namespace')['metadata']['name']
        bouncers = self.m.settings('portal')['KUBERNETES_NAMESPACE']
        for thing in (o for o in self.m.objects if o['kind'] != 'Namespace'):
            is_of_bouncers = thing['kind'] in ('Role', 'RoleBinding') or \
                thing['metadata']['name'] == 'bouncers'
            self.assertEqual(thing['metadata'].get('namespace'),
                             bouncers if is_of_bouncers else home, thing['kind'])

    def test_what_is_to_be_edited_is_marked(self):
        """Each line that names an example, and none of a secret."""
        for path in FOLDER.rglob('*.yaml'):
            lines = path.read_text(encoding='utf-8').split('\n')
            for before, line in zip([''] + lines, lines):
                if 'example.org' in line:
                    self.assertRegex(before + line, 'edit', path.name)


class Settings(ManifestTest):
    def test_each_is_one_of_the_program(self):
        known = names_of_settings()
        self.assertGreater(sum(known.values()), 5)
        for manifests in (self.m, kube_manifests.s3()):
            for role in ROLES:
                for name in manifests.settings(role):
                    if name in known:
                        self.assertFalse(known[name], f'{name} is a secret')
                    else:
                        self.assertTrue(known.get(name.removesuffix('_FILE')), name)

    @for_each_role
    def test_what_must_be_given_is(self, role):
        must = re.findall(r'^([A-Z0-9_]+)=', read_text('conf/env.example'), re.M)
        settings = self.m.settings(role)
        for name in must:
            self.assertTrue(name in settings or name + '_FILE' in settings, name)

    def check_secrets(self, manifests, role, *unused):
        """Each file that a setting names is there, and no other."""
        volume = manifests.volume(role, 'projected')
        self.assertEqual(volume['projected']['defaultMode'], 0o440)
        for container in manifests.containers(role):
            place = next(v['mountPath'] for v in container['volumeMounts']
                         if v['name'] == volume['name'])
            self.assertEqual(
                {f'{key}_FILE': f'{place}/{key}' for key in manifests.secrets(role)
                 if key not in unused},
                {k: v for k, v in manifests.settings(role).items() if k.endswith('_FILE')})

    @for_each_role
    def test_the_secrets_have_each_file_and_no_more(self, role):
        self.check_secrets(self.m, role, 'S3_SECRET_ACCESS_KEY')
        self.check_secrets(kube_manifests.s3(), role)

    @for_each_role
    def test_no_role_has_the_secrets_of_another(self, role):
        sources = self.m.volume(role, 'projected')['projected']['sources']
        self.assertEqual([s['secret']['name'] for s in sources],
                         ['common-secrets', role + '-secrets'])

    def test_each_role_has_its_own_database_and_user(self):
        databases = {urllib.parse.urlsplit(self.m.secrets(role)['DATABASE_URL'])[1:3]
                     for role in ROLES}
        self.assertEqual({path for _, path in databases}, {'/accounts', '/txt', '/pics'})
        self.assertEqual(len({where.split(':')[0] for where, _ in databases}), len(ROLES))

    def test_the_template_holds_no_secret(self):
        for secret in self.m.all('Secret'):
            for key, value in secret['stringData'].items():
                self.assertTrue(value == '' or 'CHANGE-ME' in value, key)

    @for_each_role
    def test_every_container_gets_them(self, role):
        for container in self.m.containers(role):
            self.assertEqual([e['configMapRef']['name'] for e in container['envFrom']],
                             ['common-settings', role + '-settings'])
            self.assertNotIn('env', container)

    @for_each_role
    def test_roles_know_who_they_are(self, role):
        settings = self.m.settings(role)
        self.assertEqual(settings['PORTAL_ROLE'], role)
        self.assertEqual(settings['PUBLIC_URL'], settings[f'{role.upper()}_URL'])
        parts = urllib.parse.urlsplit(settings[INTERNAL_URL[role]])
        service = self.m.one('Service', parts.hostname)['spec']
        self.check_selects_only({'matchLabels': service['selector']}, role)
        self.assertEqual([(p['port'], p['targetPort']) for p in service['ports']],
                         [(parts.port, 'internal')])
        # A replica that is not ready must not be asked.
        self.assertNotIn('publishNotReadyAddresses', service)


class Image(ManifestTest):
    """What the manifests know of the Dockerfile."""

    @for_each_role
    def test_ports(self, role):
        ports = {p['name']: p['containerPort'] for p in self.m.server(role)['ports']}
        self.assertEqual(sorted(ports.values()), self.image.ports)
        for name, setting in (('http', 'PUBLIC_BIND'), ('internal', 'INTERNAL_BIND')):
            self.assertEqual(self.image.env[setting], f'0.0.0.0:{ports[name]}')
            self.assertNotIn(setting, self.m.settings(role))

    @for_each_role
    def test_user(self, role):
        context = self.m.pod(role)['spec']['securityContext']
        self.assertEqual(self.image.values['USER'],
                         f"{context['runAsUser']}:{context['runAsGroup']}")
        self.assertEqual(context['fsGroup'], context['runAsGroup'])

    @for_each_role
    def test_what_is_written_goes_to_an_empty_folder(self, role):
        empty = self.m.volume(role, 'emptyDir')['name']
        for container in self.m.containers(role):
            places = {v['name']: v['mountPath'] for v in container['volumeMounts']}
            self.assertEqual(places[empty], self.image.env['RUN_DIR'])

    @for_each_role
    def test_programs_are_there(self, role):
        self.assertIsNone(self.m.server(role).get('command'))
        self.assertEqual(self.m.containers(role)[0]['command'],
                         [self.image.command[0], 'migrate'])


class Pictures(ManifestTest):
    """Where pics keeps them: in a volume, or in S3."""

    def test_in_a_volume(self):
        claim = self.m.one('PersistentVolumeClaim')
        volume = self.m.volume('pics', 'persistentVolumeClaim')
        self.assertEqual(volume['persistentVolumeClaim']['claimName'], claim['metadata']['name'])
        place = next(v['mountPath'] for v in self.m.server('pics')['volumeMounts']
                     if v['name'] == volume['name'])
        # In the volume, not the volume itself, where some file systems have a folder of their own.
        self.assertEqual(os.path.dirname(self.m.settings('pics')['PICS_DIR']), place)
        self.assertIn(('RUN', f'install -d -o 10001 -g 10001 -m 0750 {place}'), self.image.steps)
        migrate = self.m.containers('pics')[0]
        self.assertNotIn(volume['name'], [v['name'] for v in migrate['volumeMounts']])

    def test_a_volume_of_one_node_has_one_pod(self):
        self.assertEqual(self.m.one('PersistentVolumeClaim')['spec']['accessModes'],
                         ['ReadWriteOnce'])
        spec = self.m.deployment('pics')['spec']
        self.assertEqual((spec['replicas'], spec['strategy']), (1, {'type': 'Recreate'}))

    def test_in_s3(self):
        s3 = kube_manifests.s3()
        self.assertEqual(s3.all('PersistentVolumeClaim'), [])
        settings = s3.settings('pics')
        self.assertNotIn('PICS_DIR', settings)
        self.assertLessEqual({'S3_ENDPOINT', 'S3_BUCKET', 'S3_ACCESS_KEY_ID',
                              'S3_SECRET_ACCESS_KEY_FILE'}, settings.keys())
        pics, txt = s3.deployment('pics')['spec'], s3.deployment('txt')['spec']
        for part in ('replicas', 'strategy'):
            self.assertEqual(pics[part], txt[part])
        self.assertEqual({v['name'] for v in pics['template']['spec']['volumes']},
                         {'secrets', 'tmp'})

    def test_only_pics_has_them(self):
        for manifests in (self.m, kube_manifests.s3()):
            for role in ('portal', 'txt'):
                self.assertEqual([k for k in manifests.settings(role)
                                  if k.startswith(('S3_', 'PICS_DIR'))], [])


class Links(ManifestTest):
    """What one manifest knows of another."""

    @for_each_role
    def test_selectors(self, role):
        spec = self.m.deployment(role)['spec']
        self.check_selects_only(spec['selector'], role)
        for spread in self.m.pod(role)['spec']['topologySpreadConstraints']:
            self.check_selects_only(spread['labelSelector'], role)
        budget = self.m.one('PodDisruptionBudget', role + '-web')['spec']
        self.check_selects_only(budget['selector'], role)
        for name in ('web', 'internal', 'metrics'):
            service = self.m.one('Service', f'{role}-{name}')['spec']
            self.check_selects_only({'matchLabels': service['selector']}, role)

    def test_services_lead_to_ports(self):
        ports = {p['name'] for role in ROLES for p in self.m.server(role)['ports']}
        for service in self.m.all('Service'):
            for port in service['spec']['ports']:
                self.assertIn(port['targetPort'], ports)

    @for_each_role
    def test_the_ingress_leads_to_the_public_port_only(self, role):
        self.assertEqual(len(self.m.all('Ingress')), len(ROLES))
        ingress = self.m.one('Ingress', role + '-web')['spec']
        rules, tls = ingress['rules'], ingress['tls'][0]
        backends = [p['backend']['service'] for rule in rules for p in rule['http']['paths']]
        self.assertEqual([b['name'] for b in backends], [role + '-web'])
        service = self.m.one('Service', role + '-web')['spec']
        self.assertEqual([p['name'] for p in service['ports']], [backends[0]['port']['name']])
        self.assertEqual([p['targetPort'] for p in service['ports']], ['http'])
        hosts = [rule['host'] for rule in rules]
        self.assertEqual(hosts, tls['hosts'])
        self.assertEqual(tls['secretName'], role + '-tls')
        self.assertEqual(['https://' + h for h in hosts], [self.m.settings(role)['PUBLIC_URL']])

    @for_each_role
    def test_what_the_ingress_lets_through(self, role):
        """As much as nginx in our example; bodies arrive whole."""
        prefix = 'nginx.ingress.kubernetes.io/'
        said = self.m.one('Ingress', role + '-web')['metadata']['annotations']
        self.assertEqual(said[prefix + 'proxy-request-buffering'], 'on')
        self.assertEqual(said[prefix + 'proxy-body-size'], body_size_of_example(role))

    def test_prometheus_finds_every_replica(self):
        monitor = self.m.one('ServiceMonitor')['spec']
        found = [s for s in self.m.all('Service')
                 if selects(monitor['selector'], s['metadata']['labels'])]
        self.assertEqual([s['metadata']['name'] for s in found],
                         [role + '-metrics' for role in ROLES])
        for service in found:
            self.assertEqual(service['spec']['clusterIP'], 'None')
            self.assertIs(service['spec']['publishNotReadyAddresses'], True)
            self.assertIn(monitor['endpoints'][0]['port'],
                          [p['name'] for p in service['spec']['ports']])
        self.assertIn(monitor['endpoints'][0]['path'], routes('internal'))

    def test_the_account(self):
        account = self.m.one('ServiceAccount')['metadata']
        binding, role = self.m.one('RoleBinding'), self.m.one('Role')
        self.assertEqual(self.m.pod('portal')['spec']['serviceAccountName'], account['name'])
        self.assertEqual([(s['kind'], s['name'], s['namespace']) for s in binding['subjects']],
                         [('ServiceAccount', account['name'], account['namespace'])])
        self.assertEqual((binding['roleRef']['kind'], binding['roleRef']['name']),
                         ('Role', role['metadata']['name']))
        self.assertEqual(role['metadata']['namespace'], binding['metadata']['namespace'])

    def test_only_the_portal_has_one(self):
        self.assertIs(self.m.pod('portal')['spec']['automountServiceAccountToken'], True)
        for role in ('txt', 'pics'):
            self.assertIs(self.m.pod(role)['spec']['automountServiceAccountToken'], False)
            self.assertNotIn('serviceAccountName', self.m.pod(role)['spec'])


class Network(ManifestTest):
    """Whom the policies let talk to whom."""

    def policies(self, role):
        return [p['spec'] for p in self.m.all('NetworkPolicy')
                if selects(p['spec']['podSelector'], self.labels(role))]

    def peers(self, peer):
        """The roles, the namespace or "any" that a peer stands for."""
        if 'namespaceSelector' in peer:
            return [peer['namespaceSelector']['matchLabels']['kubernetes.io/metadata.name']]
        if 'ipBlock' in peer:
            return ['any']
        return [r for r in ROLES if selects(peer['podSelector'], self.labels(r))]

    def allowed(self, role, way, side):
        """{(who, port)} of "ingress", "from" or "egress", "to"."""
        rules = [rule for policy in self.policies(role) for rule in policy[way]]
        self.assertTrue(all(rule[side] and rule['ports'] for rule in rules))
        return {(who, port['port']) for rule in rules for peer in rule[side]
                for who in self.peers(peer) for port in rule['ports']}

    @for_each_role
    def test_every_pod_has_both_ways_limited(self, role):
        self.assertTrue(self.policies(role))
        for policy in self.policies(role):
            self.assertEqual(set(policy['policyTypes']), {'Ingress', 'Egress'})

    def test_who_gets_in(self):
        for role, askers in ASKERS.items():
            self.assertEqual(
                self.allowed(role, 'ingress', 'from'),
                {('ingress-nginx', 'http'), ('monitoring', 'internal')} |
                {(asker, 'internal') for asker in askers})

    @for_each_role
    def test_who_can_be_reached(self, role):
        reached = self.allowed(role, 'egress', 'to')
        database = urllib.parse.urlsplit(self.m.secrets(role)['DATABASE_URL'])
        self.assertLessEqual({(database.hostname.split('.')[1], database.port),
                              ('kube-system', 53), ('any', 443)}, reached)
        self.assertEqual({who for who, _ in reached if who in ROLES},
                         {asked for asked in ROLES if role in ASKERS[asked]})
        for asked in ROLES:
            port = urllib.parse.urlsplit(self.m.settings(role)[INTERNAL_URL[asked]]).port
            self.assertEqual((asked, port) in reached, role in ASKERS[asked])

    def test_bouncers_are_the_portals(self):
        bouncers = self.m.settings('portal')['KUBERNETES_NAMESPACE']
        self.assertLessEqual({(bouncers, 5432), ('any', 6443)},
                             self.allowed('portal', 'egress', 'to'))
        for role in ('txt', 'pics'):
            reached = self.allowed(role, 'egress', 'to')
            self.assertFalse({(bouncers, 5432), ('any', 6443)} & reached)


class Safety(ManifestTest):
    @for_each_role
    def test_nobody_gains_anything(self, role):
        context = self.m.pod(role)['spec']['securityContext']
        self.assertIs(context['runAsNonRoot'], True)
        self.assertEqual(context['seccompProfile'], {'type': 'RuntimeDefault'})
        for container in self.m.containers(role):
            self.assertEqual(container['securityContext'], {
                'allowPrivilegeEscalation': False, 'readOnlyRootFilesystem': True,
                'capabilities': {'drop': ['ALL']}})
            self.assertIn('memory', container['resources']['limits'])
            self.assertIn('cpu', container['resources']['requests'])


class Rolling(ManifestTest):
    """Nobody notices that one replica follows another."""

    @for_each_role
    def test_never_fewer_than_asked_for(self, role):
        manifests = kube_manifests.s3()
        spec = manifests.deployment(role)['spec']
        self.assertGreaterEqual(spec['replicas'], 2)
        self.assertEqual(spec['strategy']['rollingUpdate']['maxUnavailable'], 0)
        budget = manifests.one('PodDisruptionBudget', role + '-web')['spec']
        self.assertEqual(budget['maxUnavailable'], 1)

    @for_each_role
    def test_probes(self, role):
        server, paths = self.m.server(role), {}
        ports = {p['name'] for p in server['ports']}
        for probe in ('startupProbe', 'readinessProbe', 'livenessProbe'):
            get = server[probe]['httpGet']
            self.assertEqual(get['port'], 'internal')
            self.assertIn(get['port'], ports)
            self.assertIn(get['path'], routes('internal', role))
            paths[probe] = get['path']
        self.assertEqual(paths['readinessProbe'], '/readyz')
        self.assertEqual(paths['livenessProbe'], '/healthz')  # a lost database restarts nobody

    @for_each_role
    def test_time_to_stop(self, role):
        """Before SIGTERM, while /readyz says 503, and 15 s for what is under way."""
        command = self.m.server(role)['lifecycle']['preStop']['exec']['command']
        self.assertEqual(command[0], 'sleep')
        needed = int(command[1]) + int(self.m.settings(role)['STOP_DELAY_S']) + 15
        self.assertGreaterEqual(self.m.pod(role)['spec']['terminationGracePeriodSeconds'],
                                needed)

    @for_each_role
    def test_readiness_is_seen_while_it_leaves(self, role):
        probe = self.m.server(role)['readinessProbe']
        self.assertLessEqual(probe['periodSeconds'] * probe['failureThreshold'],
                             int(self.m.settings(role)['STOP_DELAY_S']))


VALUES = {'BOUNCER': 'alice', 'NAMESPACE': 'irc', 'IMAGE': 'registry.example.org/soju:0.10.1',
          'HOST': 'alice.irc.example.org', 'DATABASE_URL': 'postgresql://soju_alice@db/soju_alice',
          'ADMIN_LOGIN': 'portal_admin', 'ADMIN_PASSWORD': 'secret', 'RESTARTED_AT': 'never',
          'REPLICAS': 1, 'MAX_NETWORKS': 5, 'HISTORY_DAYS': 30}
# Where soju must not be led, and where it must get: one address of each range.
INSIDE = ('10.1.2.3', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.16.0.1', '192.168.1.1',
          '0.0.0.0', '198.18.0.1', '224.0.0.1', '255.255.255.255', '::1', '::ffff:10.0.0.1',
          '64:ff9b::a00:1', 'fd00::1', 'fe80::1', 'ff02::1')
OUTSIDE = ('192.0.2.1', '1.1.1.1', '172.32.0.1', '2001:db8::1', '2a00::1')


def filled(value):
    """As the portal fills bouncer.json in, where nothing is hostile."""
    if isinstance(value, dict):
        return {k: filled(v) for k, v in value.items()}
    if isinstance(value, list):
        return [filled(v) for v in value]
    if not isinstance(value, str):
        return value
    whole = re.fullmatch(r'\$\{(\w+)\}', value)
    if whole:
        return VALUES[whole[1]]
    return re.sub(r'\$\{(\w+)\}', lambda m: str(VALUES[m[1]]), value)


class Bouncer(ManifestTest):
    """What the portal applies for each bouncer: conf/kubernetes/bouncer.json."""

    def setUp(self):
        self.list = filled(json.loads(read_text('conf/kubernetes/bouncer.json')))
        self.things = {o['kind']: o for o in self.list['items']}
        self.spec = self.things['Deployment']['spec']
        self.pod_spec = self.spec['template']['spec']
        self.soju = self.pod_spec['containers'][0]
        self.conf = self.things['Secret']['stringData']['soju.conf']

    def read(self, items):
        with tempfile.NamedTemporaryFile('w', suffix='.yaml') as f:
            f.write('\n---\n'.join(json.dumps(item) for item in items))
            f.flush()
            return kube_manifests.read(f.name)

    def test_kubernetes_knows_every_field(self):
        objects, problems = self.read(self.list['items'])
        self.assertEqual(problems, '')
        self.assertEqual(len(objects), len(self.list['items']))
        self.soju['readinessprobe'] = {}
        self.assertIn('unknown field', self.read(self.list['items'])[1])

    def test_nobody_gains_anything(self):
        self.assertIs(self.pod_spec['automountServiceAccountToken'], False)
        self.assertIs(self.pod_spec['securityContext']['runAsNonRoot'], True)
        self.assertEqual(self.pod_spec['securityContext']['seccompProfile'],
                         {'type': 'RuntimeDefault'})
        for container in self.pod_spec['initContainers'] + self.pod_spec['containers']:
            self.assertEqual(container['securityContext'], {
                'allowPrivilegeEscalation': False, 'readOnlyRootFilesystem': True,
                'capabilities': {'drop': ['ALL']}})
            self.assertIn('memory', container['resources']['limits'])
            self.assertIn('cpu', container['resources']['requests'])
            self.assertTrue(all(m['readOnly'] for m in container['volumeMounts']))

    def test_the_deployment_is_the_bouncers(self):
        labels = {'app': 'soju', 'bouncer': 'alice'}
        self.assertEqual(self.spec['selector']['matchLabels'], labels)
        self.assertEqual(self.spec['template']['metadata']['labels'], labels)
        self.assertEqual(self.things['Service']['spec']['selector'], labels)
        self.assertEqual([c['name'] for c in self.pod_spec['containers']], ['soju'])
        self.assertEqual(self.spec['strategy'], {'type': 'Recreate'})
        self.assertEqual(self.spec['replicas'], 1)

    def test_files_are_where_they_are_looked_for(self):
        """Each path that a command or the configuration names is that of a mounted file."""
        secrets = {v['name']: v['secret']['secretName'] for v in self.pod_spec['volumes']}
        self.assertEqual(secrets['config'], self.things['Secret']['metadata']['name'])
        mounts = {m['name']: m['mountPath'] for m in self.soju['volumeMounts']}
        there = {f'{mounts["config"]}/{key}' for key in self.things['Secret']['stringData']}
        there |= {f'{mounts["tls"]}/tls.crt', f'{mounts["tls"]}/tls.key'}
        said = ' '.join(self.soju['command'] + self.pod_spec['initContainers'][0]['command'] +
                        [self.conf])
        self.assertEqual(set(re.findall(r'/etc/[\w./-]+', said)), there)
        self.assertFalse(mounts['tls'].startswith(mounts['config'] + '/'))

    def test_ports_agree(self):
        listens = {int(port) for port in re.findall(r'^listen .*:(\d+)$', self.conf, re.M)}
        ports = {p['name']: p['containerPort'] for p in self.soju['ports']}
        service = {p['port']: ports[p['targetPort']] for p in self.things['Service']['spec']['ports']}
        self.assertEqual(set(ports.values()), listens)
        self.assertEqual(service, {port: port for port in listens})
        self.assertIn(self.soju['readinessProbe']['tcpSocket']['port'], ports)
        for name in ('SOJU_ADMIN_URL', 'SOJU_METRICS_URL'):
            where = urllib.parse.urlsplit(
                self.m.settings('portal')[name].replace('{bouncer}', 'alice'))
            self.assertEqual(where.hostname.split('.')[:2],
                             [self.things['Service']['metadata']['name'], VALUES['NAMESPACE']])
            self.assertIn(where.port, listens)

    def test_the_role_allows_them(self):
        allowed = {(group, what) for rule in self.m.one('Role')['rules']
                   if {'create', 'patch', 'delete'} <= set(rule['verbs'])
                   for group in rule['apiGroups'] for what in rule['resources']}
        wanted = {(o['apiVersion'].rpartition('/')[0], o['kind'].lower() + 's')
                  for o in self.list['items']}
        self.assertEqual(allowed, wanted)

    def test_no_secret_can_be_read(self):
        for rule in self.m.one('Role')['rules']:
            if 'secrets' in rule['resources']:
                self.assertFalse({'get', 'list', 'watch', '*'} & set(rule['verbs']))

    def policy(self):
        policy = self.m.one('NetworkPolicy', 'bouncers')['spec']
        self.assertTrue(selects(policy['podSelector'],
                                self.spec['template']['metadata']['labels']))
        self.assertEqual(set(policy['policyTypes']), {'Ingress', 'Egress'})
        return policy

    def test_soju_stays_out_of_private_networks(self):
        blocks = [peer['ipBlock'] for rule in self.policy()['egress'] for peer in rule['to']
                  if 'ipBlock' in peer]

        def is_reached(address):
            address = ipaddress.ip_address(address)
            return any(address in ipaddress.ip_network(b['cidr']) and
                       not any(address in ipaddress.ip_network(e) for e in b['except'])
                       for b in blocks)
        self.assertEqual([a for a in INSIDE if is_reached(a)], [])
        self.assertEqual([a for a in OUTSIDE if not is_reached(a)], [])

    def test_only_the_portal_commands_it(self):
        policy, portal = self.policy(), self.m.pod('portal')['metadata']['labels']
        private = {int(p) for p in re.findall(
            r'^listen \S*insecure\S*:(\d+)$', self.conf, re.M)}
        for rule in policy['ingress']:
            if private & {p['port'] for p in rule['ports']}:
                [peer] = rule['from']
                self.assertTrue(selects(peer['podSelector'], portal))
                self.assertEqual({p['port'] for p in rule['ports']}, private)
        reached = {p['port'] for spec in (x['spec'] for x in self.m.all('NetworkPolicy'))
                   if selects(spec['podSelector'], portal)
                   for rule in spec['egress'] for peer in rule['to']
                   if peer.get('podSelector', {}).get('matchLabels') == {'app': 'soju'}
                   for p in rule['ports']}
        self.assertEqual(reached, private)


if __name__ == '__main__':
    unittest.main()
