/**
 * An explanation as data: exactly what `braid explain --json` prints. Pure.
 *
 * In: the pipeline's explanation. Out: for each attachment and plugin what will be called, where it comes from, and in what
 * it differs from what stands there.
 */
import type { Explanation } from '../../explain-add.ts';
import { isJsonObject, type JsonObject } from '../../schema/json.ts';
import { GENIE_ANNOTATION, LOGICAL_ANNOTATION, NPWG_ANNOTATION } from '../../selection/select-networks.ts';
import type { AttachmentOptions, Dialect, NetworkChoice } from '../../selection/selection.ts';
import type { Place } from '../../testing/manifests.ts';
import type { ExplainedCluster } from './cluster.ts';
import { configChanges } from './config-changes.ts';

/** What is said of one pod. */
export type PodExplanation = PodTitle & (PlannedPod | FailedPod | UnexplainedPod | HostNetworkPod) & Said;

/** Which pod it is. */
export interface PodTitle {
  /** Empty: one that is nowhere was asked for by its name alone. */
  readonly namespace: string;
  readonly name: string;
  /** `file:line` */
  readonly place?: string;
  /** The workload by whose template it would be made: `Deployment web`. */
  readonly madeBy?: string;
}

interface Said {
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
}

interface PlannedPod {
  readonly outcome: 'planned';
  readonly decision: Decision;
  readonly annotationsFrom: string;
  readonly attachments: readonly ExplainedAttachment[];
  readonly defaultRoute?: NonNullable<Explanation['defaultRoute']>;
}

interface FailedPod {
  readonly outcome: 'failed';
  /** As an ADD prints it. */
  readonly error: ShownError;
}

/** It was asked for, and is not there or no usable Pod. */
interface UnexplainedPod {
  readonly outcome: 'unexplained';
  readonly error: ShownError;
}

/** An error with the keys of the specification. */
export interface ShownError {
  readonly code: number;
  readonly msg: string;
  readonly details: string;
}

/** The pod lives in its node's own network: no runtime calls a CNI plugin for it. */
interface HostNetworkPod {
  readonly outcome: 'host-network';
}

/** Which annotation decided, or none, and what follows from it. */
export interface Decision {
  readonly dialect: Dialect;
  readonly rule: string;
}

/** One network of the pod. */
export interface ExplainedAttachment {
  readonly interface: string;
  readonly isPrimary: boolean;
  readonly network: string;
  readonly reference: string;
  /** Who asked for it, and where. */
  readonly why: string;
  readonly dialect: Dialect;
  /** The file or object that its configuration stands in. */
  readonly origin: string;
  /** Where that object stands, when it is in a file that was given. */
  readonly place?: string;
  readonly cniVersion: string;
  /** What the pod asks of it beside being attached. */
  readonly options: AttachmentOptions;
  /** What of the network's configuration does not stand so in `origin`. */
  readonly changes: readonly string[];
  /** The chain, in the order of ADD. */
  readonly plugins: readonly ExplainedPlugin[];
}

/** One plugin of the chain. */
export interface ExplainedPlugin {
  readonly type: string;
  /** The file that is run. */
  readonly path: string;
  /** The variables that Braid sets; all others are those of the runtime. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: JsonObject;
  /** The plugin whose result is added to `stdin` as `prevResult`. */
  readonly prevResultOf?: string;
  /** What it can be told, and what it is told of it. */
  readonly capabilities: { readonly declared: readonly string[]; readonly given: JsonObject };
  /** In what `stdin` differs from the plugin's configuration as it is written. */
  readonly changes: readonly string[];
}

/** `file:line` */
export function placeText({ file, line }: Place): string {
  return `${file}:${line}`;
}

const RULES: Readonly<Record<Dialect, string>> = {
  npwg: `annotation "${NPWG_ANNOTATION}" is present: its networks come beside the default network`,
  'cni-genie': `annotation "${GENIE_ANNOTATION}" is present: it lists all networks of the pod`,
  logical: `annotation "${GENIE_ANNOTATION}" is empty: "${LOGICAL_ANNOTATION}" lists all networks of the pod`,
  'node-default': 'no annotation selects networks: the pod gets the default ones',
};

/** The decision in words. */
export function decisionOf({ decidedBy }: Explanation): Decision {
  return { dialect: decidedBy, rule: RULES[decidedBy] };
}

/** The attachments of a plan, in its order. */
export function attachmentsOf(
  { plan, networks, calls }: Explanation,
  placeOf: ExplainedCluster['placeOf'],
): ExplainedAttachment[] {
  return plan.attachments.map((attachment, index) => {
    const { selection, list } = networks[index] ?? missing();
    const place = placeOfChoice(selection.network, list.origin, placeOf);
    return {
      interface: attachment.ifName,
      isPrimary: attachment.isPrimary,
      network: attachment.network,
      reference: attachment.reference,
      why: attachment.why,
      dialect: selection.dialect,
      origin: list.origin,
      ...(place ? { place: placeText(place) } : {}),
      cniVersion: attachment.cniVersion,
      options: selection.options,
      changes: list.changes ?? [],
      plugins: list.plugins.map((plugin, at) => {
        const call = calls[index]?.[at] ?? missing();
        const stdin: JsonObject = JSON.parse(call.stdin);
        const { runtimeConfig } = stdin;
        const before = list.plugins[at - 1];
        return {
          type: plugin.type,
          path: call.path,
          env: call.variables,
          stdin,
          ...(before ? { prevResultOf: before.type } : {}),
          capabilities: { declared: plugin.capabilities, given: isJsonObject(runtimeConfig) ? runtimeConfig : {} },
          changes: configChanges(plugin.raw, stdin),
        };
      }),
    };
  });
}

/** The plan has an attachment for each network, and a call for each plugin. */
function missing(): never {
  throw new Error('the plan lacks what it was made of');
}

const OBJECT_KINDS: Partial<Readonly<Record<NetworkChoice['kind'], string>>> = {
  definition: 'NetworkAttachmentDefinition',
  'definition-or-file': 'NetworkAttachmentDefinition',
  logical: 'LogicalNetwork',
};

/** A definition without a configuration stands for a file, and then that is where the configuration is. */
function placeOfChoice(choice: NetworkChoice, origin: string, placeOf: ExplainedCluster['placeOf']): Place | undefined {
  const kind = OBJECT_KINDS[choice.kind];
  if (kind === undefined || !('namespace' in choice) || origin.startsWith('/')) return undefined;
  return placeOf(kind, choice.namespace, choice.name);
}
