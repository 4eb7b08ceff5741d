/** What is left of the demo's pod: wherever an attachment could have left something. Reads files, asks the kernel. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DemoPod, leftLinks } from './demo-node.ts';

/** Looks where an attachment could have left something: the pod, the node, the lease files, the journal. */
export function leftovers(pod: DemoPod | undefined, scratch: string): string[] {
  const podLinks: { ifname: string }[] = pod ? JSON.parse(pod.ip('-j', 'link')) : [];
  const inPod = podLinks.filter(({ ifname }) => ifname !== 'lo').map(({ ifname }) => `interface ${ifname} in the pod`);
  const onNode = pod ? leftLinks().map((link) => `interface ${link} on the node`) : [];
  const leases = filesBelow(join(scratch, 'leases')).filter((file) => !/\/(lock|last_reserved_ip\.\d+)$/.test(file));
  const records = filesBelow(join(scratch, 'state'));
  return [...inPod, ...onNode, ...leases.map((file) => `lease ${file}`), ...records.map((file) => `record ${file}`)];
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
