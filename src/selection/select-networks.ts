/**
 * Which dialect decides, by presence of the annotations; then that dialect's networks with their interface names.
 *
 * Pure. Order: `k8s.v1.cni.cncf.io/networks`, `cni`, the node's defaults, the first configuration of the node.
 */
import { CniError, ErrorCode } from '../errors.ts';
import type { PodView } from '../pod/pod-source.ts';
import { nameInterfaces } from './interface-names.ts';
import { parseNetworkList } from './network-list.ts';
import type { Selection, SelectionOutcome, WantedNetwork } from './selection.ts';

/** CNI-Genie's annotation: the pod's complete list of networks. */
const GENIE_ANNOTATION = 'cni';
const LOGICAL_ANNOTATION = 'networks';
/** Of an annotation that is not understood, an error quotes this much. */
const SHOWN_CHARACTERS = 100;
const NPWG_ANNOTATION = 'k8s.v1.cni.cncf.io/networks';

/** What the node says for pods that say nothing. */
export interface NodeDefaults {
  /** Items of `defaultPlugin`; `undefined` when not configured. */
  readonly networks: readonly string[] | undefined;
  /** CNI_IFNAME, the interface name that the runtime asks for. */
  readonly ifName: string;
}

/**
 * The pod's networks. Throws: code 7 for what cannot be read, naming annotation and position; code 2 for a dialect that
 * this version does not have, since attaching the pod to other networks than it asked for would be worse.
 */
export function selectNetworks(pod: PodView, defaults: NodeDefaults): SelectionOutcome {
  const { annotations } = pod;
  refuseUnknownDialects(annotations);
  const list = annotations[GENIE_ANNOTATION];
  const isListed = list !== undefined && list.trim() !== '';
  if (isListed && annotations[NPWG_ANNOTATION] === undefined) {
    const wanted = parseNetworkList(list.split(','), `annotation "${GENIE_ANNOTATION}"`);
    return named(wanted, defaults.ifName, { dialect: 'cni-genie', warnings: [] });
  }
  return named(defaultNetworks(defaults), defaults.ifName, {
    dialect: 'node-default',
    warnings: unusedAnnotation(list, isListed),
  });
}

function unusedAnnotation(list: string | undefined, isListed: boolean): string[] {
  if (list === undefined) return [];
  if (isListed) return [`annotation "${GENIE_ANNOTATION}" is ignored: "${NPWG_ANNOTATION}" is present and decides`];
  return [
    `annotation "${GENIE_ANNOTATION}" is empty: choosing by load is not available, the node's default networks are used`,
  ];
}

function refuseUnknownDialects(annotations: PodView['annotations']): void {
  const list = annotations[GENIE_ANNOTATION];
  const npwg = annotations[NPWG_ANNOTATION]?.trim() ?? '';
  if (npwg.replaceAll(/\s/g, '') !== '[]' && npwg !== '') throw unsupported(NPWG_ANNOTATION, npwg);
  const logical = annotations[LOGICAL_ANNOTATION]?.trim() ?? '';
  const isLogical = list !== undefined && list.trim() === '' && logical !== '';
  if (isLogical) throw unsupported(LOGICAL_ANNOTATION, logical);
}

function unsupported(annotation: string, value: string): CniError {
  return new CniError(
    ErrorCode.unsupportedField,
    `annotation "${annotation}": "${value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value}" is not supported by this version of Braid`,
    `select the networks with the annotation "${GENIE_ANNOTATION}" instead`,
  );
}

function defaultNetworks(defaults: NodeDefaults): WantedNetwork[] {
  if (defaults.networks) return parseNetworkList(defaults.networks, 'configuration key "defaultPlugin"');
  return [
    {
      network: { kind: 'first-in-conf-dir' },
      requestedIfName: undefined,
      where: 'no annotation and no "defaultPlugin": the first valid configuration of the folder',
    },
  ];
}

function named(
  wanted: readonly WantedNetwork[],
  ifName: string,
  rest: { dialect: Selection['dialect']; warnings: readonly string[] },
): SelectionOutcome {
  const selections = nameInterfaces(wanted, ifName, rest.dialect);
  if (selections.some((selection) => selection.ifName === ifName)) return { selections, warnings: rest.warnings };
  const warning = `no network has the interface name "${ifName}" that the runtime asks for; containerd refuses a pod without it`;
  return { selections, warnings: [...rest.warnings, warning] };
}
