import { expect, test } from 'vitest';
import { plannedRecord, searchPath } from '../../src/plan/plan.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';
import { requestOf } from '../samples/request.ts';

test('M32: plugins are looked for in CNI_PATH, then in binDir, each folder once', () => {
  expect(searchPath(requestOf({ CNI_PATH: '/a:/b:/a' }, { binDir: ['/c', '/b'] }))).toEqual(['/a', '/b', '/c']);
});

test('M13: the record of a plan has every attachment, none of them begun', () => {
  const { phase: _phase, ...attachment } = attachmentOf('a', 'eth0');
  const plan = { ...recordOf([]), attachments: [attachment] };
  expect(plannedRecord(plan)).toEqual(recordOf([attachmentOf('a', 'eth0')]));
});
