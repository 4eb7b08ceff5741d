/**
 * What one request is told and what comes of it, noted while it runs.
 *
 * In: ports, which do what they did. Out: the bundle. Nothing is read, written or looked into for it before the request has its
 * answer: until then things are kept as they came, so that whatever a plugin or the API server said, the request goes on.
 */
import type { KubeClient, KubeResponse, OpenKubeClient } from '../kube/kube-client.ts';
import type { Log, LogFields } from '../log/log.ts';
import type { FindPlugins } from '../network/network-source.ts';
import { podPath } from '../pod/from-api-server.ts';
import type { PodLookup, PodView } from '../pod/pod-source.ts';
import type { PodIdentity } from '../request/cni-args.ts';
import type { CniRequest } from '../request/cni-request.ts';
import { BUNDLE_VERSION, type Bundle } from '../schema/bundle.ts';
import { hideInText } from '../schema/secrets.ts';
import type { NetworkChoice } from '../selection/selection.ts';
import type { Ports } from '../stages/ports.ts';
import type { RecordLookup } from '../state/state-store.ts';
import { BRAID_VERSION } from '../version.ts';
import type { ServedCall } from '../watch.ts';
import {
  bundledAnswer,
  bundledCall,
  bundledPod,
  bundledRecord,
  bundledRequest,
  bundledStatus,
  bundledStdout,
  type FinishedCall,
  roundedMs,
} from './bundled-parts.ts';

/** What is read of the node once the request is over. */
export interface NodeReadings {
  readonly files: Readonly<Record<string, string>>;
  /** What the journal holds now: CONTAINER/INTERFACE to `NETWORK INTERFACE PHASE`. */
  readonly journal: Readonly<Record<string, string[]>>;
}

/** The notes of one request. */
export class Recording {
  readonly #request: CniRequest;
  readonly #call: ServedCall;
  readonly #startedAt = performance.now();
  readonly #startedOn = new Date().toISOString();
  readonly #plugins: Record<string, string> = {};
  readonly #presence: Record<string, string> = {};
  readonly #namespaces: Record<string, string> = {};
  readonly #modules: Record<string, string> = {};
  readonly #cluster: { readonly path: string; readonly response: KubeResponse }[] = [];
  readonly #before = new Map<string, Exclude<RecordLookup, { kind: 'absent' }>>();
  readonly #lookedUp = new Set<string>();
  readonly #delegates: FinishedCall[] = [];
  readonly #log: { readonly level: string; readonly message: string }[] = [];
  readonly #choices: NetworkChoice[] = [];
  #pod: PodView | undefined;
  #status: { readonly annotations: Readonly<Record<string, string>>; readonly fault: string | undefined } | undefined;

  constructor(request: CniRequest, call: ServedCall) {
    this.#request = request;
    this.#call = call;
  }

  /** The pod as its source told. */
  get pod(): PodView | undefined {
    return this.#pod;
  }

  /** What was looked up, which may name files. */
  get choices(): readonly NetworkChoice[] {
    return this.#choices;
  }

  client(open: OpenKubeClient): OpenKubeClient {
    return async (deadline) => this.#notedClient(await open(deadline));
  }

  findPlugins(find: FindPlugins): FindPlugins {
    return async (types, folders) => {
      const lookups = await find(types, folders);
      for (const [type, lookup] of lookups) this.#plugins[type] = lookup.kind === 'found' ? lookup.path : lookup.kind;
      return lookups;
    };
  }

  ports(ports: Ports): Ports {
    const { writeStatus } = ports;
    return {
      ...ports,
      podSources: ports.podSources.map((source) => ({
        find: async (pod) => this.#notePod(await source.find(pod), pod),
      })),
      networks: {
        find: (choices) => {
          this.#choices.push(...choices);
          return ports.networks.find(choices);
        },
      },
      isThere: (path) => noted(this.#presence, path, ports.isThere(path), (is) => (is ? 'there' : 'absent')),
      host: {
        ...ports.host,
        file: async (path) => noted(this.#presence, path, await ports.host.file(path)),
        kernelModule: (name) => noted(this.#modules, name, ports.host.kernelModule(name)),
        namespace: (path) => noted(this.#namespaces, path, ports.host.namespace(path)),
      },
      runDelegate: async (call) => {
        const startMs = this.#elapsedMs();
        const run = await ports.runDelegate(call);
        this.#delegates.push({ call, run, startMs });
        return run;
      },
      state: {
        ...ports.state,
        load: async (key) => {
          this.#lookedUp.add(`${key.containerId}/${key.ifName}`);
          return this.#noteRecord(await ports.state.load(key));
        },
        list: async (containerId) => (await ports.state.list(containerId)).map((each) => this.#noteRecord(each)),
      },
      writeStatus:
        writeStatus &&
        (async (pod, annotations) => {
          const fault = await writeStatus(pod, annotations);
          this.#status = { annotations: { ...annotations }, fault: fault?.cause };
          return fault;
        }),
      log: this.#notedLog(ports.log),
    };
  }

  /** Everything that was noted, without secrets. */
  bundle(answer: { readonly exitCode: 0 | 1; readonly stdout: string }, { files, journal }: NodeReadings): Bundle {
    const { verb } = this.#request;
    // Others were no concern of the request, and are not among those before it.
    const after = Object.entries(journal).filter(([key]) => this.#lookedUp.has(key) || this.#before.has(key));
    return {
      bundle: BUNDLE_VERSION,
      braid: BRAID_VERSION,
      recordedAt: this.#startedOn,
      durationMs: this.#elapsedMs(),
      request: { verb, ...bundledRequest(this.#call) },
      ...(this.#pod?.identity ? { pod: bundledPod(this.#pod, this.#pod.identity) } : {}),
      node: {
        files,
        plugins: this.#plugins,
        presence: this.#presence,
        namespaces: this.#namespaces,
        modules: this.#modules,
      },
      cluster: this.#cluster.map(({ path, response }) => ({ path, answer: bundledAnswer(response) })),
      journal: { before: [...this.#before.values()].map(bundledRecord), after: Object.fromEntries(after) },
      delegates: this.#delegates.map(bundledCall),
      ...(this.#status ? { status: bundledStatus(this.#status) } : {}),
      log: this.#log.map(({ level, message }) => `${level} ${hideInText(message)}`),
      answer: { exitCode: answer.exitCode, stdout: bundledStdout(answer.stdout) },
    };
  }

  #elapsedMs(): number {
    return roundedMs(performance.now() - this.#startedAt);
  }

  #notePod(lookup: PodLookup, identity: PodIdentity | undefined): PodLookup {
    if (lookup.kind === 'found') this.#pod = lookup.pod;
    if (lookup.kind === 'failed' && identity) {
      const path = podPath(identity);
      const isNoted = this.#cluster.some((each) => each.path === path);
      if (!isNoted) this.#cluster.push({ path, response: { kind: 'unreachable', cause: lookup.cause } });
    }
    return lookup;
  }

  #noteRecord<T extends RecordLookup>(lookup: T): T {
    const seen: RecordLookup = lookup;
    if (seen.kind === 'absent') return lookup;
    const key = seen.kind === 'found' ? `${seen.record.containerId}/${seen.record.ifName}` : seen.file;
    if (!this.#before.has(key)) this.#before.set(key, seen);
    return lookup;
  }

  #notedClient(client: KubeClient): KubeClient {
    return {
      get: async (path, deadline) => {
        const response = await client.get(path, deadline);
        this.#cluster.push({ path, response });
        return response;
      },
      mergePatch: (path, body, deadline) => client.mergePatch(path, body, deadline),
      close: () => client.close(),
    };
  }

  #notedLog(log: Log): Log {
    const note = (level: 'warn' | 'error') => (fields: LogFields, message: string) => {
      this.#log.push({ level, message });
      log[level](fields, message);
    };
    return {
      debug: (fields, message) => log.debug(fields, message),
      info: (fields, message) => log.info(fields, message),
      warn: note('warn'),
      error: note('error'),
      flush: () => log.flush(),
      close: () => log.close(),
    };
  }
}

function noted<T>(notes: Record<string, string>, key: string, value: T, text: (value: T) => string = String): T {
  notes[key] = text(value);
  return value;
}
