/**
 * Where the demo works: a node's network and /run of its own, made by `unshare`, so that nothing on the machine is
 * touched and nothing can stay behind; and in it a fresh namespace for the pod.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../../environment/environment.ts';

/** Set for the demo that runs inside its own namespaces. */
export const INSIDE = 'BRAID_DEMO_INSIDE';

const LINKS_UP_MS = 2000;
const PAUSE_MS = 50;

/** The arguments of `unshare` that give us a node of our own: as ourselves when root, else in a user namespace. */
function unshareArguments(): string[] {
  const isRoot = process.getuid?.() === 0;
  return [...(isRoot ? [] : ['--user', '--map-root-user']), '--net', '--mount'];
}

/** Why namespaces cannot be made here, or `undefined` when they can. */
export function namespaceFault(): string | undefined {
  for (const tool of ['ip', 'nsenter', 'mount']) {
    if (spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0) return `the command ${tool} is missing`;
  }
  const tried = spawnSync('unshare', [...unshareArguments(), 'mount', '-t', 'tmpfs', 'tmpfs', '/run'], {
    encoding: 'utf8',
  });
  if (tried.error) return `unshare cannot be run: ${tried.error.message}`;
  return tried.status === 0 ? undefined : tried.stderr.trim().split('\n').at(-1);
}

/** Runs this same command again inside namespaces of its own; answers its exit status. */
export function runInside({ program, argv, variables }: Environment): Promise<number> {
  const child = spawn('unshare', [...unshareArguments(), ...program, ...argv], {
    stdio: 'inherit',
    env: { ...variables, [INSIDE]: '1' },
  });
  // The terminal sends ^C to both; the inner one cleans up and ends, and then so do we.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (status) => resolve(status ?? 1));
  });
}

/** The pod's namespace and how to look into it. */
export interface DemoPod {
  /** What CNI_NETNS is set to. */
  readonly netns: string;
  /** Runs `ip` inside and answers what it prints. */
  ip(...args: string[]): string;
  end(): void;
}

/** Makes /run and loopback of the demo's node, and a fresh namespace for the pod. */
export async function preparePod(): Promise<DemoPod> {
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/run']);
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  // `cat` holds the namespace and ends with us, however we end: then its stdin closes. Detached, so that ^C does not
  // take the namespace away before the demo has cleaned up.
  const holder = spawn('unshare', ['--net', 'cat'], { stdio: ['pipe', 'ignore', 'inherit'], detached: true });
  const netns = `/proc/${holder.pid}/ns/net`;
  await namespaceIsOwn(holder);
  return {
    netns,
    ip: (...args) => execFileSync('nsenter', [`--net=${netns}`, 'ip', ...args], { encoding: 'utf8' }),
    end: () => holder.kill('SIGKILL'),
  };
}

/** `unshare` makes the namespace a moment after it was started. */
async function namespaceIsOwn(holder: ChildProcess): Promise<void> {
  const ours = readlinkSync('/proc/self/ns/net');
  for (let attempt = 0; attempt < 500 && holder.exitCode === null; attempt += 1) {
    if (readlinkSync(`/proc/${holder.pid}/ns/net`) !== ours) return;
    await sleep(5);
  }
  throw new Error('the namespace for the pod could not be made');
}

/** The kernel notices in the background that a link has its other end, up to a second later; until then it says DOWN. */
export async function untilUp(pod: DemoPod): Promise<void> {
  for (let waitedMs = 0; waitedMs < LINKS_UP_MS; waitedMs += PAUSE_MS) {
    const links: { ifname: string; operstate: string }[] = JSON.parse(pod.ip('-j', 'link'));
    if (links.every(({ ifname, operstate }) => ifname === 'lo' || operstate === 'UP')) return;
    await sleep(PAUSE_MS);
  }
}

/** Links of the demo's node that a pod could have left there: everything but loopback and bridges. */
export function leftLinks(): string[] {
  const links: { ifname: string; linkinfo?: { info_kind?: string } }[] = JSON.parse(
    execFileSync('ip', ['-d', '-j', 'link', 'show'], { encoding: 'utf8' }),
  );
  return links
    .filter(({ ifname, linkinfo }) => ifname !== 'lo' && linkinfo?.info_kind !== 'bridge')
    .map(({ ifname }) => ifname);
}
