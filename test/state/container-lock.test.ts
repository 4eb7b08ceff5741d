import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { withContainerLock } from '../../src/state/container-lock.ts';
import { failure } from '../samples/failure.ts';
import { scratchFolder } from '../samples/scratch.ts';

const MODULE = new URL('../../src/state/container-lock.ts', import.meta.url).href;

/** Says `held` once it has the lock, `released` after a line on stdin has told it to let go. */
const HOLDER = `import { withContainerLock } from ${JSON.stringify(MODULE)};
import { once } from 'node:events';
const [stateDir, containerId] = process.argv.slice(1);
await withContainerLock({ stateDir, containerId, signal: AbortSignal.timeout(20000) }, async () => {
  console.log('held');
  await once(process.stdin, 'data');
});
console.log('released');
process.exit(0);`;

function holder(stateDir: string, containerId: string): { child: ChildProcess; line: () => Promise<string> } {
  const child = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, stateDir, containerId], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, line: async () => String((await lines.next()).value) };
}

const ample = () => AbortSignal.timeout(15_000);

describe('within one process', () => {
  test('M20: work on one container never overlaps, and each caller gets its own answer', async () => {
    const stateDir = scratchFolder();
    let running = 0;
    const work = (answer: number) => async () => {
      running += 1;
      expect(running).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      return answer;
    };
    const calls = [1, 2, 3, 4, 5].map((answer) =>
      withContainerLock({ stateDir, containerId: 'c1', signal: ample() }, work(answer)),
    );
    expect(await Promise.all(calls)).toEqual([1, 2, 3, 4, 5]);
  });

  test('M20: other containers, and the same one in another state folder, are not waited for', async () => {
    const stateDir = scratchFolder();
    const inner = (folder: string, containerId: string) =>
      withContainerLock({ stateDir: folder, containerId, signal: ample() }, async () => containerId);
    await withContainerLock({ stateDir, containerId: 'c1', signal: ample() }, async () => {
      expect(await inner(stateDir, 'c2')).toBe('c2');
      expect(await inner(scratchFolder(), 'c1')).toBe('c1');
    });
  });

  test('the lock is free again after work that failed, and the failure is passed on', async () => {
    const request = { stateDir: scratchFolder(), containerId: 'c1', signal: ample() };
    const broken = new Error('broken');
    await expect(withContainerLock(request, () => Promise.reject(broken))).rejects.toBe(broken);
    expect(await withContainerLock(request, async () => 'free')).toBe('free');
  });

  test.each([
    ['before it begins', (stop: AbortController) => stop.abort()],
    ['while it looks whether the lock is free', (stop: AbortController) => queueMicrotask(() => stop.abort())],
    ['while it waits', (stop: AbortController) => setTimeout(() => stop.abort(), 100)],
  ])('M20: a wait that is ended %s is code 11 and has run nothing', async (_when, end) => {
    const stateDir = scratchFolder();
    await withContainerLock({ stateDir, containerId: 'c1', signal: ample() }, async () => {
      const stop = new AbortController();
      end(stop);
      const waiting = withContainerLock({ stateDir, containerId: 'c1', signal: stop.signal }, async () => 'ran');
      expect(await failure(() => waiting)).toMatchObject({
        code: 11,
        message: 'another operation on container c1 is still under way',
        details: expect.stringContaining('must not overlap'),
      });
    });
  });
});

describe('between processes', () => {
  test('M20: another process waits until the first lets go', async () => {
    const stateDir = scratchFolder();
    const first = holder(stateDir, 'c1');
    expect(await first.line()).toBe('held');
    const order: string[] = [];
    const ours = withContainerLock({ stateDir, containerId: 'c1', signal: ample() }, async () => order.push('ours'));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(order).toEqual([]);
    first.child.stdin?.write('go\n');
    await ours;
    expect(order).toEqual(['ours']);
    expect(await first.line()).toBe('released');
  });

  test('M20: a holder that is killed leaves no lock behind', async () => {
    const stateDir = scratchFolder();
    const first = holder(stateDir, 'c1');
    expect(await first.line()).toBe('held');
    const ours = withContainerLock({ stateDir, containerId: 'c1', signal: ample() }, async () => 'ours');
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    expect(await ours).toBe('ours');
  });

  test('M20: of several that wait, each gets its turn, alone', async () => {
    const stateDir = scratchFolder();
    const others = ['a', 'b', 'c'].map(() => holder(stateDir, 'c1'));
    const turns = await Promise.all(
      others.map(async ({ child, line }) => {
        expect(await line()).toBe('held');
        const held = process.hrtime.bigint();
        await new Promise((resolve) => setTimeout(resolve, 50));
        const letGo = process.hrtime.bigint();
        child.stdin?.write('go\n');
        expect(await line()).toBe('released');
        return { held, letGo };
      }),
    );
    const sorted = turns.toSorted((left, right) => (left.held < right.held ? -1 : 1));
    for (const [index, turn] of sorted.slice(1).entries()) {
      expect(turn.held > (sorted[index]?.letGo ?? 0n)).toBe(true);
    }
  });
});
