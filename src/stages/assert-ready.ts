/**
 * STATUS (spec §2 "STATUS"): whether the next ADD of an ordinary pod could be served.
 *
 * Looked at, all at once: the state folder, the API server when an ADD needs it, the default network with its plugins and
 * their own STATUS. A runtime calls this every few seconds and without a deadline, so everything has one here.
 */
import { withDeadline } from '../deadline.ts';
import { CniError, ErrorCode, errorText, toCniError } from '../errors.ts';
import { statusChain } from '../execute/gc-chain.ts';
import { plannedRecord } from '../plan/plan.ts';
import type { CniRequest } from '../request/cni-request.ts';
import { isAtLeast } from '../schema/cni-version.ts';
import { readinessFault } from './await-readiness.ts';
import { chainContext } from './chain-context.ts';
import { planRequest } from './plan-request.ts';
import type { Ports } from './ports.ts';

/** Everything together ends after this many ms, so that the answer is there within 2 s. */
const LIMIT_MS = 1700;

/** Why an ADD could not be served: the worst fault's code and message, the others in its details, each one in `faults`. */
export class NotReady extends CniError {
  readonly faults: readonly CniError[];

  constructor(worstFirst: readonly CniError[]) {
    const [first = notAvailable('not ready'), ...others] = worstFirst;
    const details = [first.details, ...others.map(errorText)].filter((text) => text !== '').join('; ');
    super(first.code, first.message, details);
    this.faults = worstFirst;
  }
}

/** Returns when all is well. Throws: NotReady with the worst code (51 before 50 before others). */
export async function assertReady(request: CniRequest, ports: Ports): Promise<void> {
  const faults = await withDeadline(ports.signal, LIMIT_MS, (signal) =>
    Promise.all([
      probeState(ports, signal),
      probeApi(ports, signal),
      probeReadiness(request, ports),
      probeNetworks(request, { ...ports, signal }),
    ]),
  );
  if (faults.flat().length > 0) throw new NotReady(worstFirst(faults.flat()));
}

/** A disk that does not answer at all must not keep STATUS waiting. */
async function probeState(ports: Ports, signal: AbortSignal): Promise<CniError[]> {
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('stateDir does not answer')), { once: true });
  });
  return faultsOf(async () => {
    await Promise.race([ports.state.probe(), late]).catch((cause: unknown) => {
      throw notAvailable(errorText(cause));
    });
  });
}

async function probeApi(ports: Ports, signal: AbortSignal): Promise<CniError[]> {
  const fault = await ports.probeApiServer?.(signal);
  return fault === undefined ? [] : [notAvailable(fault)];
}

async function probeReadiness(request: CniRequest, ports: Ports): Promise<CniError[]> {
  const fault = readinessFault(request, ports);
  return fault === undefined ? [] : [notAvailable(fault)];
}

/** Each default network by itself, so that one that cannot be planned hides no other's answer. */
async function probeNetworks(request: CniRequest, ports: Ports): Promise<CniError[]> {
  // No pod is asked about, so no rule of who may have a network is of any interest.
  const config = { ...request.config, isolation: { ...request.config.isolation, allowedNamespaces: {} } };
  const given = [...(config.defaultNetworks ?? []), ...config.extraNetworks].map((network) => [network]);
  const choices = config.defaultNetworks ? given : [undefined, ...given];
  const probes = choices.map((defaultNetworks) =>
    faultsOf(() =>
      probeNetwork({ ...request, ifName: 'eth0', config: { ...config, defaultNetworks, extraNetworks: [] } }, ports),
    ),
  );
  return (await Promise.all(probes)).flat();
}

async function probeNetwork(request: CniRequest, ports: Ports): Promise<void> {
  const { plan } = await planRequest(request, { ...ports, podSources: [], readNamespace: undefined }).catch(
    (cause: unknown) => {
      // Whatever keeps the default network from being planned keeps pods from getting it.
      throw notAvailable(errorText(cause));
    },
  );
  const context = await chainContext({ ...request, containerId: '', netns: '' }, ports, plannedRecord(plan));
  for (const chain of plan.attachments.filter(({ cniVersion }) => isAtLeast(cniVersion, '1.1.0'))) {
    await statusChain(chain, context);
  }
}

async function faultsOf(work: () => Promise<void>): Promise<CniError[]> {
  try {
    await work();
    return [];
  } catch (cause) {
    return [toCniError(cause)];
  }
}

function notAvailable(what: string): CniError {
  return new CniError(ErrorCode.notAvailable, what);
}

function worstFirst(faults: readonly CniError[]): CniError[] {
  const rank = ({ code }: CniError) =>
    code === ErrorCode.notAvailableLimited ? 0 : code === ErrorCode.notAvailable ? 1 : 2;
  return faults.toSorted((left, right) => rank(left) - rank(right));
}
