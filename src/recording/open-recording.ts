/**
 * The recording of a request, where its configuration wants one: the `Watch` that keeps notes and writes the bundle.
 *
 * An edge of the request: it decides whether, and touches disk only once the request has its answer; the folder of the
 * bundles, which may lie anywhere, only as a delivery. What goes wrong is a warning in the log.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from '../errors.ts';
import type { Log } from '../log/log.ts';
import type { CniRequest } from '../request/cni-request.ts';
import type { RecordSettings } from '../request/node-config.ts';
import type { Ports } from '../stages/ports.ts';
import { phasesOf } from '../state/state-store.ts';
import type { ServedCall, Watch } from '../watch.ts';
import { readNodeFiles } from './read-node-files.ts';
import { type NodeReadings, Recording } from './recording.ts';
import { hasRoom, knowsContainer, writeBundle } from './recording-folder.ts';

/** The API server may delay the end of a request by this much, in ms: the runtime waits for it. */
const LABELS_MS = 1000;

/** Begins to record; `undefined` where this request is not to be recorded. Touches nothing yet; never throws. */
export function openRecording(
  request: CniRequest,
  settings: RecordSettings,
  { call, log }: { call: ServedCall; log: Log },
): Watch | undefined {
  return settings.verbs.includes(request.verb) ? new RecordingWatch(request, settings, { call, log }) : undefined;
}

type Answer = Parameters<Watch['end']>[0];

class RecordingWatch implements Watch {
  readonly #recording: Recording;
  readonly #request: CniRequest;
  readonly #settings: RecordSettings;
  readonly #log: Log;
  #ports: Ports | undefined;

  constructor(request: CniRequest, settings: RecordSettings, { call, log }: { call: ServedCall; log: Log }) {
    this.#recording = new Recording(request, call);
    this.#request = request;
    this.#settings = settings;
    this.#log = log;
  }

  readonly client: Watch['client'] = (open) => this.#recording.client(open);

  readonly findPlugins: Watch['findPlugins'] = (find) => this.#recording.findPlugins(find);

  readonly ports: Watch['ports'] = (ports) => {
    this.#ports = ports;
    return this.#recording.ports(ports);
  };

  readonly end: Watch['end'] = async (answer) => {
    const lost = (cause: unknown) => this.#log.warn({}, notRecorded(cause));
    try {
      // The next call on the container may change it.
      const journal = await this.#journal();
      return [{ way: 'file', run: (patience) => this.#record(answer, journal, patience), lost }];
    } catch (cause) {
      lost(cause);
      return [];
    }
  };

  async #record(answer: Answer, journal: NodeReadings['journal'], patience: AbortSignal): Promise<void> {
    const { folder, requests } = this.#settings;
    if (!(await hasRoom(folder, requests)) || !(await this.#isWanted())) return;
    const files = await readNodeFiles(this.#request, this.#recording.choices);
    patience.throwIfAborted();
    await writeBundle(this.#recording.bundle(answer, { files, journal }), { folder, limit: requests });
  }

  /** What was added under the label is followed to its end, though a pod that is gone can no longer be asked for labels. */
  async #isWanted(): Promise<boolean> {
    const { podLabels, folder } = this.#settings;
    if (podLabels === undefined) return true;
    if (this.#request.verb !== 'ADD') return knowsContainer(folder, this.#request.containerId);
    const labels = this.#recording.pod?.labels ?? (await this.#askForLabels());
    return Object.entries(podLabels).every(([key, value]) => labels?.[key] === value);
  }

  /** The runtime hands over annotations only. */
  async #askForLabels(): Promise<Readonly<Record<string, string>> | undefined> {
    const { podSources = [], localPodSources = [] } = this.#ports ?? {};
    const identity = this.#recording.pod?.identity;
    const remote = podSources.find((source) => !localPodSources.includes(source));
    if (!remote) {
      this.#log.warn({}, 'the key "record.podLabels" needs the key "kubeconfig": only the API server knows labels');
      return undefined;
    }
    const patience = new AbortController();
    const late = sleep(LABELS_MS, undefined, { signal: patience.signal }).catch(() => undefined);
    const lookup = await Promise.race([remote.find(identity), late]);
    patience.abort();
    if (lookup?.kind === 'found') return lookup.pod.labels;
    if (lookup === undefined || lookup.kind === 'failed') {
      const cause = lookup?.cause ?? `no answer within ${LABELS_MS} ms`;
      this.#log.warn({}, notRecorded(`the API server does not tell the labels of its pod: ${cause}`));
    }
    return undefined;
  }

  async #journal(): Promise<NodeReadings['journal']> {
    const { verb, containerId } = this.#request;
    const lookups = (await this.#ports?.state.list(verb === 'GC' ? undefined : containerId)) ?? [];
    return phasesOf(lookups.flatMap((lookup) => (lookup.kind === 'found' ? [lookup.record] : [])));
  }
}

function notRecorded(cause: unknown): string {
  return `the request is not recorded: ${errorText(cause)}; see the key "record"`;
}
