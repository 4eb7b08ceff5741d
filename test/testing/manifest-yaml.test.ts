/** Manifests are read as kubectl reads them, also where that is not what YAML says, and however large they are. */
import { expect, test } from 'vitest';
import { MAX_YAML_CHARACTERS, readManifestYaml } from '../../src/testing/manifest-yaml.ts';

function valuesOf(text: string): unknown[] {
  return readManifestYaml(text).documents.map((read) => (read.kind === 'read' ? read.value : read.cause));
}

test('a text in quotes may end in the column of its key, or before', () => {
  const pod = `annotations:\n    networks: '[\n      {"name": "a"}\n    ]'\n    cni: "b\nc"\n---\nd: 1\n`;
  expect(valuesOf(pod)).toEqual([{ annotations: { networks: '[ {"name": "a"} ]', cni: 'b c' } }, { d: 1 }]);
});

test('a quote that is never closed ends with its document', () => {
  expect(valuesOf(`a: 'b\n---\nc: 1\n`)).toEqual([expect.stringContaining('Missing closing')]);
  expect(valuesOf('a:\n  b: c\n d: e\n')).toEqual([expect.any(String)]);
});

test('<< takes the keys of other maps', () => {
  expect(valuesOf('a: &a {b: 1}\nc: {<<: *a, d: 2}\n')).toEqual([{ a: { b: 1 }, c: { b: 1, d: 2 } }]);
});

test('a key that stands twice is told with its place, however many keys there are', { timeout: 5000 }, () => {
  const rows = Array.from({ length: 30_000 }, (_, index) => `k${index}: v\n`).join('');
  const { lines, documents } = readManifestYaml(`${rows}k7: v\n`);
  expect(documents).toMatchObject([{ kind: 'broken', cause: 'this key stands here a second time' }]);
  expect(lines.linePos(documents[0]?.offset ?? 0)).toEqual({ line: 30_001, col: 1 });
});

test('what is nested too deep, or too large, is told in words', () => {
  expect(valuesOf('['.repeat(20_000))).toEqual(['it is nested too deeply']);
  expect(valuesOf('x'.repeat(MAX_YAML_CHARACTERS + 1))).toEqual([
    expect.stringMatching(/^as YAML it may have .* JSON$/),
  ]);
});
