import { expect, test } from 'vitest';
import { WHOLE_HOST } from '../../src/catalogue/whole-host.ts';
import type { HostLink } from '../../src/doctor/examined-node.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';
import { DoctorScene } from './doctor-scene.ts';

const MAC = '0a:58:00:00:00:01';

/** An attachment with a veth whose end on the node has this name, on the bridge cni0. */
function attached(veth: string) {
  const interfaces = [
    { name: 'cni0', mac: '0a:58:00:00:00:ff' },
    { name: veth, mac: MAC.toUpperCase() },
    { name: 'eth0', mac: '0a:58:00:00:00:02', sandbox: '/run/netns/pod' },
  ];
  return attachmentOf('front', 'eth0', { phase: 'added', result: { cniVersion: '1.0.0', interfaces } });
}

/** What is found where pods' namespaces are gone and the node has these links. */
async function found(scene: DoctorScene, links: Record<string, HostLink>, namespace: 'there' | 'absent' = 'absent') {
  const changes = {
    ports: { host: { ...WHOLE_HOST, namespace: () => namespace } },
    node: { link: (name: string) => links[name] },
  };
  return scene.find('interfaces', changes);
}

const BRIDGE = { cni0: { mac: '0a:58:00:00:00:ff', isShared: true } };
const VETH = { mac: MAC, isShared: false };

test('the link of a pod that is gone, and nothing else', async () => {
  const scene = new DoctorScene();
  await scene.record(recordOf([attached('veth1')]));
  const [finding] = await found(scene, { ...BRIDGE, veth1: VETH });
  expect(finding).toMatchObject({ id: 'interfaces/left', severity: 'warning', where: 'veth1' });
  expect(finding?.what).toBe('1 link of containers whose namespace is gone: veth1');
});

test.each<[string, Record<string, HostLink>]>([
  ['that is gone too', {}],
  ['of another hardware address', { veth1: { mac: '0a:58:00:00:00:09', isShared: false } }],
  ['that is a device of the machine', { veth1: { mac: MAC, isShared: true } }],
])('a link %s is none', async (_what, links) => {
  const scene = new DoctorScene();
  await scene.record(recordOf([attached('veth1')]));
  expect(await found(scene, { ...BRIDGE, ...links })).toEqual([]);
});

test('nor one that two records name, nor one of a pod that is there', async () => {
  const scene = new DoctorScene();
  await scene.record(recordOf([attached('veth1')]));
  expect(await found(scene, { veth1: VETH }, 'there')).toEqual([]);
  await scene.record(recordOf([attached('veth1')], { containerId: 'c2' }));
  expect(await found(scene, { veth1: VETH })).toEqual([]);
});
