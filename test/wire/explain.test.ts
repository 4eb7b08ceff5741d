/** `braid explain` as a person runs it: the tree, the document, pictures, and what goes wrong. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { XMLValidator } from 'fast-xml-parser';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startApiServer } from '../doubles/api-server.ts';
import {
  type BraidAnswer,
  BraidNode,
  COMPILED,
  ON_NODE,
  requireBuild,
  STANDALONE_FORMS,
} from '../harness/braid-call.ts';
import { runToEnd } from '../harness/run-child.ts';

beforeAll(requireBuild);

const NETWORKS = 'k8s.v1.cni.cncf.io/networks';
const ROUTED = {
  ipam: { type: 'host-local', subnet: '10.2.0.0/24', routes: [{ dst: '0.0.0.0/0' }, { dst: '10.9.0.0/16' }] },
};

let node: BraidNode;
let manifests: string;

beforeEach(() => {
  node = new BraidNode();
  manifests = join(node.dir, 'manifests');
  mkdirSync(manifests);
  for (const type of ['bridge', 'portmap', 'macvlan', 'host-local']) node.plugin(type);
  node.conf('10-front.conflist', {
    cniVersion: '1.0.0',
    name: 'front',
    plugins: [{ type: 'bridge' }, { type: 'portmap', capabilities: { portMappings: true } }],
  });
});
afterEach(() => node.dispose());

/** Writes a manifest; gives its path. */
function manifest(file: string, ...objects: readonly object[]): string {
  const path = join(manifests, file);
  // JSON is YAML; the line ends give the second object a place of its own.
  writeFileSync(path, objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  return path;
}

function pod(name: string, annotations: object = {}, spec: object = {}): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop', annotations }, spec };
}

function definition(name: string, config: object): object {
  return {
    apiVersion: 'k8s.cni.cncf.io/v1',
    kind: 'NetworkAttachmentDefinition',
    metadata: { name, namespace: 'shop' },
    spec: { config: JSON.stringify({ cniVersion: '1.0.0', ...config }) },
  };
}

/** Runs it with this node's folders; `stdin` for `-f -`. */
function explain(args: readonly string[], { form = ON_NODE, stdin = '' } = {}): Promise<BraidAnswer> {
  const folders = ['--conf-dir', node.confDir, '--plugin-dir', node.binDir];
  return bare([...folders, ...args], { form, stdin });
}

function bare(args: readonly string[], { form = ON_NODE, stdin = '' } = {}): Promise<BraidAnswer> {
  const command = [...form.command, 'explain', ...args];
  return node.call({ ...form, command }, { verb: '', stdin });
}

describe.each(STANDALONE_FORMS)('explain $name', (form) => {
  test('shows a tree: what decides, each network with why and whence, what was changed', async () => {
    manifest(
      'a.yaml',
      pod('web', { [NETWORKS]: 'back' }, { containers: [{ ports: [{ containerPort: 80, hostPort: 8080 }] }] }),
      definition('back', { type: 'macvlan', ...ROUTED }),
    );
    const { code, stdout, stderr } = await explain(['-f', manifests, '--diagram', join(node.dir, 'a.svg')], { form });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(`pods          ${manifests}
configuration defaults, for there is no --conf and no /etc/cni/net.d/00-braid.conflist
networks      ${node.confDir}
plugins       ${node.binDir}

shop/web  ${manifests}/a.yaml:1
├─ annotation "${NETWORKS}" is present: its networks come beside the default network (npwg; annotations from the runtime (pod-annotations))
├─ eth0  front  primary
│  ├─ why     no default network is configured: the first valid configuration of the folder
│  ├─ from    ${node.confDir}/10-front.conflist
│  └─ runs    bridge → portmap [given portMappings]
├─ net1  back of shop/back
│  ├─ why     annotation "${NETWORKS}", item 1
│  ├─ from    definition shop/back (${manifests}/a.yaml:3)
│  ├─ changed macvlan: "ipam.routes" without {"dst":"0.0.0.0/0"}
│  └─ runs    macvlan (host-local)
└─ note  network "back" (net1) is not asked for a default route: that belongs to the pod's primary network
`);
    const svg = readFileSync(join(node.dir, 'a.svg'), 'utf8');
    expect(XMLValidator.validate(svg)).toBe(true);
    for (const name of ['shop/web', 'front', 'shop/back', 'macvlan', 'net1']) expect(svg).toContain(`>${name}</text>`);
  });
});

test('the document says exactly what an ADD then gives to each plugin', async () => {
  const annotations = { [NETWORKS]: JSON.stringify([{ name: 'back', ips: ['10.2.0.7'], 'cni-args': { a: 1 } }]) };
  const file = manifest('a.yaml', pod('web', annotations), definition('back', { type: 'macvlan', ...ROUTED }));
  const back = JSON.parse(
    (definition('back', { type: 'macvlan', ...ROUTED }) as { spec: { config: string } }).spec.config,
  );
  const { code, json } = await explain(['-f', file, '--json']);
  expect([code, json.node, json.pods.length]).toEqual([0, expect.objectContaining({ pluginDirs: [node.binDir] }), 1]);
  const server = await startApiServer();
  try {
    server.putPod({ namespace: 'shop', name: 'web' });
    server.putObject('/apis/k8s.cni.cncf.io/v1/namespaces/shop/network-attachment-definitions/back', {
      apiVersion: 'k8s.cni.cncf.io/v1',
      kind: 'NetworkAttachmentDefinition',
      metadata: { namespace: 'shop', name: 'back' },
      spec: { config: JSON.stringify(back) },
    });
    const first = json.pods[0].attachments[0].plugins[0].env;
    await node.call(COMPILED, {
      verb: 'ADD',
      containerId: first.CNI_CONTAINERID,
      netns: first.CNI_NETNS,
      args: first.CNI_ARGS,
      annotations,
      config: { kubeconfig: server.writeKubeconfig(join(node.dir, 'kube'), { auth: 'token' }), statusWriteBack: 'off' },
    });
  } finally {
    await server.stop();
  }
  const said = json.pods[0].attachments.flatMap(
    ({ plugins }: { plugins: { env: object; stdin: object }[] }) => plugins,
  );
  const done = node.calls().filter(({ verb }) => verb === 'ADD');
  expect(done.map(({ plugin }) => plugin)).toEqual(['bridge', 'portmap', 'macvlan']);
  for (const [index, { env, stdin }] of done.entries()) {
    const { prevResult: _answered, ...config } = stdin;
    expect(config).toEqual(said[index].stdin);
    const { BRAID_DELEGATE_OF: _stateDir, ...variables } = said[index].env;
    expect(env).toMatchObject(variables);
  }
});

test('a pod that cannot be attached has the code, words and hint of the ADD, and the status is 1', async () => {
  const file = manifest(
    'a.yaml',
    pod('web', { cni: 'frnt' }),
    pod('good', { cni: 'front' }),
    pod('proxy', {}, { hostNetwork: true }),
  );
  const { code, stdout, stderr } = await explain(['-f', file]);
  expect([code, stderr]).toEqual([1, '']);
  const added = await node.call(COMPILED, { verb: 'ADD', annotations: { cni: 'frnt' } });
  expect(stdout).toContain(
    `shop/web  ${file}:1\n└─ ADD fails with code ${added.json.code}: ${added.json.msg}\n   └─ ${added.json.details}\n`,
  );
  expect(stdout).toContain("└─ not attached: it is on the host's network, for which no runtime calls a CNI plugin\n");
  expect(stdout).toMatch(/\n3 pods, 1 can be attached, 1 would fail, 1 on the host's network\n$/);
});

test('pods can be chosen, from standard input too, and -v shows all that a plugin gets', async () => {
  const stdin = [pod('web', { cni: 'front' }), pod('other')].map((object) => JSON.stringify(object)).join('\n---\n');
  const { code, stdout } = await explain(['-f', '-', 'web', '-v'], { stdin });
  expect(code).toBe(0);
  expect(stdout).toContain(`├─ 1. bridge  ${node.binDir}/bridge`);
  expect(stdout).toContain('CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web;');
  expect(stdout).toContain('{"type":"bridge","name":"front","cniVersion":"1.0.0"}');
  expect(stdout).toContain('declares portMappings; nothing of it is given');
  expect(stdout).toContain('and "prevResult", which is what bridge answers');
  expect(stdout).not.toContain('shop/other');
});

test('of a workload, the pod of its template is explained, whoever tells its annotations', async () => {
  const template = { metadata: { annotations: { cni: 'front' } } };
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { template } };
  const file = manifest('a.yaml', deployment);
  const conf = join(node.dir, 'braid.conf');
  writeFileSync(conf, JSON.stringify({ cniVersion: '1.0.0', name: 'braid', type: 'braid', kubeconfig: '/k' }));
  const { code, stdout } = await explain(['-f', file, '--conf', conf]);
  expect([code, stdout]).toEqual([0, expect.stringContaining(`\ndefault/web  a pod of Deployment web  ${file}:1\n`)]);
  expect(stdout).toContain('lists all networks of the pod (cni-genie; annotations from the API server)\n');
});

test("the node's own configuration is heeded: without an API server there are no definitions", async () => {
  const conf = join(node.dir, 'braid.conflist');
  const own = { type: 'braid', defaultPlugin: 'front', capabilities: { portMappings: true } };
  writeFileSync(conf, JSON.stringify({ cniVersion: '1.0.0', name: 'braid', plugins: [own] }));
  const file = manifest('a.yaml', pod('web', { [NETWORKS]: 'back' }));
  const given = ['--runtime-config', '{"portMappings":[{"hostPort":1}],"mac":"x"}'];
  const { code, json } = await explain(['-f', file, '--conf', conf, '--json', ...given]);
  const [web] = json.pods;
  expect([code, web.decision.dialect]).toEqual([0, 'node-default']);
  expect(web.warnings).toEqual([expect.stringContaining('annotations of pods are not looked at')]);
  expect(web.attachments[0].plugins[1].capabilities.given).toEqual({ portMappings: [{ hostPort: 1 }] });
  expect(json.node.warnings).toEqual([expect.stringContaining('a runtime does not hand over "mac"')]);
});

test('plugins can be taken as installed, with what they need of a node', async () => {
  node.conf('20-flannel.conflist', { cniVersion: '1.0.0', name: 'cbr0', plugins: [{ type: 'flannel' }] });
  const file = manifest('a.yaml', pod('web', { cni: 'cbr0' }));
  const { code, stdout } = await bare(['-f', file, '--conf-dir', node.confDir, '--assume-plugins']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('runs    flannel\n')]);
  expect(stdout).toContain('plugins       not looked for: every plugin is taken as installed\n');
  const there = await explain(['-f', file]);
  expect([there.code, there.stdout]).toEqual([1, expect.stringContaining('failed to find plugin "flannel" in path')]);
});

test('a cluster is asked for each object once', async () => {
  const server = await startApiServer();
  try {
    for (const name of ['a', 'b', 'c']) server.putPod({ namespace: 'shop', name, annotations: { [NETWORKS]: 'back' } });
    server.putPod({ namespace: 'other', name: 'd' });
    server.putObject('/apis/k8s.cni.cncf.io/v1/namespaces/shop/network-attachment-definitions/back', {
      apiVersion: 'k8s.cni.cncf.io/v1',
      kind: 'NetworkAttachmentDefinition',
      metadata: { namespace: 'shop', name: 'back' },
      spec: { config: JSON.stringify({ cniVersion: '1.0.0', type: 'macvlan' }) },
    });
    const kubeconfig = server.writeKubeconfig(join(node.dir, 'kube'), { auth: 'token' });
    const all = await explain(['--kubeconfig', kubeconfig, '-A', '--json']);
    expect([all.code, all.json.pods.map(({ name }: { name: string }) => name).toSorted()]).toEqual([
      0,
      ['a', 'b', 'c', 'd'],
    ]);
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/version',
      expect.stringMatching(/^\/api\/v1\/pods\?/),
      '/apis/k8s.cni.cncf.io/v1/namespaces/shop/network-attachment-definitions/back',
    ]);
    const cluster = { 'certificate-authority': undefined };
    const distrustful = server.writeKubeconfig(join(node.dir, 'other'), { auth: 'token', cluster });
    const some = await Promise.all([
      explain(['--kubeconfig', kubeconfig, '-n', 'shop', '--json'], { form: COMPILED }),
      explain(['--kubeconfig', kubeconfig, 'other/d', '--json']),
      explain(['--kubeconfig', kubeconfig, 'shop/nobody']),
      explain(['--kubeconfig', distrustful, '-A']),
      explain(['--kubeconfig', kubeconfig, 'shop/nobody', 'other/d', '--json']),
    ]);
    const outcomes = some[4]?.json.pods.map(({ name, outcome }: Record<string, string>) => [name, outcome]);
    expect([some[4]?.code, outcomes]).toEqual([
      1,
      [
        ['nobody', 'unexplained'],
        ['d', 'planned'],
      ],
    ]);
    expect(some.slice(0, 2).map(({ json }) => json.pods.length)).toEqual([3, 1]);
    expect(some[2]).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'braid explain: the API server does not know pod shop/nobody; write namespace/name\n',
    });
    expect(some[3]).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^braid explain: cannot reach the cluster: .* certificate is not accepted[^\n]*\n$/,
      ),
    });
  } finally {
    await server.stop();
  }
});

const WRONG_USAGE: readonly (readonly [args: readonly string[], fault: string])[] = [
  [[], 'give manifests with -f, or a cluster with --kubeconfig'],
  [['-f', 'a', '--kubeconfig', 'b'], "option '--kubeconfig <file>' cannot be used with option '-f, --filename <path>'"],
  [['-f', '-', '-f', '-'], 'standard input can be read once'],
  [['--kubeconfig', 'b'], 'of a cluster, give pods as namespace/name, or --namespace, or --all-namespaces'],
  [['--kubeconfig', 'b', '-A', 'web'], 'give pods or --all-namespaces, not both'],
  [['-f', 'a', '-A'], '--all-namespaces is for --kubeconfig'],
  [['--kubeconfig', 'b', '-n', 'shop', 'bank/web'], 'pod "bank/web" is not of namespace "shop"'],
  [['-f', 'a', 'a/b/c'], '"a/b/c" is no pod: write namespace/name'],
  [['-f', 'a', '--diagram', 'a.png'], 'Its name must end in .mmd or .svg.'],
  [['-f', 'a', '--runtime-config', '[]'], 'It must be a JSON object'],
  [['-f', 'a', '--runtime-config', '{'], 'It is not valid JSON'],
  [['-f', 'a', '--conf-dir', '/nowhere'], 'There is no such folder'],
];

test('wrong usage is told with the way to the help', async () => {
  const answers = await Promise.all(WRONG_USAGE.map(([args]) => bare(args, { form: COMPILED })));
  for (const [index, { code, stdout, stderr }] of answers.entries()) {
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^braid explain: .*\nTry braid explain --help\.\n$/);
    expect(stderr).toContain(WRONG_USAGE[index]?.[1]);
  }
});

test.each<[string, string | Buffer | undefined, string[], RegExp]>([
  [
    'a manifest that is not there',
    undefined,
    [],
    /^braid explain: cannot read .*a\.yaml: there is no such file or folder\n$/,
  ],
  ['no YAML', 'a: [\nb', [], /^braid explain: .*a\.yaml:2: Flow sequence[^\n]*\n$/],
  ['no text', Buffer.from([0xff, 0xfe, 0x00, 0x80]), [], /^braid explain: .*a\.yaml:1: [^\n]*\n$/],
  [
    'aliases without end',
    `a: &a [1,1]\nb: [${'*a,'.repeat(300)}*a]\n`,
    [],
    /^braid explain: .*a\.yaml:1: Excessive alias count[^\n]*\n$/,
  ],
  [
    'no pod',
    '',
    [],
    /^braid explain: there is no Pod in [^\n]*; pods are explained, and those that workloads make[^\n]*\n$/,
  ],
  [
    'another pod',
    JSON.stringify(pod('web')),
    ['shop/wep'],
    /there is no pod "shop\/wep" in [^\n]*; did you mean "shop\/web"\? pods there: shop\/web\n$/,
  ],
  [
    'a name that a terminal would obey',
    JSON.stringify(pod('web\u001b[31m\u009b2J\n')),
    ['shop/wep'],
    /there is no pod "shop\/wep" in [^\n]*; pods there: shop\/web\\u001b\[31m\\u009b2J\n$/,
  ],
  [
    'a configuration that is none',
    JSON.stringify(pod('web')),
    ['--conf', '/etc/hostname'],
    /^braid explain: --conf \/etc\/hostname: it is not valid JSON[^\n]*\n$/,
  ],
  [
    'a configuration of another plugin',
    JSON.stringify(pod('web')),
    ['--conf', resolve(import.meta.dirname, '../../config/10-front.conflist')],
    /^braid explain: --conf [^\n]*: it is no configuration of Braid, CNI-Genie or Multus: its plugin is "bridge"\n$/,
  ],
  [
    'a kubeconfig that is none',
    undefined,
    ['--kubeconfig', '/nowhere', 'web'],
    /^braid explain: kubeconfig "\/nowhere": cannot read it[^\n]*\n/,
  ],
  [
    'a picture that cannot be written',
    JSON.stringify(pod('web')),
    ['--diagram', '/nowhere/a.mmd'],
    /^braid explain: cannot write \/nowhere\/a\.mmd: ENOENT[^\n]*\n$/,
  ],
])('%s is told in one line, and ends with status 1', async (_what, content, args, message) => {
  const file = join(manifests, 'a.yaml');
  if (content !== undefined) writeFileSync(file, content);
  const source = args.includes('--kubeconfig') ? [] : ['-f', file];
  const { code, stdout, stderr } = await explain([...source, ...args], { form: COMPILED });
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(message);
});

test('a pod that is none, or not there, keeps no other from its explanation', async () => {
  const odd = { ...pod('odd', { cni: 5 }), apiVersion: 'v1' };
  const file = manifest('a.yaml', pod('first', { cni: 'front' }), odd, pod('last', { cni: 'front' }));
  const names = ['shop/last', 'shop/lost', 'shop/odd', 'shop/first'];
  const picture = join(manifests, 'a.mmd');
  const [tree, document] = await Promise.all([
    explain(['-f', file, ...names], { form: COMPILED }),
    explain(['-f', file, '--json', '--diagram', picture]),
  ]);
  expect([tree.code, tree.stderr]).toEqual([1, '']);
  expect(tree.stdout).toMatch(
    /\nshop\/last [\s\S]*\nshop\/lost\n└─ cannot be explained: there is no pod "shop\/lost" in [^\n]*\n {3}└─ did you mean "shop\/last"\? [\s\S]*\nshop\/odd {2}\S+\/a\.yaml:3\n└─ cannot be explained: \S+\/a\.yaml:3: pod shop\/odd is no usable Pod: "metadata\.annotations\.cni" must be a string\n\nshop\/first /,
  );
  expect(tree.stdout).toMatch(/\n4 pods, 2 can be attached, 0 would fail, 2 cannot be explained\n$/);
  expect([document.code, document.stderr]).toEqual([1, '']);
  expect(document.json.pods).toMatchObject([
    { name: 'first', outcome: 'planned' },
    { name: 'odd', outcome: 'unexplained', error: { code: 6, msg: expect.stringContaining('no usable Pod') } },
    { name: 'last', outcome: 'planned' },
  ]);
  const drawn = readFileSync(picture, 'utf8');
  for (const part of ['shop/first', 'cannot be explained', 'shop/last']) expect(drawn).toContain(part);
});

test('a workload without a template has its line, and a bare name that is nowhere no namespace', async () => {
  const broken = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { template: 5 } };
  const file = manifest('a.yaml', broken, pod('good', { cni: 'front' }));
  const picture = join(manifests, 'a.mmd');
  const [all, named] = await Promise.all([
    explain(['-f', file]),
    explain(['-f', file, 'good', 'nowhere', '--diagram', picture], { form: COMPILED }),
  ]);
  expect(all.code).toBe(1);
  expect(all.stdout).toContain(
    `\ndefault/web  a pod of Deployment web  ${file}:1\n└─ cannot be explained: ${file}:1: Deployment default/web has no usable template of its pods: "spec.template" must be an object\n`,
  );
  expect(named.code).toBe(1);
  expect(named.stdout).toContain('\nnowhere\n└─ cannot be explained: there is no pod "nowhere" in ');
  expect(readFileSync(picture, 'utf8')).toContain('p1(["nowhere"])');
});

test('a reader that goes away ends it quietly', async () => {
  const pods = Array.from({ length: 300 }, (_none, index) => pod(`web-${index}`, { cni: 'front' }));
  const file = manifest('a.json', { apiVersion: 'v1', kind: 'List', items: pods });
  const options = ['explain', '--conf-dir', node.confDir, '--plugin-dir', node.binDir, '-f', file, '-v'];
  const [program = '', ...args] = [...COMPILED.command, ...options];
  const child = spawn('sh', ['-c', '"$0" "$@" | head -1', program, ...args]);
  const seen: string[] = [];
  child.stdout.on('data', (chunk) => seen.push(String(chunk)));
  child.stderr.on('data', (chunk) => seen.push(`stderr: ${chunk}`));
  await new Promise((resolve) => child.once('close', resolve));
  expect(seen.join('')).toBe(`pods          ${file}\n`);
});

test('^C ends it at once, and quietly', async () => {
  const kubeconfig = join(node.dir, 'kubeconfig');
  const cluster = { server: 'http://127.0.0.1:1' };
  const contexts = [{ name: 'c', context: { cluster: 'a', user: 'u' } }];
  const users = [{ name: 'u', user: {} }];
  const clusters = [{ name: 'a', cluster }];
  writeFileSync(kubeconfig, JSON.stringify({ clusters, users, contexts, 'current-context': 'c' }));
  const [program = '', ...args] = [...COMPILED.command, 'explain', '--kubeconfig', kubeconfig, '-A'];
  const child = spawn(program, args);
  setTimeout(() => child.kill('SIGINT'), 300);
  const ended = await runToEnd(child, { kill: () => void child.kill('SIGKILL') });
  // A shell makes 130 of it.
  expect(ended).toMatchObject({ signal: 'SIGINT', stdout: '', stderr: '' });
});

test('--help tells of every option', async () => {
  const { code, stdout, stderr } = await bare(['--help']);
  expect([code, stderr]).toEqual([0, '']);
  for (const option of [
    'filename',
    'kubeconfig',
    'namespace',
    'all-namespaces',
    'conf',
    'conf-dir',
    'plugin-dir',
    'assume-plugins',
    'runtime-config',
    'verbose',
    'json',
    'diagram',
  ])
    expect(stdout).toContain(`--${option}`);
});
