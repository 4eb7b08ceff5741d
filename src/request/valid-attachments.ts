/** GC's list of the attachments that are still valid. Pure. Spec §2 "GC"; `cni.dev/attachments` is the key's older name. */
import * as z from 'zod/mini';
import { CniError, ErrorCode } from '../errors.ts';
import { firstIssue } from '../schema/issue-text.ts';
import type { JsonObject } from '../schema/json.ts';

/** One attachment of ours that the runtime still has. */
export interface ValidAttachment {
  readonly containerId: string;
  readonly ifName: string;
}

const KEYS = ['cni.dev/valid-attachments', 'cni.dev/attachments'] as const;

/** `null` is Go's empty list, and what a runtime without any pod sends. */
const listShape = z.nullable(z.array(z.object({ containerID: z.string(), ifname: z.string() })));

/**
 * Reads the list. Throws: code 7 when it is malformed, or absent: the reference library takes absence for "everything is
 * stale", which from a meta-plugin would take a node's network down.
 */
export function parseValidAttachments(raw: JsonObject): ValidAttachment[] {
  const key = KEYS.find((candidate) => candidate in raw);
  if (key === undefined) {
    throw new CniError(ErrorCode.invalidConfig, `GC needs the key "${KEYS[0]}", which is missing; nothing was touched`);
  }
  const parsed = listShape.safeParse(raw[key]);
  if (!parsed.success)
    throw new CniError(
      ErrorCode.invalidConfig,
      `the key "${key}" is not a list of attachments: ${firstIssue(parsed.error)}`,
    );
  return (parsed.data ?? []).map(({ containerID, ifname }) => ({ containerId: containerID, ifName: ifname }));
}
