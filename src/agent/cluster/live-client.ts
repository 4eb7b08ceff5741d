/**
 * A client that asks the server itself although objects are watched, and tells why: what a call waits for shows in the metrics.
 *
 * A pod whose object names another node than ours shows that ours is wrong: then no pod is watched that is ever asked for,
 * which would otherwise just be slow. It is told once.
 */
import * as z from 'zod/mini';
import type { KubeClient, OpenKubeClient } from '../../kube/kube-client.ts';
import type { Log } from '../../log/log.ts';
import type { Informer } from './informer.ts';
import { parseObjectPath } from './object-path.ts';

/** Where the pods of all namespaces are. */
export const PODS = '/api/v1/pods';

/** Why the server was asked. */
export type LiveReason = 'a list' | 'no watch' | 'not in the watch' | 'another uid' | 'another node';

/** Counts one question. */
export type OnLiveGet = (labels: { readonly collection: string; readonly reason: LiveReason }) => void;

/** What the client goes by. */
export interface LiveSide {
  readonly open: OpenKubeClient;
  readonly informers: ReadonlyMap<string, Informer>;
  readonly nodeName: string | undefined;
  readonly onLiveGet: OnLiveGet;
  readonly log: Log;
}

const podShape = z.object({ spec: z.object({ nodeName: z.string() }) });

/** The client. Throws when used: code 7 when the credentials cannot be loaded. */
export function liveClient({ open, informers, nodeName, onLiveGet, log }: LiveSide): KubeClient {
  let isTold = false;
  const tellOnce = (itsNode: string) => {
    if (!isTold) log.warn({ node: nodeName, itsNode }, 'a pod of this node names another node; see --node');
    isTold = true;
  };
  return {
    get: async (path, deadline) => {
      const { collection, reason } = placeOf(path, informers);
      const response = await (await open(deadline)).get(path, deadline);
      const itsNode = collection === PODS && response.kind === 'ok' ? nodeOf(response.body) : undefined;
      const isOfOther = nodeName !== undefined && itsNode !== undefined && itsNode !== nodeName;
      if (isOfOther) tellOnce(itsNode);
      onLiveGet({ collection, reason: isOfOther ? 'another node' : reason });
      return response;
    },
    mergePatch: async (path, body, deadline) => (await open(deadline)).mergePatch(path, body, deadline),
    close: () => undefined,
  };
}

function nodeOf(body: unknown): string | undefined {
  return podShape.safeParse(body).data?.spec.nodeName;
}

/** What is asked for, and why nothing that is known answers it. */
function placeOf(path: string, informers: LiveSide['informers']): { collection: string; reason: LiveReason } {
  const place = parseObjectPath(path);
  if (!place) return { collection: path.split('?')[0] ?? path, reason: 'a list' };
  const informer = informers.get(place.listPath);
  const reason = informer?.ageMs === undefined ? 'no watch' : 'not in the watch';
  const isKnown = informer?.get(place.namespace, place.name) !== undefined;
  return { collection: place.listPath, reason: isKnown ? 'another uid' : reason };
}
