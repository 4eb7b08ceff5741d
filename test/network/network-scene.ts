/** What the tests of this room share: folders of configuration files, and an API server that is a table. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCatalogue } from '../../src/catalogue/open-catalogue.ts';
import type { KubeClient, KubeResponse } from '../../src/kube/kube-client.ts';
import type { ApiAccess } from '../../src/network/api-objects.ts';
import { type NetworkSourceOptions, networkSource } from '../../src/network/from-all-sources.ts';
import type { NetworkConfigList, NetworkLookup } from '../../src/network/network-source.ts';
import type { NetworkChoice } from '../../src/selection/selection.ts';
import { scratchFolder } from '../samples/scratch.ts';

export type Files = Readonly<Record<string, unknown>>;

/** A folder with these files: JSON for objects, else the text itself. */
export function confDir(files: Files): string {
  const folder = scratchFolder();
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

/** A single plugin's configuration. */
export const single = (name: string, type = 'bridge') => ({ name, type });

/** A list of plugins that have a type and nothing else. */
export const list = (name: string, ...types: string[]) => ({ name, plugins: types.map((type) => ({ type })) });

/** An API server that answers GETs from a table by path; what is not there is absent. */
export interface FakeApi {
  readonly access: ApiAccess;
  /** The paths asked for, in order. */
  readonly asked: string[];
  /** How often a client was opened and a deadline begun. */
  readonly begun: { clients: number; deadlines: number };
}

/** `gate` holds every answer back until it is resolved. */
export function fakeApi(table: Readonly<Record<string, KubeResponse>>, gate?: Promise<unknown>): FakeApi {
  const asked: string[] = [];
  const begun = { clients: 0, deadlines: 0 };
  const client: KubeClient = {
    get: async (path) => {
      asked.push(path);
      await gate;
      return table[path] ?? { kind: 'absent' };
    },
    mergePatch: () => Promise.reject(new Error('nothing is written here')),
    close: () => undefined,
  };
  const open = async () => {
    begun.clients += 1;
    return client;
  };
  const startDeadline = () => {
    begun.deadlines += 1;
    return new AbortController().signal;
  };
  return { asked, begun, access: { open, startDeadline } };
}

const DEFINITIONS = '/apis/k8s.cni.cncf.io/v1';
export const LOGICAL = '/apis/alpha.network.k8s.io/v1';

export function definitionPath(namespace: string, name: string): string {
  return `${DEFINITIONS}/namespaces/${namespace}/network-attachment-definitions/${name}`;
}

export function hintPath(name: string): string {
  return `${DEFINITIONS}/network-attachment-definitions?fieldSelector=metadata.name%3D${name}&limit=20`;
}

export function ok(body: unknown): KubeResponse {
  return { kind: 'ok', body };
}

/** A source of everything; nothing is there unless said. */
export function sourceOf(options: Partial<NetworkSourceOptions>) {
  return networkSource({
    confDir: '/nowhere/net.d',
    ownType: 'braid',
    api: undefined,
    isPluginThere: async () => false,
    openCatalogue: openCatalogue(undefined),
    ...options,
  });
}

/** The answer to one choice. */
export async function findOne(choice: NetworkChoice, options: Partial<NetworkSourceOptions>): Promise<NetworkLookup> {
  const [lookup] = await sourceOf(options).find([choice]);
  if (!lookup) throw new Error('there is no answer');
  return lookup;
}

/** The list that was found. */
export function foundList(lookup: NetworkLookup | undefined): NetworkConfigList {
  if (lookup?.kind === 'found') return lookup.list;
  throw new Error(`not found: ${JSON.stringify(lookup)}`);
}
