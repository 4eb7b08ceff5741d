/** The second network fails on the real thing: the error is exact, and the kernel shows nothing of the first. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startApiServer } from '../doubles/api-server.ts';
import type { NodeSnapshot } from '../harness/node-snapshot.ts';
import type { PodNetns } from '../harness/pod-netns.ts';
import { hasRealNetworking } from '../harness/real-requirements.ts';
import { createRealScene, describeRealForms, type RealScene } from '../harness/real-scene.ts';

describeRealForms('failures on real networks', hasRealNetworking(), (form) => {
  let scene: RealScene;
  let pod: PodNetns;
  let before: NodeSnapshot;
  beforeEach(async () => {
    scene = await createRealScene('failures', form);
    pod = await scene.pod('web');
    before = await scene.node.snapshot();
  });
  afterEach(() => scene.dispose());

  const add = (cni: string, config: Record<string, unknown> = {}) =>
    scene.braid.call(form, { verb: 'ADD', netns: pod.path, annotations: { cni }, config });
  const del = (rest: object = {}) => scene.braid.call(form, { verb: 'DEL', netns: pod.path, ...rest });

  async function expectNothing(): Promise<void> {
    expect((await pod.links()).map((link) => link.name)).toEqual(['lo']);
    expect(scene.braid.records()).toEqual([]);
    expect(await scene.node.leftSince(before)).toEqual([]);
  }

  test('a bad subnet: the delegate’s own error with the network’s name', async () => {
    const { code, json } = await add('front,full');
    expect(code).toBe(1);
    expect(json).toMatchObject({
      code: 999,
      msg: expect.stringContaining('network "full" (eth1), plugin "bridge" ADD: '),
    });
    expect(json.msg).toContain('10.88.6.');
    await expectNothing();
  });

  test('a missing binary is found before the first network exists', async () => {
    scene.braid.conf('30-gone.conflist', { cniVersion: '1.0.0', name: 'gone', plugins: [{ type: 'weave-net' }] });
    const { json } = await add('front,gone');
    expect(json).toMatchObject({ code: 7, msg: expect.stringContaining('failed to find plugin "weave-net"') });
    expect((await scene.node.snapshot()).links).toEqual(before.links);
    await expectNothing();
  });

  test('a delegate that needs what the kernel lacks: its message stays readable', async () => {
    scene.braid.conf('30-vlan.conflist', {
      cniVersion: '1.0.0',
      name: 'vlan7',
      plugins: [
        { type: 'vlan', master: 'nosuchlink', vlanId: 7, ipam: { type: 'host-local', subnet: '10.88.7.0/24' } },
      ],
    });
    const { json } = await add('front,vlan7');
    expect(json.msg).toContain('network "vlan7" (eth1), plugin "vlan" ADD: ');
    expect(json.msg).toContain('Link not found');
    await expectNothing();
  });

  test.each([
    ['dies by a signal', { ADD: { signal: 'SIGSEGV' } }, 999, 'killed by SIGSEGV'],
    ['hangs past its deadline', { ADD: { hang: true } }, 101, 'did not end within 1500 ms'],
    ['prints garbage', { ADD: { stdout: '<html>' } }, 6, '<html>'],
    [
      'fails with a code of its own',
      { ADD: { stdout: { code: 131, msg: 'no IPs left' }, exit: 1 } },
      131,
      'no IPs left',
    ],
  ])('a second delegate that %s', async (_how, answers, code, message) => {
    scene.scripted('odd', answers);
    const { json } = await add('front,odd', { delegateTimeoutMs: 1500 });
    expect(json.code).toBe(code);
    expect(json.msg).toContain('network "odd" (eth1), plugin "odd" ADD: ');
    expect(json.msg).toContain(message);
    expect(scene.braid.made()).toEqual([]);
    await expectNothing();
  });

  test('an interface of that name is there already: the first network is taken back, the stranger stays', async () => {
    await pod.exec(['ip', 'link', 'add', 'net9', 'type', 'veth', 'peer', 'name', 'net9-peer']);
    const { json } = await add('front,published@net9');
    expect(json.msg).toContain('network "published" (net9), plugin "bridge" ADD: ');
    expect(await pod.addresses('eth0').catch(() => [])).toEqual([]);
    expect(scene.braid.records()).toEqual([]);
  });

  test.each([
    ['without configuration file', () => rmSync(join(scene.braid.confDir, '10-published.conflist'))],
    [
      'with another configuration',
      () =>
        scene.braid.conf('10-front.conflist', { cniVersion: '1.0.0', name: 'published', plugins: [{ type: 'ptp' }] }),
    ],
    ['without namespace', () => pod.remove()],
    ['without configuration folder', () => rmSync(scene.braid.confDir, { recursive: true })],
  ])('DEL %s, twice, leaves nothing', async (_how, spoil) => {
    // Not `front`: bridge forgets its masquerading rules when the namespace is gone before it, whoever calls it.
    expect(await add('published,storage')).toMatchObject({ code: 0 });
    await spoil();
    expect(await del()).toMatchObject({ code: 0, stdout: '' });
    expect(await del({ netns: '' })).toMatchObject({ code: 0, stdout: '' });
    expect(scene.braid.records()).toEqual([]);
    const left = await scene.node.leftSince(before);
    expect(left.filter((line) => !line.startsWith('network namespace'))).toEqual([]);
  });

  test.each([
    ['full', 'size=8k', 'no space left on device'],
    ['read-only', 'ro', 'read-only file system'],
  ])('a %s state folder refuses the ADD before any delegate runs', async (how, option, message) => {
    const stateDir = join(scene.braid.dir, 'disk');
    await scene.node.exec(['mkdir', '-p', stateDir]);
    await scene.node.exec(['mount', '-t', 'tmpfs', '-o', option, 'tmpfs', stateDir]);
    if (how === 'full') await scene.node.exec(['dd', 'if=/dev/zero', `of=${stateDir}/ballast`]);
    const { code, json } = await add('front,storage', { stateDir });
    expect(code).toBe(1);
    expect(json).toMatchObject({ code: 5, msg: expect.stringContaining(`stateDir "${stateDir}"`) });
    expect(json.msg.toLowerCase()).toContain(message);
    expect((await scene.node.snapshot()).links).toEqual(before.links);
    await scene.node.exec(['umount', stateDir]);
    await expectNothing();
  });

  test('a state folder that fills up during an ADD takes all back, and one that is full lets DEL pass', async () => {
    const stateDir = join(scene.braid.dir, 'disk');
    await scene.node.exec(['mkdir', '-p', stateDir]);
    await scene.node.exec(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', stateDir]);
    expect(await add('front,storage', { stateDir })).toMatchObject({ code: 0 });
    await scene.node.exec(['dd', 'if=/dev/zero', `of=${stateDir}/ballast`]);
    expect(await del({ config: { stateDir } })).toMatchObject({ code: 0, stdout: '' });
    expect(await scene.node.leftSince(before)).toEqual([`mount: ${stateDir}`]);
    await scene.node.exec(['rm', `${stateDir}/ballast`]);
    // Its result is longer than what is left of a page that the journal has already.
    const stdout = { cniVersion: '1.0.0', interfaces: [{ name: 'eth1' }], dns: { options: ['x'.repeat(9000)] } };
    scene.scripted('filler', { ADD: { fillFolder: stateDir, stdout } });
    const { code, json } = await add('front,filler', { stateDir });
    expect([code, json.code]).toEqual([1, 5]);
    expect(scene.braid.made()).toEqual([]);
    expect((await pod.links()).map((link) => link.name)).toEqual(['lo']);
    await scene.node.exec(['umount', stateDir]);
    await expectNothing();
  });

  test('DEL with the API server stopped and the pod gone', async () => {
    const api = await startApiServer();
    api.putPod({ namespace: 'shop', name: 'web', uid: 'u1', annotations: { cni: 'front,storage' } });
    const kubeconfig = api.writeKubeconfig(join(scene.braid.dir, 'kube'), { auth: 'token' });
    // The node has a network of its own, where nobody listens: that is what "down" looks like from there.
    expect(await add('front,storage', { kubeconfig })).toMatchObject({ code: 0 });
    api.deletePod('shop', 'web');
    await api.stop();
    const before = performance.now();
    expect(await del({ config: { kubeconfig } })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(performance.now() - before).toBeLessThan(10_000);
    await expectNothing();
  });
});
