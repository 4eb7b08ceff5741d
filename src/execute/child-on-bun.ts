/** A process by what Bun itself has. */
import type { Bun } from '../bun.ts';
import type { StartChild } from './start-child.ts';

/** The adapter for Bun. */
export function childrenOnBun(bun: Bun): StartChild {
  return ({ argv, env, stdin }, events) => {
    // Bun would look a path with a NUL up as far as the NUL.
    if (argv.some((part) => part.includes('\0')))
      throw Object.assign(new Error('a path with a NUL'), { code: 'ERR_INVALID_ARG_VALUE' });
    const child = bun.spawn(argv, { env, stdin: Buffer.from(stdin), stdout: 'pipe', stderr: 'pipe', detached: true });
    const readers = [child.stdout.getReader(), child.stderr.getReader()] as const;
    const reading = [readAll(readers[0], events.stdout), readAll(readers[1], events.stderr)];
    child.exited.then(async () => {
      events.exited(child.exitCode, child.signalCode);
      await Promise.all(reading);
      events.closed();
    });
    return {
      pid: child.pid,
      release() {
        for (const reader of readers) reader.cancel().catch(() => undefined);
      },
    };
  };
}

/** Resolves at the end of the pipe, however it comes to it. */
async function readAll(reader: ReadableStreamDefaultReader<Uint8Array>, take: (chunk: Buffer) => void): Promise<void> {
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      take(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
    }
  } catch {
    // Its other end is gone, or we have let go of it.
  }
}
