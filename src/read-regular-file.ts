/** Reading a configuration file that may be anything: a pipe would be waited for, a huge file would fill the memory. */
import { constants } from 'node:fs';
import { open } from './files.ts';

/** As large as the runtimes' own limit for a configuration file. */
const MAX_BYTES = 2 * 1024 * 1024;

/** The text of a regular file, links followed. Throws: Error saying what is wrong with it, or what the system says. */
export async function readRegularFile(file: string, mostBytes = MAX_BYTES): Promise<string> {
  // Opening a pipe without O_NONBLOCK waits for a writer.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new Error('it is not a regular file');
    if (found.size > mostBytes) throw new Error(`it has ${found.size} bytes, more than ${mostBytes}`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
