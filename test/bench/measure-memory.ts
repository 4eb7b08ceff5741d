/** What a form that stays holds: when it has started, with a node full of pods, and after many have come and gone. */
import { readFileSync } from 'node:fs';
import { type ApiScene, podOfDefinitions, podOnServer, putDefinition } from './api-scene.ts';
import type { Extents } from './extent.ts';
import type { BenchForm, Resident } from './forms.ts';
import type { ProgramCall } from './program-call.ts';
import type { CountRow, CountTable } from './report.ts';
import { callOf, type PodRequest } from './scene.ts';

/** Pods that come and go at once. */
const LANES = 8;
/** How often it is looked at while they do. */
const LOOKS = 4;

/** The definitions must be there before the form is started. */
export function putDefinitions({ api }: ApiScene, count: number): void {
  for (let number = 1; number <= count; number += 1) putDefinition(api, `d${number}`);
}

/** Resident memory in MiB as the kernel counts it. Its pods stay until the scene goes. */
export async function measureMemory(
  scene: ApiScene,
  residents: ReadonlyMap<string, Resident>,
  { definitions, pods, pairs }: Extents['memory'],
): Promise<CountTable> {
  const rows: CountRow[] = [];
  for (const form of scene.forms) {
    const resident = residents.get(form.name);
    if (!resident) continue;
    const note = (title: string) => rows.push({ title, form: form.name, counts: { MiB: residentMiB(resident.pid) } });
    note(`started, ${definitions} definitions`);
    const annotations = { cni: 'n1', 'k8s.v1.cni.cncf.io/networks': 'd1,d2' };
    const ids = Array.from({ length: pods }, (_, index) => `stays-${index}`);
    await scene.watch.run(ids.map((id) => [callOf(scene.node, form, addOf(podOnServer(scene, id, annotations)))]));
    note(`${pods} pods attached, ${definitions} definitions`);
    for (let look = 1; look <= LOOKS; look += 1) {
      await comeAndGo(scene, form, Math.ceil(pairs / LOOKS / LANES));
      note(`after ${Math.ceil((pairs * look) / LOOKS)} ADD and DEL`);
    }
  }
  return { title: 'memory that stays', rows };
}

async function comeAndGo(scene: ApiScene, form: BenchForm, times: number): Promise<void> {
  const lanes = Array.from({ length: LANES }, (_, lane): ProgramCall[] => {
    const pod = { ...podOfDefinitions(scene, 2), containerId: `goes-${lane}` };
    return [callOf(scene.node, form, addOf(pod)), callOf(scene.node, form, { ...pod, verb: 'DEL' })];
  });
  for (let time = 0; time < times; time += 1) await scene.watch.run(lanes);
}

function addOf(pod: PodRequest): PodRequest & { verb: string } {
  return { ...pod, verb: 'ADD' };
}

function residentMiB(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kib) / 1024);
}
