/** Signals to the launcher: the delegate ends, the agent takes back what was done, and all of it ends in bounded time. */
import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import type { AgentScript, Connection } from '../doubles/fake-agent.ts';
import { describeLauncher, type LauncherTest, untilGone } from '../harness/launcher.ts';
import { pollUntil } from '../harness/poll-until.ts';
import type { RunResult } from '../harness/run-child.ts';

const { SIGTERM, SIGINT, SIGHUP } = constants.signals;

/** A call whose agent can send signals to the launcher. */
async function callWith(
  at: LauncherTest,
  agent: (launcher: Connection, signal: (name: NodeJS.Signals) => void) => Promise<void>,
): Promise<RunResult> {
  let pid: number | undefined;
  const script: AgentScript = async (launcher) => {
    const launched = await pollUntil(() => pid, { withinMs: 10_000, what: 'the launcher' });
    await agent(launcher, (name) => process.kill(launched, name));
  };
  const started = (launched: number) => {
    pid = launched;
  };
  return at.scene.call({ agent: script, started });
}

function expectTryAgain(result: RunResult, signal: number): void {
  expect(result).toMatchObject({ code: 1, stderr: '' });
  expect(JSON.parse(result.stdout)).toMatchObject({
    code: 11,
    msg: `stopped by signal ${signal}; DEL takes back what was begun`,
  });
}

describeLauncher('the launcher that gets a signal', (at) => {
  const LINES = ['sleep 300 &', 'echo $! > child', 'echo $$ > self', 'wait'];

  test.each([
    ['SIGTERM', SIGTERM],
    ['SIGINT', SIGINT],
    ['SIGHUP', SIGHUP],
  ] as const)('%s ends the delegate, and the agent takes back what was done and answers', async (name, number) => {
    const path = at.scene.delegate('bridge', ...LINES);
    const undo = at.scene.delegate('undo', 'echo "$CNI_COMMAND" > undone');
    const result = await callWith(at, async (launcher, signal) => {
      await launcher.greet();
      const id = launcher.order({ path });
      await at.scene.number('self');
      signal(name);
      expect(await launcher.next('signal')).toEqual({ kind: 'signal', signal: number });
      expect(await launcher.next('exited')).toMatchObject({ id, end: 'stopped', value: number });
      expect(await launcher.run({ path: undo, variables: { CNI_COMMAND: 'DEL' } })).toMatchObject({ value: 0 });
      launcher.done('{"code":11}\n', 1);
      await launcher.gone();
    });
    expect(result).toMatchObject({ code: 1, stdout: '{"code":11}\n', stderr: '' });
    expect(at.scene.read('undone')).toBe('DEL\n');
    for (const file of ['self', 'child']) await untilGone(await at.scene.number(file));
  });

  test('between two delegates tells the agent all the same', async () => {
    const path = at.scene.delegate('bridge', 'cat');
    const result = await callWith(at, async (launcher, signal) => {
      await launcher.greet();
      await launcher.run({ path });
      signal('SIGTERM');
      await launcher.next('signal');
      launcher.done('taken back\n', 1);
    });
    expect(result).toMatchObject({ code: 1, stdout: 'taken back\n', stderr: '' });
  });

  test('another one after it changes nothing', async () => {
    const result = await callWith(at, async (launcher, signal) => {
      await launcher.greet();
      signal('SIGTERM');
      await launcher.next('signal');
      signal('SIGHUP');
      signal('SIGINT');
      launcher.done('taken back\n', 1);
      await launcher.gone();
    });
    expect(result).toMatchObject({ stdout: 'taken back\n', stderr: '' });
  });

  describe('ends with code 11', () => {
    test('when it gets the same again', async () => {
      const path = at.scene.delegate('bridge', 'cat');
      const undo = at.scene.delegate('undo', ...LINES);
      const result = await callWith(at, async (launcher, signal) => {
        await launcher.greet();
        await launcher.run({ path });
        signal('SIGTERM');
        await launcher.next('signal');
        launcher.order({ path: undo });
        const pids = [await at.scene.number('self'), await at.scene.number('child')];
        signal('SIGTERM');
        // Long before the agent's time is over.
        for (const pid of pids) await untilGone(pid);
        await launcher.gone();
      });
      expectTryAgain(result, SIGTERM);
    });

    test('when the agent does not end in time, whatever it still has run', async () => {
      at.scene.use(at.programs.impatient);
      const undo = at.scene.delegate('undo', ...LINES);
      const result = await callWith(at, async (launcher, signal) => {
        await launcher.greet();
        signal('SIGTERM');
        await launcher.next('signal');
        launcher.order({ path: undo });
        await launcher.gone();
      });
      expectTryAgain(result, SIGTERM);
      for (const file of ['self', 'child']) await untilGone(await at.scene.number(file));
    });

    test('when the agent goes, also before its first order: who was told to stop does not begin anew', async () => {
      const result = await callWith(at, async (launcher, signal) => {
        await launcher.greet();
        signal('SIGINT');
        await launcher.next('signal');
      });
      expectTryAgain(result, SIGINT);
      expect(at.scene.hasFallenBack).toBe(false);
    });
  });

  test('while it reads stdin just dies, for nothing has been done', async () => {
    const stdin = at.scene.path('stdin.fifo');
    const through = ['sh', '-c', `mkfifo ${stdin}; exec "$0" <> ${stdin}`];
    let pid = 0;
    const result = await at.scene.call({
      through,
      started: (launched) => {
        pid = launched;
      },
      agent: async (launcher) => {
        // Connected, so it is the launcher by now and no shell any more.
        process.kill(pid, 'SIGTERM');
        await launcher.gone();
      },
    });
    expect(result).toMatchObject({ code: null, signal: 'SIGTERM', stdout: '', stderr: '' });
  });
});
