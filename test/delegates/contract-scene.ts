/** The whole pipeline on recorded exchanges: configuration files on disk, plugins that answer as they were heard to. */
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import { folderNames, readProfile } from '../../scripts/catalogue-files.ts';
import { openCatalogue } from '../../src/catalogue/open-catalogue.ts';
import type { DelegateCall, DelegateRun, RunDelegate } from '../../src/execute/run-delegate.ts';
import { networkSource } from '../../src/network/from-all-sources.ts';
import type { Ports } from '../../src/stages/ports.ts';
import { scene } from '../pipeline/pipeline-scene.ts';
import { scratchFolder } from '../samples/scratch.ts';
import { type Exchange, RECORDED, type RecordedCall, transposed } from './exchange.ts';

/** A network with the calls that its plugins answer. */
export type Network = Pick<Exchange, 'network' | 'calls'>;

/** A bridge that no recorded network shares an address with. */
export const BESIDE: Network = {
  network: { name: 'beside', cniVersion: '1.0.0', plugins: [{ type: 'bridge' }] },
  calls: (['ADD', 'CHECK', 'DEL'] as const).map((verb) => ({
    verb,
    plugin: 'bridge',
    env: RECORDED,
    stdin: { type: 'bridge', name: 'beside' },
    exit: 0,
    stdout:
      verb === 'ADD'
        ? {
            cniVersion: '1.0.0',
            interfaces: [{ name: 'br-beside' }, { name: 'vethbeside' }, { name: 'eth0', sandbox: RECORDED.CNI_NETNS }],
            ips: [{ interface: 2, address: '203.0.113.7/24' }],
          }
        : '',
  })),
};

/** Ports on which a pod with these networks can be served; `calls` has what was asked of the plugins, in order. */
export function contractScene(networks: readonly Network[]) {
  const confDir = scratchFolder();
  for (const { network } of networks) {
    writeFileSync(join(confDir, `${network.name}.conflist`), JSON.stringify(network));
  }
  const left = networks.flatMap(({ network, calls }) =>
    calls.filter(({ calledBy }) => calledBy === undefined).map((call) => ({ ...call, network: network.name })),
  );
  const faults: unknown[] = [];
  const run: RunDelegate = async (call) => {
    const verb = call.variables['CNI_COMMAND'];
    const stdin = JSON.parse(call.stdin);
    const plugin = basename(call.path);
    const index = left.findIndex((each) => each.network === stdin.name && each.plugin === plugin && each.verb === verb);
    const [recorded] = index < 0 ? [] : left.splice(index, 1);
    if (verb === 'VERSION') return versions(plugin);
    if (!recorded) return unrecorded(call, faults);
    return answer(recorded, call, faults);
  };
  const open = openCatalogue(undefined);
  const source = networkSource({
    confDir,
    ownType: 'braid',
    api: undefined,
    isPluginThere: async () => true,
    openCatalogue: open,
  });
  const cni = networks.map(({ network }) => network.name).join(',');
  const { ports, log } = scene({ annotations: { cni }, run });
  const all: Ports = { ...ports, networks: source, localNetworks: source, openCatalogue: open };
  return { ports: all, left, log, faults };
}

/** STATUS asks each plugin first what it speaks. */
function versions(plugin: string): DelegateRun {
  const profile = folderNames()
    .map(readProfile)
    .find(({ binaries }) => binaries.plugin === plugin);
  const stdout = JSON.stringify({ cniVersion: '1.1.0', supportedVersions: profile?.cniVersions ?? [] });
  return { end: { kind: 'exited', status: 0 }, stdout, stderr: '', durationMs: 0 };
}

/** A rollback that nobody recorded goes well; anything else is a call that should not be. */
function unrecorded({ path, variables }: DelegateCall, faults: unknown[]): DelegateRun {
  const verb = variables['CNI_COMMAND'];
  if (verb !== 'DEL') faults.push(new Error(`${verb} of ${basename(path)} is not recorded`));
  return { end: { kind: 'exited', status: verb === 'DEL' ? 0 : 1 }, stdout: '', stderr: '', durationMs: 0 };
}

function answer(recorded: RecordedCall, call: DelegateCall, faults: unknown[]): DelegateRun {
  const surroundings = {
    CNI_CONTAINERID: call.variables['CNI_CONTAINERID'] ?? '',
    CNI_NETNS: call.variables['CNI_NETNS'] ?? '',
    CNI_IFNAME: call.variables['CNI_IFNAME'] ?? '',
  };
  try {
    expect(call.variables).toMatchObject(transposed(recorded.env, surroundings));
    expectInput(recorded, call, surroundings);
  } catch (fault) {
    faults.push(fault);
  }
  const stdout = transposed(recorded.stdout, surroundings);
  return {
    end: { kind: 'exited', status: recorded.exit },
    stdout: typeof stdout === 'string' ? stdout : JSON.stringify(stdout),
    stderr: recorded.stderr ?? '',
    durationMs: 0,
  };
}

/** A further network is not asked for a default route, nor for what the runtime gives the pod; the rest is as recorded. */
function expectInput(recorded: RecordedCall, call: DelegateCall, surroundings: typeof RECORDED): void {
  const given = JSON.parse(call.stdin);
  const wanted = transposed(recorded.stdin, surroundings);
  const isPrimary = surroundings.CNI_IFNAME === RECORDED.CNI_IFNAME;
  if (isPrimary) expect(given).toMatchObject(wanted);
  else
    expect(given).toMatchObject({
      name: wanted['name'],
      ...(wanted['type'] === undefined ? {} : { type: wanted['type'] }),
    });
}
