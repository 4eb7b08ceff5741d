import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { keptReading } from '../src/kept-reading.ts';
import { scratchFolder } from './samples/scratch.ts';

function counted(read: (path: string) => string = (path) => readFileSync(path, 'utf8')) {
  let readings = 0;
  const kept = keptReading(async (path) => {
    readings += 1;
    return read(path);
  });
  return { kept, readings: () => readings };
}

const untilSettled = () => sleep(2100);

test('what has not changed since it was read is not read again', async () => {
  const file = join(scratchFolder(), 'a');
  writeFileSync(file, 'one');
  await untilSettled();
  const { kept, readings } = counted();
  expect([await kept(file), await kept(file), readings()]).toEqual(['one', 'one', 1]);
});

test('what has just changed is read each time, for the next change might look the same', async () => {
  const file = join(scratchFolder(), 'a');
  const { kept, readings } = counted();
  for (let round = 0; round < 200; round += 1) {
    writeFileSync(file, `${round % 10}`);
    expect(await kept(file)).toBe(`${round % 10}`);
  }
  expect(readings()).toBe(200);
});

test.each([
  ['written anew in the same length', (file: string) => writeFileSync(file, 'two')],
  ['replaced by a file that is as old', (file: string) => renameSync(`${file}.other`, file)],
  [
    'a link that leads elsewhere',
    (file: string) => {
      rmSync(file);
      symlinkSync(`${file}.other`, file);
    },
  ],
  [
    'changed under a time that was set back',
    (file: string) => {
      writeFileSync(file, 'two');
      utimesSync(file, new Date(0), new Date(0));
    },
  ],
])('a file that is %s is read anew', async (_how, change) => {
  const file = join(scratchFolder(), 'a');
  writeFileSync(file, 'one');
  utimesSync(file, new Date(0), new Date(0));
  writeFileSync(`${file}.other`, 'two');
  await untilSettled();
  const { kept } = counted();
  expect([await kept(file), await kept(file)]).toEqual(['one', 'one']);
  change(file);
  expect(await kept(file)).toBe('two');
});

test('a change while it is read is seen the next time', async () => {
  const file = join(scratchFolder(), 'a');
  writeFileSync(file, 'one');
  await untilSettled();
  let isFirst = true;
  const { kept } = counted((path) => {
    const text = readFileSync(path, 'utf8');
    if (isFirst) writeFileSync(path, 'two');
    isFirst = false;
    return text;
  });
  expect([await kept(file), await kept(file)]).toEqual(['one', 'two']);
});

test('neither an error nor an absence is remembered', async () => {
  const file = join(scratchFolder(), 'a');
  const { kept } = counted();
  await expect(kept(file)).rejects.toThrow('ENOENT');
  writeFileSync(file, 'one');
  await untilSettled();
  let fails = true;
  const failing = counted((path) => {
    if (fails) throw new Error('EMFILE');
    return readFileSync(path, 'utf8');
  });
  await expect(failing.kept(file)).rejects.toThrow('EMFILE');
  fails = false;
  expect([await kept(file), await failing.kept(file)]).toEqual(['one', 'one']);
});

test('a folder is read anew when a name in it comes or goes', async () => {
  const folder = join(scratchFolder(), 'net.d');
  mkdirSync(folder);
  await untilSettled();
  const { kept, readings } = counted(() => 'names');
  await kept(folder);
  await kept(folder);
  expect(readings()).toBe(1);
  writeFileSync(join(folder, 'a'), '');
  await kept(folder);
  expect(readings()).toBe(2);
});
