/** What a plugin needs of the node, by its profile and its configuration: files, kernel modules, other plugins' files. Pure. */
import { isJsonObject, type JsonObject } from '../schema/json.ts';
import type { KnownDelegate } from './catalogue.ts';

/** `unknown`: nobody here can tell. */
export type Presence = 'there' | 'absent' | 'unknown';

/** What is at the path of a pod's namespace: `left-over` for a file that is none, or not any more. */
export type NamespaceState = 'there' | 'absent' | 'left-over';

/** The node as far as this process can see it, which may live in a container. */
export interface HostFacts {
  /** A file, folder or socket. Answers soon, whatever hangs. */
  readonly file: (path: string) => Promise<Presence>;
  readonly kernelModule: (name: string) => Presence;
  readonly namespace: (path: string) => NamespaceState;
  /** To be called before anything has run, where what this process sees decides. Throws: in one that does not see the node itself. */
  readonly demandSight: () => void;
}

/** Something that is not there, or may not be. `what`: a sentence without its end; `hint`: what to do. */
export interface Lack {
  readonly what: string;
  readonly hint: string;
  /** The file's path, where it is one. */
  readonly path: string | undefined;
  /** False: this process cannot tell. */
  readonly isCertain: boolean;
  /** True: without it every ADD fails. */
  readonly isFatal: boolean;
}

/**
 * What of a plugin's needs the node has not, in the order of its profile. Paths that the configuration names are looked at
 * when `isTrusted`: whoever may write a definition must not learn from us what lies on the node, nor have us wait for it.
 */
export async function lacksOf(
  profile: KnownDelegate,
  { config, isTrusted }: { config: JsonObject; isTrusted: boolean },
  host: HostFacts,
): Promise<Lack[]> {
  const files = profile.needs.files.map(async ({ path: usual, key, hint, isFatal }): Promise<Lack[]> => {
    const configured = textAt(config, key);
    if (configured !== undefined && !isTrusted) return [];
    const path = configured ?? usual;
    const presence = await host.file(path);
    const isCertain = presence === 'absent';
    return presence === 'there' ? [] : [{ what: `${path} is missing`, hint, path, isCertain, isFatal }];
  });
  const modules = profile.needs.kernelModules.flatMap(({ name, why, isFatal }): Lack[] => {
    if (host.kernelModule(name) !== 'absent') return [];
    const what = `the kernel has no module "${name}", and none to load`;
    return [{ what, hint: why, path: undefined, isCertain: true, isFatal }];
  });
  return [...(await Promise.all(files)).flat(), ...modules];
}

/** A file of CNI_PATH that a plugin runs. */
export interface Helper {
  readonly name: string;
  readonly why: string;
  readonly isFatal: boolean;
}

/** The plugins that a plugin runs by itself, by their names in its configuration. */
export function helpersOf({ binaries }: KnownDelegate, config: JsonObject): Helper[] {
  return binaries.helpers.map(({ name, why, unless, isFatal }) => ({
    name: textAt(config, unless) ?? name,
    why,
    isFatal,
  }));
}

/** The text at a key such as `delegate.type`; `undefined` when there is none, or an empty one. */
function textAt(config: JsonObject, key: string | undefined): string | undefined {
  const value = (key ?? '').split('.').reduce<unknown>((at, part) => (isJsonObject(at) ? at[part] : undefined), config);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
