/** What is shown of the journal: how old something is, and which record a person means. */
import { expect, test } from 'vitest';
import { findRecord, findRecords } from '../../src/commands/journal/find-record.ts';
import { ageText, keptRecords } from '../../src/commands/journal/journal-report.ts';
import { failure } from '../samples/failure.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';

test.each([
  [-5000, '0 s'],
  [119_000, '119 s'],
  [120_000, '2 min'],
  [7_199_000, '119 min'],
  [7_200_000, '2 h'],
  [172_800_000, '2 d'],
])('%i ms are %s', (ms, text) => expect(ageText(ms)).toBe(text));

const kept = (containerId: string, ifName: string, pod: string) => {
  const cniArgs = `K8S_POD_NAMESPACE=shop;K8S_POD_NAME=${pod}`;
  const record = recordOf([attachmentOf('a', ifName, { cniArgs })], { containerId, ifName });
  return { file: `${containerId}.json`, changedMs: 0, record };
};
const records = [
  kept('abc1', 'eth0', 'web'),
  kept('abc12', 'eth0', 'api'),
  kept('f00', 'eth0', 'db'),
  kept('f00', 'net1', 'db'),
];

test('records stand by their pods, those of one pod by age', () => {
  const entry = (containerId: string, pod: string, writtenMs: number) => {
    const { file, changedMs, record } = kept(containerId, 'eth0', pod);
    return { file, changedMs, lookup: { kind: 'found' as const, record: { ...record, writtenMs } } };
  };
  const listed = keptRecords([entry('a', 'web', 2), entry('b', 'api', 9), entry('c', 'web', 1)]);
  expect(listed.map(({ record }) => record.containerId)).toEqual(['b', 'c', 'a']);
});

test.each([
  ['abc1', undefined, 'abc1'],
  ['abc12', undefined, 'abc12'],
  ['shop/api', undefined, 'abc12'],
  ['api', undefined, 'abc12'],
  ['f0', 'net1', 'f00'],
  ['f0:net1', undefined, 'f00'],
])('%s with interface %s is the record of %s', (wanted, ifName, id) => {
  expect(findRecord(records, wanted, ifName).record.containerId).toBe(id);
});

test.each([
  ['ab', 'several records fit ab: abc1:eth0, abc12:eth0'],
  ['f00', 'several records fit f00: f00:eth0, f00:net1'],
  ['shop/none', 'there is no record of shop/none'],
  ['f00:eth1', 'there is no record of f00:eth1'],
  ['', 'there is no record of '],
])('%s is refused', (wanted, message) => {
  expect(() => findRecord(records, wanted, undefined)).toThrow(message);
});

test.each([
  [['shop/db'], ['f00:eth0', 'f00:net1']],
  [
    ['db', 'abc1'],
    ['abc1:eth0', 'f00:eth0', 'f00:net1'],
  ],
  [
    ['ab', 'f00:net1'],
    ['abc1:eth0', 'abc12:eth0', 'f00:net1'],
  ],
])('%j are the records %j', (names, found) => {
  const titles = findRecords(records, names).map(({ record }) => `${record.containerId}:${record.ifName}`);
  expect(titles).toEqual(found);
});

test('a name that is of none is refused, and the nearest pod named', async () => {
  const refused = await failure(() => findRecords(records, ['shop/web', 'shop/ap']));
  expect([refused.code, refused.message]).toEqual([3, 'there is no record of shop/ap']);
  expect(refused.details).toMatch(/^did you mean "shop\/api"\? /);
});

test('of very many records that fit the first are named', () => {
  const many = Array.from({ length: 9 }, (_, index) => kept(`c${index}`, 'eth0', 'web'));
  expect(() => findRecord(many, 'c', undefined)).toThrow(/fit c: c0:eth0, c1:eth0, c2:eth0, c3:eth0, c4:eth0, …$/);
  expect(() => findRecord(many.slice(0, 5), 'c', undefined)).toThrow(/, c4:eth0$/);
});
