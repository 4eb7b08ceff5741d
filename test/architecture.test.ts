/** The import rules are enforced: the linter refuses what docs/architecture.md forbids, and lets pass what it allows. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderNames, readProfile } from '../scripts/catalogue-files.ts';
import { ErrorCode } from '../src/errors.ts';
import { parseConfigList } from '../src/schema/network-config.ts';
import { parseNodeConfigKeys, unusedKeyWarnings } from '../src/schema/node-config.ts';

const project = resolve(import.meta.dirname, '..');

/** What the linter says of a module with this content at this place, in a tree that has our rules and nothing else. */
function lint(file: string, imported: string): string {
  const tree = mkdtempSync(join(tmpdir(), 'braid-lint-'));
  try {
    const path = join(tree, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `import { thing } from '${imported}';\n\nexport const used = thing;\n`);
    copyFileSync(join(project, 'biome.json'), join(tree, 'biome.json'));
    const args = ['lint', '--vcs-enabled=false', '--colors=off', '.'];
    const { stdout, stderr } = spawnSync(join(project, 'node_modules/.bin/biome'), args, {
      cwd: tree,
      encoding: 'utf8',
    });
    return stdout + stderr;
  } finally {
    rmSync(tree, { recursive: true });
  }
}

describe('the linter', () => {
  test.each([
    ['src/request/x.ts', '../pod/pod-source.ts', 'request/ may import from'],
    ['src/catalogue/x.ts', '../network/network-source.ts', 'catalogue/ may import from'],
    ['src/selection/x.ts', '../catalogue/catalogue.ts', 'selection/ may import from'],
    ['src/plan/x.ts', '../catalogue/open-catalogue.ts', 'Only edges choose adapters'],
    ['src/selection/x.ts', '../execute/attach.ts', 'selection/ may import from'],
    ['src/state/x.ts', '../execute/attach.ts', 'state/ may import from'],
    ['src/schema/x.ts', '../plan/plan.ts', 'schema/ may import from'],
    ['src/plan/x.ts', 'node:fs', 'A pure room knows no file, process or network'],
    ['src/merge/x.ts', 'node:child_process', 'A pure room knows no file, process or network'],
    ['src/selection/x.ts', 'node:https', 'A pure room knows no file, process or network'],
    ['src/selection/x.ts', '../pod/from-manifest.ts', 'Only edges choose adapters'],
    ['src/execute/x.ts', '../state/on-disk.ts', 'Only edges choose adapters'],
    ['src/report/x.ts', '../kube/https-client.ts', 'Only edges choose adapters'],
    ['src/execute/x.ts', '../pipeline.ts', 'Rooms never import an edge'],
    ['src/execute/x.ts', '../agent/agent.ts', 'Rooms never import an edge'],
    ['src/report/x.ts', '../node-ports.ts', 'Rooms never import an edge'],
    ['src/pipeline.ts', './execute/spawn-delegate.ts', 'The pipeline knows ports only'],
    ['src/pipeline.ts', './kube/https-client.ts', 'The pipeline knows ports only'],
    ['src/tracing/x.ts', '../plan/plan.ts', 'tracing/ may import from'],
    ['src/tracing/x.ts', '../serve-request.ts', 'What looks on never imports who calls it'],
    ['src/stages/x.ts', '../tracing/attributes.ts', 'Stages never import who calls them'],
  ])('%s must not import %s', (file, imported, message) => {
    expect(lint(file, imported)).toContain(message);
  });

  test.each([
    ['src/selection/x.ts', '../pod/pod-source.ts'],
    ['src/execute/x.ts', '../state/state-store.ts'],
    ['src/merge/x.ts', '../execute/attach.ts'],
    ['src/merge/x.ts', '../catalogue/catalogue.ts'],
    ['src/plugin.ts', './state/on-disk.ts'],
  ])('%s may import %s', (file, imported) => {
    expect(lint(file, imported)).not.toContain('noRestrictedImports');
  });
});

test('no module knows a plugin by its type: what one does in its own way stands in its profile', () => {
  const types = folderNames().flatMap((name) => readProfile(name).binaries.plugin ?? []);
  const comparison = new RegExp(
    `(type|plugin)\\b[^\n]{0,30}([!=]==|case) ?'(${types.join('|')})'|'(${types.join('|')})' ?[!=]==`,
  );
  const modules = readdirSync(join(project, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  expect(comparison.test(`if (type === 'calico') return;`)).toBe(true);
  const knowing = modules.filter((file) => comparison.test(readFileSync(join(project, 'src', file), 'utf8')));
  expect(knowing).toEqual([]);
});

describe('documents and examples', () => {
  const readme = readFileSync(join(project, 'README.md'), 'utf8');

  test('every error code has a row in the README', () => {
    const rows = [...readme.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    expect(rows).toEqual(Object.values(ErrorCode));
  });

  const examples = readdirSync(join(project, 'config')).filter((name) => name.endsWith('.conflist'));

  test.each(examples)('%s is valid, nothing in it is ignored, and the README shows it as it is', (file) => {
    const text = readFileSync(join(project, 'config', file), 'utf8');
    const [plugin] = parseConfigList(JSON.parse(text)).plugins;
    expect(plugin?.type === 'braid' ? parseNodeConfigKeys(plugin.raw) : { kind: 'read' }).toMatchObject({
      kind: 'read',
    });
    expect(plugin?.type === 'braid' ? unusedKeyWarnings(plugin.raw) : []).toEqual([]);
    expect(readme).toContain(`\n${text}`.replaceAll(/\n(?=.)/g, '\n   '));
  });

  test('every configuration key of the README is one that Braid knows', () => {
    const section = readme.split('### Configuration keys')[1] ?? '';
    const keys = [...section.matchAll(/^\| `([A-Za-z]+)` \|/gm)].map(([, key]) => key ?? '');
    expect(keys.length).toBeGreaterThan(10);
    expect(unusedKeyWarnings(Object.fromEntries(keys.map((key) => [key, 'x'])))).toEqual([]);
  });
});
