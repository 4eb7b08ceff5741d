/** The containerd harness itself, with the reference bridge plugin alone. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Containerd, startContainerd } from '../harness/containerd.ts';
import { describeReal, hasRealContainerd } from '../harness/real-requirements.ts';
import { linkPlugins } from '../harness/reference-plugins.ts';
import { createTestNode, type TestNode } from '../harness/test-node.ts';

const bridgeNetwork = {
  cniVersion: '1.0.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipMasq: true,
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: '10.88.0.0/24' }], [{ subnet: 'fd00:88::/64' }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
};

describeReal('containerd in a test node', hasRealContainerd(), () => {
  let node: TestNode;
  let containerd: Containerd;

  beforeEach(async () => {
    node = await createTestNode('containerd');
    const confDir = join(node.dir, 'net.d');
    await mkdir(confDir);
    await writeFile(join(confDir, '10-pods.conflist'), JSON.stringify(bridgeNetwork));
    const binDir = await linkPlugins(join(node.dir, 'bin'));
    containerd = await startContainerd(node, { confDir, binDir });
    await containerd.waitReady();
  }, 60_000);

  afterEach(async () => {
    await containerd.dispose();
    await node.dispose();
  }, 60_000);

  it('runs, stops and removes a pod and leaves nothing behind', async () => {
    const before = await node.snapshot();
    const id = await containerd.runPod({
      name: 'web',
      namespace: 'shop',
      portMappings: [{ hostPort: 8080, containerPort: 80 }],
    });
    const running = await containerd.podStatus(id);
    expect(running).toMatchObject({ ip: '10.88.0.2', additionalIps: ['fd00:88::2'], state: 'SANDBOX_READY' });
    expect(running.netnsPath).toMatch(/\/run\/netns\/cni-/);
    expect(running.cniResult?.Interfaces['eth0']?.IPConfigs?.map((each) => each.IP)).toEqual([
      '10.88.0.2',
      'fd00:88::2',
    ]);
    expect((await node.exec(['ping', '-c', '1', '-W', '2', running.ip])).code).toBe(0);
    expect((await node.snapshot()).rules.join('\n')).toContain('10.88.0.2:80');

    await containerd.stopPod(id);
    expect((await containerd.podStatus(id)).state).toBe('SANDBOX_NOTREADY');
    await containerd.removePod(id);
    expect(await containerd.listPods()).toEqual([]);
    expect(await node.leftSince(before)).toEqual([]);
  }, 60_000);

  it('gives the plugin error of a pod that cannot be run', async () => {
    const first = await containerd.runPod({ name: 'one', portMappings: [{ hostPort: 8080, containerPort: 80 }] });
    const before = await node.snapshot();
    const refused = containerd.runPod({
      name: 'two',
      portMappings: [{ hostPort: 8081, containerPort: 80, hostIp: 'not-an-address' }],
    });
    await expect(refused).rejects.toThrow(/portmap/);
    expect(await node.leftSince(before)).toEqual([]);
    await containerd.removePod(first);
  }, 60_000);

  it('disposes of containerd, its running pods and their mounts, links and control groups', async () => {
    const ids = await Promise.all(['a', 'b', 'c'].map((name) => containerd.runPod({ name })));
    expect(new Set(ids).size).toBe(3);
    await containerd.dispose();
    const after = await node.snapshot();
    expect(after.processes).toEqual([]);
    expect(after.cgroups).toEqual([]);
    expect(after.netnsNames).toEqual([]);
    expect(after.mountPoints.filter((path) => path.includes('containerd'))).toEqual([]);
    expect(after.links.filter((link) => link.endsWith('(veth)'))).toEqual([]);
  }, 60_000);

  it('clears the pods of a containerd that was killed away with the node', async () => {
    const id = await containerd.runPod({ name: 'orphan' });
    const { pid } = await containerd.podStatus(id);
    await containerd.kill();
    expect((await node.processes()).map((each) => each.pid)).not.toContain(pid);
    expect((await node.snapshot()).cgroups).not.toEqual([]);
    // What is still there, the pod's network and its control groups, goes with the node: dispose fails if it does not.
    await node.dispose();
  }, 60_000);
});
