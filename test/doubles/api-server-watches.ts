/** Collections of the API server double: lists page by page, and watches that tell what happens to their objects. */
import type { ServerResponse } from 'node:http';
import * as answers from './api-server-answer.ts';
import type { ResourceRequest } from './api-server-request.ts';
import type { ObjectStore, StoredObject, StoreEvent } from './api-server-store.ts';

/** A request on a collection. */
export interface CollectionRequest {
  readonly asked: ResourceRequest;
  readonly query: URLSearchParams;
}

type Matches = (object: StoredObject) => boolean;

interface OpenWatch {
  readonly asked: ResourceRequest;
  readonly matches: Matches;
  readonly response: ServerResponse;
}

/** Answers a list: all objects of the collection that match, or one page of them. */
export function listAnswer(store: ObjectStore, { asked, query }: CollectionRequest): answers.Answer {
  const matches = selectorOf(asked, query);
  if (!matches) return answers.unsupportedField(query.get('fieldSelector') ?? '');
  const all = store.list(asked).filter(matches);
  const from = Number(query.get('continue') ?? 0);
  const limit = Number(query.get('limit') ?? 0) || all.length;
  const rest = all.length - from - limit;
  const place = rest > 0 ? { continue: String(from + limit), remainingItemCount: rest } : {};
  const apiVersion = asked.group === '' ? asked.version : `${asked.group}/${asked.version}`;
  const body = {
    kind: `${all[0]?.kind ?? ''}List`,
    apiVersion,
    metadata: { resourceVersion: store.version, ...place },
    items: all.slice(from, from + limit),
  };
  return { code: 200, body };
}

/** The watches that are open. */
export class Watches {
  readonly #store: ObjectStore;
  readonly #open = new Set<OpenWatch>();
  /** Open watches stay open and are told nothing. */
  isSilent = false;

  constructor(store: ObjectStore) {
    this.#store = store;
    store.onEvent = (event) => this.#tell(event);
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Begins one, after its `resourceVersion`; the answer is an error, or undefined when the response is in use. */
  begin({ asked, query }: CollectionRequest, response: ServerResponse): answers.Answer | undefined {
    const matches = selectorOf(asked, query);
    if (!matches) return answers.unsupportedField(query.get('fieldSelector') ?? '');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const missed = this.#store.eventsAfter(Number(query.get('resourceVersion') ?? 0));
    if (!missed) {
      response.end(line({ type: 'ERROR', object: answers.expired().body }));
      return undefined;
    }
    const watch = { asked, matches, response };
    this.#open.add(watch);
    response.once('close', () => this.#open.delete(watch));
    for (const event of missed) this.#tellOne(watch, event);
    return undefined;
  }

  /** Forgets what happened so far: a watch from a version of before gets 410. */
  compact(): void {
    this.#store.compact();
  }

  /** Sends a BOOKMARK to all. */
  bookmark(): void {
    for (const { response, asked } of this.#open) {
      const metadata = { resourceVersion: this.#store.version };
      const object = { kind: asked.resource, apiVersion: asked.version, metadata };
      if (!this.isSilent) response.write(line({ type: 'BOOKMARK', object }));
    }
  }

  /** Sends a line to all, whatever it holds. */
  say(text: string): void {
    for (const { response } of this.#open) response.write(`${text}\n`);
  }

  /** Ends all: as the server does it now and then, in the middle of a line, or without an end. */
  end(how: 'well' | 'half-way' | 'cut'): void {
    const open = [...this.#open];
    this.#open.clear();
    for (const { response } of open) {
      if (how === 'well') response.end();
      else if (how === 'cut') response.destroy();
      else response.write('{"type":"MODIFIED","obj', () => response.destroy());
    }
  }

  #tell(event: StoreEvent): void {
    for (const watch of this.#open) this.#tellOne(watch, event);
  }

  #tellOne({ asked, matches, response }: OpenWatch, { type, at, object }: StoreEvent): void {
    const isOfIt = at.group === asked.group && at.resource === asked.resource;
    const isInIt = isOfIt && (asked.namespace === '' || at.namespace === asked.namespace);
    if (isInIt && matches(object) && !this.isSilent) response.write(line({ type, object }));
  }
}

function line(event: object): string {
  return `${JSON.stringify(event)}\n`;
}

/** As the server restricts them: names and namespaces of anything, nodes of pods; one at a time here. */
function selectorOf({ group, resource }: ResourceRequest, query: URLSearchParams): Matches | undefined {
  const selector = query.get('fieldSelector') ?? '';
  if (selector === '') return () => true;
  const [, field, value] = /^(metadata\.name|metadata\.namespace|spec\.nodeName)=([^,]*)$/.exec(selector) ?? [];
  switch (field) {
    case 'metadata.name':
      return ({ metadata }) => metadata.name === value;
    case 'metadata.namespace':
      return ({ metadata }) => metadata.namespace === value;
    case 'spec.nodeName':
      if (group !== '' || resource !== 'pods') return undefined;
      return ({ spec }) => (spec as { nodeName?: string } | undefined)?.nodeName === value;
    default:
      return undefined;
  }
}
