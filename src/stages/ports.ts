/** The ports of all verbs in one place: whoever calls the pipeline chooses what stands behind them. */
import type { OpenCatalogue } from '../catalogue/catalogue.ts';
import type { HostFacts } from '../catalogue/host-needs.ts';
import type { ChainContext } from '../execute/run-chain.ts';
import type { RunDelegate } from '../execute/run-delegate.ts';
import type { Log } from '../log/log.ts';
import type { FindPlugins, NetworkSource } from '../network/network-source.ts';
import type { Plan } from '../plan/plan.ts';
import type { ReadNamespace } from '../pod/namespace-annotations.ts';
import type { PodSource } from '../pod/pod-source.ts';
import type { DeviceInfoFiles } from '../report/device-info.ts';
import type { WriteStatus } from '../report/status-writer.ts';
import type { StateStore } from '../state/state-store.ts';

/** Everything outside the process that a verb may touch. */
export interface Ports {
  /** Asked in this order for the pod's annotations. */
  readonly podSources: readonly PodSource[];
  /** Those of them that never leave this machine. */
  readonly localPodSources: readonly PodSource[];
  /** Absent: Namespace objects name no default networks here. */
  readonly readNamespace: ReadNamespace | undefined;
  readonly networks: NetworkSource;
  /** What of them never leaves this machine. */
  readonly localNetworks: NetworkSource;
  readonly findPlugins: FindPlugins;
  /** What is known of plugins. */
  readonly openCatalogue: OpenCatalogue;
  readonly runDelegate: RunDelegate;
  readonly state: StateStore;
  /** Ends the delegates of a call that was killed; answers their process ids. */
  readonly endSurvivors: (mark: string) => Promise<readonly number[]>;
  /** Whether a path of our own configuration exists. */
  readonly isThere: (path: string) => boolean;
  /** What plugins need of the node, and where pods are. */
  readonly host: HostFacts;
  readonly deviceInfo: DeviceInfoFiles;
  /** Removes a file, if it is there. */
  readonly removeFile: (path: string) => Promise<void>;
  /** `undefined`: no API server is configured, or the status is not wanted. */
  readonly writeStatus: WriteStatus | undefined;
  /**
   * Why an ADD that needs the API server could not ask it; where only some need it, a server that is down does not count.
   * Absent: no ADD needs it.
   */
  readonly probeApiServer: ((deadline: AbortSignal) => Promise<string | undefined>) | undefined;
  /** The last word on an ADD before anything runs; throws to refuse it. Absent: a runtime's namespace is fresh. */
  readonly beforeAttaching?: (plan: Plan, context: ChainContext) => Promise<void>;
  readonly log: Log;
  /** Fires when we are told to stop. */
  readonly signal: AbortSignal;
}

/** Writes warnings to the log. */
export function say({ log }: Pick<Ports, 'log'>, warnings: readonly string[]): void {
  for (const warning of warnings) log.warn({}, warning);
}
