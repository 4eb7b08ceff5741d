/** What a person at a terminal sees of commands, and a script or somebody with NO_COLOR does not. */
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { COMPILED, requireBuild } from '../harness/braid-call.ts';
import { onTerminal } from '../harness/on-terminal.ts';

beforeAll(requireBuild);

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
