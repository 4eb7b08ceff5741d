/** The shape of a record on disk, `attachment/v1`, and of the steps noted beside it. Pure. */
import * as z from 'zod/mini';
import { CNI_VERSIONS } from './cni-version.ts';

/** The kind that stands in every record; another one is not ours to read. */
export const RECORD_KIND = 'attachment/v1';

const jsonObject = z.record(z.string(), z.unknown());
const phase = z.enum(['planned', 'adding', 'added', 'deleting', 'gone']);

const refusalShape = z.object({ code: z.int(), msg: z.string(), details: z.string() });

const attachmentShape = z.object({
  network: z.string(),
  // Absent in records of before definitions were read.
  reference: z._default(z.string(), ''),
  ifName: z.string(),
  isPrimary: z.boolean(),
  why: z.string(),
  cniVersion: z.enum(CNI_VERSIONS),
  isCheckDisabled: z.boolean(),
  isGcDisabled: z.boolean(),
  cniArgs: z.string(),
  wantedAddresses: z._default(z.array(z.string()), []),
  wantedMac: z.exactOptional(z.string()),
  deviceInfoFile: z.exactOptional(z.string()),
  plugins: z.array(z.object({ type: z.string(), config: jsonObject })),
  phase,
  result: z.exactOptional(jsonObject),
  isSeen: z.exactOptional(z.boolean()),
  refusal: z.exactOptional(refusalShape),
});

/** A record's content. `bootId` tells whether steps that are not noted were lost with the power or never taken. */
export const recordShape = z.object({
  containerId: z.string(),
  ifName: z.string(),
  netns: z.string(),
  networkName: z.string(),
  bootId: z.exactOptional(z.string()),
  writtenMs: z.exactOptional(z.number()),
  searchPath: z.array(z.string()),
  attachments: z.array(attachmentShape),
});

/** One noted step. */
export const stepShape = z.object({
  index: z.int(),
  phase,
  result: z.exactOptional(jsonObject),
  isSeen: z.exactOptional(z.boolean()),
  refusal: z.exactOptional(refusalShape),
});
