/** ADD with an API server to ask, over TLS, and how often each verb asks it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordedRequest } from '../doubles/api-server.ts';
import { parseApiRequest } from '../doubles/api-server-request.ts';
import { type ApiScene, podOfDefinitions, podOnServer } from './api-scene.ts';
import { recordFloor } from './floor-calls.ts';
import type { BenchForm } from './forms.ts';
import { comingPod, networks } from './measure-instant.ts';
import { attachPart } from './parts.ts';
import { type CountTable, type TimedTable, timedTable } from './report.ts';
import { type Extent, type Part, sampleInTurn } from './sampler.ts';
import { callOf, networksOf, type PodRequest } from './scene.ts';

/** ADD: the pod from the API server with three networks of files, and with definitions for all its networks. */
export async function measureApi(
  scene: ApiScene,
  { networkCounts, extent }: { networkCounts: readonly number[]; extent: Extent },
): Promise<TimedTable> {
  const ofFiles = podOnServer(scene, 'files', networksOf(3));
  const parts: Part[] = [await apiPart(scene, ofFiles, '3 networks, annotations asked for')];
  for (const count of networkCounts) {
    parts.push(await apiPart(scene, podOfDefinitions(scene, count), `${networks(count)}, all definitions`));
  }
  return timedTable('an API server over TLS', await sampleInTurn(scene.forms, parts, extent));
}

async function apiPart(scene: ApiScene, pod: PodRequest, title: string): Promise<Part> {
  return attachPart(scene, { ...(await comingPod(scene, pod, title)), hasDelRow: false });
}

const VERBS = ['VERSION', 'STATUS', 'ADD', 'CHECK', 'DEL', 'GC'] as const;

/** A status that is written after the answer is on its way by then. */
const SETTLE_MS = 300;

/** Requests and connections of each verb, for a pod of three definitions. */
export async function countApiCalls(scene: ApiScene): Promise<CountTable> {
  const pod = podOfDefinitions(scene, 3);
  const { prevResult } = await recordFloor(scene, pod);
  const rows: CountTable['rows'][number][] = [];
  for (const form of scene.forms) {
    for (const verb of VERBS) {
      rows.push({ title: verb, form: form.name, counts: await countOne(scene, form, { pod, verb, prevResult }) });
    }
  }
  return { title: 'requests to the API server, 3 networks, all definitions', rows };
}

interface CountedCall {
  readonly pod: PodRequest;
  readonly verb: (typeof VERBS)[number];
  readonly prevResult: unknown;
}

async function countOne(
  { api, node, watch }: ApiScene,
  form: BenchForm,
  { pod, verb, prevResult }: CountedCall,
): Promise<Record<string, number>> {
  const needs = {
    CHECK: { prevResult },
    DEL: { prevResult },
    GC: { 'cni.dev/valid-attachments': [] },
    ADD: {},
    STATUS: {},
    VERSION: {},
  }[verb];
  const before = { requests: api.requests.length, connections: api.connections };
  const verbsSince = () => api.requests.slice(before.requests).map(apiVerb);
  await watch.call(callOf(node, form, { ...pod, verb, cniVersion: '1.1.0', config: { ...pod.config, ...needs } }));
  // Whatever is read for the answer has been read when it is there; what is written may come after it.
  const read = verbsSince().filter((asked) => asked === 'get').length;
  const connections = api.connections - before.connections;
  if (form.start) await sleep(SETTLE_MS);
  return { GET: read, PATCH: verbsSince().filter((asked) => asked === 'patch').length, connections };
}

/** Lists and watches are not those of a call: a form that stays keeps them going all the time. */
function apiVerb({ method, path }: RecordedRequest): string {
  const asked = parseApiRequest(method, new URL(path, 'http://localhost'));
  return asked.kind === 'resource' ? asked.verb : method.toLowerCase();
}
