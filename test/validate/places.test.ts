/** Where findings stand, in files that are hard to read too. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { validate } from '../../src/validate/validate.ts';
import { braid, definition, type Files, folderWith, network, pod, validated, validateFolder } from './given-files.ts';

/** `file:line:column rule` of each finding that is no note. */
async function placesIn(files: Files): Promise<string[]> {
  const folder = folderWith(files);
  const { findings } = await validateFolder(folder);
  const graves = findings.filter(({ rule }) => !['host-needs', 'network-unchecked', 'version-check'].includes(rule));
  return graves.map(
    ({ rule, place: { file, line, column } }) => `${file.replace(`${folder}/`, '')}:${line}:${column} ${rule}`,
  );
}

describe('a finding stands', () => {
  test('at the key of a configuration', async () => {
    const text =
      '{\n  "name": "a",\n  "plugins": [\n    { "type": "bridge" },\n\t{ "type": "tuning",\n\t  "capabilities": 7 }\n  ]\n}\n';
    expect(await placesIn({ 'a.conflist': text })).toEqual(['a.conflist:6:4 config-schema']);
  });

  test("at each wrong key of Braid's own configuration, not at the first alone", async () => {
    const keys = { kubeconfig: '/k', apiTimeoutMs: 0, delegateTimeoutMs: 'x', kubernetes: { kubeconfig: 7 } };
    expect(await placesIn({ 'n/0.conflist': braid(keys), 'n/a.conflist': network('a') })).toEqual([
      'n/0.conflist:8:7 braid-config',
      'n/0.conflist:9:7 braid-config',
      'n/0.conflist:11:9 braid-config',
    ]);
  });

  test('in the configuration inside a definition, at its line of the manifest', async () => {
    const files = { 'd.yaml': definition('a', { type: 'bridge' }) + definition('b', { plugins: [{ type: 7 }] }) };
    expect(await placesIn(files)).toEqual(['d.yaml:23:11 definition-schema']);
    const broken = { 'd.yaml': definition('a', '{\n  "type": "bridge"\n  "name": "a"\n}') };
    expect(await placesIn(broken)).toEqual(['d.yaml:11:7 definition-schema']);
  });

  test('at the beginning of a configuration that is a text in quotes', async () => {
    const manifest = definition('a', 'x').replace(/config: \|\n.*$/s, 'config: \'{"type": 7}\'\n');
    expect(await placesIn({ 'd.yaml': manifest })).toEqual(['d.yaml:8:11 definition-schema']);
  });

  test('at the annotation, also of the pods that a workload makes and in lists', async () => {
    const template = { metadata: { annotations: { cni: 'a,,b' } } };
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec: { template } };
    const list = { apiVersion: 'v1', kind: 'List', items: [deployment] };
    expect(await placesIn({ 'a.json': list, 'b.yaml': pod({ other: 'x', cni: 'a@' }) })).toEqual([
      'a.json:15:22 annotation',
      'b.yaml:9:10 annotation',
    ]);
  });

  test('at the second of two keys in one object', async () => {
    const text = '{"name": "a",\n "plugins": [{"type": "bridge",\n "type": "ptp"}]}';
    expect(await placesIn({ 'a.conflist': text })).toEqual(['a.conflist:3:2 duplicate-key']);
  });
});

describe('bad input is a finding:', () => {
  const bomb = `a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]`).join('\n')}\n`;

  test.each([
    ['not YAML', 'a.yaml', 'a: [1\nb: 2'],
    ['an alias inside of itself', 'a.yaml', '&a [*a, *a]'],
    ['more aliases than anybody writes', 'a.yaml', bomb],
    ['an alias of nothing', 'a.yaml', 'a: *b'],
    ['nested for ever', 'a.yaml', '['.repeat(50_000)],
    ['JSON that ends', 'a.conflist', '{"name":'],
    ['nothing at all', 'a.conflist', ''],
  ])('%s', async (_what, name, text) => {
    const { findings } = await validated({ [name]: text });
    expect(findings.map(({ rule }) => rule)).toEqual(['syntax']);
    expect(findings[0]?.message).not.toContain('\n');
  });

  test('huge', async () => {
    const { findings } = await validated({ 'a.conflist': `{${' '.repeat(2 * 1024 * 1024)}}\n` });
    expect(findings.map(({ rule, message }) => [rule, message])).toEqual([
      ['unreadable', 'it has 2097155 bytes, more than 2097152'],
    ]);
  });

  test('not UTF-8, at the byte', async () => {
    const { findings } = await validated({ 'a.yaml': Buffer.from('a: 1\nb: \xe9', 'latin1') });
    expect(findings.map(({ rule, place }) => [rule, place.line, place.column])).toEqual([['encoding', 2, 4]]);
  });

  test('not UTF-8 on standard input', async () => {
    const { findings } = await validate({ paths: ['-'], pluginDirs: [], readStdin: () => 'a: 1\nb: \ufffd' });
    expect(findings.map(({ rule, place }) => [rule, place.line, place.column])).toEqual([['encoding', 2, 4]]);
  });

  test('one broken document hides no other of its file, and no other file', async () => {
    const text = `${pod({ cni: 'a,,b' })}---\na: *nothing\n${pod({ cni: 'a@' }, 'other')}`;
    expect(await placesIn({ 'a.yaml': text, 'b.yaml': ':\n- :\n -' })).toEqual([
      'a.yaml:8:10 annotation',
      'a.yaml:10:1 syntax',
      'a.yaml:18:10 annotation',
      'b.yaml:2:4 syntax',
    ]);
  });
});

test('all reasons are told, not the first one alone', async () => {
  const wanted = [
    { name: 'lan', ips: ['10.0.0.1', '10.0.0.2'] },
    { name: 'gone' },
    { name: 'far', namespace: 'infra' },
  ];
  const { findings } = await validated({
    'n/0.conflist': braid({ namespaceIsolation: true }),
    'n/a.conflist': network('front'),
    'p.yaml': pod({ 'k8s.v1.cni.cncf.io/networks': JSON.stringify(wanted) }),
    'd.yaml': definition('lan', { type: 'ptp' }) + definition('far', { type: 'ptp' }, 'infra'),
  });
  expect(findings.map(({ rule }) => rule)).toEqual(['isolation', 'network-absent', 'option-uncarried']);
  expect(findings[1]?.message).toMatch(/there is no definition "shop\/gone" in the manifests that were given$/);
});

test('a pod is planned on the node whose files are nearest, and on all that are as near', async () => {
  const files = {
    'one/net.d/a.conflist': network('a'),
    'one/pod.yaml': pod({ cni: 'a' }),
    'two/net.d/b.conflist': network('b'),
    'two/pod.yaml': pod({ cni: 'a' }, 'other'),
    'pods/pod.yaml': pod({ cni: 'b' }, 'third'),
  };
  expect(await placesIn(files)).toEqual(['pods/pod.yaml:8:10 network-absent', 'two/pod.yaml:8:10 network-absent']);
});

test('the networks of a node lie where its confDir says, if that was given', async () => {
  const folder = folderWith({
    'networks/a.conflist': network('a'),
    'pods/p.yaml': pod({ cni: 'a' }),
    'own/x.json': {},
  });
  writeFileSync(join(folder, 'own/0.conflist'), JSON.stringify(braid({ confDir: join(folder, 'networks') })));
  expect((await validateFolder(folder)).findings).toEqual([]);
  writeFileSync(join(folder, 'own/0.conflist'), JSON.stringify(braid({ confDir: '/elsewhere' })));
  expect((await validateFolder(folder)).findings.map(({ rule }) => rule)).toEqual(['network-absent', 'network-absent']);
  const alone = await validateFolder('', { paths: [join(folder, 'own'), join(folder, 'pods')] });
  expect(alone.findings.map(({ rule }) => rule)).toEqual(['network-unchecked']);
});

test('a pod in the network of its node is nobody’s business, and a chain’s further plugins are no networks', async () => {
  const chained = { name: 'front', cniVersion: '1.0.0', loadOnlyInlinedPlugins: false, plugins: [{ type: 'bridge' }] };
  const files = {
    'n/a.conflist': chained,
    'n/front/10.conf': { type: 'tuning' },
    'p.yaml': `${pod({ cni: 'a,,b' })}spec: {hostNetwork: true}\n`,
  };
  expect(await placesIn(files)).toEqual([]);
});

test('standard input is a manifest like any other', async () => {
  const folder = folderWith({ 'front.conflist': network('front') });
  const { findings } = await validateFolder('', { paths: [folder, '-'], readStdin: () => pod({ cni: 'frnt' }) });
  expect(findings.map(({ rule, place, hint }) => [rule, place.file, hint])).toEqual([
    ['network-absent', '-', 'did you mean "front"? networks there: front'],
  ]);
});

test('a folder with a fixture has a cluster of its own', async () => {
  const files = {
    'n/a.conflist': network('a'),
    'p.yaml': pod({ cni: 'a' }),
    'f/fixture.yaml': 'version: 1\ntitle: a\nsteps: [{verb: ADD}]\n',
    'f/cluster/p.yaml': pod({ cni: 'other' }),
  };
  expect(await placesIn(files)).toEqual([]);
});
