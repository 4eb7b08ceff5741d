/** Addresses that two of a pod's interfaces have: such a pod would talk to nobody reliably. Pure. */
import { addressOf, isLinkLocalV6 } from '../schema/ip-text.ts';

/** An address without prefix length, who has it, and who had it before. */
export interface SharedAddress<Owner> {
  readonly address: string;
  readonly owner: Owner;
  readonly other: Owner;
}

/**
 * The first of `given` (CIDR string and owner) that another owner has as well; `known` is who has which address, and
 * learns all that was looked at. Link-local IPv6 addresses may stand on every interface.
 */
export function sharedAddress<Owner>(
  given: Iterable<readonly [string, Owner]>,
  known: Map<string, Owner> = new Map(),
): SharedAddress<Owner> | undefined {
  for (const [cidr, owner] of given) {
    const address = addressOf(cidr);
    const other = known.get(address);
    if (other !== undefined && other !== owner) return { address, owner, other };
    if (!isLinkLocalV6(cidr)) known.set(address, owner);
  }
  return undefined;
}
