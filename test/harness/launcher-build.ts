/** Building the launcher and parts of it from their sources. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Ability } from './real-requirements.ts';

const project = resolve(import.meta.dirname, '../..');
const sources = join(project, 'src/launcher');
const STRICT = ['-std=c11', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror'];
const SANITIZERS = ['-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

/** A way to build the launcher. `build` writes the program to a path. Throws: an Error with the compiler's words. */
export interface LauncherBuild {
  readonly name: string;
  readonly ability: Ability;
  readonly build: (path: string, flags: readonly string[]) => void;
}

/** As it is shipped. */
export const SHIPPED: LauncherBuild = {
  name: 'as shipped',
  ability: needing('musl-gcc', 'musl-gcc is not installed (Debian: musl-tools)', ['-dumpversion']),
  build: (path, flags) =>
    run('sh', [join(project, 'src/native/build.sh'), 'launcher', path, ...flags], { BRAID_REQUIRE_REAL: '1' }),
};

/** With sanitizers, which end it with words on stderr. */
export const SANITIZED: LauncherBuild = {
  name: 'with sanitizers',
  ability: needing('gcc', 'gcc has no sanitizers', [...SANITIZERS, '-x', 'c', '-o', '/dev/null', '-']),
  build: (path, flags) => run('gcc', [...STRICT, ...SANITIZERS, ...flags, '-o', path, ...cFiles(sources)]),
};

/** A C program of test/ together with some pages of the launcher, with sanitizers. Throws: an Error with the compiler's words. */
export function buildSanitized(source: string, pages: readonly string[], path: string): void {
  const files = [join(project, 'test', source), ...pages.map((page) => join(sources, page))];
  run('gcc', [...STRICT, ...SANITIZERS, `-I${sources}`, '-o', path, ...files]);
}

function cFiles(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.c'));
  return names.map((name) => join(folder, name));
}

function needing(compiler: string, why: string, args: readonly string[]): Ability {
  const tried = spawnSync(compiler, args, { input: 'int main(void) { return 0; }' });
  return tried.status === 0 ? { ok: true } : { ok: false, why };
}

/** Throws: an Error with the command's words. */
function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? stderr}`);
}

/** Starts the launcher, or anything, in an odd state; see there. */
export function buildRawStart(path: string): void {
  run('gcc', ['-std=c11', '-Wall', '-Wextra', '-Werror', '-o', path, join(project, 'test/doubles/raw-start.c')]);
}
