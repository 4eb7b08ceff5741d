/** What a garbage collection decides, from the journal and the runtime's list alone. */
import { expect, test } from 'vitest';
import { sortGarbage } from '../../src/stages/garbage.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';

const found = (containerId: string, network: string, writtenMs: number, isGcDisabled = false) => ({
  kind: 'found' as const,
  record: recordOf([attachmentOf(network, 'eth0', { isGcDisabled })], { containerId, writtenMs }),
});
const damaged = { kind: 'damaged' as const, file: 'f', cause: 'torn' };
const valid = (containerId: string) => ({ containerId, ifName: 'eth0' });

test('records that the list lacks are stale, and each network collects once with what is valid', () => {
  const lookups = [found('c1', 'a', 1), found('c2', 'a', 2), found('c3', 'b', 3), found('c4', 'off', 4, true), damaged];
  const garbage = sortGarbage(lookups, [valid('c1')]);
  expect(garbage.stale.map(({ containerId }) => containerId)).toEqual(['c2', 'c3', 'c4']);
  expect(garbage.valid.map(({ containerId }) => containerId)).toEqual(['c1']);
  expect(garbage.unusable).toEqual([damaged]);
  expect(
    garbage.collections.map(({ attachment, record, valid: kept }) => [attachment.network, record.containerId, kept]),
  ).toEqual([
    ['a', 'c2', [{ containerID: 'c1', ifname: 'eth0' }]],
    ['b', 'c3', []],
  ]);
});

test('no network collects where the list names what is not recorded', () => {
  const garbage = sortGarbage([found('c1', 'a', 1)], [valid('foreign')]);
  expect(garbage).toMatchObject({ unrecorded: [valid('foreign')], collections: [] });
  expect(garbage.stale).toHaveLength(1);
});
