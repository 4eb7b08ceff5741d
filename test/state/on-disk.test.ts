import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openStateDir } from '../../src/state/on-disk.ts';
import { printRecord, printSteps } from '../../src/state/record-text.ts';
import type { Step } from '../../src/state/state-store.ts';
import { failure } from '../samples/failure.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';
import { scratchFolder } from '../samples/scratch.ts';

const record = recordOf([attachmentOf('a', 'eth0'), attachmentOf('b', 'eth1')]);
const key = { containerId: 'c1', ifName: 'eth0' };

function opened() {
  const stateDir = join(scratchFolder(), 'state');
  const folder = join(stateDir, 'attachments');
  const fileOf = (ending: string) => join(folder, readdirSync(folder).find((name) => name.endsWith(ending)) ?? '');
  return { stateDir, folder, fileOf, state: openStateDir(stateDir) };
}

async function phases(state: ReturnType<typeof openStateDir>) {
  const lookup = await state.load(key);
  return lookup.kind === 'found' ? lookup.record.attachments.map(({ phase }) => phase) : lookup.kind;
}

describe('a record', () => {
  test('has the boot and the time in which it was written', async () => {
    const { state } = opened();
    const beforeMs = Date.now();
    await state.write(record);
    const lookup = await state.load(key);
    const { bootId, writtenMs = 0 } = lookup.kind === 'found' ? lookup.record : {};
    expect(bootId).toMatch(/^[0-9a-f-]{36}$/);
    expect(beforeMs <= writtenMs && writtenMs <= Date.now()).toBe(true);
  });

  test('is absent before it is written and after it is removed, then nothing is left', async () => {
    const { state, folder } = opened();
    expect(await state.load(key)).toEqual({ kind: 'absent' });
    await state.write(record);
    await state.note(key, [{ index: 0, phase: 'adding' }]);
    expect(readdirSync(folder)).toHaveLength(1);
    await state.remove(key);
    expect(await state.load(key)).toEqual({ kind: 'absent' });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('M13: is read with the steps that were noted since', async () => {
    const { state } = opened();
    await state.write(record);
    await state.note(key, [{ index: 0, phase: 'adding' }]);
    await state.note(key, [{ index: 0, phase: 'added', result: { x: 1 } }]);
    await state.note(key, [{ index: 1, phase: 'adding' }]);
    expect(await state.load(key)).toMatchObject({
      kind: 'found',
      record: { attachments: [{ phase: 'added', result: { x: 1 } }, { phase: 'adding' }] },
    });
  });

  test('M13: is read with how things stood at the end, after all that was noted', async () => {
    const { state } = opened();
    await state.write(record);
    await state.note(key, [{ index: 0, phase: 'added', result: { x: 1 } }]);
    await state.note(key, [{ index: 1, phase: 'added', result: { y: 1 } }]);
    await state.settle(key, [
      { index: 0, phase: 'added', result: { x: 2 }, isSeen: true },
      { index: 1, phase: 'added' },
    ]);
    const lookup = await state.load(key);
    expect(lookup.kind === 'found' && lookup.record.attachments.map(({ result, isSeen }) => [result, isSeen])).toEqual([
      [{ x: 2 }, true],
      [{ y: 1 }, undefined],
    ]);
  });

  test('M13: written by an earlier build, which put the results into it at the end, is read as it stands', async () => {
    const { state, fileOf } = opened();
    await state.write(record);
    const attachments = record.attachments.map((each) => ({
      ...each,
      phase: 'added' as const,
      result: {},
      isSeen: true,
    }));
    writeFileSync(fileOf('.json'), printRecord({ ...record, attachments }));
    expect(await state.load(key)).toEqual({ kind: 'found', record: { ...record, attachments } });
  });

  test('that is too long to be kept is code 7, and nothing of it is left', async () => {
    const { state, folder } = opened();
    await state.write(record);
    await state.remove(key);
    const plugins = [{ type: 'a', config: { note: 'x'.repeat(8 * 1024 * 1024) } }];
    const long = recordOf([attachmentOf('a', 'eth0', { plugins })]);
    expect(await failure(() => state.write(long))).toMatchObject({
      code: 7,
      message: expect.stringMatching(/^the configurations of the pod's 1 networks have 83\d+ characters together/),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a new record begins without the steps of an old one', async () => {
    const { state } = opened();
    await state.write(record);
    await state.note(key, [{ index: 0, phase: 'adding' }]);
    await state.write(record);
    expect(await phases(state)).toEqual(['gone', 'gone']);
  });

  test('is one for each interface name of a container', async () => {
    const { state } = opened();
    await state.write(record);
    await state.write({ ...record, ifName: 'eth9' });
    await state.remove({ ...key, ifName: 'eth9' });
    expect(await state.load({ ...key, ifName: 'eth9' })).toEqual({ kind: 'absent' });
    expect(await phases(state)).toEqual(['gone', 'gone']);
  });

  test('what was only planned never ran, unless the note of it was lost with the power', async () => {
    const { state, fileOf } = opened();
    await state.write(record);
    await state.note(key, [{ index: 0, phase: 'adding' }]);
    expect(await phases(state)).toEqual(['adding', 'gone']);
    const boot = /"bootId":"([0-9a-f-]+)"/.exec(readFileSync(fileOf('.json'), 'utf8'))?.[1] ?? '';
    expect(boot).not.toBe('');
    const noted = printSteps([{ index: 0, phase: 'adding' }]);
    writeFileSync(fileOf('.json'), printRecord({ ...record, bootId: 'another' }) + noted);
    expect(await phases(state)).toEqual(['adding', 'planned']);
  });

  test('M18: ids without a limit of length get a file name within it, and are told apart', async () => {
    const { state, folder } = opened();
    const ids = ['x'.repeat(5000), `${'x'.repeat(4999)}y`];
    for (const containerId of ids) await state.write({ ...record, containerId });
    expect(readdirSync(folder)).toHaveLength(2);
    for (const containerId of ids) {
      expect(await state.load({ containerId, ifName: 'eth0' })).toMatchObject({
        kind: 'found',
        record: { containerId },
      });
    }
    expect(Math.max(...readdirSync(folder).map((name) => name.length))).toBeLessThanOrEqual(120);
  });

  test('is for its owner alone', async () => {
    const { state, stateDir, folder, fileOf } = opened();
    await state.write(record);
    await state.note(key, [{ index: 0, phase: 'adding' }]);
    expect([stateDir, folder].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
    expect(statSync(fileOf('.json')).mode & 0o777).toBe(0o600);
  });
});

describe('damage', () => {
  test.each([
    ['truncated', (text: string) => text.slice(0, text.length / 2), 'its checksum does not match its content'],
    ['edited', (text: string) => text.replace('eth1', 'eth7'), 'its checksum does not match its content'],
    ['emptied', () => '', 'the file is empty'],
    ['of zeros', (text: string) => '\0'.repeat(text.length), 'it does not begin as a record does'],
  ])('M13: a record that was %s is damaged, never absent', async (_how, edit, cause) => {
    const { state, fileOf } = opened();
    await state.write(record);
    const file = fileOf('.json');
    writeFileSync(file, edit(readFileSync(file, 'utf8')));
    expect(await state.load(key)).toEqual({ kind: 'damaged', file, cause });
  });

  test('a torn end costs the last step only', async () => {
    const { state, fileOf } = opened();
    await state.write(record);
    await state.note(key, [{ index: 0, phase: 'adding' }]);
    await state.note(key, [{ index: 0, phase: 'added', result: {} }]);
    appendFileSync(fileOf('.json'), '{"index":1,"pha');
    expect(await phases(state)).toEqual(['added', 'gone']);
  });

  test('a step cannot be noted without its record, and leaves no file that would pass for a damaged one', async () => {
    const { state, folder } = opened();
    await state.write(record);
    await state.remove(key);
    const step: Step = { index: 0, phase: 'gone' };
    for (const work of [() => state.note(key, [step]), () => state.settle(key, [step])]) {
      expect(await failure(work)).toMatchObject({ code: 5, message: expect.stringContaining('ENOENT') });
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  test('what a writer left that was killed before its rename is no record, and is cleared away', async () => {
    const { state, folder, fileOf } = opened();
    await state.write(record);
    const temporary = `${fileOf('.json')}.tmp`;
    await state.remove(key);
    writeFileSync(temporary, '{"kind":"attach');
    expect(await state.load(key)).toEqual({ kind: 'absent' });
    expect(readdirSync(folder)).toEqual([]);
    await state.write(record);
    writeFileSync(temporary, 'x');
    await state.remove(key);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('quarantine sets the file aside as it is', async () => {
    const { state, stateDir, folder, fileOf } = opened();
    await state.write(record);
    await state.note(key, [{ index: 0, phase: 'adding' }]);
    writeFileSync(fileOf('.json'), 'damaged');
    const aside = await state.quarantine(key);
    expect(aside.startsWith(join(stateDir, 'quarantine'))).toBe(true);
    expect(readFileSync(aside, 'utf8')).toBe('damaged');
    expect(readdirSync(folder)).toEqual([]);
    expect(await state.load(key)).toEqual({ kind: 'absent' });
  });
});

describe('a disk that refuses', () => {
  test('a stateDir that cannot be is code 5, named, with what to do', async () => {
    const file = join(scratchFolder(), 'file');
    writeFileSync(file, '');
    const state = openStateDir(file);
    for (const work of [
      () => state.write(record),
      () => state.load(key),
      () => state.note(key, [{ index: 0, phase: 'gone' }]),
    ]) {
      const error = await failure(work);
      expect(error).toMatchObject({
        code: 5,
        message: expect.stringMatching(/^stateDir ".*\/file": .*(ENOTDIR|EEXIST)/),
      });
      expect(error.details).toContain('set the key "stateDir"');
    }
  });

  test('a record that cannot be read is neither absent nor damaged', async () => {
    const { state, folder, fileOf } = opened();
    await state.write(record);
    const file = fileOf('.json');
    await state.remove(key);
    mkdirSync(join(folder, file.split('/').at(-1) ?? ''));
    expect(await failure(() => state.load(key))).toMatchObject({ code: 5, message: expect.stringContaining('EISDIR') });
  });
});
