/** The disk of this node as checks see it. Touches disk; changes nothing. */
import { access, constants, readdir, stat, statfs } from 'node:fs/promises';
import { readRegularFile } from '../read-regular-file.ts';
import { confFiles } from './conf-files.ts';
import type { ExaminedNode, FileFacts, FreeParts } from './examined-node.ts';
import { hostLink } from './host-link.ts';
import { orIfMissing } from './missing.ts';

type DiskPart = Pick<
  ExaminedNode,
  'configFiles' | 'namesIn' | 'read' | 'facts' | 'assertReadable' | 'assertWritable' | 'free' | 'link'
>;

export const NODE_DISK: DiskPart = {
  async configFiles(folder) {
    await answers(folder);
    return confFiles(folder);
  },
  namesIn: (folder) => readdir(folder).catch(orIfMissing([])),
  read: readRegularFile,
  facts,
  assertReadable: (file) => access(file, constants.R_OK).catch(orIfMissing(undefined)),
  assertWritable: (folder) => access(folder, constants.W_OK),
  free,
  link: hostLink,
};

/** Waits for whatever is there, or is not; on a disk that hangs, for ever, on a thread that nobody needs. */
export async function answers(path: string): Promise<void> {
  await stat(path).catch(() => undefined);
}

async function facts(path: string): Promise<FileFacts | undefined> {
  const found = await stat(path).catch(orIfMissing(undefined));
  return found && { mode: found.mode & 0o777, isSocket: found.isSocket() };
}

async function free(folder: string): Promise<FreeParts> {
  const { blocks, bavail, files, ffree } = await statfs(folder);
  // Some file systems make inodes as they need them, and say 0.
  return { space: blocks > 0 ? bavail / blocks : undefined, inodes: files > 0 ? ffree / files : undefined };
}
