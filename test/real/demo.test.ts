/** `braid demo` with real plugins, as root and as nobody: real interfaces, and nothing of it on the machine. */
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { COMPILED } from '../harness/braid-call.ts';
import { describeReal, hasRealNetworking } from '../harness/real-requirements.ts';
import { createTestNode, type TestNode } from '../harness/test-node.ts';

const folder = resolve(import.meta.dirname, '../../fixtures/demo');

describeReal('the demo on real plugins', hasRealNetworking(), () => {
  let node: TestNode;
  beforeEach(async () => {
    node = await createTestNode('demo');
    // A user without rights must be able to read what a clone in the home folder of root does not show.
    for (const [from, to] of [
      [folder, 'demo'],
      [COMPILED.command[0] ?? '', 'braid'],
    ] as const) {
      await node.exec(['cp', '-rL', from, `${node.dir}/${to}`]);
    }
    await node.exec(['chmod', '-R', 'a+rX', node.dir]);
  });
  afterEach(() => node.dispose());

  describe.each([
    ['root', []],
    ['nobody', ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']],
  ])('as %s', (_user, prefix) => {
    test('it makes real interfaces, shows them, and leaves nothing', async () => {
      const before = await node.snapshot();
      const { code, stdout, stderr } = await node.exec([...prefix, `${node.dir}/braid`, 'demo', `${node.dir}/demo`]);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/eth0@\S+ +UP +10\.88\.1\.2\/24 fd00:88:1::2\/64/);
      expect(stdout).toMatch(/san0@\S+ +UP +10\.88\.2\.2\/24/);
      expect(stdout.match(/^default via /gm)).toHaveLength(2);
      expect(stdout).toMatch(/Nothing: no interface, no lease, no record in the journal.\n$/);
      expect(await node.leftSince(before)).toEqual([]);
    });
  });

  test('^C in the middle takes back what was made', async () => {
    const before = await node.snapshot();
    // As a terminal does: job control gives the command a process group, and all of that group gets the signal.
    const script = `set -m; "$0" demo "$1" & demo=$!; sleep 0.12; kill -INT -- -$demo; wait $demo; echo "status $?"`;
    const { stdout } = await node.exec(['bash', '-c', script, `${node.dir}/braid`, `${node.dir}/demo`]);
    expect(stdout).toMatch(/status (0|1|130)\n$/);
    expect(await node.leftSince(before)).toEqual([]);
  });
});
