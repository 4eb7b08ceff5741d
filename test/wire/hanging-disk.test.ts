/** Recordings and traces on a disk that hangs: a FUSE mount whose server, the process itself, never answers. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BraidNode, COMPILED } from '../harness/braid-call.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { runToEnd } from '../harness/run-child.ts';
import { RunningAgent } from '../harness/running-agent.ts';
import { AgentScene, hasLauncher } from './agent-scene.ts';

/** Mounts it in a mount namespace that ends with the program. `$0`: where; the rest: the program. */
const ON_HANGING_DISK =
  'exec 7<>/dev/fuse && mount -i -t fuse -o fd=7,rootmode=40000,user_id=0,group_id=0 none "$0" && exec "$@"';

function spawnThere(disk: string, argv: readonly string[], env: Readonly<Record<string, string>>) {
  return spawn('unshare', ['-m', 'sh', '-c', ON_HANGING_DISK, disk, ...argv], {
    env: { ...env, PATH: `${env['PATH'] ?? ''}:/usr/bin:/bin` },
  });
}

/** What a configuration says to have everything there. */
function everything(disk: string) {
  return { record: { folder: join(disk, 'recordings') }, trace: { file: join(disk, 'trace.jsonl') } };
}

const LOST = ['the trace of this call is lost', 'the request is not recorded'];

/** No plugin needs it, so a machine without is not refused. */
const canHang = process.getuid?.() === 0 && existsSync('/dev/fuse') && hasLauncher().ok;

describe.skipIf(!canHang)('a disk that hangs', () => {
  test('holds up the end of a process by little, and the pod has its networks', async () => {
    const disk = join(new AgentScene().node.dir, 'disk');
    mkdirSync(disk);
    const node = new BraidNode({
      run: (argv, { stdin, env, timeoutMs }) => {
        const child = spawnThere(disk, argv, env);
        child.stdin.end(stdin);
        return runToEnd(child, { timeoutMs, kill: () => void child.kill('SIGKILL') });
      },
    });
    try {
      node.network('front', ['bridge']);
      const added = await node.call(COMPILED, {
        verb: 'ADD',
        annotations: { cni: 'front' },
        config: everything(disk),
      });
      expect(added).toMatchObject({ code: 0, json: { interfaces: [{ name: 'eth0' }] } });
      for (const lost of LOST) expect(added.stderr).toContain(lost);
    } finally {
      node.dispose();
    }
  });

  /** An agent whose disk hangs, and a configuration that has everything there. */
  async function agentThere() {
    const scene = new AgentScene();
    const disk = join(scene.node.dir, 'disk');
    mkdirSync(disk);
    const agent = await RunningAgent.start({
      dir: scene.node.dir,
      options: ['--limit', '1'],
      spawn: (argv, env) => spawnThere(disk, argv, env),
    });
    return { scene, disk, agent };
  }

  test('costs the calls of an agent nothing, whichever folders of it are in use', async () => {
    const { scene, disk, agent } = await agentThere();
    const began = performance.now();
    // Each `record on` makes a folder; as many threads as there are would hang.
    for (const number of [1, 2, 3, 4, 5, 6]) {
      const call = { containerId: `c${number}`, config: everything(join(disk, String(number))) };
      expect(await scene.call('ADD', call)).toMatchObject({ code: 0 });
      expect(await scene.call('DEL', call)).toMatchObject({ code: 0, stdout: '' });
    }
    await scene.delLeavesNothing();
    // No delivery was given up by then, so that nobody has waited for any.
    expect(performance.now() - began).toBeLessThan(25_000);
    await agent.metricIs('braid_call_seconds_count{verb="DEL"}', 7);
    agent.signal('SIGTERM');
    const { signal, stderr } = await agent.ended;
    expect(signal).toBe('SIGTERM');
    for (const lost of LOST) expect(stderr.split(lost)).toHaveLength(13);
  });

  test('keeps no agent from its end at a second signal', async () => {
    const { scene, disk, agent } = await agentThere();
    expect(await scene.call('ADD', { config: everything(disk) })).toMatchObject({ code: 0 });
    agent.signal('SIGTERM');
    await pollUntil(() => !existsSync(scene.socketPath) || undefined, { withinMs: 10_000, what: 'the socket to go' });
    agent.signal('SIGTERM');
    expect(await agent.ended).toMatchObject({ signal: 'SIGKILL' });
    await scene.delLeavesNothing();
  });
});
