/** Ports that do what others do, and tell how long it took: the stages of a call as its metrics show them. */
import { basename } from 'node:path';
import type { RunDelegate } from '../execute/run-delegate.ts';
import type { Verb } from '../request/cni-variables.ts';
import type { Ports } from '../stages/ports.ts';
import type { StateStore } from '../state/state-store.ts';
import type { AgentMetrics } from './agent-metrics.ts';

/** Takes the time of a stage, in ms. */
type Observe = (stage: string, ms: number) => void;

/** Measures what a call of `verb` does through `ports`; to be used for one call. */
export function measuredPorts(ports: Ports, verb: Verb, metrics: AgentMetrics): Ports {
  const observe: Observe = (stage, ms) => metrics.stages.observe({ verb, stage }, ms / 1000);
  const timed = async <T>(stage: string, work: Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    return work.finally(() => observe(stage, performance.now() - startedAt));
  };
  const { writeStatus } = ports;
  return {
    ...ports,
    podSources: ports.podSources.map((source) => ({ find: (pod) => timed('pod', source.find(pod)) })),
    networks: { ...ports.networks, find: (choices) => timed('networks', ports.networks.find(choices)) },
    findPlugins: (types, folders) => timed('plugins', ports.findPlugins(types, folders)),
    runDelegate: measuredDelegates(ports.runDelegate, { verb, metrics, observe }),
    state: {
      ...ports.state,
      load: (key) => timed('journal', ports.state.load(key)),
      write: (record) => timed('journal', ports.state.write(record)),
      note: (key, step) => timed('journal', ports.state.note(key, step)),
      settle: (key, steps) => timed('journal', ports.state.settle(key, steps)),
      remove: (key) => timed('journal', ports.state.remove(key)),
      withLock: measuredLock(ports.state, observe),
    },
    writeStatus: writeStatus && ((pod, annotations) => timed('status', writeStatus(pod, annotations))),
  };
}

function measuredLock(state: StateStore, observe: Observe): StateStore['withLock'] {
  return (containerId, signal, work) => {
    const startedAt = performance.now();
    return state.withLock(containerId, signal, () => {
      observe('lock', performance.now() - startedAt);
      return work();
    });
  };
}

interface Measured {
  readonly verb: Verb;
  readonly metrics: AgentMetrics;
  readonly observe: Observe;
}

/** A DEL that an ADD runs is its rollback, which is counted once. */
function measuredDelegates(run: RunDelegate, { verb, metrics, observe }: Measured): RunDelegate {
  let isRollback = false;
  return async (call) => {
    const delegateVerb = call.variables['CNI_COMMAND'] ?? 'none';
    if (verb === 'ADD' && delegateVerb === 'DEL' && !isRollback) {
      isRollback = true;
      metrics.rollbacks.inc();
    }
    const result = await run(call);
    observe('delegates', result.durationMs);
    metrics.delegates.observe({ plugin: basename(call.path), verb: delegateVerb }, result.durationMs / 1000);
    return result;
  };
}
