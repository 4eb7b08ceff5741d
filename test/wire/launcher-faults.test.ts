/** Agents that fail: before the first order the standalone program does all the work, from then on the call ends with code 11. */
import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { encodeFrame } from '../../src/agent/encode-frame.ts';
import { type AgentScript, type Connection, FakeAgent } from '../doubles/fake-agent.ts';
import { describeLauncher, type LauncherTest, untilGone } from '../harness/launcher.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { collect } from '../harness/run-child.ts';
import { MALFORMED, WELL_FORMED } from '../samples/frame-vectors.ts';

const HELLO = encodeFrame({ kind: 'hello', version: 1, silenceMs: 0 });
const NEVER_WHOLE = encodeFrame({ kind: 'log', text: 'never whole' });
/** All bytes that there are, and more than a pipe holds. */
const STDIN = Buffer.alloc(300_000, Buffer.from(Array.from({ length: 256 }, (_, index) => index)));

/** Expects that the standalone program did the work, with the original stdin, and that stderr says why if there is a why. */
async function expectFallback(at: LauncherTest, agent: AgentScript, why: string): Promise<void> {
  const result = await at.scene.call({ stdin: STDIN, agent });
  const program = at.scene.path('braid-standalone');
  expect(result).toMatchObject({
    code: 3,
    stdout: 'standalone\n',
    stderr: why === '' ? '' : `braid: the agent at ${at.scene.socketPath} ${why}; ${program} serves this call\n`,
  });
  expect(at.scene.bytes('stdin').equals(STDIN)).toBe(true);
}

/** Expects that the call ended with code 11, in the version of the last order. */
async function expectTryAgain(at: LauncherTest, agent: AgentScript, why: string): Promise<void> {
  const result = await at.scene.call({ stdin: STDIN, agent });
  expect(result).toMatchObject({ code: 1, stderr: '' });
  expect(JSON.parse(result.stdout)).toEqual({
    cniVersion: '0.4.0',
    code: 11,
    msg: `the agent at ${at.scene.socketPath} ${why}; DEL takes back what was begun`,
  });
  expect(at.scene.hasFallenBack).toBe(false);
}

/** An agent that has had one delegate run. */
function afterOne(at: LauncherTest, then: (launcher: Connection) => Promise<void> | void, silenceMs = 0): AgentScript {
  const path = at.scene.delegate('bridge', 'cat');
  return async (launcher) => {
    await launcher.greet(silenceMs);
    await launcher.run({ path, cniVersion: '0.4.0' });
    await then(launcher);
  };
}

describeLauncher('the launcher with an agent that fails', (at) => {
  describe('before its first order', () => {
    const NONE = async () => undefined;

    test('closes at once', async () => {
      // Whether the launcher can still send something depends on who is faster.
      const result = await at.scene.call({ stdin: STDIN, agent: NONE });
      expect(result).toMatchObject({ code: 3, stdout: 'standalone\n' });
      expect(at.scene.bytes('stdin').equals(STDIN)).toBe(true);
    });

    test('closes after HELLO: it leaves the call, and there is nothing to say', async () => {
      const agent: AgentScript = async (launcher) => {
        launcher.write(HELLO);
        await launcher.next('hello');
        await launcher.next('request');
      };
      await expectFallback(at, agent, '');
    });

    test.each([
      ['no odd ones', [], '0000000000000000', '0000000000000000'],
      ['odd ones', ['signals'], '0000000000000200', '0000000000011000'],
    ])(
      'closes after HELLO, and the standalone program has %s of signals, as they were',
      async (_, startOptions, blocked, ignored) => {
        // A shell would change them.
        writeFileSync(at.scene.path('braid-standalone'), '#!/bin/cat /proc/self/status\n');
        const { stdout } = await at.scene.call({
          startOptions,
          agent: async (launcher) => void (await launcher.greet()),
        });
        expect(stdout).toContain(`\nSigBlk:\t${blocked}\nSigIgn:\t${ignored}\nSigCgt:\t0000000000000000\n`);
      },
    );

    test('closes after a LOG that says why', async () => {
      const result = await at.scene.call({
        agent: async (launcher) => {
          await launcher.greet();
          launcher.send({ kind: 'log', text: 'not for me\n' });
        },
      });
      expect(result).toMatchObject({ code: 3, stdout: 'standalone\n', stderr: 'not for me\n' });
    });

    test('closes in the middle of a frame', async () => {
      const agent: AgentScript = async (launcher) => {
        await launcher.greet();
        launcher.write(NEVER_WHOLE.subarray(0, 15));
      };
      await expectFallback(at, agent, 'ends in the middle of a frame');
    });

    test.each(MALFORMED.filter(({ from }) => from === 'agent'))('sends $name', async ({ bytes, fault }) => {
      const why = { 'out-of-turn': 'sends a frame out of turn', 'other-version': 'speaks another version' }[fault];
      const agent: AgentScript = async (launcher) => {
        await launcher.next('hello');
        await launcher.next('request');
        launcher.write(bytes);
        await launcher.gone();
      };
      await expectFallback(at, agent, why ?? 'sends what is no frame');
    });

    test('says nothing for longer than it announced', async () => {
      const agent: AgentScript = async (launcher) => {
        await launcher.greet(300);
        await launcher.gone();
      };
      await expectFallback(at, agent, 'is silent');
    });

    test('never greets', async () => {
      at.scene.use(at.programs.impatient);
      const agent: AgentScript = async (launcher) => {
        await launcher.next('hello');
        await launcher.next('request');
        await launcher.gone();
      };
      await expectFallback(at, agent, 'is silent');
    });

    test('never ends a frame', async () => {
      at.scene.use(at.programs.impatient);
      const agent: AgentScript = async (launcher) => {
        await launcher.greet();
        launcher.write(NEVER_WHOLE.subarray(0, 12));
        await launcher.gone();
      };
      await expectFallback(at, agent, 'ends in the middle of a frame');
    });
  });

  describe('from its first order on', () => {
    test('closes after a delegate has run', async () => {
      await expectTryAgain(
        at,
        afterOne(at, () => undefined),
        'closed the connection',
      );
    });

    test('closes while a delegate runs, which is killed with its group', async () => {
      const path = at.scene.delegate('bridge', 'sleep 300 &', 'echo $! > child', 'echo $$ > self', 'wait');
      const agent: AgentScript = async (launcher) => {
        await launcher.greet();
        launcher.order({ path, cniVersion: '0.4.0' });
        await at.scene.number('self');
      };
      await expectTryAgain(at, agent, 'closed the connection');
      for (const file of ['self', 'child']) await untilGone(await at.scene.number(file));
    });

    test('closes after an order that was refused', async () => {
      const agent: AgentScript = async (launcher) => {
        await launcher.greet();
        expect(await launcher.run({ path: '/elsewhere', cniVersion: '0.4.0' })).toMatchObject({ end: 'not-started' });
      };
      await expectTryAgain(at, agent, 'closed the connection');
    });

    test('sends the order and is gone before it can be obeyed', async () => {
      const path = at.scene.delegate('bridge', 'exec sleep 300');
      const agent: AgentScript = async (launcher) => {
        await launcher.greet();
        launcher.order({ path, cniVersion: '0.4.0' });
      };
      await expectTryAgain(at, agent, 'closed the connection');
    });

    test.each(MALFORMED.filter(({ from, bytes }) => from === 'agent' && bytes.subarray(0, 16).equals(HELLO)))(
      'sends $name',
      async ({ bytes, fault }) => {
        const why = fault === 'out-of-turn' ? 'sends a frame out of turn' : 'sends what is no frame';
        const agent = afterOne(at, async (launcher) => {
          launcher.write(bytes.subarray(16));
          await launcher.gone();
        });
        await expectTryAgain(at, agent, why);
      },
    );

    test.each(['exec', 'done'])('sends %s while a delegate runs', async (kind) => {
      const path = at.scene.delegate('bridge', 'echo $$ > self', 'exec sleep 300');
      const agent: AgentScript = async (launcher) => {
        await launcher.greet();
        launcher.order({ path, cniVersion: '0.4.0' });
        await at.scene.number('self');
        if (kind === 'exec') launcher.order({ path, cniVersion: '0.3.1' });
        else launcher.done('too early');
        await launcher.gone();
      };
      await expectTryAgain(at, agent, 'sends a frame out of turn');
      await untilGone(await at.scene.number('self'));
    });

    test('says nothing for longer than it announced', async () => {
      await expectTryAgain(
        at,
        afterOne(at, (launcher) => launcher.gone(), 300),
        'is silent',
      );
    });

    test('listens where JSON has something to escape', async () => {
      const socketPath = at.scene.path('a"b\\cé\n.sock');
      const env = { BRAID_AGENT_SOCKET: socketPath };
      const result = await at.scene.call({ agent: afterOne(at, () => undefined), env, socketPath });
      expect(JSON.parse(result.stdout)).toMatchObject({ msg: expect.stringContaining('/a?b?c???.sock closed') });
    });

    test('does not read how a delegate ended', async () => {
      at.scene.use(at.programs.impatient);
      const path = at.scene.delegate('bridge', 'head -c 3000000 /dev/zero');
      let end = () => {};
      const over = new Promise<void>((resolve) => {
        end = resolve;
      });
      const agent = await FakeAgent.start(at.scene.socketPath, async (launcher) => {
        await launcher.greet();
        launcher.order({ path, cniVersion: '0.4.0' });
        await over;
      });
      const result = await at.scene.start({}).ended;
      end();
      await agent.stop();
      expect(result).toMatchObject({ code: 1, stdout: expect.stringContaining('does not take what it is told') });
    });
  });

  describe('only seemingly', () => {
    test('is silent while a delegate runs', async () => {
      const path = at.scene.delegate('bridge', 'sleep 1');
      const result = await at.scene.call({
        agent: async (launcher) => {
          await launcher.greet(300);
          expect(await launcher.run({ path })).toMatchObject({ end: 'exited', value: 0 });
          launcher.done('answer\n');
        },
      });
      expect(result).toMatchObject({ code: 0, stdout: 'answer\n' });
    });

    test('has nothing to say but that it lives', async () => {
      const path = at.scene.delegate('bridge', 'cat');
      const result = await at.scene.call({
        agent: async (launcher) => {
          await launcher.greet(500);
          await launcher.run({ path });
          const startedAt = performance.now();
          const beat = () => {
            launcher.send({ kind: 'log', text: '' });
            return performance.now() - startedAt > 1500 || undefined;
          };
          await pollUntil(beat, { withinMs: 10_000, what: 'three times the silence' });
          launcher.done('answer\n');
        },
      });
      expect(result).toMatchObject({ code: 0, stdout: 'answer\n', stderr: '' });
    });

    test('sends its frames byte by byte, and all kinds of them', async () => {
      const frames = WELL_FORMED.filter(({ from, frame }) => from === 'agent' && frame['kind'] !== 'done');
      const orders = frames.filter(({ frame }) => frame['kind'] === 'exec');
      const result = await at.scene.call({
        agent: async (launcher) => {
          await launcher.next('hello');
          await launcher.next('request');
          for (const { bytes, frame } of frames) {
            for (const byte of bytes) launcher.write(Buffer.from([byte]));
            if (frame['kind'] === 'exec')
              expect(await launcher.next('exited')).toMatchObject({ id: frame['id'], end: 'not-started' });
          }
          launcher.done('answer\n');
        },
      });
      expect(orders.length).toBeGreaterThan(2);
      expect(result).toMatchObject({ code: 0, stdout: 'answer\n', stderr: 'warning\n' });
    });
  });

  describe('by who or how it is', () => {
    /** Runs an agent in a process of its own; gives what it has printed so far. */
    async function otherAgent(socketPath: string, ...rest: string[]): Promise<() => string> {
      const program = resolve(import.meta.dirname, '../doubles/canned-agent.mjs');
      const child = spawn(process.execPath, [program, socketPath, ...rest], { stdio: ['ignore', 'pipe', 'inherit'] });
      onTestFinished(() => void child.kill('SIGKILL'));
      const printed = collect(child.stdout);
      await pollUntil(() => printed().includes('listens') || undefined, { withinMs: 20_000, what: 'the agent' });
      return printed;
    }

    const NOBODY = '65534';
    const through = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
    const answer = Buffer.concat([HELLO, encodeFrame({ kind: 'done', exitCode: 0, stdout: 'canned\n' })]).toString(
      'hex',
    );
    const asRoot = test.skipIf(process.getuid?.() !== 0);

    asRoot('another user is not told a word', async () => {
      chmodSync(at.scene.dir, 0o777);
      const printed = await otherAgent(at.scene.socketPath, 'says', answer, NOBODY);
      const result = await at.scene.start({ stdin: STDIN }).ended;
      expect(result).toMatchObject({ code: 3, stderr: expect.stringContaining('belongs to another user') });
      expect(at.scene.bytes('stdin').equals(STDIN)).toBe(true);
      await pollUntil(() => printed().includes('got') || undefined, { withinMs: 10_000, what: 'the close' });
      expect(printed()).toBe('listens\ngot 0\n');
    });

    asRoot('the same user is, though it is not root; and so is root', async () => {
      chmodSync(at.scene.dir, 0o777);
      await otherAgent(at.scene.socketPath, 'says', answer, NOBODY);
      expect(await at.scene.start({ through }).ended).toMatchObject({ code: 0, stdout: 'canned\n', stderr: '' });
      const env = { BRAID_AGENT_SOCKET: join(at.scene.dir, 'root.sock') };
      await otherAgent(env.BRAID_AGENT_SOCKET, 'says', answer);
      expect(await at.scene.start({ through, env }).ended).toMatchObject({ code: 0, stdout: 'canned\n', stderr: '' });
    });

    asRoot('a socket that may not be used is told', async () => {
      chmodSync(at.scene.dir, 0o777);
      await otherAgent(at.scene.socketPath, 'says', '');
      chmodSync(at.scene.socketPath, 0o600);
      const result = await at.scene.start({ through }).ended;
      expect(result).toMatchObject({ code: 3, stderr: expect.stringContaining('cannot be connected to') });
    });

    test('one that stands still is not waited for, whether it has room for us or not', async () => {
      at.scene.use(at.programs.impatient);
      await otherAgent(at.scene.socketPath, 'stands');
      const results = await Promise.all([1, 2, 3, 4].map(() => at.scene.start({ stdin: STDIN }).ended));
      for (const { code, stderr } of results) {
        expect(code).toBe(3);
        expect(stderr).toMatch(/is silent|does not take what it is told|cannot be connected to/);
      }
      expect(results.map(({ stderr }) => stderr).join('')).toContain('cannot be connected to');
      expect(at.scene.bytes('stdin').equals(STDIN)).toBe(true);
    });

    test('a file that is no socket is as good as none', async () => {
      writeFileSync(at.scene.socketPath, '');
      expect(await at.scene.start({}).ended).toMatchObject({ code: 3, stderr: '' });
    });
  });
});
