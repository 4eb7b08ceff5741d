import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deviceInfoOnDisk } from '../../src/report/device-info-on-disk.ts';
import { failure } from '../samples/failure.ts';
import { scratchFolder } from '../samples/scratch.ts';

const INFO = { type: 'pci', version: '1.1.0', pci: { 'pci-address': '0000:03:00.1' } };

test('a device plugin’s file is copied into a folder that is made for it', async () => {
  const dir = scratchFolder();
  const copyOf = join(dir, 'dp.json');
  const file = join(dir, 'a/cni/x.json');
  writeFileSync(copyOf, JSON.stringify(INFO));
  await deviceInfoOnDisk.prepare([{ ifName: 'net1', file, copyOf }]);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(INFO);
  expect(await deviceInfoOnDisk.read(file)).toEqual(INFO);
});

test('without one the folder is there, and nothing is read until a plugin writes', async () => {
  const dir = scratchFolder();
  const file = join(dir, 'cni/x.json');
  await deviceInfoOnDisk.prepare([{ ifName: 'net1', file, copyOf: join(dir, 'none.json') }]);
  expect(await deviceInfoOnDisk.read(file)).toBeUndefined();
  writeFileSync(file, JSON.stringify(INFO));
  expect(await deviceInfoOnDisk.read(file)).toEqual(INFO);
});

test.each(['{', '[]', '{"type":"usb","version":"1"}', '{"type":"pci"}'])(
  '%o is no device information',
  async (text) => {
    const file = join(scratchFolder(), 'x.json');
    writeFileSync(file, text);
    await expect(deviceInfoOnDisk.read(file)).rejects.toThrow();
  },
);

test('a folder that cannot be made is code 5 and names the key', async () => {
  const dir = scratchFolder();
  writeFileSync(join(dir, 'cni'), '');
  const prepare = () =>
    deviceInfoOnDisk.prepare([{ ifName: 'net1', file: join(dir, 'cni/a/x.json'), copyOf: undefined }]);
  expect(await failure(prepare)).toMatchObject({ code: 5, details: expect.stringContaining('"deviceInfoDir"') });
});

test('what lies in the way of a copy is code 5', async () => {
  const dir = scratchFolder();
  mkdirSync(join(dir, 'x.json'));
  writeFileSync(join(dir, 'dp.json'), '{}');
  const prepare = () =>
    deviceInfoOnDisk.prepare([{ ifName: 'net1', file: join(dir, 'x.json'), copyOf: join(dir, 'dp.json') }]);
  expect((await failure(prepare)).code).toBe(5);
});
