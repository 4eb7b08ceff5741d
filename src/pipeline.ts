/**
 * The whole story: what each verb of the specification does, stage after stage, through ports.
 *
 * Whoever calls (the plugin, the command line, a test) chooses the ports; the stages are the same for all.
 *
 *   request → pod → selection → network → plan → execute → merge → result, then report
 */
import { withDeadline } from './deadline.ts';
import { CniError, ErrorCode, errorText, toCniError } from './errors.ts';
import { attachAll, takeBack } from './execute/attach.ts';
import { checkAll } from './execute/check-all.ts';
import type { DeviceFile } from './plan/device-files.ts';
import { type Plan, plannedRecord } from './plan/plan.ts';
import type { PodView } from './pod/pod-source.ts';
import { statusAnnotations } from './report/network-status.ts';
import type { CniRequest } from './request/cni-request.ts';
import { parsePrevResult } from './result/prev-result.ts';
import { successAnswer } from './result/success-answer.ts';
import type { JsonObject } from './schema/json.ts';
import type { Dialect } from './selection/selection.ts';
import { awaitReadiness } from './stages/await-readiness.ts';
import { chainContext } from './stages/chain-context.ts';
import { damagedRecord, deleteDamaged, deleteRecord, deleteUnrecorded } from './stages/delete-record.ts';
import { mergedAnswer } from './stages/merged-answer.ts';
import { planAdd } from './stages/plan-add.ts';
import { type Ports, say } from './stages/ports.ts';

/** What goes to stdout, and what is left to do once it is there. */
export interface Answer {
  readonly stdout: string;
  readonly afterwards: () => Promise<void>;
}

/** ADD: the pod's networks, all of them or none. Spec §2 "ADD". */
export async function add(request: CniRequest, ports: Ports): Promise<Answer> {
  await awaitReadiness(request, ports);
  return locked(request, ports, async () => {
    await refuseSecondAdd(request, ports);
    const { plan, pod, dialects, defaultRoute, deviceFiles, prevResult } = await planAdd(request, ports);
    await refuseTakenNames(plan, ports);
    const context = await chainContext(request, ports, plannedRecord(plan));
    await ports.beforeAttaching?.(plan, context);
    await ports.deviceInfo.prepare(deviceFiles);
    const attached = await attachAll(plannedRecord(plan), { context, state: ports.state, defaultRoute });
    try {
      const catalogue = await ports.openCatalogue();
      const { result, outcomes, warnings } = mergedAnswer(attached.outcomes, request, { catalogue, prevResult });
      say(ports, warnings);
      const devices = await readDevices(deviceFiles, ports);
      const stdout = successAnswer(result, request.cniVersion);
      const afterwards = await writeStatus(pod, statusAnnotations(outcomes, { isGenie: isGenie(dialects), devices }), {
        request,
        ports,
      });
      return { stdout, afterwards };
    } catch (cause) {
      throw await takeBack(toCniError(cause), attached.record, { context, state: ports.state });
    }
  });
}

/** DEL: whatever the journal says was made, without asking anybody else. Idempotent. Spec §2 "DEL". */
export function del(request: CniRequest, ports: Ports): Promise<void> {
  return locked(request, ports, async () => {
    const lookup = await ports.state.load(request);
    if (lookup.kind === 'found') return deleteRecord(lookup.record, request, ports);
    if (lookup.kind === 'damaged') return deleteDamaged(lookup, request, ports);
    if (lookup.kind === 'foreign') throw damagedRecord(lookup);
    if (request.prevResult === undefined) {
      return ports.log.info({}, 'nothing to delete: no attachment of this container is recorded');
    }
    await deleteUnrecorded(request, ports);
  });
}

/** CHECK: every attachment against its own recorded result. Spec §2 "CHECK". */
export function check(request: CniRequest, ports: Ports): Promise<void> {
  return locked(request, ports, async () => {
    if (!parsePrevResult(request.prevResult, request.cniVersion)) {
      throw new CniError(
        ErrorCode.invalidConfig,
        'CHECK needs the key "prevResult", which is missing from the configuration on stdin',
      );
    }
    const lookup = await ports.state.load(request);
    if (lookup.kind === 'damaged' || lookup.kind === 'foreign') throw damagedRecord(lookup);
    if (lookup.kind === 'absent') {
      throw new CniError(
        ErrorCode.unknownContainer,
        `container ${request.containerId} has no recorded attachment for ${request.ifName}`,
      );
    }
    await checkAll(lookup.record, await chainContext(request, ports, lookup.record));
  });
}

/** GC: what the runtime's list no longer has is deleted by its record; then every network collects for itself. Spec §2 "GC". */
export async function gc(request: CniRequest, ports: Ports): Promise<void> {
  // Loaded here, as no pod waits for it, and every pod would wait for what it loads.
  const { collectGarbage } = await import('./stages/collect-garbage.ts');
  return withDeadline(ports.signal, request.config.delegateTimeoutMs, (signal) =>
    ports.state.withExclusiveLock(signal, () => collectGarbage(request, ports)),
  );
}

/** STATUS: could an ADD be served now? Answers within 2 s whatever hangs. Spec §2 "STATUS". */
export async function status(request: CniRequest, ports: Ports): Promise<void> {
  const { assertReady } = await import('./stages/assert-ready.ts');
  return assertReady(request, ports);
}

/** Waits as long as a delegate may run: whoever holds the lock is bound by that too. */
function locked<T>(request: CniRequest, ports: Ports, work: () => Promise<T>): Promise<T> {
  return withDeadline(ports.signal, request.config.delegateTimeoutMs, (signal) =>
    ports.state.withLock(request.containerId, signal, work),
  );
}

/** Without a rollback: the DELs of a second ADD would take the first one's attachments away. */
async function refuseSecondAdd(request: CniRequest, ports: Ports): Promise<void> {
  const lookup = await ports.state.load(request);
  if (lookup.kind === 'damaged' || lookup.kind === 'foreign') throw damagedRecord(lookup);
  if (lookup.kind === 'absent') return;
  throw new CniError(
    ErrorCode.alreadyAttached,
    `container ${request.containerId} has its attachments for ${request.ifName} already, or is left half-way by an earlier ADD`,
    'the runtime must call DEL before it calls ADD again',
  );
}

/** A container can have several records, one for each CNI_IFNAME; what one of them has, another must not roll back. */
async function refuseTakenNames(plan: Plan, ports: Ports): Promise<void> {
  const lookups = await ports.state.list(plan.containerId);
  const taken = lookups.flatMap((lookup) => (lookup.kind === 'found' ? lookup.record.attachments : []));
  const wanted = plan.attachments.find(({ ifName }) =>
    taken.some((other) => other.ifName === ifName && other.phase !== 'gone'),
  );
  if (!wanted) return;
  throw new CniError(
    ErrorCode.alreadyAttached,
    `container ${plan.containerId} has the interface ${wanted.ifName} already, which ${wanted.why} would get`,
    'the runtime must call DEL for it first',
  );
}

/** By interface name; what cannot be read is worth a line in the log, not a pod. */
async function readDevices(files: readonly DeviceFile[], ports: Ports): Promise<ReadonlyMap<string, JsonObject>> {
  const devices = new Map<string, JsonObject>();
  for (const { ifName, file } of files) {
    try {
      const info = await ports.deviceInfo.read(file);
      if (info) devices.set(ifName, info);
    } catch (cause) {
      say(ports, [`device information file ${file}: ${errorText(cause)}`]);
    }
  }
  return devices;
}

/** CNI-Genie writes an annotation of its own for pods that it attached. */
function isGenie(dialects: readonly Dialect[]): boolean {
  return dialects.some((dialect) => dialect === 'cni-genie' || dialect === 'logical');
}

async function writeStatus(
  pod: PodView,
  annotations: Readonly<Record<string, string>>,
  { request, ports }: { request: CniRequest; ports: Ports },
): Promise<() => Promise<void>> {
  const { identity } = pod;
  const write = ports.writeStatus;
  if (!identity || !write) return async () => undefined;
  if (request.config.statusWriteBack === 'required') {
    const fault = await write(identity, annotations);
    if (fault !== undefined)
      throw new CniError(
        ErrorCode.statusWriteFailed,
        `cannot write the network status to the pod: ${fault.cause}`,
        '"statusWriteBack" is "required"',
      );
    return async () => undefined;
  }
  return async () => {
    const fault = await write(identity, annotations);
    if (fault !== undefined) say(ports, [`cannot write the network status to the pod: ${fault.cause}`]);
  };
}
