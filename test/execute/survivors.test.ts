import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { endSurvivors } from '../../src/execute/survivors.ts';

/** A process with this mark, and its child, which inherits it. */
async function marked(containerId: string) {
  const child = spawn('/bin/sh', ['-c', 'sleep 300 & echo $!; wait'], {
    env: { PATH: process.env['PATH'] ?? '', BRAID_DELEGATE_OF: containerId },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [grandchild] = await once(child.stdout, 'data');
  return { pids: [Number(child.pid), Number(String(grandchild))], ended: once(child, 'exit') };
}

const unique = () => `c-${process.pid}-${process.hrtime.bigint()}`;

test('M13: every process that bears the container’s mark is ended, and named', async () => {
  const containerId = unique();
  const { pids, ended } = await marked(containerId);
  expect((await endSurvivors(containerId)).toSorted()).toEqual(pids.toSorted());
  expect(await ended).toEqual([null, 'SIGKILL']);
});

test('M13: those of other containers are left alone, one whose id begins alike too', async () => {
  const containerId = unique();
  const { pids } = await marked(`${containerId}0`);
  expect(await endSurvivors(containerId)).toEqual([]);
  expect(() => process.kill(pids[0] ?? 0, 0)).not.toThrow();
  expect(await endSurvivors(`${containerId}0`)).toHaveLength(2);
});
