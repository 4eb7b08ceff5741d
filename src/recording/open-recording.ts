/**
 * The recording of a request, where its configuration wants one: the `Watch` that keeps notes and writes the bundle.
 *
 * An edge of the request: it decides whether, and touches disk only once the request has its answer. What goes wrong is a
 * warning in the log.
 */
import { errorText } from '../errors.ts';
import type { Log } from '../log/log.ts';
import type { ServedCall } from '../open-watch.ts';
import type { CniRequest } from '../request/cni-request.ts';
import type { RecordSettings } from '../request/node-config.ts';
import type { Ports } from '../stages/ports.ts';
import type { Watch } from '../watch.ts';
import { readNodeFiles } from './read-node-files.ts';
import { Recording } from './recording.ts';
import { hasRoom, knowsContainer, writeBundle } from './recording-folder.ts';

/** Begins to record; `undefined` where this request is not to be recorded. Never throws. */
export function openRecording(
  request: CniRequest,
  settings: RecordSettings,
  { call, log }: { call: ServedCall; log: Log },
): Watch | undefined {
  try {
    return isWanted(request, settings) ? new RecordingWatch(request, settings, { call, log }) : undefined;
  } catch (cause) {
    log.warn({}, notRecorded(cause));
    return undefined;
  }
}

/** What was added under the label is followed to its end, though a pod that is gone can no longer be asked for labels. */
function isWanted({ verb, containerId }: CniRequest, { verbs, folder, requests, podLabels }: RecordSettings): boolean {
  if (!verbs.includes(verb) || !hasRoom(folder, requests)) return false;
  return podLabels === undefined || verb === 'ADD' || knowsContainer(folder, containerId);
}

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
    try {
      if (!(await this.#hasLabels())) return;
      const files = await readNodeFiles(this.#request, this.#recording.choices);
      const bundle = this.#recording.bundle(answer, { files, journal: await this.#journal() });
      writeBundle(bundle, { folder: this.#settings.folder, limit: this.#settings.requests });
    } catch (cause) {
      this.#log.warn({}, notRecorded(cause));
    }
  };

  async #hasLabels(): Promise<boolean> {
    const { podLabels } = this.#settings;
    if (podLabels === undefined || this.#request.verb !== 'ADD') return true;
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
    const lookup = await remote.find(identity);
    return lookup.kind === 'found' ? lookup.pod.labels : undefined;
  }

  async #journal(): Promise<Record<string, string[]>> {
    const { verb, containerId } = this.#request;
    const lookups = (await this.#ports?.state.list(verb === 'GC' ? undefined : containerId)) ?? [];
    const found = lookups.flatMap((lookup) => (lookup.kind === 'found' ? [lookup.record] : []));
    return Object.fromEntries(
      found.map(({ containerId: id, ifName, attachments }) => [
        `${id}/${ifName}`,
        attachments.map((each) => `${each.network} ${each.ifName} ${each.phase}`),
      ]),
    );
  }
}

function notRecorded(cause: unknown): string {
  return `the request is not recorded: ${errorText(cause)}; see the key "record"`;
}
