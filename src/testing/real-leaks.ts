/**
 * What plugins left on a real node though nobody has it any more. Pure but for reading the leases.
 *
 * In: what there is, and the calls of ADD that nobody took back. Out: a line each for a person. While a plugin is held in a
 * pod its further links there are its own, and while any is, so are links of the node: only what is certain is told.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { basename, dirname, join } from 'node:path';
import type { SeenCall } from './plugins.ts';

/** A link's owner may be told by where it is. */
export interface FoundLinks {
  /** In the node itself, without what was there before any plugin ran. */
  readonly node: readonly string[];
  /** In the pods, by path, likewise. */
  readonly pods: ReadonlyMap<string, readonly string[]>;
}

/** An address that `host-local` keeps for somebody. */
export interface Lease {
  readonly network: string;
  readonly address: string;
  /** `CONTAINER/INTERFACE`. */
  readonly owner: string;
}

/** Names what leaked. */
export function leaksOf(
  { links, leases }: { readonly links: FoundLinks; readonly leases: readonly Lease[] },
  held: readonly SeenCall[],
  calls: readonly SeenCall[],
): string[] {
  const added = calls.filter(({ verb }) => verb === 'ADD');
  const inPods = [...links.pods].flatMap(([path, names]) => {
    const isHeld = (name: string) => ofPod(held, path).includes(name);
    const isOwn = (name: string) => ofPod(held, path).length > 0 && !ofPod(added, path).includes(name);
    return names.filter((name) => !isHeld(name) && !isOwn(name)).map((name) => `interface ${name} in ${path}`);
  });
  const onNode = held.length > 0 ? [] : links.node.map((name) => `interface ${name} of the node`);
  const owners = new Set(held.map(ownerOf));
  const leaked = leases
    .filter(({ owner }) => !owners.has(owner))
    .map(({ network, address, owner }) => `address ${address} of network ${network}, leased to ${owner}`);
  return [...inPods, ...onNode, ...leaked];
}

function ofPod(calls: readonly SeenCall[], path: string): string[] {
  return calls.filter(({ env }) => env['CNI_NETNS'] === path).map(({ env }) => env['CNI_IFNAME'] ?? '');
}

function ownerOf({ env }: SeenCall): string {
  return `${env['CNI_CONTAINERID']}/${env['CNI_IFNAME']}`;
}

/** The leases below a folder: files named after an address, with container and interface in them. */
export function readLeases(folder: string): Lease[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && isIP(entry.name) !== 0)
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const [container, ifName] = readFileSync(file, 'utf8').trim().split(/\r?\n/);
      return { network: basename(dirname(file)), address: entry.name, owner: `${container}/${ifName}` };
    });
}
