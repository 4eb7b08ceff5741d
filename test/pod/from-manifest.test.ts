import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { podFromManifest, readPodManifest } from '../../src/pod/from-manifest.ts';
import { failure } from '../samples/failure.ts';
import { scratchFolder } from '../samples/scratch.ts';

function manifest(text: string): string {
  const file = join(scratchFolder(), 'pod.yaml');
  writeFileSync(file, text);
  return file;
}

describe('readPodManifest', () => {
  test('the first Pod of several documents is taken', async () => {
    const file = manifest(
      'kind: Service\nmetadata: {name: s}\n---\nkind: Pod\nmetadata:\n  name: web\n  annotations: {cni: "a,b"}\n---\nkind: Pod\nmetadata: {name: other}\n',
    );
    expect(await readPodManifest(file)).toEqual({
      identity: { name: 'web', namespace: 'default', uid: undefined },
      annotations: { cni: 'a,b' },
      origin: `manifest ${file}`,
    });
  });

  test('JSON is read as well, and the source answers with it', async () => {
    const file = manifest('{"kind":"Pod","metadata":{"name":"web","namespace":"shop","uid":"u"}}');
    expect(await podFromManifest(file).find(undefined)).toMatchObject({
      kind: 'found',
      pod: { identity: { name: 'web', namespace: 'shop', uid: 'u' }, annotations: {} },
    });
  });

  test.each([
    ['', 'must be an object'],
    ['kind: Service\nmetadata: {name: s}\n', '"kind" must be "Pod"'],
    ['kind: Pod\nmetadata: {}\n', '"metadata.name" must be a string'],
    ['kind: Pod\nmetadata: {name: a, annotations: {cni: 5}}\n', '"metadata.annotations.cni" must be a string'],
  ])('a manifest %o without a usable Pod is code 6: %s', async (text, what) => {
    const file = manifest(text);
    expect(await failure(() => readPodManifest(file))).toMatchObject({
      code: 6,
      message: `manifest "${file}" holds no usable Pod: ${what}`,
    });
  });

  test('what is not YAML is code 6 and says where', async () => {
    const file = manifest('kind: [Pod\n');
    expect(await failure(() => readPodManifest(file))).toMatchObject({
      code: 6,
      message: expect.stringMatching(/manifest ".*pod\.yaml": .*line/s),
    });
  });

  test('a file that is not there is code 5 and named', async () => {
    expect(await failure(() => readPodManifest('/nowhere/pod.yaml'))).toMatchObject({
      code: 5,
      message: expect.stringMatching(/^cannot read the manifest: .*\/nowhere\/pod\.yaml/),
    });
  });
});
