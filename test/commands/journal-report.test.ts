/** What is shown of the journal: how old something is, and which record a person means. */
import { expect, test } from 'vitest';
import { findRecord, findRecords } from '../../src/commands/journal/find-record.ts';
import { ageText, keptRecords } from '../../src/commands/journal/journal-report.ts';
import type { Journal } from '../../src/state/read-journal.ts';
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
/** A journal with these whole records, and with files that cannot be read. */
function journalOf(records: readonly ReturnType<typeof kept>[], damaged: readonly string[] = []): Journal {
  const whole = records.map(({ record, ...rest }) => ({ ...rest, lookup: { kind: 'found' as const, record } }));
  const torn = damaged.map((file) => ({
    file,
    changedMs: 0,
    lookup: { kind: 'damaged' as const, file, cause: 'torn' },
  }));
  return { stateDir: '/state', isThere: true, entries: [...whole, ...torn], quarantine: [] };
}

const records = [
  kept('abc1', 'eth0', 'web'),
  kept('abc12', 'eth0', 'api'),
  kept('f00', 'eth0', 'db'),
  kept('f00', 'net1', 'db'),
];
const journal = journalOf(records);

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
  expect(findRecord(journal, wanted, ifName).record.containerId).toBe(id);
});

test.each([
  ['ab', 'several records fit ab: abc12:eth0 (shop/api), abc1:eth0 (shop/web)'],
  ['f00', 'several records fit f00: f00:eth0 (shop/db), f00:net1 (shop/db)'],
  ['shop/none', 'there is no record of shop/none'],
  ['f00:eth1', 'there is no record of f00:eth1'],
  [':eth0', 'there is no record of :eth0'],
])('%s is refused', (wanted, message) => {
  expect(() => findRecord(journal, wanted, undefined)).toThrow(message);
});

test.each([
  [['shop/db'], ['f00:eth0', 'f00:net1']],
  [
    ['db', 'abc1'],
    ['f00:eth0', 'f00:net1', 'abc1:eth0'],
  ],
  [
    ['ab', 'f00:net1'],
    ['abc12:eth0', 'f00:net1', 'abc1:eth0'],
  ],
])('%j are the records %j', (names, found) => {
  const titles = findRecords(journal, names).map(({ record }) => `${record.containerId}:${record.ifName}`);
  expect(titles).toEqual(found);
});

test('a name that is of none is refused, and the nearest pod named', async () => {
  const refused = await failure(() => findRecords(journal, ['shop/web', 'shop/ap']));
  expect([refused.code, refused.message]).toEqual([3, 'there is no record of shop/ap']);
  expect(refused.details).toMatch(/^did you mean "shop\/api"\? /);
});

test('of very many records that fit the first are named', () => {
  const many = Array.from({ length: 9 }, (_, index) => kept(`c${index}`, 'eth0', 'web'));
  expect(() => findRecord(journalOf(many), 'c', undefined)).toThrow(/fit c: (c[0-4]:eth0 \(shop\/web\), ){5}…$/);
  expect(() => findRecord(journalOf(many.slice(0, 5)), 'c', undefined)).toThrow(/, c4:eth0 \(shop\/web\)$/);
});

test('one of no pod stands by its container and interface alone', () => {
  const bare = ['c1', 'c2'].map((id) => {
    const { record, ...rest } = kept(id, 'eth0', 'web');
    return { ...rest, record: { ...record, attachments: [] } };
  });
  expect(() => findRecord(journalOf(bare), 'c', undefined)).toThrow(/fit c: c1:eth0, c2:eth0$/);
});

test('a record that cannot be read may be the one, above all where its file has the name', async () => {
  const long = 'd'.repeat(80);
  const files = ['/s/c1-0.json', `/s/${'d'.repeat(64)}-0.json`, '/s/web14-0.json'];
  const torn = journalOf(records, files);
  const found = await Promise.all(
    ['web14:eth0', long, 'shop/other'].map((name) => failure(() => findRecord(torn, name, undefined))),
  );
  const [c1, d, web14] = files;
  const rest = 'braid attachments lists all that there is';
  expect(found.map(({ code, message, details }) => [code, message, details])).toEqual([
    [3, 'there is no readable record of web14:eth0', `3 records cannot be read: ${web14}, ${c1}, ${d}; ${rest}`],
    [3, `there is no readable record of ${long}`, `3 records cannot be read: ${d}, ${c1}, ${web14}; ${rest}`],
    [3, 'there is no record of shop/other', `3 records cannot be read: ${c1}, ${d}, ${web14}; ${rest}`],
  ]);
  const one = await failure(() => findRecords(journalOf(records, files.slice(0, 1)), ['shop/ap']));
  expect(one.details).toBe(`did you mean "shop/api"? 1 record cannot be read: ${c1}; ${rest}`);
});
