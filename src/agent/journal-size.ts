/** How large the journal is. Touches the disk. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Counts the records of these state folders, and their bytes; what cannot be read counts nothing. */
export async function journalSize(stateDirs: Iterable<string>): Promise<{ records: number; bytes: number }> {
  const size = { records: 0, bytes: 0 };
  for (const stateDir of stateDirs) {
    const folder = join(stateDir, 'attachments');
    for (const name of await readdir(folder).catch(() => [])) {
      const file = await stat(join(folder, name)).catch(() => undefined);
      size.bytes += file?.size ?? 0;
      size.records += name.endsWith('.json') ? 1 : 0;
    }
  }
  return size;
}
