/** How often an ADD waits for the disk, as strace sees it: of the call, or of the process that works for it. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { recordFloor } from './floor-calls.ts';
import { type BenchForm, withForms } from './forms.ts';
import { networks } from './measure-instant.ts';
import type { CountRow, CountTable } from './report.ts';
import { type Base, type BenchScene, callOf, instantScene, networksOf } from './scene.ts';

const OPTIONS = ['-f', '-y', '-qq', '-e', 'trace=fsync,fdatasync,sync,syncfs,sync_file_range'];
/** strace may write a little later than the call is answered. */
const SETTLE_MS = 100;

/** Why fsyncs cannot be counted here; `undefined` when they can. */
export function whyNoFsyncs(): string | undefined {
  const { status, stderr, error } = spawnSync('strace', ['-qq', '-e', 'trace=fsync', 'true'], { encoding: 'utf8' });
  return status === 0 ? undefined : `strace does not work here: ${error?.message ?? stderr.trim()}`;
}

/** fsyncs of ADD and DEL, the delegates' included, on a node that has served a pod before: of files, and of folders for their names. */
export async function countFsyncs(base: Base, networkCounts: readonly number[]): Promise<CountTable> {
  const scene = instantScene(base);
  try {
    // As the tracer's child would be another process than the one that is to be ended, it traces from outside (-D).
    const through = [strace(), '-D', ...OPTIONS, '-o', traceOf(scene)];
    return await withForms({ ...scene, through }, () => countAll(scene, networkCounts));
  } finally {
    scene.node.dispose();
  }
}

async function countAll(scene: BenchScene, networkCounts: readonly number[]): Promise<CountTable> {
  // The first ADD of a node makes its folders, too.
  await recordFloor(scene, { annotations: networksOf(1) });
  const rows: CountRow[] = [];
  for (const form of scene.forms) {
    for (const count of networkCounts) {
      for (const verb of ['ADD', 'DEL'] as const) {
        const counts = await traced(scene, form, { verb, count });
        rows.push({ title: `${verb} ${networks(count)}`, form: form.name, counts });
      }
    }
  }
  return { title: 'fsyncs', rows };
}

async function traced(
  scene: BenchScene,
  form: BenchForm,
  { verb, count }: { verb: 'ADD' | 'DEL'; count: number },
): Promise<Record<string, number>> {
  const { node, watch } = scene;
  const call = callOf(node, form, { verb, annotations: networksOf(count), containerId: 'traced' });
  const traceOfCall = join(node.dir, 'fsyncs');
  const before = linesOf(traceOf(scene)).length;
  await watch.call({ ...call, argv: [strace(), ...OPTIONS, '-o', traceOfCall, '--', ...call.argv] });
  if (form.start) await sleep(SETTLE_MS);
  const lines = [...linesOf(traceOfCall), ...(form.start ? linesOf(traceOf(scene)).slice(before) : [])];
  // Of a call that another thread interrupts, only the first of its two lines names the file.
  const synced = lines.flatMap((line) => /sync\w*\(\d*<?([^>)]*)/.exec(line)?.[1] ?? []);
  const folders = synced.filter((path) => existsSync(path) && statSync(path).isDirectory());
  return { fsyncs: synced.length, 'of files': synced.length - folders.length, 'of folders': folders.length };
}

/** What the process that stays does. */
function traceOf({ node }: BenchScene): string {
  return join(node.dir, 'fsyncs-of-resident');
}

function linesOf(file: string): string[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return text.split('\n').filter((line) => line !== '');
}

let found: string | undefined;

/** Its path: a call is made with the environment of a request, and by path. */
function strace(): string {
  found ??= spawnSync('sh', ['-c', 'command -v strace'], { encoding: 'utf8' }).stdout.trim();
  return found;
}
