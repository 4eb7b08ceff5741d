/** Real containerd with Braid as its CNI plugin: annotation in, two interfaces out, and nothing left after removal. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Containerd, startContainerd } from '../harness/containerd.ts';
import { hasRealContainerd } from '../harness/real-requirements.ts';
import { createRealScene, describeRealForms, type RealScene } from '../harness/real-scene.ts';

describeRealForms('containerd calls Braid', hasRealContainerd(), (form) => {
  let scene: RealScene;
  let containerd: Containerd;
  beforeEach(async () => {
    scene = await createRealScene('cri', form);
    writeFileSync(join(scene.braid.binDir, 'braid'), `#!/bin/sh\nexec ${form.command.join(' ')}\n`, { mode: 0o755 });
    scene.braid.conf('00-braid.conflist', {
      cniVersion: '1.0.0',
      name: 'braid',
      plugins: [
        {
          type: 'braid',
          confDir: scene.braid.confDir,
          stateDir: scene.braid.stateDir,
          defaultPlugin: 'front',
          logFile: join(scene.braid.dir, 'braid.log'),
          capabilities: { 'io.kubernetes.cri.pod-annotations': true, portMappings: true },
        },
      ],
    });
    containerd = await startContainerd(scene.node, { confDir: scene.braid.confDir, binDir: scene.braid.binDir });
    await containerd.waitReady();
  });
  afterEach(async () => {
    await containerd.dispose();
    await scene.dispose();
  });

  test('a pod with two networks by annotation has both, its address is the primary’s, and all goes with it', async () => {
    const before = await scene.node.snapshot();
    const id = await containerd.runPod({ name: 'web', namespace: 'shop', annotations: { cni: 'front,storage' } });
    const status = await containerd.podStatus(id);
    expect(status).toMatchObject({ state: 'SANDBOX_READY', ip: '10.88.1.2' });
    const interfaces = status.cniResult?.Interfaces ?? {};
    expect(interfaces['eth0']?.IPConfigs?.map((each) => each.IP)).toEqual(['10.88.1.2']);
    expect(interfaces['eth1']?.IPConfigs?.map((each) => each.IP)).toEqual(['10.88.2.2']);
    const inside = await scene.node.exec(['nsenter', `--net=${status.netnsPath}`, 'ip', '-br', 'addr']);
    expect(inside.stdout).toMatch(/eth0@\S+ +UP +10\.88\.1\.2\/24/);
    expect(inside.stdout).toMatch(/eth1@\S+ +UP +10\.88\.2\.2\/24/);
    await containerd.stopPod(id);
    await containerd.stopPod(id);
    await containerd.removePod(id);
    expect(await scene.node.leftSince(before)).toEqual([]);
    expect(scene.braid.records()).toEqual([]);
  });

  test('a pod without annotation gets the default network and its published port', async () => {
    scene.braid.conf('10-front.conflist', {
      cniVersion: '1.0.0',
      name: 'front',
      plugins: [
        {
          type: 'bridge',
          bridge: 'br-front',
          isDefaultGateway: true,
          ipam: { type: 'host-local', subnet: '10.88.1.0/24' },
        },
        { type: 'portmap', capabilities: { portMappings: true } },
      ],
    });
    const before = await scene.node.snapshot();
    const id = await containerd.runPod({
      name: 'web',
      namespace: 'shop',
      portMappings: [{ hostPort: 18080, containerPort: 80 }],
    });
    expect(await containerd.podStatus(id)).toMatchObject({ ip: '10.88.1.2' });
    const rules = await scene.node.exec(['iptables-save', '-t', 'nat']);
    expect(rules.stdout).toMatch(/--dport 18080 -j DNAT --to-destination 10.88.1.2:80/);
    await containerd.stopPod(id);
    await containerd.removePod(id);
    expect(await scene.node.leftSince(before)).toEqual([]);
  });

  test('a pod that asks for a network that does not exist fails with our words and leaves nothing', async () => {
    const before = await scene.node.snapshot();
    const attempt = containerd.runPod({ name: 'web', namespace: 'shop', annotations: { cni: 'front,stroage' } });
    await expect(attempt).rejects.toThrow(/annotation "cni", item 2: there is no network "stroage"/);
    expect(await scene.node.leftSince(before)).toEqual([]);
    expect(scene.braid.records()).toEqual([]);
  });
});
