/**
 * What is on a test node that a plugin or a runtime could leave behind, and the difference between two such moments.
 *
 * In: a node's `exec` and the host's view of its processes. Out: `NodeSnapshot`, plain data. Links, network namespaces,
 * mounts, files below /var/lib/cni and control groups are compared by name; rules by text and number. Not seen: nft
 * tables that iptables does not show, routes of the node itself, contents of files.
 */
import { readdir, readFile } from 'node:fs/promises';
import * as z from 'zod';
import type { RunResult } from './run-child.ts';

/** A process in the node; `pid` as the node sees it, `groups` its control groups as the kernel writes them. */
export type NodeProcess = { readonly pid: number; readonly command: string; readonly groups: string };

/** What was on the node at one moment; every list is sorted text, except `processes`. */
export type NodeSnapshot = {
  /** `<name> (<kind>)`, kind as `ip -d link` says it: bridge, veth, … */
  readonly links: readonly string[];
  /** `iptables nat -A CHAIN …` for a rule, `iptables nat chain NAME` for a chain that is not built in. */
  readonly rules: readonly string[];
  /** Files below /var/lib/cni, full paths. */
  readonly files: readonly string[];
  readonly netnsNames: readonly string[];
  readonly mountPoints: readonly string[];
  /** Control groups below the node's own. */
  readonly cgroups: readonly string[];
  readonly processes: readonly NodeProcess[];
};

/** What a snapshot is taken of. `cgroup`: name of the node's control group, without slash. */
export type SnapshotSource = {
  readonly exec: (argv: readonly string[]) => Promise<RunResult>;
  readonly holder: { readonly pid: number; readonly pidsInside: ReadonlySet<number> };
  readonly cgroup: string;
};

/** Takes a snapshot: reads /proc, then runs `ip`, `iptables-save` and `find` in the node. */
export async function takeSnapshot(source: SnapshotSource): Promise<NodeSnapshot> {
  // First, so that the programs run for the rest are not among them.
  const processes = await listProcesses(source.holder);
  const [links, ipv4, ipv6, files, netnsNames, mountPoints, cgroups] = await Promise.all([
    listLinks(source),
    listRules(source, 'iptables'),
    listRules(source, 'ip6tables'),
    linesOf(source, ['find', '/var/lib/cni', '-type', 'f']),
    linesOf(source, ['ls', '/run/netns']),
    listMountPoints(source.holder.pid),
    linesOf(source, ['find', '/sys/fs/cgroup', '-mindepth', '2', '-type', 'd', '-path', `*/${source.cgroup}/*`]),
  ]);
  return { links, rules: [...ipv4, ...ipv6], files, netnsNames, mountPoints, cgroups, processes };
}

/** The processes of the node without its holder, by the node's own /proc. */
export async function listProcesses(holder: SnapshotSource['holder']): Promise<NodeProcess[]> {
  const proc = `/proc/${holder.pid}/root/proc`;
  const pids = (await readdir(proc)).map(Number).filter((pid) => Number.isInteger(pid) && !holder.pidsInside.has(pid));
  const found = await Promise.all(pids.map((pid) => readProcess(proc, pid)));
  return found.filter((each) => each !== undefined);
}

async function readProcess(proc: string, pid: number): Promise<NodeProcess | undefined> {
  const read = (file: string): Promise<string> => readFile(`${proc}/${pid}/${file}`, 'utf8');
  try {
    const [commandLine, status, groups] = await Promise.all([read('cmdline'), read('status'), read('cgroup')]);
    if (isZombieOfTheMachine(status)) return undefined;
    // Other zombies have no command line and are listed all the same: somebody in the node did not wait for them.
    const command = commandLine.replaceAll('\0', ' ').trim() || `[${/^Name:\t(.*)$/m.exec(status)?.[1] ?? ''}]`;
    return { pid, command, groups };
  } catch {
    // It ended while we looked.
    return undefined;
  }
}

/**
 * True for a program whose parent was an nsenter that somebody killed: seen from within its parent is 0, and it waits
 * for the machine's init, which may take its time. Orphans of the node itself are reaped by process 1 at once.
 */
function isZombieOfTheMachine(status: string): boolean {
  return /^State:\tZ/m.test(status) && /^PPid:\t0$/m.test(status);
}

const linkSchema = z.object({
  ifname: z.string(),
  linkinfo: z.object({ info_kind: z.string().optional() }).optional(),
});

async function listLinks(source: SnapshotSource): Promise<string[]> {
  const { stdout } = await succeed(source, ['ip', '-d', '-j', 'link', 'show']);
  const links = z.array(linkSchema).parse(JSON.parse(stdout));
  return links.map((link) => `${link.ifname} (${link.linkinfo?.info_kind ?? 'device'})`).sort();
}

async function listRules(source: SnapshotSource, family: 'iptables' | 'ip6tables'): Promise<string[]> {
  const saved = await source.exec([`${family}-save`]);
  // A kernel without IPv6 has no rules to leave behind; without IPv4 rules the node would not be worth testing on.
  if (saved.code !== 0 && family === 'ip6tables') return [];
  if (saved.code !== 0) throw new Error(`iptables-save: ${saved.stderr}`);
  const rules: string[] = [];
  let table = '';
  for (const line of saved.stdout.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1);
    if (line.startsWith('-A ')) rules.push(`${family} ${table} ${line}`);
    // "-" where a built-in chain has its policy.
    const chain = /^:(\S+) - /.exec(line)?.[1];
    if (chain !== undefined) rules.push(`${family} ${table} chain ${chain}`);
  }
  return rules;
}

async function listMountPoints(holderPid: number): Promise<string[]> {
  const table = await readFile(`/proc/${holderPid}/mountinfo`, 'utf8');
  return table
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? [])
    .sort();
}

async function linesOf(source: SnapshotSource, argv: readonly string[]): Promise<string[]> {
  // find and ls fail when something goes while they look; what they did see still counts.
  const { stdout } = await source.exec(argv);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

async function succeed(source: SnapshotSource, argv: readonly string[]): Promise<RunResult> {
  const result = await source.exec(argv);
  if (result.code !== 0) throw new Error(`${argv.join(' ')}: ${result.stderr}`);
  return result;
}
