/** Device information on disk: the adapter. Its folders are shared with Multus and the device plugins. */
import { copyFile, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CniError, ErrorCode, errorText } from '../errors.ts';
import type { DeviceFile } from '../plan/device-files.ts';
import { readRegularFile } from '../read-regular-file.ts';
import { parseDeviceInfo } from '../schema/device-info.ts';
import type { DeviceInfoFiles } from './device-info.ts';

/** The files below `deviceInfoDir`. */
export const deviceInfoOnDisk: DeviceInfoFiles = {
  async prepare(files) {
    for (const each of files) await prepareFile(each);
  },
  async read(file) {
    return (await isThere(file)) ? parseDeviceInfo(await readRegularFile(file)) : undefined;
  },
};

async function prepareFile({ file, copyOf }: DeviceFile): Promise<void> {
  try {
    await makeFolders(dirname(file));
    if (copyOf !== undefined && (await isThere(copyOf))) await copyFile(copyOf, file);
  } catch (cause) {
    throw new CniError(
      ErrorCode.io,
      `cannot prepare the device information file ${file}: ${errorText(cause)}`,
      'make its folder writable, or set the key "deviceInfoDir"',
      { cause },
    );
  }
}

/** Level by level: Node's own recursion never ends below /proc. */
async function makeFolders(folder: string): Promise<void> {
  if (dirname(folder) === folder || (await isThere(folder))) return;
  await makeFolders(dirname(folder));
  await mkdir(folder, { mode: 0o755 }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') throw cause;
  });
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
