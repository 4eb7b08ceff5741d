/** A node's files with networks of plugins that answer at once, and the calls that a runtime would make on it. */
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type BraidCall, BraidNode } from '../harness/braid-call.ts';
import type { BenchForm } from './forms.ts';
import type { NativeTools } from './native-tools.ts';
import type { ProgramCall } from './program-call.ts';
import type { StopWatch } from './stop-watch.ts';

/** What every measurement needs. `forms`: the first one is shipped, and is the one whose calls the floor repeats. */
export interface Base {
  readonly tools: NativeTools;
  readonly watch: StopWatch;
  readonly forms: readonly BenchForm[];
  /** Fires when the bench is to end early. */
  readonly stop: AbortSignal;
}

/** A node to measure on. `recorders`: a folder with a stand-in for each plugin that writes its calls down. */
export interface BenchScene extends Base {
  readonly node: BraidNode;
  readonly recorders: string;
  readonly nodeConfig?: Readonly<Record<string, unknown>>;
}

/** One request of a runtime without its verb, the same for every form. */
export type PodRequest = Omit<BraidCall, 'verb'>;

/** The most networks that a pod has here. */
export const MOST_NETWORKS = 8;

const INSTANT = 'instant';

/** A scene with the networks n1 to n8, each of one plugin that answers at once. */
export function instantScene(base: Base): BenchScene {
  const node = new BraidNode();
  cpSync(base.tools.instantDelegate, join(node.binDir, INSTANT));
  for (let number = 1; number <= MOST_NETWORKS; number += 1) instantNetwork(node, `n${number}`);
  return { ...base, node, recorders: recordersFor(node, [INSTANT], base.tools) };
}

/** One more network of a plugin that answers at once. */
export function instantNetwork(node: BraidNode, name: string): void {
  node.conf(`10-${name}.conflist`, instantList(name));
}

/** Its configuration. */
export function instantList(name: string): object {
  return { cniVersion: '1.0.0', name, plugins: [{ type: INSTANT }] };
}

/** A folder that shadows these plugins by the one that writes down how it is called. */
export function recordersFor(node: BraidNode, types: readonly string[], tools: NativeTools): string {
  const folder = join(node.dir, 'recorders');
  mkdirSync(folder);
  for (const type of types) symlinkSync(tools.instantDelegate, join(folder, type));
  return folder;
}

/** The annotation for the first `count` networks. */
export function networksOf(count: number): { cni: string } {
  return { cni: Array.from({ length: count }, (_, index) => `n${index + 1}`).join(',') };
}

/** The call of a form. */
export function callOf(node: BraidNode, form: BenchForm, call: BraidCall): ProgramCall {
  return { argv: form.command, ...node.request({ ...call, env: { ...form.env?.(node), ...call.env } }) };
}
