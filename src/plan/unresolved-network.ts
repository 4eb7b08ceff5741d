/** Why a network that was asked for cannot be had, in the words of whoever asked for it. Pure. */
import { CniError, ErrorCode } from '../errors.ts';
import type { AbsentNetwork, NetworkLookup } from '../network/network-source.ts';
import { clipped } from '../schema/clipped-text.ts';
import { nearestName } from '../schema/nearest-name.ts';
import type { NetworkChoice, Selection } from '../selection/selection.ts';

type Unresolved = Exclude<NetworkLookup, { kind: 'found' | 'nothing-to-attach' }>;

/** The error: code 11 when asking again may help, else code 7; it begins with where the network was asked for. */
export function unresolvedNetwork({ network, why }: Selection, lookup: Unresolved | undefined): CniError {
  const name = nameOf(network);
  if (lookup?.kind === 'broken') {
    const message = `${why}: ${name} cannot be used: ${lookup.origin}: ${lookup.cause}`;
    return new CniError(ErrorCode.invalidConfig, message, 'correct it there');
  }
  if (lookup?.kind === 'failed') {
    const code = lookup.isTemporary ? ErrorCode.tryAgain : ErrorCode.invalidConfig;
    return new CniError(code, `${why}: ${name} cannot be read: ${lookup.origin}: ${lookup.cause}`, lookup.hint);
  }
  const searched = lookup?.searched ?? 'any source';
  return new CniError(ErrorCode.invalidConfig, `${why}: there is no ${name} in ${searched}`, hintFor(network, lookup));
}

function nameOf(network: NetworkChoice): string {
  switch (network.kind) {
    case 'named':
      return `network "${clipped(network.name)}"`;
    case 'first-in-conf-dir':
      return 'default network';
    case 'definition':
      return `definition "${network.namespace}/${network.name}"`;
    case 'definition-or-file':
      return `network "${network.name}"`;
    case 'logical':
      return `logical network "${network.namespace}/${clipped(network.name)}"`;
    case 'path':
      return `network "${network.path}"`;
    case 'inline':
      return `network of ${network.place}`;
    case 'chain-folder':
      return `chain folder "${network.name}"`;
  }
}

function hintFor(network: NetworkChoice, lookup: AbsentNetwork | undefined): string {
  if (network.kind === 'first-in-conf-dir') {
    return 'put a network configuration there, or set the key "defaultPlugin"';
  }
  const elsewhere = lookup?.namespaces?.join(', ') ?? '';
  if (elsewhere !== '') return `a definition of that name exists in: ${elsewhere}; write namespace/name`;
  const known = lookup?.known ?? [];
  if (known.length === 0 && 'namespace' in network) return 'check its name and its namespace';
  const nearest = 'name' in network ? nearestName(network.name, known) : undefined;
  const note = lookup?.note === undefined ? '' : `${lookup.note}; `;
  const guess = nearest === undefined ? '' : `did you mean "${nearest}"? `;
  return `${note}${guess}networks there: ${known.join(', ') || 'none'}`;
}
