/** A real DHCP server in a namespace of its own on a test node, and the daemon of the plugin `dhcp`, which asks it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pollUntil } from './poll-until.ts';
import { collect } from './run-child.ts';
import type { TestNode } from './test-node.ts';

/** Where a server stands, and what it gives. It hands out .100 to .110 and itself, .1, as the router. */
export type DhcpServerOptions = {
  /** A bridge, which is made for it. */
  readonly bridge: string;
  /** The first three numbers of its addresses: `10.91.20`. */
  readonly prefix: string;
};

/** A server that runs until its node is disposed of. */
export interface DhcpServer {
  /** Its own, which is also the router that it tells of. */
  readonly address: string;
  /** The addresses that are leased now. */
  leased(): string[];
  /** Its log: every message of a client with its kind, `DHCPRELEASE`. */
  log(): string;
}

/**
 * Starts dnsmasq and waits until it serves.
 * Throws: an Error with its words when it does not come up.
 */
export async function startDhcpServer(node: TestNode, { bridge, prefix }: DhcpServerOptions): Promise<DhcpServer> {
  const address = `${prefix}.1`;
  await node.createPodNetns('dhcp-server');
  for (const command of [
    `link add ${bridge} type bridge`,
    `link set ${bridge} up`,
    'link add to-dhcp type veth peer name dhcp0 netns dhcp-server',
    `link set to-dhcp master ${bridge} up`,
    '-n dhcp-server link set dhcp0 up',
    `-n dhcp-server address add ${address}/24 dev dhcp0`,
  ]) {
    const { code, stderr } = await node.exec(['ip', ...command.split(' ')]);
    if (code !== 0) throw new Error(`ip ${command}: ${stderr}`);
  }
  const leaseFile = join(node.dir, 'dhcp.leases');
  const options = [
    '--keep-in-foreground --conf-file=/dev/null --pid-file= --user=root --group= --log-facility=- --log-dhcp',
    '--port=0 --interface=dhcp0 --bind-interfaces --no-ping --dhcp-authoritative',
    `--dhcp-leasefile=${leaseFile} --dhcp-range=${prefix}.100,${prefix}.110,255.255.255.0,1h`,
  ].flatMap((line) => line.split(' '));
  const server = node.spawn(['ip', 'netns', 'exec', 'dhcp-server', 'dnsmasq', ...options]);
  const log = collect(server.stderr);
  const serves = () => isRunning(server, log) && (log().includes(' DHCP, IP range ') || undefined);
  await pollUntil(serves, { withinMs: 10_000, what: 'the DHCP server' });
  return {
    address,
    // A line: when it ends, hardware address, address, host name, client.
    leased: () =>
      (existsSync(leaseFile) ? readFileSync(leaseFile, 'utf8') : '')
        .split('\n')
        .flatMap((line) => line.split(' ')[2] ?? []),
    log,
  };
}

/**
 * Starts the daemon of the plugin whose file is `plugin`, which runs until the node is disposed of; answers its socket, for
 * the key `daemonSocketPath`. Throws: an Error with its words when it does not come up.
 */
export async function startDhcpDaemon(node: TestNode, plugin: string): Promise<string> {
  const socket = join(node.dir, 'dhcp.sock');
  // A question that gets lost while the link comes up is asked again after this time, and one to three seconds.
  const daemon = node.spawn([plugin, 'daemon', '-socketpath', socket, '-timeout', '500ms']);
  const log = collect(daemon.stderr);
  const serves = () => isRunning(daemon, log) && (existsSync(socket) || undefined);
  await pollUntil(serves, { withinMs: 10_000, what: 'the socket of the dhcp daemon' });
  return socket;
}

/** True. Throws: an Error with its log when the program has ended. */
function isRunning(program: ReturnType<TestNode['spawn']>, log: () => string): true {
  if (program.exitCode !== null) throw new Error(`${program.spawnargs.join(' ')} has ended: ${log()}`);
  return true;
}
