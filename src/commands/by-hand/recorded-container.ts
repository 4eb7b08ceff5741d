/**
 * Which container a DEL or CHECK by hand is about: named by its id, or by its namespace as the journal knows it.
 *
 * Touches disk by reading the journal.
 */
import { CniError, ErrorCode } from '../../errors.ts';
import { parseNodeConfigLeniently } from '../../request/node-config.ts';
import { readJournal } from '../../state/read-journal.ts';
import type { AttachmentRecord } from '../../state/state-store.ts';
import { shortId } from '../journal/record-facts.ts';
import type { HandCall } from './call-by-hand.ts';
import type { ContainerOptions } from './hand-options.ts';
import { containerIdOf, namespacePath, removeNamespace } from './namespace.ts';
import type { NodeFile } from './node-file.ts';

/** A container, and what the journal holds of it for the interface that is asked for. */
export interface RecordedContainer {
  readonly containerId: string;
  /** As given, else as recorded; '' where neither says. */
  readonly netns: string;
  readonly record: AttachmentRecord | undefined;
}

/** Finds it. Throws: code 5 when the journal cannot be read, code 7 when several containers are meant. */
export function findContainer(options: ContainerOptions, node: NodeFile): RecordedContainer {
  const path = options.netns === undefined ? undefined : namespacePath(options.netns);
  const records = recordsOf(node).filter(({ ifName }) => ifName === options.ifname);
  const containerId = wholeId(options.containerId, records) ?? idByNamespace(path ?? '', records);
  const record = records.find((each) => each.containerId === containerId);
  return { containerId, netns: path ?? record?.netns ?? '', record };
}

/**
 * True while the journal has a record of this call's container and interface that a DEL would find. A journal that cannot be
 * read has failed the call already, and that is said.
 */
export function isRecorded({ node, containerId, ifName }: Pick<HandCall, 'node' | 'containerId' | 'ifName'>): boolean {
  try {
    return recordsOf(node).some((record) => record.containerId === containerId && record.ifName === ifName);
  } catch {
    return false;
  }
}

/** Takes away a namespace that was made by hand, when no record names it any more; true when it did. */
export async function removeUnusedNamespace(netns: string, node: NodeFile): Promise<boolean> {
  const isUsed = recordsOf(node).some((record) => isSameNamespace(record.netns, netns));
  return isUsed ? false : removeNamespace(netns);
}

/** All whole records of the node. */
function recordsOf({ plugin }: NodeFile): AttachmentRecord[] {
  const { entries } = readJournal(parseNodeConfigLeniently(plugin.raw).config.stateDir);
  return entries.flatMap(({ lookup }) => (lookup.kind === 'found' ? [lookup.record] : []));
}

/** `/run` and `/var/run` are one folder. */
function isSameNamespace(left: string, right: string): boolean {
  const canonical = (path: string) => path.replace(/^\/var\/run\//, '/run/');
  return canonical(left) === canonical(right);
}

/** The id as it is given, unless it is one that is recorded as lists show it, cut off. */
function wholeId(given: string | undefined, records: readonly AttachmentRecord[]): string | undefined {
  const ids = records.map(({ containerId }) => containerId);
  if (given === undefined || ids.includes(given)) return given;
  const meant = ids.filter((id) => shortId(id) === given);
  if (meant.length > 1) {
    throw new CniError(
      ErrorCode.invalidConfig,
      `several containers begin with ${given}: ${meant.join(', ')}`,
      'give the whole id',
    );
  }
  return meant[0] ?? given;
}

function idByNamespace(path: string, records: readonly AttachmentRecord[]): string {
  const ids = records.filter(({ netns }) => isSameNamespace(netns, path)).map(({ containerId }) => containerId);
  const [first, ...others] = new Set(ids);
  if (first === undefined) return containerIdOf(path);
  if (others.length === 0) return first;
  throw new CniError(
    ErrorCode.invalidConfig,
    `several containers are attached in ${path}: ${[first, ...others].join(', ')}`,
    'choose one by --container-id',
  );
}
