/** The disk of the journal: can it be written, and is there room? */
import { dirname, join } from 'node:path/posix';
import { CniError, errorText } from '../errors.ts';
import type { ExaminedNode } from './examined-node.ts';
import type { Check, Finding } from './finding.ts';

/** In parts of 1. */
const LITTLE = 0.05;

export const checkDisk: Check = {
  name: 'disk',
  async run(node) {
    const { config } = await node.request();
    const { folder, isWhole } = await nearest(join(config.stateDir, 'attachments'), node);
    return [...(await writeFindings(node, folder, isWhole)), ...(await roomFindings(node, folder))];
  },
};

/** The folder, or the one above it that is there: the first ADD makes what is missing. */
async function nearest(wanted: string, node: ExaminedNode): Promise<{ folder: string; isWhole: boolean }> {
  const above = dirname(wanted);
  if (above === wanted || (await node.facts(wanted))) return { folder: wanted, isWhole: true };
  return { folder: (await nearest(above, node)).folder, isWhole: false };
}

/** As STATUS tries it, but that no folder is made. */
async function writeFindings(node: ExaminedNode, where: string, isWhole: boolean): Promise<Finding[]> {
  const { state } = await node.ports();
  try {
    await (isWhole ? state.probe() : node.assertWritable(where));
    return [];
  } catch (cause) {
    if (!node.isRoot) throw cause;
    const { message, details } = cause instanceof CniError ? cause : { message: errorText(cause), details: '' };
    return [
      {
        id: 'disk/not-writable',
        severity: 'error',
        what: message,
        why: 'nothing is done that is not in the journal: no pod can be started',
        mend: details || 'free space, mount it writable, or set the key "stateDir"',
        where,
      },
    ];
  }
}

async function roomFindings(node: ExaminedNode, folder: string): Promise<Finding[]> {
  const { space, inodes } = await node.free(folder);
  const finding = (what: string, left: number): Finding => ({
    id: `disk/${what}`,
    severity: 'warning',
    what: `${(left * 100).toFixed(1)} % of the ${what} of this file system is left`,
    why: 'when there is none, no record can be written and no pod be started',
    mend: 'remove what is not needed; the kubelet does so with images and logs by itself only above its own thresholds',
    where: folder,
  });
  return [
    ...(space !== undefined && space < LITTLE ? [finding('space', space)] : []),
    ...(inodes !== undefined && inodes < LITTLE ? [finding('inodes', inodes)] : []),
  ];
}
