import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WHOLE_HOST } from '../../src/catalogue/whole-host.ts';
import { asOtherVersion } from '../harness/foreign-record.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';
import { DoctorScene } from './doctor-scene.ts';

const CHECK = 'journal';
const HOUR_MS = 3_600_000;
const ADDED = { phase: 'added' } as const;

/** The namespaces that there are. */
function namespaces(...there: string[]) {
  const namespace = (path: string) => (there.includes(path) ? 'there' : 'absent') as 'there' | 'absent';
  return { ports: { host: { ...WHOLE_HOST, namespace } } };
}

test('records of pods that are there are no finding', async () => {
  const scene = new DoctorScene();
  await scene.record(recordOf([attachmentOf('front', 'eth0', ADDED)]));
  expect(await scene.ids(CHECK, namespaces('/run/netns/pod'))).toEqual([]);
});

test('records whose namespace is gone, but not those of which nothing is left', async () => {
  const scene = new DoctorScene();
  const two = [attachmentOf('front', 'eth0', ADDED), attachmentOf('back', 'net1', ADDED)];
  await scene.record(recordOf(two, { containerId: 'abcdefghijklmnop' }));
  await scene.record(recordOf([attachmentOf('front', 'eth0', { phase: 'gone' })], { containerId: 'done' }));
  const [finding, ...others] = await scene.find(CHECK, namespaces());
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    id: 'journal/leak',
    severity: 'warning',
    what: '1 record (2 attachments) of containers whose namespace is gone: abcdefghijklm/eth0',
    where: join(scene.stateDir, 'attachments'),
  });
});

test('an ADD or a DEL that stopped half-way more than an hour ago', async () => {
  const scene = new DoctorScene();
  await scene.record(recordOf([attachmentOf('front', 'eth0', { phase: 'adding' })]));
  await scene.record(recordOf([attachmentOf('front', 'eth0', ADDED)], { containerId: 'c2' }));
  const { ports } = namespaces('/run/netns/pod');
  expect(await scene.ids(CHECK, { ports, node: { nowMs: Date.now() + HOUR_MS / 2 } })).toEqual([]);
  const [finding] = await scene.find(CHECK, { ports, node: { nowMs: Date.now() + 2 * HOUR_MS } });
  expect(finding).toMatchObject({ id: 'journal/half-done', what: expect.stringMatching(/^1 record .*: c1\/eth0$/) });
});

test('damaged records, those of another version, and what lies in quarantine; all stays as it is', async () => {
  const scene = new DoctorScene();
  await scene.record(recordOf([attachmentOf('front', 'eth0', ADDED)]));
  await scene.record(recordOf([attachmentOf('front', 'eth0', ADDED)], { containerId: 'c2' }));
  const folder = join(scene.stateDir, 'attachments');
  const [one = '', two = ''] = readdirSync(folder).map((name) => join(folder, name));
  writeFileSync(one, asOtherVersion(readFileSync(one, 'utf8')));
  writeFileSync(two, readFileSync(two, 'utf8').replace('eth0', 'eth9'));
  scene.file('state/quarantine/2026-old.json', 'torn');
  const before = [one, two].map((file) => readFileSync(file, 'utf8'));
  expect(await scene.ids(CHECK, namespaces('/run/netns/pod'))).toEqual([
    'error journal/foreign',
    'error journal/damaged',
    'warning journal/quarantine',
  ]);
  expect([one, two].map((file) => readFileSync(file, 'utf8'))).toEqual(before);
});

test('a journal that is larger than a node needs', async () => {
  const scene = new DoctorScene();
  await scene.record(recordOf([attachmentOf('front', 'eth0', ADDED)]));
  const folder = join(scene.stateDir, 'attachments');
  for (let index = 0; index < 1000; index += 1) appendFileSync(join(folder, `x${index}.json`), '');
  expect(await scene.ids(CHECK, namespaces('/run/netns/pod'))).toEqual(['note journal/large']);
});
