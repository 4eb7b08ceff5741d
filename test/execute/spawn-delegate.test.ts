import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { DelegateCall } from '../../src/execute/run-delegate.ts';
import { spawnDelegates } from '../../src/execute/spawn-delegate.ts';
import { scratchFolder, script } from '../samples/scratch.ts';

const PATH = process.env['PATH'] ?? '';

/** Runs a shell script of these lines as a delegate; `stderr` is what was forwarded. */
async function run(lines: readonly string[], call: Partial<DelegateCall> = {}, inherited: Record<string, string> = {}) {
  const folder = scratchFolder();
  const forwarded: Buffer[] = [];
  const delegate = spawnDelegates({
    inherited: { PATH, ...inherited },
    forwardStderr: (chunk) => void forwarded.push(chunk),
  });
  const ended = await delegate({
    path: script(folder, 'delegate', ...lines),
    variables: { HERE: folder },
    stdin: '{}',
    timeoutMs: 15_000,
    signal: new AbortController().signal,
    ...call,
  });
  return { ...ended, folder, forwarded: Buffer.concat(forwarded).toString() };
}

/** True once nothing runs under this process id any more; a zombie whose parent does not look counts as gone. */
async function isGone(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const status = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '';
    if (status === '' || /\) [ZX] /.test(status)) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}

describe('a delegate', () => {
  test('R25, R28: gets its stdin, its stdout and stderr are kept apart, stderr is forwarded whatever the status', async () => {
    expect(await run(['cat', 'echo noise >&2', 'exit 3'], { stdin: '{"é":1}' })).toMatchObject({
      end: { kind: 'exited', status: 3 },
      stdout: '{"é":1}',
      stderr: 'noise\n',
      forwarded: 'noise\n',
    });
  });

  test('is started by another program where one is given, with the path as the last argument', async () => {
    const folder = scratchFolder();
    const path = script(folder, 'through', 'echo "$*"; shift; exec "$@"');
    const delegate = script(folder, 'delegate', 'cat; echo " $HERE"');
    const run = spawnDelegates({ inherited: { PATH }, forwardStderr: () => undefined, through: [path, '--word'] });
    const call = { path: delegate, variables: { HERE: 'here' }, stdin: '{}', timeoutMs: 15_000 };
    const { stdout } = await run({ ...call, signal: new AbortController().signal });
    expect(stdout).toBe(`--word ${delegate}\n{} here\n`);
  });

  test('R19: has each variable once, ours in the place of inherited ones, the others as inherited', async () => {
    const inherited = {
      CNI_COMMAND: 'DEL',
      CNI_IFNAME: 'old',
      CNI_ARGS: 'IP=1',
      CNI_NETNS_OVERRIDE: 'true',
      HTTP_PROXY: 'p',
    };
    const variables = { CNI_COMMAND: 'ADD', CNI_IFNAME: 'eth1', CNI_ARGS: '' };
    const { stdout } = await run([`tr '\\0' '\\n' < /proc/$$/environ`], { variables }, inherited);
    const lines = stdout.trim().split('\n');
    expect(lines.filter((line) => /^(CNI_|HTTP_)/.test(line)).toSorted()).toEqual([
      'CNI_ARGS=',
      'CNI_COMMAND=ADD',
      'CNI_IFNAME=eth1',
      'CNI_NETNS_OVERRIDE=true',
      'HTTP_PROXY=p',
    ]);
    const keys = lines.map((line) => line.split('=')[0]);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('R25: may end without reading a long stdin', async () => {
    expect(await run(['exec true'], { stdin: 'x'.repeat(2_000_000) })).toMatchObject({
      end: { kind: 'exited', status: 0 },
      stdout: '',
    });
  });

  test('R29: that dies by a signal is told by its name', async () => {
    expect((await run(['kill -TERM $$'])).end).toEqual({ kind: 'signaled', signal: 'SIGTERM' });
  });

  test('R27: with a grandchild that keeps stdout open keeps nobody waiting, and the grandchild is not killed', async () => {
    const { end, stdout, durationMs } = await run(['sleep 300 &', 'echo $!']);
    expect(end).toEqual({ kind: 'exited', status: 0 });
    expect(durationMs).toBeLessThan(10_000);
    expect(existsSync(`/proc/${stdout.trim()}`)).toBe(true);
    process.kill(Number(stdout));
  });

  test('R27: all that it printed is there, also when it fills the pipe many times', async () => {
    const { stdout, end } = await run(['head -c 3000000 /dev/zero | tr "\\0" x']);
    expect(end).toEqual({ kind: 'exited', status: 0 });
    expect(stdout.length).toBe(3_000_000);
  });

  test('R28: of a long stderr the beginning is kept, all of it is forwarded', async () => {
    const { stderr, forwarded } = await run(['head -c 100000 /dev/zero | tr "\\0" e >&2']);
    expect([stderr.length, forwarded.length]).toEqual([16 * 1024, 100_000]);
  });
});

describe('a delegate is killed with everything it started', () => {
  const lines = ['sleep 300 &', 'echo $! > "$HERE/child"', 'echo $$ > "$HERE/self"', 'wait'];
  const pids = (folder: string) => ['child', 'self'].map((name) => Number(readFileSync(join(folder, name), 'utf8')));

  test('R27: at its deadline', async () => {
    const { end, folder } = await run(lines, { timeoutMs: 2000 });
    expect(end).toEqual({ kind: 'timed-out', timeoutMs: 2000 });
    for (const pid of pids(folder)) expect(await isGone(pid)).toBe(true);
  });

  test('R27: also when it does not care for signals', async () => {
    expect((await run([`trap '' TERM INT HUP`, 'while :; do sleep 1; done'], { timeoutMs: 300 })).end.kind).toBe(
      'timed-out',
    );
  });

  test('R27: when the call is stopped', async () => {
    const stop = new AbortController();
    const folder = scratchFolder();
    const running = run(lines, { signal: stop.signal, variables: { HERE: folder } });
    await vi.waitUntil(() => existsSync(join(folder, 'self')), { timeout: 10_000 });
    stop.abort(new Error('Braid got SIGTERM'));
    const { end } = await running;
    expect(end).toEqual({ kind: 'aborted', reason: 'Braid got SIGTERM' });
    for (const pid of pids(folder)) expect(await isGone(pid)).toBe(true);
  });

  test('R27: when it prints without end; what is kept of it is bounded', async () => {
    const { end, stdout } = await run(['yes']);
    expect(end).toEqual({ kind: 'overflowed', limitBytes: 8 * 1024 * 1024 });
    expect(stdout.length).toBe(8 * 1024 * 1024);
  });

  test('a call that was stopped before it began starts nothing', async () => {
    const { end, folder } = await run(['touch "$HERE/ran"'], { signal: AbortSignal.abort(new Error('stopped')) });
    expect(end).toEqual({ kind: 'aborted', reason: 'stopped' });
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });
});

describe('a delegate that cannot be started', () => {
  test.each([
    ['is not there', '/nowhere/at/all', 'ENOENT (/nowhere/at/all)'],
    ['may not be executed', '/etc', 'EACCES (/etc)'],
    ['has an impossible path', '/a\0b', 'ERR_INVALID_ARG_VALUE'],
  ])(
    'R29, M25: since it %s is told by a code, without words that runtimes take for success',
    async (_why, path, cause) => {
      const { end } = await run([], { path });
      expect(end).toEqual({ kind: 'not-started', cause: expect.stringContaining(cause) });
      expect(JSON.stringify(end)).not.toMatch(/no such file|not found/i);
    },
  );

  test('R26: since it is just being written is tried again, and in the end that is an error', {
    timeout: 30_000,
  }, async () => {
    const path = script(scratchFolder(), 'busy', 'echo "{}"');
    const writer = openSync(path, 'r+');
    const { end, stdout } = await run([], { path });
    closeSync(writer);
    expect(end).toEqual({ kind: 'not-started', cause: `ETXTBSY (${path})` });
    expect(stdout).toBe('');
  });

  test('R26: succeeds once the writer has closed it', async () => {
    const path = script(scratchFolder(), 'busy', 'echo "{}"');
    const writer = openSync(path, 'r+');
    setTimeout(() => closeSync(writer), 300);
    expect(await run([], { path })).toMatchObject({ end: { kind: 'exited', status: 0 }, stdout: '{}\n' });
  });

  test('R26, R27: is not started any more once its deadline has passed', async () => {
    const folder = scratchFolder();
    const path = script(folder, 'busy', `touch ${folder}/ran`, 'exec sleep 300');
    const writer = openSync(path, 'r+');
    setTimeout(() => closeSync(writer), 100);
    const { end } = await run([], { path, timeoutMs: 400 });
    expect(end).toEqual({ kind: 'not-started', cause: `ETXTBSY (${path})` });
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });

  test('R26: a wait for its writer ends when the call is stopped', async () => {
    const path = script(scratchFolder(), 'busy', 'exit 0');
    const writer = openSync(path, 'r+');
    const { end } = await run([], { path, signal: AbortSignal.timeout(200) });
    closeSync(writer);
    expect(end.kind).toBe('aborted');
  });

  test('a script without its interpreter is told by the script’s path', async () => {
    const path = join(scratchFolder(), 'script');
    writeFileSync(path, '#!/nowhere/sh\n', { mode: 0o755 });
    expect((await run([], { path })).end).toEqual({ kind: 'not-started', cause: `ENOENT (${path})` });
  });
});
