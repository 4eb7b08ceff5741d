import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { manifestClient, readManifests } from '../../src/testing/manifests.ts';
import { failure } from '../samples/failure.ts';
import { scratchFolder } from '../samples/scratch.ts';

const POD = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  annotations: {cni: front}\n';
const DEFINITION =
  'apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\nmetadata: {name: front, namespace: shop}\nspec: {}\n';
const noStdin = () => {
  throw new Error('stdin must not be read');
};
const never = new AbortController().signal;

function folderOf(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = scratchFolder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

test('documents, lists, folders and standard input become objects with their places', async () => {
  const folder = folderOf({
    'b.yaml': `# first\n---\n${POD}---\n---\n${DEFINITION}`,
    'a.json': JSON.stringify({
      kind: 'List',
      apiVersion: 'v1',
      items: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }],
    }),
    'notes.txt': 'not a manifest',
  });
  mkdirSync(join(folder, 'deeper.yaml'));
  const objects = await readManifests([folder, '-'], () => POD.replace('web', 'other'));
  expect(
    objects.map(({ kind, namespace, name, place }) => [
      kind,
      namespace,
      name,
      place.file.replace(folder, ''),
      place.line,
    ]),
  ).toEqual([
    ['Namespace', 'default', 'shop', '/a.json', 1],
    ['Pod', 'default', 'web', '/b.yaml', 3],
    ['NetworkAttachmentDefinition', 'shop', 'front', '/b.yaml', 10],
    ['Pod', 'default', 'other', '-', 1],
  ]);
});

test('the client answers for them as the API server would', async () => {
  const folder = folderOf({ 'a.yaml': `${POD}---\n${DEFINITION}` });
  const client = manifestClient(await readManifests([folder], noStdin));
  const definitions = '/apis/k8s.cni.cncf.io/v1';
  expect(await client.get('/api/v1/namespaces/default/pods/web', never)).toMatchObject({
    kind: 'ok',
    body: { kind: 'Pod' },
  });
  expect(await client.get(`${definitions}/namespaces/shop/network-attachment-definitions/front`, never)).toMatchObject({
    kind: 'ok',
  });
  for (const path of ['/api/v1/namespaces/shop/pods/web', `${definitions}/namespaces/shop/nothing/front`]) {
    expect(await client.get(path, never)).toEqual({ kind: 'absent' });
  }
  const list = `${definitions}/network-attachment-definitions?fieldSelector=metadata.name%3Dfront&limit=20`;
  expect(await client.get(list, never)).toMatchObject({
    kind: 'ok',
    body: { items: [{ metadata: { namespace: 'shop' } }] },
  });
  expect(await client.get(list.replace('front', 'back'), never)).toEqual({ kind: 'ok', body: { items: [] } });
  expect(await client.mergePatch('/api/v1/namespaces/default/pods/web', {}, never)).toMatchObject({ kind: 'refused' });
});

test('a key without a value is none, as to the API server', async () => {
  const folder = folderOf({
    'a.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: , annotations: }\n',
  });
  const client = manifestClient(await readManifests([folder], noStdin));
  expect(await client.get('/api/v1/namespaces/default/pods/web', never)).toEqual({
    kind: 'ok',
    body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'default' } },
  });
});

test.each([
  ['no YAML', 'a: [\nb', /a\.yaml:2: Flow sequence/],
  ['no object', '- 1\n', /a\.yaml:1: it is no Kubernetes object/],
  ['an object without a name', 'apiVersion: v1\nkind: Pod\nmetadata: {}\n', /a\.yaml:1: it is no Kubernetes object/],
  ['cyclic aliases', `a: &a [1,1]\nb: [${'*a,'.repeat(300)}*a]\n`, /a\.yaml:1: Excessive alias count/],
  ['no end', `a: ${'['.repeat(20_000)}`, /a\.yaml:1: it is nested too deeply/],
  [
    'lists without end',
    `${'{"kind":"List","items":['.repeat(20_000)}${']}'.repeat(20_000)}`,
    /a\.yaml:1: it is nested/,
  ],
  ['no text', Buffer.from([0xff, 0xfe, 0x00, 0x80]), /a\.yaml:1: it is not UTF-8$/],
  ['no UTF-8', Buffer.from(`#\n${POD.replace('web', 'w\xe9b')}`, 'latin1'), /a\.yaml:5: it is not UTF-8$/],
])('%s is told with file and line', async (_what, content, message) => {
  const folder = folderOf({ 'a.yaml': content });
  expect(await failure(() => readManifests([folder], noStdin))).toMatchObject({
    code: 6,
    message: expect.stringMatching(message),
  });
});

test('standard input is UTF-8, and so is a file with the character that stands for what is none', async () => {
  expect(await failure(() => readManifests(['-'], () => POD.replace('web', 'w\ufffdb')))).toMatchObject({
    message: '-:4: it is not UTF-8',
  });
  expect(await readManifests([folderOf({ 'a.yaml': `# \ufffd\n${POD}` })], noStdin)).toHaveLength(1);
});

test('JSON with comments is told to be none, where YAML would read something else', async () => {
  const folder = folderOf({ 'a.json': '{"apiVersion": "v1", // one\n"kind": "Pod"}' });
  expect(await failure(() => readManifests([folder], noStdin))).toMatchObject({
    message: expect.stringMatching(/a\.json:1: it is not valid JSON: unexpected character at line 1, column 22$/),
  });
});

test('what cannot be read is named', async () => {
  expect(await failure(() => readManifests(['/nowhere/pod.yaml'], noStdin))).toMatchObject({
    code: 5,
    message: expect.stringContaining('cannot read /nowhere/pod.yaml: there is no such file or folder'),
  });
});
