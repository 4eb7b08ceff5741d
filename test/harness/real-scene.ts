/** A test node with Braid and its helper, the reference plugins and a few networks on it: what the tests of real networks start from. */
import { join, resolve } from 'node:path';
import { describe } from 'vitest';
import { BRAID_FORMS, type BraidForm, BraidNode, WITH_AGENT } from './braid-call.ts';
import { enterCommand } from './enter-node.ts';
import { startFormAgent } from './form-agent.ts';
import type { PodNetns } from './pod-netns.ts';
import { type Ability, describeReal } from './real-requirements.ts';
import { linkPlugins } from './reference-plugins.ts';
import { linkScriptedDelegate } from './scripted-delegate.ts';
import { createTestNode, type TestNode } from './test-node.ts';

const project = resolve(import.meta.dirname, '../..');

/** The node, and Braid's files on it. */
export interface RealScene {
  readonly node: TestNode;
  readonly braid: BraidNode;
  /** Adds a scripted plugin beside the real ones; answers as in scripted-delegate.mjs. */
  scripted(name: string, answers: object): void;
  pod(name: string): Promise<PodNetns>;
  dispose(): Promise<void>;
}

const hostLocal = (subnet: string, extra: object = {}) => ({ type: 'host-local', ranges: [[{ subnet }]], ...extra });

/** Networks of real plugins, by name. `front` is a bridge with the default route. */
const NETWORKS: Readonly<Record<string, readonly object[]>> = {
  front: [
    { type: 'bridge', bridge: 'br-front', isDefaultGateway: true, ipMasq: true, ipam: hostLocal('10.88.1.0/24') },
  ],
  storage: [
    { type: 'ptp', ipam: hostLocal('10.88.2.0/24', { routes: [{ dst: '0.0.0.0/0' }] }) },
    {
      type: 'bandwidth',
      ingressRate: 8_000_000,
      ingressBurst: 8_000_000,
      egressRate: 8_000_000,
      egressBurst: 8_000_000,
    },
  ],
  published: [
    { type: 'bridge', bridge: 'br-pub', isGateway: true, ipam: hostLocal('10.88.3.0/24') },
    { type: 'tuning', sysctl: { 'net.core.somaxconn': '512' } },
    { type: 'portmap', capabilities: { portMappings: true }, snat: true },
  ],
  lan: [{ type: 'macvlan', master: 'uplink', mode: 'bridge', ipam: hostLocal('10.88.4.0/24') }],
  dual: [
    {
      type: 'bridge',
      bridge: 'br-dual',
      isDefaultGateway: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: '10.88.5.0/24' }], [{ subnet: 'fd00:88:5::/64' }]] },
    },
  ],
  // A bridge whose IPAM has no address to give: fails after the link was made.
  full: [
    {
      type: 'bridge',
      bridge: 'br-full',
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: '10.88.6.0/24', rangeStart: '10.88.6.9', rangeEnd: '10.88.6.3' }]],
      },
    },
  ],
};

/** Tests on real networks, in every form of Braid. */
export function describeRealForms(title: string, ability: Ability, define: (form: BraidForm) => void): void {
  describeReal(title, ability, () => {
    describe.each(BRAID_FORMS)('with Braid $name', define);
  });
}

/**
 * Makes the node, and an agent in it for the form that needs one; `uplink` is a veth that macvlan can stand on. At most one
 * such node at a time in a file of tests.
 */
export async function createRealScene(name: string, form?: BraidForm): Promise<RealScene> {
  const node = await createTestNode(name);
  const agent = form?.command === WITH_AGENT.command ? await startFormAgent(enterCommand(node.holderPid)) : undefined;
  const braid = new BraidNode({ dir: node.dir, run: (argv, options) => node.exec(argv, options) });
  await linkPlugins(braid.binDir, { 'braid-netns': join(project, 'dist/cni/braid-netns') });
  for (const [network, plugins] of Object.entries(NETWORKS)) {
    braid.conf(`10-${network}.conflist`, { cniVersion: '1.0.0', name: network, plugins });
  }
  const uplink = await node.exec(['ip', 'link', 'add', 'uplink', 'type', 'veth', 'peer', 'name', 'uplink-peer']);
  if (uplink.code !== 0) throw new Error(uplink.stderr);
  for (const link of ['uplink', 'uplink-peer']) await node.exec(['ip', 'link', 'set', link, 'up']);
  return {
    node,
    braid,
    scripted: (type, answers) => {
      linkScriptedDelegate(braid.binDir, type);
      braid.plugin(type, answers);
      braid.conf(`20-${type}.conflist`, { cniVersion: '1.0.0', name: type, plugins: [{ type }] });
    },
    pod: (pod) => node.createPodNetns(pod),
    dispose: async () => {
      try {
        await agent?.stop();
      } finally {
        await node.dispose();
      }
    },
  };
}
