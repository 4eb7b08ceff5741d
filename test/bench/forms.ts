/**
 * The forms of Braid that are measured: one entry each.
 *
 * A form that needs something running beside it starts that in `start`, for the node whose calls follow.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BRAID_FORMS, type BraidForm, type BraidNode } from '../harness/braid-call.ts';

/** A form, what it is told beside the request, what has to run for it, and a program of the same runtime that does nothing. */
export interface BenchForm extends BraidForm {
  /** Further variables of its calls on a node. */
  readonly env?: (node: BraidNode) => Readonly<Record<string, string>>;
  /** Answers what ends it again. */
  readonly start?: (node: BraidNode) => Promise<() => Promise<void>>;
  /** Makes that program in the folder and answers the command. */
  readonly idle?: (folder: string) => readonly string[];
}

const bin = resolve(import.meta.dirname, '../../node_modules/.bin');

const IDLE: Readonly<Record<string, NonNullable<BenchForm['idle']>>> = {
  compiled(folder) {
    const program = join(folder, 'idle');
    const options = ['--compile', '--minify', '--bytecode', '--format=esm'];
    const { status, stderr } = spawnSync(
      join(bin, 'bun'),
      ['build', idleScript(folder), ...options, '--outfile', program],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`bun build: ${stderr}`);
    return [program];
  },
  'on Node': (folder) => [join(bin, 'node'), idleScript(folder)],
};

/** All that are measured, the one that is shipped first. */
export const BENCH_FORMS: readonly BenchForm[] = BRAID_FORMS.map((form) => {
  const idle = IDLE[form.name];
  return idle ? { ...form, idle } : form;
});

/** Forms, and the node that they serve. */
export interface FormsOnNode {
  readonly forms: readonly BenchForm[];
  readonly node: BraidNode;
}

/** Starts what the forms need on the node; the answer ends it. */
export async function startForms({ forms, node }: FormsOnNode): Promise<() => Promise<void>> {
  const ends: Array<() => Promise<void>> = [];
  const end = async () => {
    for (const each of ends.toReversed()) await each();
  };
  try {
    for (const { start } of forms) if (start) ends.push(await start(node));
    return end;
  } catch (cause) {
    await end();
    throw cause;
  }
}

/** Runs `work` with what the forms need on the node. */
export async function withForms<T>(on: FormsOnNode, work: () => Promise<T>): Promise<T> {
  const end = await startForms(on);
  try {
    return await work();
  } finally {
    await end();
  }
}

function idleScript(folder: string): string {
  const file = join(folder, 'idle.mjs');
  writeFileSync(file, 'process.exit(0);\n');
  return file;
}
