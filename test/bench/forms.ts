/**
 * The forms of Braid that are measured: one entry each.
 *
 * A form that needs something running beside it starts that in `start`, for the node whose calls follow.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BraidForm, type BraidNode, STANDALONE_FORMS } from '../harness/braid-call.ts';
import { agentSocket, startAgent } from './resident-agent.ts';
import type { StartProgram } from './stop-watch.ts';

/** Where forms are measured. */
export interface FormsOnNode {
  readonly forms: readonly BenchForm[];
  readonly node: BraidNode;
  /** Further keys of Braid's configuration on this node. */
  readonly nodeConfig?: Readonly<Record<string, unknown>>;
  /** Starts a program there; left out: on this machine. */
  readonly startProgram?: StartProgram;
  /** A command that gets what a form starts as its last arguments. */
  readonly through?: readonly string[];
}

/** A process that stays while calls are served. */
export interface Resident {
  readonly pid: number;
  end(): Promise<void>;
}

/** A form, what it is told beside the request, what has to run for it, and a program of the same runtime that does nothing. */
export interface BenchForm extends BraidForm {
  /** Further variables of its calls on a node. */
  readonly env?: (node: BraidNode) => Readonly<Record<string, string>>;
  readonly start?: (on: FormsOnNode) => Promise<Resident>;
  /** Makes that program in the folder and answers the command. */
  readonly idle?: (folder: string) => readonly string[];
  /** True: it is another form behind a first step, so that measuring the verbs alone tells all of it. */
  readonly isOfVerbsOnly?: boolean;
}

/** Names of the forms that the targets are for. */
export const AGENT_FORM = 'launcher + agent';
export const LAUNCHER_FORM = 'launcher alone';
export const COMPILED_FORM = 'compiled';

const project = resolve(import.meta.dirname, '../..');
const bin = join(project, 'node_modules/.bin');
const launcher = join(project, 'dist/cni/braid');

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

/** All that are measured; the first one's calls are the floor's. Without a built launcher its two forms are missing. */
export function benchForms(): BenchForm[] {
  const standalone = STANDALONE_FORMS.map((form): BenchForm => {
    const idle = IDLE[form.name];
    return idle ? { ...form, idle } : form;
  });
  return existsSync(launcher) ? [...standalone, ...LAUNCHER_FORMS] : standalone;
}

const LAUNCHER_FORMS: readonly BenchForm[] = [
  {
    name: LAUNCHER_FORM,
    command: [launcher],
    env: (node) => ({ BRAID_AGENT_SOCKET: join(node.dir, 'no-agent') }),
    isOfVerbsOnly: true,
  },
  {
    name: AGENT_FORM,
    command: [launcher],
    env: (node) => ({ BRAID_AGENT_SOCKET: agentSocket(node) }),
    start: startAgent,
  },
];

/** What the forms need, by their names. */
export type Residents = ReadonlyMap<string, Resident>;

/** Runs `work` with what the forms need on the node. */
export async function withForms<T>(on: FormsOnNode, work: (residents: Residents) => Promise<T>): Promise<T> {
  const { residents, end } = await startForms(on);
  try {
    return await work(residents);
  } finally {
    await end();
  }
}

/** Starts what the forms need on the node; `end` ends it. */
export async function startForms(on: FormsOnNode): Promise<{ residents: Residents; end(): Promise<void> }> {
  const residents = new Map<string, Resident>();
  const end = async () => {
    for (const resident of [...residents.values()].toReversed()) await resident.end();
  };
  try {
    for (const { name, start } of on.forms) if (start) residents.set(name, await start(on));
    return { residents, end };
  } catch (cause) {
    await end();
    throw cause;
  }
}

function idleScript(folder: string): string {
  const file = join(folder, 'idle.mjs');
  writeFileSync(file, 'process.exit(0);\n');
  return file;
}
