/** The machine that a report is of. */
import { spawnSync } from 'node:child_process';
import { cpus, release, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Surroundings } from './report.ts';

const bin = resolve(import.meta.dirname, '../../node_modules/.bin');

/** Asks it. State lies in the system's folder for temporary files, unless TMPDIR says another. */
export function readSurroundings(): Surroundings {
  const [cpu] = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: cpus().length,
    kernel: release(),
    stateFileSystem: said('stat', '-f', '-c', '%T', tmpdir()),
    node: said(join(bin, 'node'), '--version').replace(/^v/, ''),
    bun: said(join(bin, 'bun'), '--version'),
  };
}

function said(command: string, ...args: readonly string[]): string {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : 'unknown';
}
