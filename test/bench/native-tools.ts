/**
 * The bench's own C programs, built anew for each run: the stop-watch, the floors, and the plugin that answers at once.
 *
 * Static, since the dynamic linker alone would double what the smallest of them costs.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Where each program is. */
export interface NativeTools {
  readonly folder: string;
  readonly stopWatch: string;
  /** Runs calls from a file back to back. */
  readonly floor: string;
  /** Does nothing. */
  readonly empty: string;
  readonly instantDelegate: string;
}

const SOURCES = join(import.meta.dirname, 'native');
const FLAGS = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-static'];

/** Builds them into `folder`. Throws: an Error saying what to install, or what the compiler said. */
export function buildNativeTools(folder: string): NativeTools {
  const compiler = ['musl-gcc', 'gcc'].find((each) => spawnSync(each, ['--version']).status === 0);
  if (compiler === undefined) throw new Error('no C compiler: install musl-tools or gcc (Debian: apt-get install gcc)');
  const build = (name: string, ...sources: readonly string[]): string => {
    const file = join(folder, name);
    const inputs = [name, ...sources].map((source) => join(SOURCES, `${source}.c`));
    const { status, stderr } = spawnSync(compiler, [...FLAGS, '-o', file, ...inputs], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${compiler} ${name}.c: ${stderr}`);
    return file;
  };
  return {
    folder,
    stopWatch: build('bench-run', 'calls'),
    floor: build('floor', 'calls'),
    empty: build('empty'),
    instantDelegate: build('instant-delegate'),
  };
}
