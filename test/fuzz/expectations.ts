/** What must hold after every call, whatever went in. Each throws an Error that says what did not. */

import { isDeepStrictEqual } from 'node:util';
import { parseResult, printResult } from '../../src/result/result-versions.ts';
import { type CniVersion, isCniVersion } from '../../src/schema/cni-version.ts';
import type { Answer } from './braid-in-process.ts';

const STACK = /\n\s+at .*:\d+:\d+/;
const ERROR_KEYS = ['cniVersion', 'code', 'msg', 'details'];
const MAX_HEAP_BYTES = 200 * 1024 * 1024;

/** Exactly one document, or none for a silent verb; a success or an error as the specification shapes them. */
export function checkAnswer(verb: string | undefined, answer: Answer): void {
  if (answer.status === 0 && verb !== 'ADD' && verb !== 'VERSION') {
    must(answer.stdout === '', `a successful ${verb} printed ${shown(answer.stdout)}`);
    return;
  }
  const document = oneDocument(answer.stdout);
  must(isCniVersion(String(document['cniVersion'])), `cniVersion is ${shown(document['cniVersion'])}`);
  if (answer.status === 0 && verb === 'ADD') checkResult(document);
  if (answer.status !== 0) checkError(document);
}

function oneDocument(stdout: string): Record<string, unknown> {
  must(stdout.endsWith('}\n') && !stdout.slice(0, -1).includes('\n'), `stdout is not one line: ${shown(stdout)}`);
  return JSON.parse(stdout);
}

function checkError(error: Record<string, unknown>): void {
  const { code, msg, details } = error;
  must(Number.isSafeInteger(code) && Number(code) > 0, `code is ${shown(code)}`);
  must(typeof msg === 'string' && msg.trim() !== '', `msg is ${shown(msg)}`);
  must(details === undefined || typeof details === 'string', `details is ${shown(details)}`);
  must(
    Object.keys(error).every((key) => ERROR_KEYS.includes(key)),
    `keys of the error: ${Object.keys(error)}`,
  );
  must(!STACK.test(`${msg}${details}`), `a stack: ${msg} ${details}`);
}

/** A result that can be read again, prints as the same, and points at interfaces that exist. */
function checkResult(document: Record<string, unknown>): void {
  const version = document['cniVersion'] as CniVersion;
  const { result } = parseResult(document, version);
  const printed: unknown = JSON.parse(JSON.stringify(printResult(result, version)));
  const isSame = isDeepStrictEqual(printed, document);
  must(isSame, `the result does not survive reading: ${shown(document)} becomes ${shown(printed)}`);
  const isStray = (index: number | undefined) => index !== undefined && !(index in result.interfaces);
  must(!result.ips.some((ip) => isStray(ip.interface)), `an index without interface: ${shown(document)}`);
}

const PROTOTYPES = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Number.prototype];
const clean = PROTOTYPES.map((prototype) => Reflect.ownKeys(prototype).length);

/** No prototype has gained or lost a key. */
export function checkPrototypes(): void {
  PROTOTYPES.forEach((prototype, index) => {
    const keys = Reflect.ownKeys(prototype);
    must(keys.length === clean[index], `a prototype has other keys: ${keys.map(String).join(' ')}`);
  });
}

/** The heap after a collection, in bytes. Throws when it is beyond 200 MB. */
export function checkHeap(): number {
  globalThis.gc?.();
  const { heapUsed } = process.memoryUsage();
  must(heapUsed <= MAX_HEAP_BYTES, `the heap has ${Math.round(heapUsed / 1024 / 1024)} MB`);
  return heapUsed;
}

/** Throws when `isTrue` is not. */
export function must(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(what);
}

/** A value for people, cut where it is long. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 400 ? `${text.slice(0, 400)}… (${text.length} characters)` : text;
}
