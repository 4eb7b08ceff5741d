/** Configuration files of a folder, where what we may not read is not taken for broken. Touches disk. */
import { access, constants, stat } from 'node:fs/promises';
import { CniError, ErrorCode } from '../errors.ts';
import type { ConfigFile } from '../network/match-network.ts';
import { byFileName, readConfDir, readConfigFile } from '../network/read-conf-dir.ts';
import { orIfMissing } from './missing.ts';

/** All of a folder, in the order in which runtimes take them; none where there is no folder. Throws for what is forbidden. */
export async function confFiles(folder: string): Promise<ConfigFile[]> {
  const files = byFileName(await readConfDir(folder).catch(orIfMissing([])));
  await assertReadable(files);
  return files;
}

/** A file that somebody has named. Throws when there is none, or it is forbidden. */
export async function confFile(file: string): Promise<ConfigFile> {
  if (!(await stat(file).catch(orIfMissing(undefined)))) {
    throw new CniError(ErrorCode.io, `there is no file ${file}`, "name Braid's configuration with --conf");
  }
  const read = await readConfigFile(file);
  await assertReadable([read]);
  return read;
}

/** A file that is broken in another way than being forbidden must not hide all others. */
async function assertReadable(files: readonly ConfigFile[]): Promise<void> {
  for (const { file, kind } of files) {
    if (kind !== 'broken') continue;
    await access(file, constants.R_OK).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EACCES' || cause.code === 'EPERM') throw cause;
    });
  }
}
