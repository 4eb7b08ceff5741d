/**
 * Listening on a socket file that only root can use, and that no other agent listens on.
 *
 * What a dead agent left is taken away; an agent that lives is not pushed aside.
 */
import { chmod, mkdir, rm } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import { CniError, ErrorCode, errorText } from '../errors.ts';

/** Of `sun_path`, without its end. Source: unix(7). */
const MOST_PATH_BYTES = 107;

/** Listens on `path`, mode 0600. Throws: code 7 when somebody does already, code 5 when it cannot be made. */
export async function listenAlone(server: Server, path: string, backlog: number): Promise<void> {
  if (Buffer.byteLength(path) > MOST_PATH_BYTES) {
    throw new CniError(ErrorCode.invalidConfig, `the socket ${path} has more than ${MOST_PATH_BYTES} bytes`);
  }
  if (await isAnswered(path)) {
    throw new CniError(
      ErrorCode.invalidConfig,
      `another agent listens on ${path}`,
      'stop it, or name another --socket',
    );
  }
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await rm(path, { force: true });
    await listen(server, path, backlog);
  } catch (cause) {
    throw new CniError(ErrorCode.io, `cannot listen on ${path}: ${errorText(cause)}`, '', { cause });
  }
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function listen(server: Server, path: string, backlog: number): Promise<void> {
  // The file is made with the mode that it shall have; a moment of more would be enough to connect.
  const before = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ path, backlog }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } finally {
    process.umask(before);
  }
  await chmod(path, 0o600);
}
