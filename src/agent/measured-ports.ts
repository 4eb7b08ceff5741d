/** Ports that do what others do, and tell how long it took: the stages of a call as its metrics show them. */
import { basename } from 'node:path';
import type { RunDelegate } from '../execute/run-delegate.ts';
import type { Verb } from '../request/cni-variables.ts';
import type { Ports } from '../stages/ports.ts';
import { timedPorts } from '../stages/timed-ports.ts';
import type { AgentMetrics } from './agent-metrics.ts';

/** Takes the time of a stage, in ms. */
type Observe = (stage: string, ms: number) => void;

/** Measures what a call of `verb` does through `ports`; to be used for one call. */
export function measuredPorts(ports: Ports, verb: Verb, metrics: AgentMetrics): Ports {
  const observe: Observe = (stage, ms) => metrics.stages.observe({ verb, stage }, ms / 1000);
  const timed = timedPorts(ports, (stage) => {
    const startedAt = performance.now();
    return () => observe(stage, performance.now() - startedAt);
  });
  return { ...timed, runDelegate: measuredDelegates(ports.runDelegate, { verb, metrics, observe }) };
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
