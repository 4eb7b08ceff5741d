/** The objects of an API server double, by path, with resource versions. */
import { objectPath, parseApiRequest, type ResourceRequest } from './api-server-request.ts';

/** metadata as far as the double reads it. */
export interface ObjectMeta {
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

/** Any stored object. */
export interface StoredObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [key: string]: unknown;
}

/** An object as a test gives it: uid and resourceVersion are filled in where they are missing. */
export interface NewObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** What happened to an object, as a watch tells it. */
export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly at: ResourceRequest;
  readonly object: StoredObject;
}

/** What became of a patch. */
export type Patched =
  | { readonly kind: 'patched'; readonly object: StoredObject }
  | { readonly kind: 'absent' }
  | { readonly kind: 'version-conflict' }
  | { readonly kind: 'other-uid'; readonly uid: string; readonly objectKind: string };

/** Keeps objects and applies patches to them; every write makes a new resourceVersion. */
export class ObjectStore {
  readonly #entries = new Map<string, { readonly at: ResourceRequest; readonly object: StoredObject }>();
  readonly #served = new Set(['/pods', '/nodes', '/namespaces', '/events']);
  #version = 1000;
  #events: StoreEvent[] = [];
  /** The version after which all events are still known. */
  #knownAfter = 1000;
  /** Gets every event as it happens. */
  onEvent: (event: StoreEvent) => void = () => undefined;

  /** True when the resource is one the server knows: the core ones, and every one of which an object was put. */
  serves(request: ResourceRequest): boolean {
    return this.#served.has(`${request.group}/${request.resource}`);
  }

  /**
   * Stores an object under a path such as `/apis/k8s.cni.cncf.io/v1/namespaces/ns/network-attachment-definitions/x`.
   * Throws: an Error when the path is not that of an object.
   */
  put(path: string, object: NewObject): StoredObject {
    const at = parseApiRequest('GET', new URL(path, 'http://localhost'));
    if (at.kind !== 'resource' || at.name === '') throw new Error(`"${path}" is not the path of an object`);
    const metadata = { uid: crypto.randomUUID(), ...object.metadata, resourceVersion: this.#nextVersion() };
    const stored = { ...object, metadata };
    this.#served.add(`${at.group}/${at.resource}`);
    this.#keep({ at, object: stored });
    return stored;
  }

  get(path: string): StoredObject | undefined {
    return this.#entries.get(path)?.object;
  }

  /** True when there was such an object. */
  delete(path: string): boolean {
    const entry = this.#entries.get(path);
    if (!entry) return false;
    this.#entries.delete(path);
    // Its last version is that of its end.
    const metadata = { ...entry.object.metadata, resourceVersion: this.#nextVersion() };
    this.#happen({ type: 'DELETED', at: entry.at, object: { ...entry.object, metadata } });
    return true;
  }

  /** What happened after a version; undefined when that is forgotten. */
  eventsAfter(version: number): readonly StoreEvent[] | undefined {
    if (version < this.#knownAfter) return undefined;
    return this.#events.filter(({ object }) => Number(object.metadata.resourceVersion) > version);
  }

  /** Forgets what happened so far, as the server does after some minutes. */
  compact(): void {
    // A version that no list has named, so that watches which are up to date have to begin anew as well.
    this.#nextVersion();
    this.#knownAfter = this.#version;
    this.#events = [];
  }

  /** The collection's objects; a collection without a namespace holds those of all namespaces. */
  list({ group, resource, namespace }: ResourceRequest): StoredObject[] {
    return [...this.#entries.values()]
      .filter(({ at }) => at.group === group && at.resource === resource)
      .filter(({ at }) => namespace === '' || at.namespace === namespace)
      .map(({ object }) => object);
  }

  /** The newest resourceVersion, which lists carry. */
  get version(): string {
    return String(this.#version);
  }

  /** Applies a JSON merge patch. A patch on `/status` leaves spec alone, one on the object leaves status alone. */
  patch(request: ResourceRequest, patch: Record<string, unknown>): Patched {
    const path = objectPath(request);
    const entry = this.#entries.get(path);
    if (entry === undefined) return { kind: 'absent' };
    const old = entry.object;
    const wanted = isRecord(patch.metadata) ? patch.metadata : {};
    if (isOther(wanted.resourceVersion, old.metadata.resourceVersion)) return { kind: 'version-conflict' };
    if (isOther(wanted.uid, old.metadata.uid))
      return { kind: 'other-uid', uid: String(wanted.uid), objectKind: old.kind };
    const kept = request.subresource === 'status' ? 'spec' : 'status';
    const merged = mergePatch(old, { ...patch, [kept]: old[kept] ?? null });
    const hasChanged = JSON.stringify(merged) !== JSON.stringify(old);
    const metadata = { ...old.metadata, ...(isRecord(merged.metadata) ? merged.metadata : {}) };
    // As in the real server, a patch that changes nothing makes no new version.
    const resourceVersion = hasChanged ? this.#nextVersion() : old.metadata.resourceVersion;
    const object = {
      ...merged,
      apiVersion: old.apiVersion,
      kind: old.kind,
      metadata: { ...metadata, resourceVersion },
    };
    if (hasChanged) this.#keep({ at: entry.at, object });
    return { kind: 'patched', object };
  }

  #keep(entry: { readonly at: ResourceRequest; readonly object: StoredObject }): void {
    const path = objectPath(entry.at);
    const type = this.#entries.has(path) ? 'MODIFIED' : 'ADDED';
    this.#entries.set(path, entry);
    this.#happen({ type, ...entry });
  }

  #happen(event: StoreEvent): void {
    this.#events.push(event);
    this.onEvent(event);
  }

  #nextVersion(): string {
    this.#version += 1;
    return String(this.#version);
  }
}

function mergePatch(
  target: Readonly<Record<string, unknown>>,
  patch: Record<string, unknown>,
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (isRecord(value)) result[key] = mergePatch(asRecord(result[key]), value);
    else result[key] = value;
  }
  return result;
}

function asRecord(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

/** True for a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOther(wanted: unknown, present: string): boolean {
  return wanted !== undefined && wanted !== null && wanted !== present;
}
