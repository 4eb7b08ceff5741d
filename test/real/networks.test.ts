/** Several real networks in one real namespace, with the built binary: attached, used, and gone without a trace. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS } from '../harness/braid-call.ts';
import type { PodNetns } from '../harness/pod-netns.ts';
import { describeReal, hasRealNetworking } from '../harness/real-requirements.ts';
import { createRealScene, type RealScene } from '../harness/real-scene.ts';

async function expectPing(pod: PodNetns, address: string): Promise<void> {
  const ping = await pod.exec(['ping', '-c', '1', '-W', '2', address]);
  expect(ping.stdout, `ping ${address}`).toContain(' 0% packet loss');
}

describeReal('real networks', hasRealNetworking(), () => {
  describe.each(BRAID_FORMS)('with Braid $name', (form) => {
    let scene: RealScene;
    let pod: PodNetns;
    beforeEach(async () => {
      scene = await createRealScene('networks', form);
      pod = await scene.pod('web');
    });
    afterEach(() => scene.dispose());

    const add = (cni: string, config: Record<string, unknown> = {}) =>
      scene.braid.call(form, { verb: 'ADD', netns: pod.path, annotations: { cni }, config });
    const del = (rest: object = {}) => scene.braid.call(form, { verb: 'DEL', netns: pod.path, ...rest });

    test('a bridge and a shaped point-to-point link: both answer, one default route, nothing left', async () => {
      const before = await scene.node.snapshot();
      const { code, json } = await add('front,storage');
      expect(code).toBe(0);
      expect(json.ips).toEqual([
        { interface: 2, address: '10.88.1.2/24', gateway: '10.88.1.1' },
        { interface: 4, address: '10.88.2.2/24', gateway: '10.88.2.1' },
      ]);
      expect(json.interfaces[2]).toMatchObject({ name: 'eth0', sandbox: pod.path });
      expect(json.interfaces[4]).toMatchObject({ name: 'eth1', sandbox: pod.path });
      expect(await pod.addresses('eth0')).toEqual(['10.88.1.2/24']);
      expect(await pod.addresses('eth1')).toEqual(['10.88.2.2/24']);
      const defaults = (await pod.routes()).filter((route) => route.dst === 'default');
      expect(defaults).toEqual([{ dst: 'default', gateway: '10.88.1.1', dev: 'eth0' }]);
      await expectPing(pod, '10.88.1.1');
      await expectPing(pod, '10.88.2.1');
      const qdisc = await scene.node.exec(['tc', 'qdisc', 'show']);
      expect(qdisc.stdout).toContain('tbf');
      expect(await del()).toMatchObject({ code: 0, stdout: '', stderr: '' });
      expect((await pod.links()).map((link) => link.name)).toEqual(['lo']);
      expect(scene.braid.records()).toEqual([]);
      expect(await scene.node.leftSince(before)).toEqual([]);
    });

    test('a chain of bridge, tuning and portmap publishes a port, and takes its rules away', async () => {
      const before = await scene.node.snapshot();
      const runtimeConfig = {
        'io.kubernetes.cri.pod-annotations': { cni: 'published,storage' },
        portMappings: [{ HostPort: 18080, ContainerPort: 80, Protocol: 'tcp', HostIP: '' }],
      };
      const { code } = await scene.braid.call(form, { verb: 'ADD', netns: pod.path, config: { runtimeConfig } });
      expect(code).toBe(0);
      const rules = await scene.node.exec(['iptables-save', '-t', 'nat']);
      expect(rules.stdout).toMatch(/--dport 18080 -j DNAT --to-destination 10.88.3.2:80/);
      expect((await pod.exec(['cat', '/proc/sys/net/core/somaxconn'])).stdout).toBe('512\n');
      await expectPing(pod, '10.88.3.1');
      await expectPing(pod, '10.88.2.1');
      // containerd gives the same runtimeConfig with DEL, but a journal-driven DEL must not need it.
      expect(await del()).toMatchObject({ code: 0 });
      expect(await scene.node.leftSince(before)).toEqual([]);
    });

    test('three networks with interface names after @', async () => {
      const before = await scene.node.snapshot();
      const { code, json } = await add('front, storage@san0, lan@lan0');
      expect(code).toBe(0);
      expect((await pod.links()).map((link) => link.name).toSorted()).toEqual(['eth0', 'lan0', 'lo', 'san0']);
      expect(await pod.addresses('lan0')).toEqual(['10.88.4.2/24']);
      const lan = json.interfaces.findIndex((link: { name: string }) => link.name === 'lan0');
      expect(json.ips[2]).toMatchObject({ interface: lan, address: '10.88.4.2/24' });
      expect(await del()).toMatchObject({ code: 0 });
      expect(await scene.node.leftSince(before)).toEqual([]);
    });

    test('one network twice: two interfaces, two addresses, two leases, none left', async () => {
      const before = await scene.node.snapshot();
      const { code } = await add('front,front');
      expect(code).toBe(0);
      const addresses = [...(await pod.addresses('eth0')), ...(await pod.addresses('eth1'))];
      expect(addresses).toEqual(['10.88.1.2/24', '10.88.1.3/24']);
      expect(await del()).toMatchObject({ code: 0 });
      expect(await scene.node.leftSince(before)).toEqual([]);
    });

    test('dual stack', async () => {
      const { code, json } = await add('dual,storage');
      expect(code).toBe(0);
      expect(json.ips.map((ip: { address: string }) => ip.address)).toEqual([
        '10.88.5.2/24',
        'fd00:88:5::2/64',
        '10.88.2.2/24',
      ]);
      expect(json.routes).toContainEqual({ dst: '::/0', gw: 'fd00:88:5::1' });
      expect(await pod.addresses('eth0')).toContain('fd00:88:5::2/64');
      expect(await del()).toMatchObject({ code: 0 });
    });

    test('CHECK holds after ADD, and names what is missing on either interface', async () => {
      const { json } = await add('front,storage');
      const check = () => scene.braid.call(form, { verb: 'CHECK', netns: pod.path, config: { prevResult: json } });
      expect(await check()).toMatchObject({ code: 0, stdout: '', stderr: '' });
      await pod.exec(['ip', 'route', 'del', 'default']);
      expect((await check()).json.msg).toMatch(/network "front" \(eth0\), plugin "bridge" CHECK: .*0\.0\.0\.0/);
      await pod.exec(['ip', 'route', 'add', 'default', 'via', '10.88.1.1']);
      await pod.exec(['ip', 'address', 'del', '10.88.2.2/24', 'dev', 'eth1']);
      expect((await check()).json.msg).toMatch(/network "storage" \(eth1\), plugin "ptp" CHECK: .*10\.88\.2\.2/);
      await pod.exec(['ip', 'link', 'del', 'eth1']);
      expect((await check()).json.msg).toMatch(/network "storage" \(eth1\), plugin "ptp" CHECK: .*eth1/);
      expect(await del()).toMatchObject({ code: 0 });
    });

    test('20 pods at once: all addresses differ, nothing is left, no lock is left', async () => {
      const before = await scene.node.snapshot();
      const pods = await Promise.all(Array.from({ length: 20 }, (_, index) => scene.pod(`p${index}`)));
      const call = (verb: string, each: PodNetns) =>
        scene.braid.call(form, {
          verb,
          containerId: each.name,
          netns: each.path,
          annotations: { cni: 'front,storage' },
        });
      const added = await Promise.all(pods.map((each) => call('ADD', each)));
      expect(added.filter((answer) => answer.code !== 0).map((answer) => answer.stdout)).toEqual([]);
      const addresses = added.flatMap(({ json }) => json.ips.map((ip: { address: string }) => ip.address));
      expect(new Set(addresses).size).toBe(40);
      const deleted = await Promise.all(pods.map((each) => call('DEL', each)));
      expect(deleted.filter((answer) => answer.code !== 0).map((answer) => answer.stdout)).toEqual([]);
      await Promise.all(pods.map((each) => each.remove()));
      const locks = await scene.node.exec(['cat', '/proc/net/unix']);
      // An agent that listens has a lock of its own.
      expect(locks.stdout).not.toMatch(/@braid\/(?!agent\/)/);
      expect(await scene.node.leftSince(before)).toEqual([]);
      expect(scene.braid.records()).toEqual([]);
    });
  });
});
