/** What a person at a terminal sees of commands, and a script or somebody with NO_COLOR does not. */
import { join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { openStateDir } from '../../src/state/on-disk.ts';
import { COMPILED, requireBuild } from '../harness/braid-call.ts';
import { onTerminal } from '../harness/on-terminal.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';
import { handScene } from './by-hand-scene.ts';

beforeAll(requireBuild);
const scene = handScene();

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const PAINT = /\u001b\[(?:1|2|3\d)m/;
const fixtures = resolve(import.meta.dirname, '../../fixtures');

describe.each([
  ['test', [join(fixtures, 'tutorial/01-one-bridge.yaml')]],
  ['validate', [join(fixtures, 'demo'), '--plugin-dir', fixtures]],
  ['demo', ['--scripted', join(fixtures, 'demo')]],
] as const)('braid %s', (verb, args) => {
  const command = [...COMPILED.command, verb, ...args];

  test('is painted on a terminal, and is not with NO_COLOR', async () => {
    const [painted, plain] = await Promise.all([
      onTerminal(command, { columns: 200 }),
      onTerminal(command, { columns: 200, env: { NO_COLOR: '1' } }),
    ]);
    expect(painted.stdout).toMatch(PAINT);
    expect(plain.stdout).not.toMatch(PAINT);
    expect(plain.code).toBe(painted.code);
  });
});

describe.each([
  ['attachments', ['attachments']],
  ['gc', ['gc', '--dry-run']],
] as const)('the table of braid %s', (_verb, args) => {
  test.each([60, 80, 120])('fits a terminal of %i columns with all that it has elsewhere', async (columns) => {
    const { conf, netns, node } = scene.current;
    for (const containerId of ['4f2a9c'.repeat(10), 'braid-hand-0a1b2c3d']) {
      const cniArgs = 'K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web';
      const ips = [{ address: '10.1.0.2/24' }, { address: 'fd00:88:1::2/64' }];
      const attachments = ['front', 'storage'].map((network, index) =>
        attachmentOf(network, `eth${index}`, { cniArgs, phase: 'added', result: { cniVersion: '1.0.0', ips } }),
      );
      const gone = containerId.startsWith('braid') ? netns : '/run/netns/cni-3f8a1c52-0b7e-4d1c';
      await openStateDir(node.stateDir).write(recordOf(attachments, { containerId, netns: gone }));
    }
    const command = [...COMPILED.command, ...args, '--conf', conf];
    const [shown, piped] = await Promise.all([
      onTerminal(command, { columns }),
      scene.current.raw(COMPILED, command.slice(1)),
    ]);
    const tableOf = (text: string) => stripVTControlCharacters(text).split(/\n\n?(?=Networks that| {2}note:)/)[0] ?? '';
    const lines = tableOf(shown.stdout).split('\n');
    // A path is not broken, whatever the terminal.
    expect(lines.filter((line) => line.length > columns && !line.includes('/tmp/'))).toEqual([]);
    // Some are older by a second when they are shown again.
    const words = (text: string) =>
      [
        ...new Set(
          tableOf(text)
            .replaceAll(/\b\d+ s\b/g, '')
            .split(/\s+/),
        ),
      ].toSorted();
    expect(words(shown.stdout)).toEqual(words(piped.stdout));
    expect(piped.stdout).toMatch(/^.{100,}$/m);
  });
});
