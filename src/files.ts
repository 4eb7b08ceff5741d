/**
 * The file operations of a call, under the names of `node:fs/promises`.
 *
 * A process that serves one request may do them on its own thread: to hand one to another thread and to be woken again costs
 * ten times the operation, and on a busy node a wait for the processor each time. A process that serves many must not block
 * on files that may lie anywhere; its own journal is another matter (`state/durable-file.ts`), but for the wait for the disk.
 */
import * as fs from 'node:fs';

/** An open file, as far as it is used. */
export interface OpenFile {
  stat(): Promise<fs.Stats>;
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<unknown>;
  readFile(encoding: 'utf8'): Promise<string>;
  close(): Promise<void>;
}

let isBlocking = false;

/** From here on operations are done on this thread. For a process that serves one request, at its beginning. */
export function blockForFiles(): void {
  isBlocking = true;
}

export async function open(path: string, flags: string | number, mode?: number): Promise<OpenFile> {
  return isBlocking ? blockingFile(fs.openSync(path, flags, mode)) : fs.promises.open(path, flags, mode);
}

export async function stat(path: string): Promise<fs.Stats> {
  return isBlocking ? fs.statSync(path) : fs.promises.stat(path);
}

export async function readEntries(folder: string): Promise<fs.Dirent[]> {
  const options = { withFileTypes: true } as const;
  return isBlocking ? fs.readdirSync(folder, options) : fs.promises.readdir(folder, options);
}

/** Waits until what was written is on the disk: milliseconds, or seconds where the disk is busy. */
export async function syncFile(descriptor: number): Promise<void> {
  if (isBlocking) return fs.fsyncSync(descriptor);
  await new Promise<void>((resolve, reject) => {
    fs.fsync(descriptor, (cause) => (cause ? reject(cause) : resolve()));
  });
}

function blockingFile(descriptor: number): OpenFile {
  return {
    stat: async () => fs.fstatSync(descriptor),
    read: async (buffer, offset, length, position) => fs.readSync(descriptor, buffer, offset, length, position),
    readFile: async (encoding) => fs.readFileSync(descriptor, encoding),
    close: async () => fs.closeSync(descriptor),
  };
}
