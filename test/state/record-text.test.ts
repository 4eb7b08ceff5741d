import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CNI_VERSIONS } from '../../src/schema/cni-version.ts';
import { parseRecord, printRecord, printSteps } from '../../src/state/record-text.ts';
import type { AttachmentRecord, Phase, Step } from '../../src/state/state-store.ts';
import { asOtherVersion } from '../harness/foreign-record.ts';
import { fault } from '../samples/failure.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';

const PHASES = ['planned', 'adding', 'added', 'deleting', 'gone'] as const satisfies readonly Phase[];
const json = fc
  .dictionary(
    fc.string().filter((key) => key !== '__proto__'),
    fc.jsonValue(),
  )
  .map((object) => JSON.parse(JSON.stringify(object)) as Record<string, unknown>)
  .filter((object) => !JSON.stringify(object).includes('__proto__'));
const attachment = fc.record(
  {
    network: fc.string(),
    reference: fc.string(),
    ifName: fc.string(),
    isPrimary: fc.boolean(),
    why: fc.string({ unit: 'binary' }),
    cniVersion: fc.constantFrom(...CNI_VERSIONS),
    isCheckDisabled: fc.boolean(),
    isGcDisabled: fc.boolean(),
    cniArgs: fc.string(),
    wantedAddresses: fc.array(fc.string()),
    deviceInfoFile: fc.string(),
    plugins: fc.array(fc.record({ type: fc.string(), config: json }), { maxLength: 3 }),
    phase: fc.constantFrom(...PHASES),
    result: json,
    isSeen: fc.boolean(),
  },
  {
    requiredKeys: [
      'network',
      'reference',
      'ifName',
      'isPrimary',
      'why',
      'cniVersion',
      'isCheckDisabled',
      'isGcDisabled',
      'cniArgs',
      'wantedAddresses',
      'plugins',
      'phase',
    ],
  },
);
const records: fc.Arbitrary<AttachmentRecord> = fc.record({
  containerId: fc.string(),
  ifName: fc.string(),
  netns: fc.string(),
  networkName: fc.string(),
  searchPath: fc.array(fc.string()),
  attachments: fc.array(attachment, { maxLength: 3 }),
});

const SAMPLE = recordOf([
  attachmentOf('front', 'eth0'),
  attachmentOf('étage', 'eth1', { phase: 'added', result: { a: 1 } }),
]);

describe('records', () => {
  test('R46, M13: a record is read as it was written, unknown keys of configurations included', () => {
    fc.assert(
      fc.property(records, (record) => {
        const text = printRecord(record);
        expect(text.split('\n')).toHaveLength(2);
        expect(JSON.stringify(parseRecord(text))).toBe(JSON.stringify({ record, steps: [] }));
      }),
    );
  });

  test('a record of before definitions were read is read too: a DEL after an upgrade must not fail', () => {
    const older = (record: AttachmentRecord) => {
      const attachments = record.attachments.map(({ reference: _r, wantedAddresses: _w, ...rest }) => rest);
      return { ...record, attachments } as unknown as AttachmentRecord;
    };
    const { record: read } = parseRecord(printRecord(older(SAMPLE)));
    expect(read.attachments).toMatchObject([
      { network: 'front', reference: '', wantedAddresses: [] },
      { network: 'étage', reference: '', wantedAddresses: [] },
    ]);
  });

  test('any byte that is changed, lost or doubled is noticed', () => {
    const whole = Buffer.from(printRecord(SAMPLE));
    const position = fc.nat({ max: whole.length - 1 });
    const damages = fc.oneof(
      fc.tuple(position, fc.integer({ min: 1, max: 255 })).map(([at, mask]) => {
        const bytes = Buffer.from(whole);
        bytes[at] = (bytes[at] ?? 0) ^ mask;
        return bytes;
      }),
      position.map((at) => whole.subarray(0, at)),
      position.map((at) => Buffer.concat([whole.subarray(0, at), whole.subarray(at + 1)])),
      // All but the last one, a newline, after which steps may follow.
      fc.nat({ max: whole.length - 2 }).map((at) => Buffer.concat([whole.subarray(0, at + 1), whole.subarray(at)])),
    );
    fc.assert(
      fc.property(damages, (bytes) => {
        expect(bytes.equals(whole)).toBe(false);
        expect(() => parseRecord(bytes.toString('utf8'))).toThrow();
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['', 'the file is empty'],
    ['{}', 'it does not begin as a record does'],
    [` ${printRecord(SAMPLE)}`, 'it does not begin as a record does'],
    [printRecord(SAMPLE).replace('/v1', '/v2'), 'its checksum does not match its content'],
    [asOtherVersion(printRecord(SAMPLE)), 'its kind is "attachment/v9", this version of Braid knows "attachment/v1"'],
    [printRecord(SAMPLE).replace('front', 'frond'), 'its checksum does not match its content'],
    [printRecord(SAMPLE).trimEnd(), 'its checksum does not match its content'],
    [printRecord({ ...SAMPLE, netns: 1 } as never), '"netns" must be a string'],
    [
      printRecord(recordOf([{ ...attachmentOf('a', 'eth0'), phase: 'lost' as Phase }])),
      '"attachments[0].phase" must be',
    ],
  ])('damage is said in words (%#): %s', (text, what) => {
    expect(fault(() => parseRecord(text))).toContain(what);
  });
});

describe('steps', () => {
  const steps: Step[] = [
    { index: 0, phase: 'adding' },
    { index: 0, phase: 'added', result: { cniVersion: '1.1.0' } },
    { index: 1, phase: 'adding' },
  ];
  const text = printSteps(steps);
  const parseSteps = (lines: string) => parseRecord(printRecord(SAMPLE) + lines).steps;

  test('are read in their order', () => {
    expect(parseSteps(text)).toEqual(steps);
    expect(parseSteps('')).toEqual([]);
  });

  test('a torn last step was not noted, wherever it is torn', () => {
    const last = text.length - printSteps(steps.slice(2)).length;
    // Without its last newline the step is whole.
    for (let length = last; length < text.length - 1; length += 1) {
      expect(parseSteps(text.slice(0, length))).toEqual(steps.slice(0, 2));
    }
  });

  test.each(['{"index":0,"ph', '{"index":0.5,"phase":"gone"}', '{"index":0,"phase":"lost"}', 'null', '\0\0'])(
    'a line that is no step, %o, is passed over, and hides none after it',
    (line) => {
      const gone: Step = { index: 0, phase: 'gone' };
      expect(parseSteps(`${printSteps(steps.slice(0, 1))}${line}${printSteps([gone])}`)).toEqual([steps[0], gone]);
    },
  );
});
