/** Ports that do what others do, with somebody told when each stage of a call begins and how it ends. */
import type { StateStore } from '../state/state-store.ts';
import type { Ports } from './ports.ts';

/** What a call waits for beside its delegates. */
export type Stage = 'lock' | 'pod' | 'namespace' | 'networks' | 'plugins' | 'journal' | 'probe' | 'status';

/** How a stage ended: `fault` is what was thrown, if anything was. */
export interface StageEnd {
  readonly fault?: unknown;
}

/** Told that a stage begins; what it answers is told once that the stage has ended. Must not throw. */
export type BeginStage = (stage: Stage) => (end: StageEnd) => void;

/** Tells `begin` of everything that is done through `ports`, but for delegates. */
export function timedPorts(ports: Ports, begin: BeginStage): Ports {
  const timed = async <T>(stage: Stage, work: () => Promise<T>): Promise<T> => {
    const end = begin(stage);
    try {
      const value = await work();
      end({});
      return value;
    } catch (fault) {
      end({ fault });
      throw fault;
    }
  };
  const { readNamespace, probeApiServer, writeStatus } = ports;
  return {
    ...ports,
    podSources: ports.podSources.map((source) => ({ find: (pod) => timed('pod', () => source.find(pod)) })),
    readNamespace: readNamespace && ((name) => timed('namespace', () => readNamespace(name))),
    networks: { ...ports.networks, find: (choices) => timed('networks', () => ports.networks.find(choices)) },
    findPlugins: (types, folders) => timed('plugins', () => ports.findPlugins(types, folders)),
    state: timedState(ports.state, timed, begin),
    probeApiServer: probeApiServer && ((deadline) => timed('probe', () => probeApiServer(deadline))),
    writeStatus: writeStatus && ((pod, annotations) => timed('status', () => writeStatus(pod, annotations))),
  };
}

type Timed = <T>(stage: Stage, work: () => Promise<T>) => Promise<T>;

function timedState(state: StateStore, timed: Timed, begin: BeginStage): StateStore {
  return {
    ...state,
    load: (key) => timed('journal', () => state.load(key)),
    list: (containerId) => timed('journal', () => state.list(containerId)),
    write: (record) => timed('journal', () => state.write(record)),
    note: (key, step) => timed('journal', () => state.note(key, step)),
    settle: (key, steps) => timed('journal', () => state.settle(key, steps)),
    remove: (key) => timed('journal', () => state.remove(key)),
    withLock: (containerId, signal, work) =>
      untilHeld(begin('lock'), work, (held) => state.withLock(containerId, signal, held)),
    withExclusiveLock: (signal, work) =>
      untilHeld(begin('lock'), work, (held) => state.withExclusiveLock(signal, held)),
  };
}

/** The wait for a lock is the stage, not what is done under it. */
async function untilHeld<T>(
  end: (how: StageEnd) => void,
  work: () => Promise<T>,
  take: (held: () => Promise<T>) => Promise<T>,
): Promise<T> {
  let isHeld = false;
  try {
    return await take(() => {
      isHeld = true;
      end({});
      return work();
    });
  } catch (fault) {
    if (!isHeld) end({ fault });
    throw fault;
  }
}
