/** Delegates as children of the launcher: which may run, with what, and every way in which they end. */
import { closeSync, existsSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ExecFrame, ExitedFrame } from '../../src/agent/frames.ts';
import { describeLauncher, type LauncherTest, untilGone } from '../harness/launcher.ts';
import { pollUntil } from '../harness/poll-until.ts';

type Order = Partial<ExecFrame> & { path: string };

/** How a delegate ended that was ordered so. */
async function runOnly(at: LauncherTest, order: Order, env: Record<string, string> = {}): Promise<ExitedFrame<Buffer>> {
  let run: ExitedFrame<Buffer> | undefined;
  const result = await at.scene.call({
    env,
    agent: async (launcher) => {
      await launcher.greet();
      run = await launcher.run(order);
      launcher.done('answer\n');
      await launcher.gone();
    },
  });
  expect(result).toMatchObject({ code: 0, stdout: 'answer\n' });
  if (!run) throw new Error('the agent has not been asked');
  return run;
}

describeLauncher('a delegate of the launcher', (at) => {
  describe('that is not in a folder of CNI_PATH is not run', () => {
    const { EACCES } = constants.errno;

    test.each<[string, (bin: string, evil: string) => string]>([
      ['in another folder', (_, evil) => `${evil}/evil`],
      ['by ..', (bin) => `${bin}/../elsewhere/evil`],
      ['by a link to a folder in a folder of CNI_PATH', (bin) => `${bin}/link/evil`],
      ['by a link that leads to a folder of CNI_PATH', (_, evil) => `${evil}/bin/bridge`],
      ['in a folder below', (bin) => `${bin}/below/evil`],
      ['by two slashes', (bin) => `${bin}//bridge`],
      ['by a dot', (bin) => `${bin}/./bridge`],
      ['as the folder itself', (bin) => `${bin}/`],
      ['as .', (bin) => `${bin}/.`],
      ['as ..', (bin) => `${bin}/..`],
      ['as a name alone', () => 'bridge'],
      ['as a relative path', () => 'bin/bridge'],
      ['as nothing', () => ''],
      ['as a root', () => '/'],
      ['in the root, which an empty folder is not', () => '/evil'],
      ['in a folder whose name begins alike', (bin) => `${bin}-too/evil`],
      ['with a NUL in its name', (bin) => `${bin}/bridge\0`],
      ['with a NUL in its folder', (bin) => `${bin}\0/bridge`],
    ])('%s', async (_, path) => {
      const evil = join(at.scene.dir, 'elsewhere');
      for (const folder of [evil, `${at.scene.binDir}/below`, `${at.scene.binDir}-too`]) {
        mkdirSync(folder);
        writeFileSync(`${folder}/evil`, `#!/bin/sh\ntouch ${at.scene.path('ran')}\n`, { mode: 0o755 });
      }
      symlinkSync(evil, `${at.scene.binDir}/link`);
      symlinkSync(at.scene.binDir, `${evil}/bin`);
      at.scene.delegate('bridge', 'touch ran');
      // An order cannot widen what the runtime allows.
      const order = { path: path(at.scene.binDir, evil), variables: { CNI_PATH: evil } };
      const run = await runOnly(at, order, { CNI_PATH: `relative::${at.scene.binDir}:` });
      expect(run).toMatchObject({ end: 'not-started', value: EACCES });
      expect(existsSync(at.scene.path('ran'))).toBe(false);
    });

    test('also when there is no CNI_PATH', async () => {
      const path = at.scene.delegate('bridge');
      expect(await runOnly(at, { path }, { CNI_PATH: '' })).toMatchObject({ end: 'not-started', value: EACCES });
    });
  });

  test.each([
    ['the only folder', (bin: string) => bin],
    ['the second folder', (bin: string) => `/nowhere:${bin}`],
    ['a folder with slashes at its end', (bin: string) => `${bin}//:/nowhere`],
  ])('in %s is run', async (_, cniPath) => {
    const path = at.scene.delegate('bridge', 'echo ran');
    const run = await runOnly(at, { path }, { CNI_PATH: cniPath(at.scene.binDir) });
    expect([run.end, run.stdout.toString()]).toEqual(['exited', 'ran\n']);
  });

  test('may be a link to a file elsewhere, as it may be for the runtime', async () => {
    writeFileSync(at.scene.path('real'), '#!/bin/sh\necho linked\n', { mode: 0o755 });
    symlinkSync(at.scene.path('real'), join(at.scene.binDir, 'bridge'));
    expect((await runOnly(at, { path: join(at.scene.binDir, 'bridge') })).stdout.toString()).toBe('linked\n');
  });

  describe('that cannot be started is told by its errno', () => {
    const { E2BIG, ENOENT, EACCES, ENOEXEC, ETXTBSY } = constants.errno;

    test('when it is absent', async () => {
      const run = await runOnly(at, { path: join(at.scene.binDir, 'absent') });
      expect(run).toMatchObject({ end: 'not-started', value: ENOENT, maxRssKib: 0 });
    });

    test('when it is not executable, and when it is a folder', async () => {
      writeFileSync(join(at.scene.binDir, 'plain'), '#!/bin/sh\n');
      expect(await runOnly(at, { path: join(at.scene.binDir, 'plain') })).toMatchObject({ value: EACCES });
      mkdirSync(join(at.scene.binDir, 'folder'));
      expect(await runOnly(at, { path: join(at.scene.binDir, 'folder') })).toMatchObject({ value: EACCES });
    });

    test('when it is no program', async () => {
      writeFileSync(join(at.scene.binDir, 'text'), 'nothing to run', { mode: 0o755 });
      expect(await runOnly(at, { path: join(at.scene.binDir, 'text') })).toMatchObject({ value: ENOEXEC });
    });

    test('when the order has more variables than the kernel takes, and the longest of everything', async () => {
      const path = at.scene.delegate('bridge');
      const variables = { A: 'x'.repeat((1 << 20) - 3) };
      const order = { path, variables, cniVersion: '1234567890.12345', stdin: 'x'.repeat(8 << 20) };
      expect(await runOnly(at, order)).toMatchObject({ end: 'not-started', value: E2BIG });
    });

    test('R26: when it is just being written, which the agent may try again on the same connection', async () => {
      const path = at.scene.delegate('bridge', 'echo ran');
      const writer = openSync(path, 'r+');
      await at.scene.call({
        agent: async (launcher) => {
          await launcher.greet();
          expect(await launcher.run({ path })).toMatchObject({ end: 'not-started', value: ETXTBSY });
          closeSync(writer);
          expect(await launcher.run({ path })).toMatchObject({ end: 'exited', value: 0 });
          launcher.done();
        },
      });
    });
  });

  test('has a process group of its own, default signals, none blocked, and no descriptors but its streams', async () => {
    const stat = at.scene.delegate('stat', 'cut -d" " -f1,5 "/proc/$$/stat"');
    // A shell would change them.
    const status = join(at.scene.binDir, 'status');
    writeFileSync(status, '#!/bin/cat /proc/self/status\n', { mode: 0o755 });
    const descriptors = at.scene.delegate('descriptors', 'exec ls /proc/self/fd');
    const outputs: string[] = [];
    await at.scene.call({
      through: ['/bin/sh', '-c', 'exec 7</etc/passwd; exec "$@"', 'sh'],
      startOptions: ['signals'],
      agent: async (launcher) => {
        await launcher.greet();
        for (const path of [stat, status, descriptors]) outputs.push((await launcher.run({ path })).stdout.toString());
        launcher.done();
      },
    });
    const [pids = '', signals, files] = outputs;
    expect(new Set(pids.trim().split(' ')).size).toBe(1);
    expect(signals).toMatch(/^SigBlk:\t0{16}\nSigIgn:\t0{16}\nSigCgt:\t0{16}$/m);
    // The third is the folder that `ls` reads; the runtime's own, 7 here, is not among them.
    expect(files).toBe('0\n1\n2\n3\n');
  });

  test('R25: may end without reading its stdin, however long', async () => {
    const path = at.scene.delegate('bridge', 'exec true');
    expect(await runOnly(at, { path, stdin: 'x'.repeat(3_000_000) })).toMatchObject({ end: 'exited', value: 0 });
  });

  test('R25: may read its stdin while it writes, without either waiting for the other', async () => {
    const path = at.scene.delegate('bridge', 'head -c 1000000 /dev/zero', 'cat', 'echo done >&2');
    const { stdout, stderr } = await runOnly(at, { path, stdin: 'x'.repeat(3_000_000) });
    expect([stdout.length, stderr.toString()]).toEqual([4_000_000, 'done\n']);
  });

  test('R29: that dies by a signal is told by its number', async () => {
    const path = at.scene.delegate('bridge', 'kill -USR1 $$');
    expect(await runOnly(at, { path })).toMatchObject({ end: 'signaled', value: constants.signals.SIGUSR1 });
  });

  test('R27: whose grandchild keeps its streams open keeps nobody waiting, and that lives on', async () => {
    const path = at.scene.delegate('bridge', 'sleep 300 &', 'echo $!');
    const { end, stdout, durationUs } = await runOnly(at, { path });
    expect(end).toBe('exited');
    expect(durationUs).toBeLessThan(10_000_000);
    expect(existsSync(`/proc/${stdout.toString().trim()}`)).toBe(true);
    process.kill(Number(stdout));
  });

  test('R28: of a long stderr the beginning is kept and all is forwarded', async () => {
    const path = at.scene.delegate('bridge', 'head -c 100000 /dev/zero | tr "\\0" e >&2');
    const result = await at.scene.call({
      agent: async (launcher) => {
        await launcher.greet();
        expect((await launcher.run({ path })).stderr.toString()).toBe('e'.repeat(16_384));
        launcher.done();
      },
    });
    expect(result.stderr).toBe('e'.repeat(100_000));
  });

  describe('is killed with everything it started', () => {
    const LINES = ['trap "" TERM INT HUP', 'sleep 300 &', 'echo $! > child', 'echo $$ > self'];
    const gone = async () => {
      for (const file of ['child', 'self']) await untilGone(await at.scene.number(file));
    };

    test('R27: at its deadline', async () => {
      const path = at.scene.delegate('bridge', 'echo begun', ...LINES, 'wait');
      const run = await runOnly(at, { path, deadlineMs: 700 });
      expect(run).toMatchObject({ end: 'timed-out', value: 700, stdout: Buffer.from('begun\n') });
      await gone();
    });

    test('R27: when it prints more than it may', async () => {
      const path = at.scene.delegate('bridge', ...LINES, 'yes');
      const run = await runOnly(at, { path, maxStdoutBytes: 100_001 });
      expect(run).toMatchObject({ end: 'overflowed', value: 100_001 });
      expect(run.stdout.length).toBe(100_001);
      await gone();
    });

    test('when the agent says so', async () => {
      const path = at.scene.delegate('bridge', ...LINES, 'wait');
      await at.scene.call({
        agent: async (launcher) => {
          await launcher.greet();
          const id = launcher.order({ path });
          await at.scene.number('self');
          launcher.send({ kind: 'kill', id });
          expect(await launcher.next('exited')).toMatchObject({ id, end: 'stopped', value: 0 });
          launcher.send({ kind: 'kill', id });
          launcher.done();
        },
      });
      await gone();
    });

    test('when the agent goes', async () => {
      const path = at.scene.delegate('bridge', ...LINES, 'wait');
      const { code, stdout } = await at.scene.call({
        agent: async (launcher) => {
          await launcher.greet();
          launcher.order({ path });
          await at.scene.number('self');
        },
      });
      await gone();
      expect([code, JSON.parse(stdout).code]).toEqual([1, 11]);
    });
  });

  test('lives on when another is to be killed', async () => {
    const path = at.scene.delegate('bridge', 'echo begun > begun', 'until [ -e go ]; do sleep 0.1; done');
    await at.scene.call({
      agent: async (launcher) => {
        await launcher.greet();
        const id = launcher.order({ path });
        await pollUntil(() => existsSync(at.scene.path('begun')) || undefined, { withinMs: 10_000, what: 'it' });
        launcher.send({ kind: 'kill', id: id + 1 });
        writeFileSync(at.scene.path('go'), '');
        expect(await launcher.next('exited')).toMatchObject({ id, end: 'exited', value: 0 });
        launcher.done();
      },
    });
  });

  test('may print just as much as it may', async () => {
    const path = at.scene.delegate('bridge', 'printf 12345');
    const run = await runOnly(at, { path, maxStdoutBytes: 5 });
    expect([run.end, run.stdout.toString()]).toEqual(['exited', '12345']);
    expect(await runOnly(at, { path, maxStdoutBytes: 4 })).toMatchObject({ end: 'overflowed', value: 4 });
    expect(await runOnly(at, { path, maxStdoutBytes: 0 })).toMatchObject({ end: 'overflowed', value: 0 });
  });

  test('dies with a launcher that is killed', async () => {
    const path = at.scene.delegate('bridge', 'echo $$ > self', 'exec sleep 300');
    let launched: number | undefined;
    const call = at.scene.call({
      started: (pid) => {
        launched = pid;
      },
      agent: async (launcher) => {
        await launcher.greet();
        launcher.order({ path });
        await at.scene.number('self');
        const pid = await pollUntil(() => launched, { withinMs: 10_000, what: 'the launcher' });
        process.kill(pid, 'SIGKILL');
        await launcher.gone();
      },
    });
    expect(await call).toMatchObject({ signal: 'SIGKILL', stdout: '' });
    await untilGone(await at.scene.number('self'));
  });
});
