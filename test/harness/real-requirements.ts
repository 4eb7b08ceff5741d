/**
 * Whether this machine can run the tests that need real network namespaces or a real containerd.
 *
 * Such tests are never skipped silently: `describeReal` puts the reason into the title of what is left out, and with
 * BRAID_REQUIRE_REAL=1 (set where the machine is meant to be able to) the absence is a failing test.
 */
import { spawnSync } from 'node:child_process';
import { describe, it } from 'vitest';
import { findCniBinDir } from './reference-plugins.ts';
import { systemPath } from './system-path.ts';

/** Able, or why not, in an operator's words. */
export type Ability = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** Debian's. */
export const BROWSER = '/usr/bin/chromium';
const networkTools = ['unshare', 'nsenter', 'setpriv', 'mount', 'ip', 'iptables-save'];
const containerdTools = ['containerd', 'containerd-shim-runc-v2', 'ctr', 'runc'];
const openVswitchTools = ['ovs-vswitchd', 'ovsdb-server', 'ovsdb-tool', 'ovs-vsctl', 'ovs-appctl'];

/** Can this machine make isolated nodes (`createTestNode`) and run the reference plugins in them? Starts processes. */
export function hasRealNetworking(): Ability {
  if (process.platform !== 'linux') return { ok: false, why: `needs Linux, this is ${process.platform}` };
  if (process.getuid?.() !== 0) return { ok: false, why: 'needs root' };
  const missing = missingTools(networkTools);
  if (missing.length > 0) return { ok: false, why: `not installed: ${missing.join(', ')}` };
  if (findCniBinDir() === undefined) return { ok: false, why: 'the reference CNI plugins are not installed' };
  return canMakeNamespaces();
}

/** Can this machine run containerd inside an isolated node? Implies `hasRealNetworking`. Starts processes. */
export function hasRealContainerd(): Ability {
  return withTools(containerdTools);
}

/** Can this machine run a DHCP server inside an isolated node? Implies `hasRealNetworking`. Starts processes. */
export function hasRealDhcp(): Ability {
  return withTools(['dnsmasq']);
}

/** Can this machine run Open vSwitch inside an isolated node? Implies `hasRealNetworking`. Starts processes. */
export function hasRealOpenVswitch(): Ability {
  return withTools(openVswitchTools);
}

/** Can this machine show a page in a browser? */
export function hasBrowser(): Ability {
  const missing = missingTools([BROWSER]);
  return missing.length > 0 ? { ok: false, why: `not installed: ${missing.join(', ')}` } : { ok: true };
}

/** `describe` for tests that need `ability`: skipped with the reason in its title, or failing when BRAID_REQUIRE_REAL=1. */
export function describeReal(title: string, ability: Ability, define: () => void): void {
  if (ability.ok) {
    describe(title, define);
  } else if (process.env['BRAID_REQUIRE_REAL'] === '1') {
    it(`${title}: can run on this machine`, () => {
      throw new Error(`BRAID_REQUIRE_REAL=1, but ${ability.why}`);
    });
  } else {
    describe.skip(`${title} [left out: ${ability.why}]`, define);
  }
}

function withTools(tools: readonly string[]): Ability {
  const networking = hasRealNetworking();
  if (!networking.ok) return networking;
  const missing = missingTools(tools);
  return missing.length > 0 ? { ok: false, why: `not installed: ${missing.join(', ')}` } : { ok: true };
}

function missingTools(tools: readonly string[]): string[] {
  return tools.filter(
    (tool) => spawnSync('sh', ['-c', `command -v ${tool}`], { env: { PATH: systemPath() } }).status !== 0,
  );
}

function canMakeNamespaces(): Ability {
  const command =
    'mount -t proc proc /proc && mount -t tmpfs tmpfs /run && ip link add braid0 type bridge && ip link add v0 type veth peer name v1';
  const args = ['--net', '--mount', '--pid', '--uts', '--fork', '--propagation', 'private', 'sh', '-c', command];
  const tried = spawnSync('unshare', args, { encoding: 'utf8', env: { PATH: systemPath() } });
  return tried.status === 0 ? { ok: true } : { ok: false, why: `cannot make namespaces: ${tried.stderr.trim()}` };
}
