/**
 * Every verb with real bridges: Debian's `bridge` and `host-local` in namespaces of the bench's own. Root only.
 *
 * The namespace helper is there as on a real node, so Braid's time holds its run; the floor has no such need.
 */
import { join, resolve } from 'node:path';
import { BraidNode } from '../harness/braid-call.ts';
import { linkPlugins } from '../harness/reference-plugins.ts';
import { createTestNode } from '../harness/test-node.ts';
import { recordFloor } from './floor-calls.ts';
import { withForms } from './forms.ts';
import { comingPod, networks, type VerbsOptions } from './measure-instant.ts';
import { attachPart, checkPart } from './parts.ts';
import { type TimedTable, timedTable } from './report.ts';
import { type Part, sampleInTurn } from './sampler.ts';
import { type Base, MOST_NETWORKS, networksOf, recordersFor } from './scene.ts';
import { StopWatch } from './stop-watch.ts';

const HELPER = resolve(import.meta.dirname, '../../dist/cni/braid-netns');

/** See the head of this file. */
export async function measureBridges(
  { tools, forms, stop }: Pick<Base, 'tools' | 'forms' | 'stop'>,
  options: VerbsOptions,
): Promise<TimedTable> {
  const testNode = await createTestNode('bench');
  try {
    const startProgram = (argv: readonly string[]) => testNode.spawn(argv);
    const watch = new StopWatch(tools.stopWatch, { stop, start: startProgram });
    const node = new BraidNode({ dir: testNode.dir });
    await linkPlugins(node.binDir, { 'braid-netns': HELPER });
    for (let number = 1; number <= MOST_NETWORKS; number += 1) bridgeNetwork(node, number);
    const recorders = recordersFor(node, ['bridge'], tools);
    const scene = { tools, forms, watch, node, recorders, stop, startProgram };
    const coming = await testNode.createPodNetns('coming');
    const staying = await testNode.createPodNetns('staying');
    const parts: Part[] = [];
    for (const count of options.networkCounts) {
      const pod = { annotations: networksOf(count), netns: coming.path };
      parts.push(attachPart(scene, await comingPod(scene, pod, networks(count))));
    }
    const pod = { annotations: networksOf(3), netns: staying.path, containerId: 'staying' };
    const floor = await recordFloor(scene, pod, { stays: true });
    parts.push(checkPart(scene, { title: networks(3), node, pod, floor }));
    const rows = await withForms(scene, () => sampleInTurn(forms, parts, options.extent));
    await watch.close();
    return timedTable('real bridges', rows);
  } finally {
    await testNode.dispose();
  }
}

function bridgeNetwork(node: BraidNode, number: number): void {
  const name = `n${number}`;
  const ipam = {
    type: 'host-local',
    ranges: [[{ subnet: `10.77.${number}.0/24` }]],
    dataDir: join(node.dir, 'leases'),
  };
  const plugin = { type: 'bridge', bridge: `br-${name}`, isGateway: true, isDefaultGateway: number === 1, ipam };
  node.conf(`10-${name}.conflist`, { cniVersion: '1.0.0', name, plugins: [plugin] });
}
