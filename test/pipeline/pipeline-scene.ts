import type { HostFacts } from '../../src/catalogue/host-needs.ts';
import { openCatalogue } from '../../src/catalogue/open-catalogue.ts';
import { WHOLE_HOST } from '../../src/catalogue/whole-host.ts';
import type { RunDelegate } from '../../src/execute/run-delegate.ts';
import type { NetworkConfigList, NetworkLookup, NetworkSource } from '../../src/network/network-source.ts';
import type { PodSource } from '../../src/pod/pod-source.ts';
import type { StatusFault } from '../../src/report/status-writer.ts';
import type { JsonObject } from '../../src/schema/json.ts';
import { NAMESPACE_HELPER } from '../../src/schema/namespace-facts.ts';
import type { Ports } from '../../src/stages/ports.ts';
import { keptLog, pluginsExcept, type Script, scriptedDelegates } from '../samples/delegates.ts';
import { memoryState } from '../samples/memory-state.ts';

/** What a scene may differ in; the rest is a pod with the annotation `cni: "front,back"` and two good networks. */
export interface Setting {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly podSources?: readonly PodSource[];
  readonly networks?: Readonly<Record<string, Partial<NetworkConfigList>>>;
  readonly script?: Script;
  readonly missing?: readonly string[];
  readonly status?: StatusFault | 'none';
  readonly survivors?: readonly number[];
  readonly store?: ReturnType<typeof memoryState>;
  readonly signal?: AbortSignal;
  readonly run?: RunDelegate;
  /** What the node has otherwise than everything. */
  readonly host?: Partial<HostFacts>;
  /** What stands in device information files. */
  readonly devices?: Readonly<Record<string, JsonObject>>;
}

/** Ports in memory; `events` has delegate calls, changes of the state and status writes in their order. */
export function scene(setting: Setting = {}) {
  const events: string[] = [];
  const store = setting.store ?? memoryState();
  const delegates = scriptedDelegates(setting.script);
  const log = keptLog();
  const statuses: Record<string, string>[] = [];
  const local = sourceOf(setting.annotations ?? { cni: 'front,back' });
  const ports: Ports = {
    podSources: setting.podSources ?? [local],
    localPodSources: [local],
    readNamespace: undefined,
    networks: networksOf(setting.networks ?? { front: {}, back: {} }),
    localNetworks: networksOf(setting.networks ?? { front: {}, back: {} }),
    findPlugins: pluginsExcept(NAMESPACE_HELPER, ...(setting.missing ?? [])),
    runDelegate: setting.run ?? delegates.run,
    state: store.state,
    isThere: () => true,
    host: { ...WHOLE_HOST, ...setting.host },
    openCatalogue: openCatalogue(undefined),
    deviceInfo: {
      prepare: async (files) => {
        events.push(...files.map(({ file, copyOf }) => `prepare ${file} from ${copyOf}`));
      },
      read: async (file) => setting.devices?.[file],
    },
    removeFile: async (path) => {
      events.push(`remove ${path}`);
    },
    endSurvivors: async (containerId) => {
      events.push(`end survivors of ${containerId}`);
      return setting.survivors ?? [];
    },
    probeApiServer: undefined,
    writeStatus:
      setting.status === 'none'
        ? undefined
        : async (pod, annotations) => {
            events.push(`status of ${pod.namespace}/${pod.name}`);
            statuses.push({ ...annotations });
            return setting.status === 'none' ? undefined : setting.status;
          },
    log,
    signal: setting.signal ?? new AbortController().signal,
  };
  return { ports, store, delegates, log, events, statuses };
}

function sourceOf(annotations: Readonly<Record<string, string>>): PodSource {
  return { find: async (identity) => ({ kind: 'found', pod: { identity, annotations, origin: 'a test' } }) };
}

function networksOf(networks: Readonly<Record<string, Partial<NetworkConfigList>>>): NetworkSource {
  const lookUp = (name: string): NetworkLookup => {
    const rest = networks[name];
    if (!rest) return { kind: 'absent', known: Object.keys(networks), searched: '/etc/cni/net.d' };
    const type = `${name}-cni`;
    const list: NetworkConfigList = {
      name,
      reference: name,
      isNodeFile: true,
      cniVersion: '1.0.0',
      isCheckDisabled: false,
      isGcDisabled: false,
      plugins: [{ type, capabilities: [], raw: { type } }],
      origin: `/etc/cni/net.d/${name}.conflist`,
      ...rest,
    };
    return { kind: 'found', list, warnings: [] };
  };
  return {
    find: async (choices) =>
      choices.map((choice) => lookUp(choice.kind === 'named' ? choice.name : (Object.keys(networks)[0] ?? ''))),
  };
}
