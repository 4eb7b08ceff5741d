/**
 * The file of traces: a line for each request, as OpenTelemetry's file exporter has them.
 *
 * Several processes append to it at the same time: each line is one write at the end. Where a full disk took a part of one, the
 * next begins a line of its own. A file that has grown too long is set
 * aside under its name and `.1`, in the place of the one before, by one of them. Touches disk.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock } from '../state/kernel-lock.ts';

const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
const MODE = 0o600;
const LINE_FEED = 0x0a;
/** A write that is under way goes on within this time, in ms. */
const WRITE_MS = 50;

/** Appends a line. Throws: what the system says, or Error saying what is wrong with the file. */
export async function appendLine(file: string, line: Uint8Array, mostBytes: number): Promise<void> {
  await makeRoom(file, line.length, mostBytes);
  // Opening a pipe without O_NONBLOCK would wait for its reader.
  const handle = await open(file, FLAGS, MODE);
  try {
    if (!(await handle.stat()).isFile()) throw new Error('it is not a regular file');
    const text = Buffer.concat([Buffer.from((await isTorn(handle)) ? '\n' : ''), line, Buffer.from('\n')]);
    const { bytesWritten } = await handle.write(text);
    if (bytesWritten < text.length) throw new Error(`only ${bytesWritten} of ${text.length} bytes fit`);
  } finally {
    await handle.close();
  }
}

/** True where the file ends within a line, and goes on doing so: somebody else may be writing it just now. */
async function isTorn(handle: FileHandle): Promise<boolean> {
  const before = await openEnd(handle);
  if (before === undefined) return false;
  await sleep(WRITE_MS);
  return (await openEnd(handle)) === before;
}

/** The size of a file that does not end with a line. */
async function openEnd(handle: FileHandle): Promise<number | undefined> {
  const { size } = await handle.stat();
  if (size === 0) return undefined;
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return bytesRead === 1 && buffer[0] !== LINE_FEED ? size : undefined;
}

/** Whoever finds somebody else at it goes on with the file as it is. */
async function makeRoom(file: string, length: number, mostBytes: number): Promise<void> {
  if (!(await isFull(file, length, mostBytes))) return;
  const name = createHash('sha256').update(file).digest('hex').slice(0, 32);
  const lock = await tryLock(`braid/trace/${name}`);
  if (!lock) return;
  try {
    // Another one may have done it meanwhile.
    if (await isFull(file, length, mostBytes)) await rename(file, `${file}.1`);
  } finally {
    lock.release();
  }
}

async function isFull(file: string, length: number, mostBytes: number): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() === true && found.size > 0 && found.size + length + 1 > mostBytes;
}
