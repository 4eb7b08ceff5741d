/**
 * The results of all attachments as one: interfaces re-indexed, every address with its interface, routes with a gateway.
 *
 * Pure. In: normalised `Outcome[]`, the primary first. Out: one result. Invariant:
 * every `interface` index points into `interfaces`: a runtime panics on one that does not, and credits an address without
 * one to eth0.
 */
import type { Outcome } from '../execute/attach.ts';
import { familyOf, isDefaultDestination } from '../schema/ip-text.ts';
import { type CniResult, EMPTY_RESULT, type ResultRoute } from '../schema/result.ts';
import { mergeDns } from './merge-dns.ts';

/** The merged result and what is to be said about it. */
export interface Merged {
  readonly result: CniResult;
  readonly warnings: readonly string[];
}

/** Merges normalised outcomes in their order; `prevResult` is that of the plugins before us when we are chained. */
export function mergeResults(outcomes: readonly Outcome[], prevResult: CniResult | undefined): Merged {
  return outcomes.reduce(append, { result: withoutStrayIndexes(prevResult ?? EMPTY_RESULT), warnings: [] });
}

/** An index of the plugins before us that points nowhere would come to point at one of our interfaces. */
function withoutStrayIndexes(result: CniResult): CniResult {
  const isStray = (index: number | undefined) => index !== undefined && !(index in result.interfaces);
  return { ...result, ips: result.ips.map((ip) => (isStray(ip.interface) ? { ...ip, interface: undefined } : ip)) };
}

function append(merged: Merged, { attachment, result: next }: Outcome): Merged {
  const offset = merged.result.interfaces.length;
  const ips = next.ips.map((ip) => (ip.interface === undefined ? ip : { ...ip, interface: ip.interface + offset }));
  return {
    result: {
      interfaces: [...merged.result.interfaces, ...next.interfaces],
      ips: [...merged.result.ips, ...ips],
      routes: [...merged.result.routes, ...next.routes],
      dns: mergeDns(merged.result.dns, next.dns),
    },
    warnings: [...merged.warnings, ...routeDoubts(merged.result, next, attachment.network)],
  };
}

/** Two routes to one destination are kept, for they exist; that only one of them works is worth a line. */
function routeDoubts(merged: CniResult, next: CniResult, network: string): string[] {
  const there = new Set(merged.routes.map(destinationOf));
  const doubled = next.routes.filter((route) => there.has(destinationOf(route)));
  return doubled.map(({ dst }) => `network "${network}" made a second route to ${dst}`);
}

/** One text for all spellings of a family's default route. */
function destinationOf({ dst }: ResultRoute): string {
  return isDefaultDestination(dst) ? `default ${familyOf(dst)}` : dst;
}
