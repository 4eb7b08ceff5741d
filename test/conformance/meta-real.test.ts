/** M5, M8, M14, M16, M17, M19, M22 with the reference plugins in real network namespaces, on the built binary. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS } from '../harness/braid-call.ts';
import type { PodNetns } from '../harness/pod-netns.ts';
import { describeReal, hasRealNetworking } from '../harness/real-requirements.ts';
import { createRealScene, type RealScene } from '../harness/real-scene.ts';

const VALID = 'cni.dev/valid-attachments';
const LEASES = '/var/lib/cni/networks';

describeReal('the reference plugins', hasRealNetworking(), () => {
  describe.each(BRAID_FORMS)('under Braid $name', (form) => {
    let scene: RealScene;
    let pods: PodNetns[];
    beforeEach(async () => {
      scene = await createRealScene('meta', form);
      pods = await Promise.all(['p1', 'p2', 'p3'].map((name) => scene.pod(name)));
    });
    afterEach(() => scene.dispose());

    const call = (verb: string, pod: PodNetns, rest: object = {}) =>
      scene.braid.call(form, {
        verb,
        containerId: pod.name,
        netns: pod.path,
        annotations: { cni: 'front,storage' },
        ...rest,
      });
    const gc = (valid: readonly PodNetns[]) =>
      scene.braid.call(form, {
        verb: 'GC',
        cniVersion: '1.1.0',
        config: { [VALID]: valid.map(({ name }) => ({ containerID: name, ifname: 'eth0' })) },
      });
    /** host-local's files as `network/address holder`. */
    async function leases(): Promise<string[]> {
      const { stdout } = await scene.node.exec(['sh', '-c', `cd ${LEASES} && grep -r . --include='[0-9]*' .`]);
      const lines = stdout.split('\n').filter((line) => /^\.\/\w+\/[0-9.]+:p\d/.test(line));
      return lines.map((line) => line.trim().replace(/^\.\//, '').replace(':', ' ')).toSorted();
    }
    async function hostLinks(): Promise<number> {
      const { stdout } = await scene.node.exec(['ip', '-j', 'link', 'show', 'type', 'veth']);
      return JSON.parse(stdout).length;
    }
    const idsOfRecords = () =>
      scene.braid
        .records()
        .filter((file) => file.endsWith('.json'))
        .map((file) => file.split('-')[0]);

    test('M19: GC gives back lease, veth and record of a pod that was killed, and touches no other', async () => {
      const [p1, p2, p3] = pods as [PodNetns, PodNetns, PodNetns];
      for (const pod of pods) expect(await call('ADD', pod)).toMatchObject({ code: 0 });
      const stranger = { CNI_CONTAINERID: 'p9stranger', CNI_IFNAME: 'eth0', CNI_NETNS: p1.path, CNI_COMMAND: 'ADD' };
      const ipam = { type: 'host-local', ranges: [[{ subnet: '10.88.1.0/24' }]] };
      const lease = await scene.node.exec([`${scene.braid.binDir}/host-local`], {
        env: { ...stranger, CNI_PATH: scene.braid.binDir },
        stdin: JSON.stringify({ cniVersion: '1.0.0', name: 'front', ipam }),
      });
      expect(lease.code, lease.stdout).toBe(0);
      const [before, links] = [await leases(), await hostLinks()];
      expect(before).toHaveLength(7);
      // p1 is killed with its namespace, p2 without; nobody calls DEL.
      await p1.remove();
      const answer = await gc([p3]);
      expect(answer).toMatchObject({ code: 0, stdout: '' });
      expect(await leases()).toEqual(before.filter((line) => /p3|p9stranger/.test(line)));
      expect(idsOfRecords()).toEqual(['p3']);
      expect((await p2.links()).map(({ name }) => name)).toEqual(['lo']);
      // Two veths for each pod, and the uplink's pair.
      expect([links, await hostLinks()]).toEqual([8, 4]);
      expect((await p3.links()).map(({ name }) => name)).toEqual(['lo', 'eth0', 'eth1']);
      expect((await p3.exec(['ping', '-c', '1', '-W', '2', '10.88.1.1'])).stdout).toContain(' 0% packet loss');
      const again = await call('ADD', p2, { containerId: 'p2b' });
      expect(again).toMatchObject({ code: 0 });
    });

    test('M19: with a valid container that is unknown, stale pods go and nothing else does', async () => {
      const [p1, p2] = pods as [PodNetns, PodNetns, PodNetns];
      for (const pod of [p1, p2]) expect(await call('ADD', pod)).toMatchObject({ code: 0 });
      const before = await leases();
      const answer = await gc([p2, { ...p2, name: 'unknown' } as PodNetns]);
      expect(answer.code).toBe(0);
      expect(answer.stderr).toContain('unknown');
      expect(await leases()).toEqual(before.filter((line) => line.includes('p2')));
    });

    test('M17: CHECK holds after ADD, and for each network names what was taken away by hand', async () => {
      const [pod] = pods as [PodNetns, PodNetns, PodNetns];
      const { json } = await call('ADD', pod);
      const check = () => call('CHECK', pod, { config: { prevResult: json } });
      expect(await check()).toMatchObject({ code: 0, stdout: '', stderr: '' });
      const broken: ReadonlyArray<readonly [undo: string[], redo: string[], message: RegExp]> = [
        [['route', 'del', 'default'], ['route', 'add', 'default', 'via', '10.88.1.1'], /"front" \(eth0\).*0\.0\.0\.0/],
        [
          ['address', 'del', '10.88.1.2/24', 'dev', 'eth0'],
          ['address', 'add', '10.88.1.2/24', 'dev', 'eth0'],
          /"front" \(eth0\).*10\.88\.1\.2/,
        ],
        [['address', 'del', '10.88.2.2/24', 'dev', 'eth1'], [], /"storage" \(eth1\).*10\.88\.2\.2/],
        [['link', 'del', 'eth1'], [], /"storage" \(eth1\).*eth1/],
      ];
      for (const [undo, redo, message] of broken) {
        await pod.exec(['ip', ...undo]);
        const failed = await check();
        expect(failed.code).toBe(1);
        expect(`${failed.json.msg} ${failed.json.details ?? ''}`).toMatch(message);
        if (redo.length > 0) await pod.exec(['ip', ...redo]);
      }
    });

    test('M5: a secondary network with a gateway of its own does not take the default route', async () => {
      const [pod] = pods as [PodNetns, PodNetns, PodNetns];
      await call('ADD', pod, { annotations: { cni: 'storage,front,dual' } });
      const defaults = (await pod.routes()).filter(({ dst }) => dst === 'default');
      expect(defaults).toEqual([{ dst: 'default', gateway: '10.88.2.1', dev: 'eth0' }]);
      const prevResult = { cniVersion: '1.0.0', interfaces: [] };
      expect(await call('CHECK', pod, { config: { prevResult } })).toMatchObject({ code: 0, stdout: '' });
      expect(await call('DEL', pod)).toMatchObject({ code: 0, stdout: '' });
    });

    test('M8 M22: one network twice: two interfaces, two leases, and DEL frees both whatever annotations say', async () => {
      const [pod] = pods as [PodNetns, PodNetns, PodNetns];
      const { json } = await call('ADD', pod, { annotations: { cni: 'front,front@net7' } });
      expect(json.ips.map(({ address }: { address: string }) => address)).toEqual(['10.88.1.2/24', '10.88.1.3/24']);
      expect(await leases()).toHaveLength(2);
      expect(await call('DEL', pod, { annotations: { cni: 'front@net7,front' }, netns: '' })).toMatchObject({
        code: 0,
      });
      expect(await leases()).toEqual([]);
    });

    test('M16: a second ADD, which a bridge would fail, leaves the first one’s link, address and lease alone', async () => {
      const [pod] = pods as [PodNetns, PodNetns, PodNetns];
      await call('ADD', pod);
      const before = [await leases(), await pod.addresses('eth0'), await pod.addresses('eth1')];
      expect(await call('ADD', pod)).toMatchObject({ code: 1, json: { code: 100 } });
      expect([await leases(), await pod.addresses('eth0'), await pod.addresses('eth1')]).toEqual(before);
    });

    test('M12 M14: a network without addresses left takes the ones before it back', async () => {
      const [pod] = pods as [PodNetns, PodNetns, PodNetns];
      const before = await scene.node.snapshot();
      const answer = await call('ADD', pod, { annotations: { cni: 'front,storage,full' } });
      expect(answer).toMatchObject({ code: 1, json: { msg: expect.stringContaining('network "full" (eth2)') } });
      expect((await pod.links()).map(({ name }) => name)).toEqual(['lo']);
      expect([await leases(), scene.braid.records()]).toEqual([[], []]);
      expect(await scene.node.leftSince(before)).toEqual([]);
    });
  });
});
