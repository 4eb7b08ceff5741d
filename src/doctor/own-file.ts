/** Braid's own configuration as a runtime would find it, and the call that it would make by it. Reads files. */

import { stat } from 'node:fs/promises';
import { errorText } from '../errors.ts';
import type { ConfigFile } from '../network/match-network.ts';
import { ownConfigIn } from '../network/own-config.ts';
import type { CniRequest } from '../request/cni-request.ts';
import { madeRequest } from '../request/made-request.ts';
import type { JsonObject } from '../schema/json.ts';
import { OWN_TYPE } from '../schema/own-type.ts';
import { confFile, confFiles } from './conf-files.ts';
import type { OwnFile } from './examined-node.ts';

/** Where to look. */
export interface OwnPlaces {
  /** The file, where it was named. */
  readonly conf: string | undefined;
  readonly runtimeDir: string;
  /** CNI_PATH. */
  readonly cniPath: readonly string[];
  /** In the place of the configuration's own. */
  readonly stateDir: string | undefined;
}

/** Reads the file that was named, or the first of the runtimes' folder that is Braid's. Throws when the folder cannot be read. */
export async function readOwnFile(places: OwnPlaces): Promise<OwnFile> {
  const { conf, runtimeDir } = places;
  const files = conf === undefined ? await confFiles(runtimeDir) : [await confFile(conf)];
  const own =
    files.find((file) => file.kind === 'read' && ownConfigIn(file.list)) ??
    files.find((file) => conf === file.file || isMeant(file));
  if (!own) return { kind: 'absent' };
  const { file } = own;
  if (own.kind === 'broken') return { kind: 'broken', file, cause: own.cause, request: undefined };
  const config = ownConfigIn(own.list);
  if (!config) return { kind: 'broken', file, cause: 'it has no plugin of the type "braid"', request: undefined };
  const raw = { ...config.raw, ...stateDirOf(places) };
  try {
    return { kind: 'found', file, request: requestOf('ADD', raw, places), mode: (await stat(file)).mode & 0o777 };
  } catch (cause) {
    return { kind: 'broken', file, cause: errorText(cause), request: lenientRequest(raw, places) };
  }
}

/** One by the file; where that is no use, by the defaults of all keys. */
export function requestFor(own: OwnFile, places: OwnPlaces): CniRequest {
  if (own.kind !== 'absent' && own.request) return own.request;
  const { runtimeDir: confDir } = places;
  const raw = { cniVersion: '1.0.0', name: OWN_TYPE, type: OWN_TYPE, confDir, ...stateDirOf(places) };
  return requestOf('ADD', raw, places);
}

/** As DEL reads it. */
function lenientRequest(raw: JsonObject, places: OwnPlaces): CniRequest | undefined {
  try {
    return requestOf('DEL', raw, places);
  } catch {
    return undefined;
  }
}

/** A file that cannot be read as JSON, but whose name says whose it is. */
function isMeant(file: ConfigFile): boolean {
  return file.kind === 'broken' && /braid[^/]*$/.test(file.file);
}

function stateDirOf({ stateDir }: OwnPlaces): JsonObject {
  return stateDir === undefined ? {} : { stateDir };
}

function requestOf(verb: 'ADD' | 'DEL', raw: JsonObject, { cniPath }: OwnPlaces): CniRequest {
  const containerId = 'braid-doctor';
  return madeRequest({ verb, containerId, netns: `/run/netns/${containerId}`, searchPath: cniPath, raw });
}
