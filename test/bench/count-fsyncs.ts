/** How often an ADD waits for the disk, as strace sees it. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { recordFloor } from './floor-calls.ts';
import type { BenchForm } from './forms.ts';
import { networks } from './measure-instant.ts';
import type { CountTable } from './report.ts';
import { type BenchScene, callOf, networksOf } from './scene.ts';

/** Why fsyncs cannot be counted here; `undefined` when they can. */
export function whyNoFsyncs(): string | undefined {
  const { status, stderr, error } = spawnSync('strace', ['-qq', '-e', 'trace=fsync', 'true'], { encoding: 'utf8' });
  return status === 0 ? undefined : `strace does not work here: ${error?.message ?? stderr.trim()}`;
}

/** fsyncs of ADD and DEL, the delegates' included, on a node that has served a pod before: of files, and of folders for their names. */
export async function countFsyncs(scene: BenchScene, networkCounts: readonly number[]): Promise<CountTable> {
  // The first ADD of a node makes its folders, too.
  await recordFloor(scene, { annotations: networksOf(1) });
  const rows: CountTable['rows'][number][] = [];
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
  { node, watch }: BenchScene,
  form: BenchForm,
  { verb, count }: { verb: 'ADD' | 'DEL'; count: number },
): Promise<Record<string, number>> {
  const trace = join(node.dir, 'fsyncs');
  const { argv, ...call } = callOf(node, form, { verb, annotations: networksOf(count), containerId: 'traced' });
  const strace = spawnSync('sh', ['-c', 'command -v strace'], { encoding: 'utf8' }).stdout.trim();
  const options = ['-f', '-y', '-qq', '-o', trace, '-e', 'trace=fsync,fdatasync,sync,syncfs,sync_file_range'];
  await watch.call({ argv: [strace, ...options, '--', ...argv], ...call });
  // Of a call that another thread interrupts, only the first of its two lines names the file.
  const synced = [...readFileSync(trace, 'utf8').matchAll(/sync\w*\(\d*<?([^>)]*)/g)].map(([, path]) => path ?? '');
  const folders = synced.filter((path) => existsSync(path) && statSync(path).isDirectory());
  return { fsyncs: synced.length, 'of files': synced.length - folders.length, 'of folders': folders.length };
}
