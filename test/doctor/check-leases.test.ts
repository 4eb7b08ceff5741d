import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leaseAddress, leaseFolder } from '../../src/doctor/host-local.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';
import { DoctorScene } from './doctor-scene.ts';

const CHECK = 'leases';

test('leases of recorded containers are no finding; others are counted, whatever else lies there', async () => {
  const scene = new DoctorScene();
  await scene.record(recordOf([attachmentOf('front', 'eth0', { phase: 'added' })]));
  scene.lease('front', '10.1.0.2', 'c1');
  scene.file('leases/front/lock', '');
  scene.file('leases/front/last_reserved_ip.0', '10.1.0.2');
  expect(await scene.ids(CHECK)).toEqual([]);
  scene.lease('front', '10.1.0.3', 'stranger');
  const [finding] = await scene.find(CHECK);
  expect(finding).toMatchObject({ id: 'leases/orphans', severity: 'note', where: join(scene.leaseDir, 'front') });
  expect(finding?.what).toBe(
    'network "front": 1 of 2 leases belong to containers that are not in Braid\'s journal: 10.1.0.3',
  );
});

test('a range that is nearly full, then full', async () => {
  const scene = new DoctorScene();
  // 10.1.0.0/28 has 14 addresses, and one of them is the gateway's.
  for (let last = 2; last < 14; last += 1) scene.lease('front', `10.1.0.${last}`, 'other');
  const [nearly] = await scene.find(CHECK);
  expect(nearly).toMatchObject({
    id: 'leases/nearly-full',
    severity: 'warning',
    what: 'network "front": 12 of the 13 addresses of 10.1.0.0/28 are given',
  });
  scene.lease('front', '10.1.0.14', 'other');
  expect((await scene.ids(CHECK))[0]).toBe('error leases/full');
});

test('networks of the journal count, though their file is gone', async () => {
  const scene = new DoctorScene();
  const config = { type: 'bridge', name: 'old', ipam: { type: 'host-local', dataDir: scene.leaseDir } };
  await scene.record(
    recordOf([attachmentOf('old', 'eth0', { phase: 'added', plugins: [{ type: 'bridge', config }] })]),
  );
  scene.lease('old', '10.9.0.2', 'stranger');
  expect(await scene.ids(CHECK)).toEqual(['note leases/orphans']);
});

test.each<[object, bigint[]]>([
  [{ subnet: '10.0.0.0/24' }, [253n]],
  [{ subnet: '10.0.0.0/24', gateway: '10.0.0.254' }, [253n]],
  [{ subnet: '10.0.0.0/24', rangeStart: '10.0.0.10', rangeEnd: '10.0.0.19' }, [10n]],
  [{ ranges: [[{ subnet: '10.0.0.0/30' }, { subnet: '10.0.1.0/30' }], [{ subnet: 'fd00::/120' }]] }, [2n, 254n]],
  [{ subnet: 'fd00::/64' }, [2n ** 64n - 2n]],
  [{ subnet: 'nonsense' }, []],
  [{ subnet: '10.0.0.0/32' }, []],
  [{ ranges: 'nonsense' }, []],
])('how many addresses %j has', (ipam, sizes) => {
  const found = leaseFolder({ type: 'bridge', ipam: { type: 'host-local', ...ipam } });
  expect(found?.dataDir).toBe('/var/lib/cni/networks');
  expect(found?.sets.map(({ size }) => size)).toEqual(sizes);
});

test('which files are leases, and who has none', () => {
  const names = ['10.0.0.1', 'fd00::1', 'lock', 'last_reserved_ip.0', '7', '..'];
  expect(names.flatMap((name) => leaseAddress(name) ?? [])).toEqual(['10.0.0.1', 'fd00::1']);
  expect(leaseFolder({ type: 'bridge', ipam: {} })).toBeUndefined();
  expect(leaseFolder({ type: 'calico' })).toBeUndefined();
});
