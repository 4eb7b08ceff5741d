/** Recordings and traces on a disk that hangs: a FUSE mount whose server, the process itself, never answers. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BraidNode, COMPILED } from '../harness/braid-call.ts';
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

  test('costs the other calls of an agent nothing, nor the next one of the same container', async () => {
    const scene = new AgentScene();
    const disk = join(scene.node.dir, 'disk');
    mkdirSync(disk);
    const agent = await RunningAgent.start({
      dir: scene.node.dir,
      options: ['--limit', '1'],
      spawn: (argv, env) => spawnThere(disk, argv, env),
    });
    const config = everything(disk);
    for (const containerId of ['c1', 'c2', 'c3', 'c4', 'c5', 'c6']) {
      expect(await scene.call('ADD', { containerId, config })).toMatchObject({ code: 0 });
      expect(await scene.call('DEL', { containerId, config })).toMatchObject({ code: 0, stdout: '' });
    }
    await agent.metricIs('braid_call_seconds_count{verb="DEL"}', 6);
    await scene.delLeavesNothing({ config });
    agent.signal('SIGTERM');
    const { signal, stderr } = await agent.ended;
    expect(signal).toBe('SIGTERM');
    for (const lost of LOST) expect(stderr).toContain(lost);
  });
});
