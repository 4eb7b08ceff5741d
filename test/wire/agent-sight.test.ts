/** What an agent in a container does not see of the host is decided by the standalone program, before anything has run. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeReal } from '../harness/real-requirements.ts';
import { RunningAgent } from '../harness/running-agent.ts';
import { AgentScene, hasLauncher } from './agent-scene.ts';

describeReal('an agent that does not see the host’s files', hasLauncher(), () => {
  /** An agent in a mount namespace of its own, where `hidden` is an empty folder. */
  async function scene() {
    const made = new AgentScene();
    const hidden = join(made.node.dir, 'hidden');
    mkdirSync(hidden);
    const agent = await RunningAgent.start({
      dir: made.node.dir,
      spawn: (argv, env) =>
        spawn('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs none "$0" && exec "$@"', hidden, ...argv], {
          env: { ...env, PATH: `${env['PATH']}:/usr/bin:/bin` },
        }),
    });
    const handedOver = () => agent.metric('braid_hand_overs_total{reason="what only the host shows"}');
    return { ...made, made, hidden, handedOver };
  }

  test('a file that a plugin needs is looked for by who sees it', async () => {
    const { made, hidden, handedOver } = await scene();
    const subnetFile = join(hidden, 'subnet.env');
    for (const type of ['bridge', 'host-local']) made.node.plugin(type);
    made.node.network('overlay', ['flannel'], { plugin: { subnetFile } });
    const call = { annotations: { cni: 'overlay' } };
    expect((await made.call('ADD', call)).json).toMatchObject({
      code: 11,
      msg: expect.stringContaining(`${subnetFile} is missing`),
    });
    writeFileSync(subnetFile, '');
    expect(await made.call('ADD', call)).toMatchObject({ code: 0 });
    expect(await handedOver()).toBe(2);
    await made.delLeavesNothing(call);
  });

  test('a namespace that it does not see is not taken for gone', async () => {
    const { made, hidden, handedOver } = await scene();
    made.node.plugin('host-local');
    made.node.network('card', ['host-device'], { plugin: { ipam: { type: 'host-local' } } });
    const netns = join(hidden, 'pod');
    writeFileSync(netns, '');
    await new Promise((resolve) => spawn('mount', ['--bind', '/proc/self/ns/uts', netns]).on('exit', resolve));
    try {
      const call = { annotations: { cni: 'card' }, netns };
      expect(await made.call('ADD', call)).toMatchObject({ code: 0 });
      expect(await made.call('DEL', call)).toMatchObject({ code: 0 });
      expect(made.node.story().slice(1)).toEqual(['DEL host-device eth0']);
      expect(await handedOver()).toBe(1);
    } finally {
      await new Promise((resolve) => spawn('umount', [netns]).on('exit', resolve));
    }
  });
});
