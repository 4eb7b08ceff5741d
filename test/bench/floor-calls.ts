/**
 * The floor of a request: the very calls of delegates that Braid makes for it, to be run back to back by a static program.
 *
 * They are written down once by stand-ins for the plugins, so that environment and stdin are Braid's own, prevResult too.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeChain, type ProgramCall } from './program-call.ts';
import { type BenchScene, callOf, type PodRequest } from './scene.ts';

const VERBS = ['ADD', 'CHECK', 'DEL'] as const;
/** The verbs that have a floor of delegates. */
export type FloorVerb = (typeof VERBS)[number];

/** A call of the floor's program for each verb, and Braid's own answer to the ADD. */
export interface Floor {
  readonly calls: Readonly<Record<FloorVerb, ProgramCall>>;
  readonly prevResult: unknown;
}

let recordings = 0;

/** Runs ADD, CHECK and, unless the pod `stays`, DEL of a pod once, and answers what they came down to. */
export async function recordFloor(
  scene: BenchScene,
  pod: PodRequest,
  { stays = false }: { stays?: boolean } = {},
): Promise<Floor> {
  recordings += 1;
  const folder = join(scene.node.dir, `recording-${recordings}`);
  const record = (verb: FloorVerb, prevResult?: unknown) => recordVerb(scene, { ...pod, verb }, { folder, prevResult });
  const add = await record('ADD');
  const prevResult: unknown = JSON.parse(add.output);
  const check = await record('CHECK', prevResult);
  const del = stays ? check : await record('DEL', prevResult);
  return { calls: { ADD: add.floor, CHECK: check.floor, DEL: del.floor }, prevResult };
}

/** One pod's floor for another one: the same calls with its container id. */
export function forContainer(
  scene: BenchScene,
  { argv: [, file = ''] }: ProgramCall,
  id: [string, string],
): ProgramCall {
  const [from, to] = id;
  if (from.length !== to.length) throw new Error(`${from} and ${to} must have the same length`);
  const text = readFileSync(file, 'latin1').replaceAll(from, to);
  const other = `${file}-${to}`;
  writeFileSync(other, text, 'latin1');
  return floorCall(scene, other);
}

interface Recording {
  readonly folder: string;
  readonly prevResult: unknown;
}

async function recordVerb(
  scene: BenchScene,
  call: PodRequest & { verb: FloorVerb },
  { folder, prevResult }: Recording,
): Promise<{ floor: ProgramCall; output: string }> {
  const { node, watch, recorders, forms } = scene;
  const [form] = forms;
  if (!form) throw new Error('there is no form to record with');
  const recorded = join(folder, call.verb);
  mkdirSync(recorded, { recursive: true });
  const { output } = await watch.call(
    callOf(node, form, {
      ...call,
      cniPath: `${recorders}:${node.binDir}`,
      env: { BENCH_RECORD: recorded, BENCH_REAL: node.binDir },
      config: { ...call.config, ...(prevResult === undefined ? {} : { prevResult }) },
    }),
  );
  const file = `${recorded}.calls`;
  writeFileSync(file, encodeChain(readRecording(recorded, node.binDir)));
  return { floor: floorCall(scene, file), output };
}

function floorCall({ tools }: BenchScene, file: string): ProgramCall {
  return { argv: [tools.floor, file], env: {}, stdin: '' };
}

function readRecording(folder: string, binDir: string): ProgramCall[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.env'));
  return names.toSorted().map((name) => {
    const stdin = readFileSync(join(folder, name.replace(/env$/, 'stdin')), 'utf8');
    const entries = readFileSync(join(folder, name), 'utf8').split('\0').filter(Boolean);
    const env = Object.fromEntries(entries.map((entry) => entry.split(/=(.*)/s).slice(0, 2)));
    const own = Object.entries(env).filter(([variable]) => !variable.startsWith('BENCH_'));
    const { type } = JSON.parse(stdin);
    return { argv: [join(binDir, type)], env: { ...Object.fromEntries(own), CNI_PATH: binDir }, stdin };
  });
}
