/**
 * The network namespace of a call by hand: one that is there, by the name that `ip netns` has for it or by its path, or a
 * fresh one, which has a name that no other program gives and goes with its attachments.
 */
import { spawn } from 'node:child_process';
import { hash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { NODE_HOST } from '../../catalogue/node-host.ts';
import { CniError, ErrorCode, errorText } from '../../errors.ts';
import { isIdentifier } from '../../schema/names.ts';

/** Where `ip netns` keeps names. */
const NAMES = '/var/run/netns';
const OF_OURS = /^\/(?:var\/)?run\/netns\/(braid-hand-[0-9a-f]{8})$/;

/** A namespace to attach to. */
export interface HandNamespace {
  readonly path: string;
  readonly isNew: boolean;
}

/** What `--netns` says: the path of a namespace, or `undefined` for a new one. Pure. */
export function namespacePath(text: string): string | undefined {
  if (text === 'new') return undefined;
  return text.startsWith('/') ? text : `${NAMES}/${text}`;
}

/** True when a namespace is at this path, rather than nothing or what is left of one. */
export function isNamespaceThere(path: string): boolean {
  return NODE_HOST.namespace(path) === 'there';
}

/**
 * True unless nothing is at the path at all. An empty file may be how a namespace looks from a mount namespace other than
 * the runtime's: no reason to take anything from a pod.
 */
export function mayNamespaceBeThere(path: string): boolean {
  return NODE_HOST.namespace(path) !== 'absent';
}

/** The namespace that `--netns` names, made where it says `new`. Throws: code 8 when there is none. */
export async function openNamespace(text: string): Promise<HandNamespace> {
  const path = namespacePath(text);
  if (path === undefined) {
    const name = `braid-hand-${randomBytes(4).toString('hex')}`;
    await ip('add', name);
    return { path: `${NAMES}/${name}`, isNew: true };
  }
  if (isNamespaceThere(path)) return { path, isNew: false };
  throw new CniError(
    ErrorCode.invalidNetns,
    `there is no network namespace ${path}`,
    '`ip netns list` shows those that have names; --netns new makes one',
  );
}

/** True for a namespace that `new` made. Pure. */
function isMadeByHand(path: string): boolean {
  return OF_OURS.test(path);
}

/** The command that takes a namespace away by hand, where it is one that `new` made and is there. */
export function removalCommand(path: string): string | undefined {
  return isMadeByHand(path) && existsSync(path) ? `ip netns delete ${basename(path)}` : undefined;
}

/** Takes away a namespace that `new` made; false for one that is not there, or not made by us. Throws: code 5. */
export async function removeNamespace(path: string): Promise<boolean> {
  const [, name] = OF_OURS.exec(path) ?? [];
  if (name === undefined || !existsSync(path)) return false;
  await ip('delete', name);
  return true;
}

/** The container id of a call that names none: the same for the same namespace. Pure. */
export function containerIdOf(path: string): string {
  const name = basename(path);
  const isNamed = /^\/(?:var\/)?run\/netns\//.test(path) && isIdentifier(name);
  if (isMadeByHand(path)) return name;
  return `by-hand-${isNamed ? name : hash('sha256', path).slice(0, 12)}`;
}

/** In a process group of its own: ^C shall end neither half-way. */
function ip(verb: 'add' | 'delete', name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const what = verb === 'add' ? 'make' : 'remove';
    const refuse = (why: string) =>
      reject(new CniError(ErrorCode.io, `cannot ${what} the network namespace ${name}: ${why}`, NEEDED));
    const child = spawn('ip', ['netns', verb, name], { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    const words: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => words.push(chunk));
    child.once('error', (cause) => refuse(errorText(cause)));
    child.once('close', (status) => {
      if (status === 0) return resolve();
      refuse(Buffer.concat(words).toString('utf8').trim() || `ip ended with status ${status}`);
    });
  });
}

const NEEDED = 'it takes root and the command ip of iproute2';
