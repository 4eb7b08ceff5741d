import { expect, test } from 'vitest';
import { withStep } from '../../src/state/state-store.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';

const record = recordOf([attachmentOf('a', 'eth0'), attachmentOf('b', 'eth1', { result: { old: true } })]);

test('a step changes its own attachment and leaves the record that it was taken on', () => {
  const next = withStep(record, { index: 1, phase: 'added', result: { x: 1 } });
  expect(next.attachments.map(({ phase, result }) => [phase, result])).toEqual([
    ['planned', undefined],
    ['added', { x: 1 }],
  ]);
  expect(record.attachments[1]?.phase).toBe('planned');
});

test('a step without a result keeps the one that is known', () => {
  expect(withStep(record, { index: 1, phase: 'deleting' }).attachments[1]).toMatchObject({
    phase: 'deleting',
    result: { old: true },
  });
});

test('a step of an attachment that does not exist changes nothing', () => {
  expect(withStep(record, { index: 7, phase: 'gone' })).toEqual(record);
});
