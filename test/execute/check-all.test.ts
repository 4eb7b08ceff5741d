import { expect, test } from 'vitest';
import { checkAll } from '../../src/execute/check-all.ts';
import { contextOf, failed, scriptedDelegates } from '../samples/delegates.ts';
import { failure } from '../samples/failure.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';

const record = recordOf([
  attachmentOf('a', 'eth0', { phase: 'added', result: { ips: [], tag: 'a' } }),
  attachmentOf('b', 'eth1', { phase: 'added', isCheckDisabled: true }),
  attachmentOf('c', 'eth2', { phase: 'added', cniVersion: '0.3.1' }),
  attachmentOf('d', 'eth3', { phase: 'added', cniVersion: '0.4.0', result: { ips: [], tag: 'd' } }),
]);
const TYPES = ['a-cni', 'b-cni', 'c-cni', 'd-cni'];

test('M17: each attachment is checked against its own result; disableCheck and versions before 0.4.0 are passed over', async () => {
  const delegates = scriptedDelegates();
  await checkAll(record, await contextOf(delegates.run, TYPES));
  expect(delegates.log).toEqual(['CHECK a-cni eth0', 'CHECK d-cni eth3']);
  expect(delegates.calls.map(({ stdin }) => JSON.parse(stdin).prevResult.tag)).toEqual(['a', 'd']);
});

test('P34: all are checked; the first failure is told with its code, the others in details', async () => {
  const delegates = scriptedDelegates({
    'CHECK a-cni': failed(50, 'link is down'),
    'CHECK d-cni': failed(7, 'no address'),
  });
  expect(await failure(async () => checkAll(record, await contextOf(delegates.run, TYPES)))).toMatchObject({
    code: 50,
    message: 'network "a" (eth0), plugin "a-cni" CHECK: link is down',
    details: 'network "d" (eth3), plugin "d-cni" CHECK: no address',
  });
});
