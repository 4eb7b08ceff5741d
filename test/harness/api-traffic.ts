/**
 * What calls asked of an API server double, in a form of Braid. An agent lists and watches on its own account, which does
 * not count, and may know an object already.
 */
import { expect } from 'vitest';
import type { ApiServer } from '../doubles/api-server.ts';
import type { BraidForm } from './braid-call.ts';

/** The requests of calls, as `METHOD path`. */
export function requestsOfCalls({ requests }: Pick<ApiServer, 'requests'>): string[] {
  const ofCalls = requests.filter(({ path }) => !/[?&](watch=|limit=500\b)/.test(path));
  return ofCalls.map(({ method, path }) => `${method} ${path}`);
}

/** How often calls were in touch with the server: their connections; their requests where an agent has connections too. */
export function contacts(form: BraidForm, api: ApiServer): number {
  return form.agent ? requestsOfCalls(api).length : api.connections;
}

/** Expects these requests in this order; an agent may leave out what it knows, but no write, and asks nothing beside. */
export function expectAsked(form: BraidForm, requests: readonly string[], expected: readonly string[]): void {
  if (!form.agent) {
    expect(requests).toEqual(expected);
    return;
  }
  const writes = (all: readonly string[]) => all.filter((request) => !request.startsWith('GET '));
  expect(writes(requests)).toEqual(writes(expected));
  const left = [...expected];
  const unexpected = requests.filter((request) => {
    const at = left.indexOf(request);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  expect(unexpected).toEqual([]);
}
