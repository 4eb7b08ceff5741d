/** A trace given to a collector by OTLP over HTTP, as JSON: one attempt that is over soon. Touches the network. */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { clipped } from '../schema/clipped-text.ts';
import { HIDDEN } from '../schema/secret-texts.ts';

/** The runtime may wait for the end of this process, so that a pod waits with it. */
const DEADLINE_MS = 1000;
const MOST_ANSWER_BYTES = 16 * 1024;
/** Shorter ones stand in any text. */
const LEAST_SECRET = 4;
/** Where OTLP goes on a server of which no more is said. */
const USUAL_PATH = '/v1/traces';

/** Sends it. Throws: Error saying why it did not arrive. */
export async function postTrace(
  endpoint: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): Promise<void> {
  const { status, text: answered } = await exchange(collectorUrl(endpoint), headers, body);
  const text = withoutValues(answered, headers);
  if (status < 200 || status > 299) throw new Error(`the collector answers ${status}${quoted(text)}`);
  if (isRefused(text)) throw new Error(`the collector refuses spans${quoted(text)}`);
}

/** The URL as it is called: pure. */
export function collectorUrl(endpoint: string): URL {
  const url = new URL(endpoint);
  if (url.pathname === '/') url.pathname = USUAL_PATH;
  return url;
}

interface Exchanged {
  readonly status: number;
  readonly text: string;
}

function exchange(url: URL, headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<Exchanged> {
  const { promise, resolve, reject } = Promise.withResolvers<Exchanged>();
  const request = (url.protocol === 'http:' ? requestHttp : requestHttps)(url, {
    method: 'POST',
    // No connection outlives its one request.
    agent: false,
    lookup: lookupOnce,
    headers: { ...headers, 'content-type': 'application/json', 'content-length': body.length },
  });
  const timer = setTimeout(() => {
    reject(new Error(`no answer within ${DEADLINE_MS} ms`));
    request.destroy();
  }, DEADLINE_MS);
  request.on('response', (response) => collect(response, resolve, reject));
  request.on('error', reject);
  request.end(body);
  return promise.finally(() => {
    clearTimeout(timer);
    request.destroy();
  });
}

const lookups = new Map<string, Promise<LookupAddress[]>>();

/**
 * One question at a time for each name: where nothing answers, each would hold a thread that all files of the process share,
 * for as long as the system's resolver is patient.
 */
function lookupOnce(
  host: string,
  { all }: { readonly all?: boolean | undefined },
  callback: (cause: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
): void {
  let asked = lookups.get(host);
  if (!asked) {
    asked = lookup(host, { all: true });
    lookups.set(host, asked);
    asked.catch(() => undefined).finally(() => lookups.delete(host));
  }
  asked.then(
    (found) => {
      const [first] = found;
      if (all) callback(null, found);
      else callback(null, first?.address ?? '', first?.family ?? 0);
    },
    (cause: NodeJS.ErrnoException) => callback(cause, ''),
  );
}

function collect(
  response: IncomingMessage,
  resolve: (exchanged: Exchanged) => void,
  reject: (cause: Error) => void,
): void {
  const chunks: Buffer[] = [];
  let length = 0;
  const answered = () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    // What comes then tells nothing new.
    if (length > MOST_ANSWER_BYTES) answered();
  });
  response.on('end', answered);
  response.on('error', reject);
}

/** OTLP's "partial success" comes with status 200. */
function isRefused(text: string): boolean {
  try {
    const { partialSuccess } = JSON.parse(text) as { partialSuccess?: { rejectedSpans?: unknown } };
    return Number(partialSuccess?.rejectedSpans ?? 0) > 0;
  } catch {
    return false;
  }
}

/** What collectors say of a key that they do not know has the key in it. */
function withoutValues(text: string, headers: Readonly<Record<string, string>>): string {
  const secrets = Object.values(headers).flatMap((value) => [value.trim(), ...value.split(/\s+/)]);
  const tellingAnything = secrets.filter((secret) => secret.length >= LEAST_SECRET);
  return tellingAnything.reduce((hidden, secret) => hidden.replaceAll(secret, () => HIDDEN), text);
}

function quoted(text: string): string {
  return text.trim() === '' ? '' : `: ${JSON.stringify(clipped(text.trim()))}`;
}
