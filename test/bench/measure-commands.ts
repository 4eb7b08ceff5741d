/** What a person waits for: `explain` of one pod and of many, `test` of many fixtures. Their floor is a program that does nothing. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findFixtures } from '../../src/testing/find-fixtures.ts';
import { systemPath } from '../harness/system-path.ts';
import type { ProgramCall } from './program-call.ts';
import { type TimedTable, timedTable } from './report.ts';
import { type Extent, type Part, sampleInTurn } from './sampler.ts';
import type { Base } from './scene.ts';
import type { Sample } from './stop-watch.ts';

/** How many of each. */
export interface CommandSizes {
  readonly pods: number;
  readonly definitions: number;
  readonly fixtures: number;
  readonly extent: Extent;
}

const tutorial = resolve(import.meta.dirname, '../../fixtures/tutorial');

/** What is printed for a thousand pods is more than the stop-watch takes. */
const SILENTLY = ['/bin/sh', '-c', 'exec "$0" "$@" >/dev/null'];

/** One pod of the many, as a file of its own. */
export const ONE_POD = 'explain of 1 pod';

/** Measures the forms that are a command line by themselves. */
export async function measureCommands(base: Base, sizes: CommandSizes): Promise<TimedTable> {
  const folder = join(base.tools.folder, 'commands');
  const { pods, definitions, fixtures } = sizes;
  try {
    const files = writeCluster(folder, sizes);
    writeFixtures(join(folder, 'fixtures'), fixtures);
    const explain = (manifest: string) => ['explain', '--assume-plugins', '--conf-dir', files.confDir, '-f', manifest];
    const rows: Readonly<Record<string, readonly string[]>> = {
      [ONE_POD]: [...explain(files.one), '-f', files.definitions],
      [manyPods(pods, definitions)]: [...explain(files.many), '-f', files.definitions],
      [manyFixtures(fixtures)]: ['test', join(folder, 'fixtures')],
    };
    const forms = base.forms.filter(({ idle }) => idle);
    const parts = Object.entries(rows).map(([title, args]) => partOf(base, { title, args }));
    return timedTable('commands', await sampleInTurn(forms, parts, sizes.extent));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The title of its row. */
export function manyPods(pods: number, definitions: number): string {
  return `explain of ${pods} pods, ${definitions} definitions`;
}

/** The title of its row. */
export function manyFixtures(count: number): string {
  return `test of ${count} fixtures`;
}

function partOf({ tools, watch }: Base, { title, args }: { title: string; args: readonly string[] }): Part {
  return async (runner): Promise<Record<string, Sample>> => {
    const env = { PATH: systemPath(), NO_COLOR: '1' };
    const call = (command: readonly string[]): ProgramCall => ({ argv: command, env, stdin: '' });
    if (runner === 'floor') return { [title]: await watch.call(call([tools.empty])) };
    return { [title]: await watch.call(call([...SILENTLY, ...runner.command, ...args])) };
  };
}

interface ClusterFiles {
  readonly confDir: string;
  readonly definitions: string;
  readonly one: string;
  readonly many: string;
}

/** Each pod has three networks beside the default one. */
function writeCluster(folder: string, { pods, definitions }: CommandSizes): ClusterFiles {
  const confDir = join(folder, 'net.d');
  mkdirSync(confDir, { recursive: true });
  const front = { cniVersion: '1.0.0', name: 'front', plugins: [{ type: 'bridge', ipam: { type: 'host-local' } }] };
  writeFileSync(join(confDir, '10-front.conflist'), JSON.stringify(front));
  const write = (name: string, items: readonly object[]) => {
    const file = join(folder, name);
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    return file;
  };
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
  const all = numbers(pods).map((number) => podOf(number, definitions));
  return {
    confDir,
    definitions: write('definitions.json', numbers(definitions).map(definitionOf)),
    one: write('pod.json', all.slice(0, 1)),
    many: write('pods.json', all),
  };
}

function podOf(number: number, definitions: number): object {
  const networks = [0, 1, 2].map((step) => `d${(number * 3 + step) % definitions}`).join(',');
  const annotations = { 'k8s.v1.cni.cncf.io/networks': networks };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: `p${number}`, namespace: 'shop', annotations } };
}

function definitionOf(number: number): object {
  const config = JSON.stringify({ cniVersion: '1.0.0', type: 'macvlan', master: `eth${number % 4}` });
  const metadata = { name: `d${number}`, namespace: 'shop' };
  return { apiVersion: 'k8s.cni.cncf.io/v1', kind: 'NetworkAttachmentDefinition', metadata, spec: { config } };
}

/** The tutorial over and over, but for folders and for what waits for a deadline, which is no work. */
function writeFixtures(folder: string, count: number): void {
  mkdirSync(folder, { recursive: true });
  const files = findFixtures([tutorial]).filter((file) => file.endsWith('.yaml') && !file.endsWith('/fixture.yaml'));
  for (let number = 0; number < count; number += 1) {
    copyFileSync(files[number % files.length] ?? '', join(folder, `${number}.yaml`));
  }
}
