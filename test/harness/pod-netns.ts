/** A pod's network namespace on a test node, as a runtime would make it, and what `ip` reads back from it. */
import * as z from 'zod';
import type { ExecOptions } from './enter-node.ts';
import type { RunResult } from './run-child.ts';

/** A link as `ip -j link` says it. `kind` is absent for loopback; `mac` is lower case. */
export type PodLink = {
  readonly name: string;
  readonly kind: string | undefined;
  readonly mac: string;
  readonly mtuBytes: number;
  readonly isUp: boolean;
};

/** A route of the main table; `dst` is "default" or a CIDR string or a plain address for a single host. */
export type PodRoute = { readonly dst: string; readonly gateway: string | undefined; readonly dev: string };

type Exec = (argv: readonly string[], options?: ExecOptions) => Promise<RunResult>;

const linkSchema = z.object({
  ifname: z.string(),
  address: z.string(),
  mtu: z.number(),
  flags: z.array(z.string()),
  linkinfo: z.object({ info_kind: z.string().optional() }).optional(),
});
// `ip -j` writes an empty object for a link that a filter leaves out.
const addressesSchema = z.array(
  z.object({
    addr_info: z.array(z.object({ local: z.string(), prefixlen: z.number(), scope: z.string() })).optional(),
  }),
);
const routesSchema = z.array(z.object({ dst: z.string(), gateway: z.string().optional(), dev: z.string() }));

/** One named network namespace. Made by `TestNode.createPodNetns`. */
export class PodNetns {
  readonly name: string;
  /** Valid inside the node: what CNI_NETNS is set to. */
  readonly path: string;
  /** The same namespace as a path on the host, for tests that open it from outside. */
  readonly hostPath: string;
  readonly #exec: Exec;

  constructor(name: string, node: { readonly holderPid: number; readonly exec: Exec }) {
    this.name = name;
    this.path = `/run/netns/${name}`;
    this.hostPath = `/proc/${node.holderPid}/root${this.path}`;
    this.#exec = node.exec;
  }

  /** Runs a program of the node inside the pod's network. */
  exec(argv: readonly string[], options?: ExecOptions): Promise<RunResult> {
    return this.#exec(['ip', 'netns', 'exec', this.name, ...argv], options);
  }

  /** All links, loopback too, in the kernel's order. */
  async links(): Promise<PodLink[]> {
    const links = z.array(linkSchema).parse(await this.#ip(['-d', 'link', 'show']));
    return links.map((link) => ({
      name: link.ifname,
      kind: link.linkinfo?.info_kind,
      mac: link.address,
      mtuBytes: link.mtu,
      isUp: link.flags.includes('UP'),
    }));
  }

  /** The global addresses of one link as CIDR strings, IPv4 before IPv6; link-local ones are the kernel's own affair. */
  async addresses(ifName: string): Promise<string[]> {
    const links = addressesSchema.parse(await this.#ip(['address', 'show', 'dev', ifName]));
    const found = links.flatMap((link) => link.addr_info ?? []).filter((each) => each.scope === 'global');
    return found.map((each) => `${each.local}/${each.prefixlen}`);
  }

  /** The routes of the main table, IPv4 before IPv6, without the kernel's link-local ones. */
  async routes(): Promise<PodRoute[]> {
    const [ipv4, ipv6] = await Promise.all([this.#ip(['-4', 'route', 'show']), this.#ip(['-6', 'route', 'show'])]);
    const routes = [...routesSchema.parse(ipv4), ...routesSchema.parse(ipv6)];
    return routes
      .filter((route) => !route.dst.startsWith('fe80:') && !route.dst.startsWith('ff00:'))
      .map(({ dst, gateway, dev }) => ({ dst, gateway, dev }));
  }

  /** Takes the namespace away, as a runtime does after DEL. */
  async remove(): Promise<void> {
    const result = await this.#exec(['ip', 'netns', 'del', this.name]);
    if (result.code !== 0) throw new Error(`ip netns del ${this.name}: ${result.stderr}`);
  }

  async #ip(args: readonly string[]): Promise<unknown> {
    const result = await this.#exec(['ip', '-n', this.name, '-j', ...args]);
    if (result.code !== 0) throw new Error(`ip -n ${this.name} ${args.join(' ')}: ${result.stderr}`);
    return result.stdout.trim() === '' ? [] : JSON.parse(result.stdout);
  }
}
