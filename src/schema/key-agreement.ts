/** What the keys of the node's configuration mean to each other: contradictions, and keys that another one overrules. Pure. */
import { NO_RETRY_WARNING } from './multus-keys.ts';
import type { NodeConfigKeys } from './node-config.ts';

/** A contradiction; `key` is the one that a clean-up goes on without. */
export interface KeyConflict {
  readonly key: keyof NodeConfigKeys;
  readonly message: string;
}

/** The first contradiction. */
export function keyConflict(keys: NodeConfigKeys): KeyConflict | undefined {
  return (
    twoDefaults(keys) ??
    emptyDelegates(keys) ??
    chainWithoutFile(keys) ??
    twoSpellings(keys, 'multusNamespace', 'networkNamespace') ??
    twoSpellings(keys, 'readinessindicatorfile', 'readinessFile')
  );
}

/** True for a configuration that was written for Multus, whose defaults then hold. */
export function isForMultus(keys: NodeConfigKeys): boolean {
  return isGiven(keys.clusterNetwork) || keys.delegates !== undefined;
}

/** One sentence for each known key that has no effect beside the others, or not the one that it seems to have. */
export function overruledKeyWarnings(keys: NodeConfigKeys): string[] {
  const warnings: string[] = [];
  const isClusterNetwork = isGiven(keys.clusterNetwork);
  if (isClusterNetwork && keys.delegates) {
    warnings.push('"delegates" is ignored: "clusterNetwork" decides, as in Multus');
  }
  if (keys.defaultNetworks && keys.delegates && !isClusterNetwork) {
    warnings.push(
      '"defaultNetworks" is ignored beside "delegates", as in Multus; put them into "delegates", or use "clusterNetwork"',
    );
  }
  if (keys.clusterNetwork?.startsWith('/host/')) {
    warnings.push(
      '"clusterNetwork" begins with "/host", where the daemon of Multus has the node’s files; write the path without it',
    );
  }
  if (keys.cniDir !== undefined && keys.stateDir !== undefined) {
    warnings.push('"cniDir" is ignored: "stateDir" decides');
  }
  if (keys.retryDeleteOnError === false) warnings.push(NO_RETRY_WARNING);
  return warnings;
}

function twoDefaults(keys: NodeConfigKeys): KeyConflict | undefined {
  const ours = (['defaultPlugin', 'default_plugin'] as const).find((key) => keys[key] !== undefined);
  if (ours === undefined || keys[ours]?.length === 0 || !isForMultus(keys)) return undefined;
  const theirs = isGiven(keys.clusterNetwork) ? 'clusterNetwork' : 'delegates';
  return { key: ours, message: `"${ours}" and "${theirs}" both name the default network; keep one of them` };
}

function emptyDelegates(keys: NodeConfigKeys): KeyConflict | undefined {
  if (keys.delegates?.length !== 0 || isGiven(keys.clusterNetwork)) return undefined;
  return { key: 'delegates', message: '"delegates" must not be empty' };
}

function chainWithoutFile(keys: NodeConfigKeys): KeyConflict | undefined {
  if (!isGiven(keys.auxiliaryCNIChainName) || keys.clusterNetwork?.startsWith('/')) return undefined;
  const message =
    '"auxiliaryCNIChainName" needs "clusterNetwork" to be the path of a file: the chain lies in a folder beside it';
  return { key: 'auxiliaryCNIChainName', message };
}

type SpelledTwice = 'multusNamespace' | 'networkNamespace' | 'readinessindicatorfile' | 'readinessFile';

function twoSpellings(keys: NodeConfigKeys, theirs: SpelledTwice, ours: SpelledTwice): KeyConflict | undefined {
  const [one, other] = [keys[theirs], keys[ours]];
  if (!isGiven(one) || !isGiven(other) || one === other) return undefined;
  return { key: theirs, message: `"${theirs}" and "${ours}" mean the same and differ; keep one of them` };
}

/** An empty text configures nothing, as in Multus. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== '';
}
