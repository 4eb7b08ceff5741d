/**
 * Network namespaces as scripted delegates leave them, told and changed in the way of the helper `braid-netns`. Pure.
 *
 * In: the results of the delegates, then the helper's commands. Out: the facts that the helper would print.
 */
import { familyOf, isDefaultDestination } from '../schema/ip-text.ts';
import type { NamespaceFacts } from '../schema/namespace-facts.ts';
import type { CniResult } from '../schema/result.ts';

type Route = NamespaceFacts['routes'][number];

/** What one attachment has in the namespace. */
interface Held {
  readonly links: NamespaceFacts['links'];
  readonly addresses: NamespaceFacts['addresses'];
  readonly routes: readonly Route[];
}

/** All namespaces of a node, by path. */
export class ScriptedNamespaces {
  readonly #held = new Map<string, Map<string, Held>>();

  /** The attachment `ifName` is there with this result; one that cannot be read has its link alone. */
  attach(netns: string, ifName: string, result: CniResult | undefined): void {
    const attachments = this.#held.get(netns) ?? new Map<string, Held>();
    this.#held.set(netns, attachments.set(ifName, heldBy(ifName, result)));
  }

  detach(netns: string, ifName: string): void {
    this.#held.get(netns)?.delete(ifName);
  }

  /** Carries commands out, one a line, and prints what there is then. */
  answer(netns: string, commands: string): string {
    for (const line of commands.split('\n').filter((text) => text !== '')) this.#obey(netns, line.split(' '));
    const all = [...(this.#held.get(netns)?.values() ?? [])];
    const facts: NamespaceFacts = {
      links: all.flatMap(({ links }) => links),
      addresses: all.flatMap(({ addresses }) => addresses),
      routes: all.flatMap(({ routes }) => routes),
    };
    return JSON.stringify(facts);
  }

  #obey(netns: string, [command = '', dev = '', gateway]: readonly string[]): void {
    const family = gateway === undefined ? (command === 'default6' ? 6 : 4) : familyOf(gateway);
    const isDefault = ({ dst }: Route) => isDefaultDestination(dst) && familyOf(dst) === family;
    const attachments = this.#held.get(netns) ?? new Map<string, Held>();
    for (const [ifName, held] of attachments) {
      const isKept = gateway === undefined && ifName === dev;
      const routes = isKept ? held.routes : held.routes.filter((route) => !isDefault(route));
      const own = gateway !== undefined && ifName === dev ? [{ dst: defaultOf(family), dev, gateway }] : [];
      attachments.set(ifName, { ...held, routes: [...own, ...routes] });
    }
  }
}

function defaultOf(family: number | undefined): string {
  return family === 6 ? '::/0' : '0.0.0.0/0';
}

function heldBy(ifName: string, result: CniResult | undefined): Held {
  const { interfaces = [], ips = [], routes = [] } = result ?? {};
  const inside = interfaces.filter(({ sandbox, name }) => (sandbox ?? '') !== '' && name !== ifName);
  const own = interfaces.find(({ name }) => name === ifName);
  const gatewayOf = (dst: string) => ips.find((ip) => ip.gateway && familyOf(ip.address) === familyOf(dst))?.gateway;
  return {
    links: [{ name: ifName, mac: own?.mac }, ...inside.map(({ name, mac }) => ({ name, mac }))],
    addresses: ips.map(({ address, interface: index }) => {
      const link = index === undefined ? undefined : interfaces[index];
      return { address, dev: (link?.sandbox ?? '') === '' ? ifName : (link?.name ?? ifName) };
    }),
    routes: routes.map(({ dst, gw }) => ({ dst, dev: ifName, gateway: gw ?? gatewayOf(dst) })),
  };
}
