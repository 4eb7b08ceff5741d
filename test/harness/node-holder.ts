/**
 * The processes that keep a test node's namespaces alive, and that clear everything away when the test is gone.
 *
 * On the host a supervisor shell (a session of its own, so that Ctrl-C does not reach it) runs `unshare`; inside, a
 * second shell is process 1 of a new PID namespace and lives until its stdin, a pipe from the test process, closes.
 * That happens on dispose and also when the test process dies in any way, SIGKILL included. Then the kernel kills all
 * that runs in the PID namespace, daemons too; the mounts and links go with their namespaces; the supervisor removes
 * what lies on the host: control groups and the temporary folder.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { collect } from './run-child.ts';
import { systemPath } from './system-path.ts';

type Supervisor = ChildProcessByStdio<Writable, Readable, Readable>;

/** The running holder: `pid` as the host sees it, `pidsInside` its processes as the node sees them. */
export type NodeHolder = {
  readonly pid: number;
  readonly pidsInside: ReadonlySet<number>;
  /** Ends every process of the node and waits until all of it is cleared away. Idempotent. */
  readonly stop: () => Promise<void>;
};

/** Process 1 of the node. $1: host name. Prints "ready <pid on the host> <pid inside of its waiting child>". */
const initScript = `
set -eu
exec 3<&0 </dev/null
# /proc is still the host's here, so this is the pid that nsenter on the host needs.
read -r hostPid rest </proc/self/stat
mount -t proc proc /proc
echo "$1" >/proc/sys/kernel/hostname
ip link set lo up

mount -t tmpfs -o mode=755 tmpfs /run
mkdir -m 755 /run/netns /run/lock
# As "ip netns add" would do on first use; done here so that it does not count as something left behind.
mount --bind /run/netns /run/netns
mount --make-shared /run/netns

# sysfs shows the links of the namespace that mounted it.
mkdir /run/.cgroup
hadCgroup=
mount --move /sys/fs/cgroup /run/.cgroup && hadCgroup=1
mount -t sysfs sysfs /sys
[ -z "$hadCgroup" ] || mount --move /run/.cgroup /sys/fs/cgroup
rmdir /run/.cgroup

# Where the machine has no /var/lib/cni, a mount point for it is made in a copy of /var/lib made of links.
if [ ! -d /var/lib/cni ]; then
  mkdir /run/.var-lib
  mount --bind /var/lib /run/.var-lib
  mount -t tmpfs -o mode=755 tmpfs /var/lib
  ln -s /run/.var-lib/* /var/lib/ 2>/dev/null || true
  mkdir /var/lib/cni
fi
mount -t tmpfs -o mode=755 tmpfs /var/lib/cni

cat <&3 >/dev/null &
echo "ready $hostPid $!"
exec 3<&- >/dev/null 2>&1
# Not "cat" in the foreground: "wait" also reaps the orphans that become children of process 1.
wait $!
`;

/** The host's side. $1: script of process 1, $2: host name, $3: temporary folder, $4: control group, without slash. */
const supervisorScript = `
unshare --net --mount --pid --uts --fork --kill-child --propagation private sh -c "$1" braid-test-node "$2"
tries=0
while [ $tries -lt 50 ]; do
  left=
  for group in "/sys/fs/cgroup/$4" /sys/fs/cgroup/*/"$4"; do
    [ -d "$group" ] || continue
    find "$group" -depth -type d -exec rmdir {} \\; 2>/dev/null
    [ -d "$group" ] && left=$group
  done
  [ -z "$left" ] && break
  # A group stays busy for a moment after its last process.
  tries=$((tries + 1))
  sleep 0.1
done
rm -rf --one-file-system "$3"
[ -z "$left" ] || { echo "control group $left is still in use" >&2; exit 1; }
`;

// The kernel ends a PID namespace in milliseconds, unless something in it cannot be killed or reaped.
const clearMs = 30_000;

/** What a holder is started with. `cgroup`: the name, without slash, of the control group that goes with the node. */
export type HolderOptions = { readonly hostname: string; readonly dir: string; readonly cgroup: string };

/**
 * Starts the holder and waits until the node is set up.
 * Throws: an Error with the scripts' stderr when the node cannot be set up.
 */
export async function startHolder(options: HolderOptions): Promise<NodeHolder> {
  const args = [
    '-c',
    supervisorScript,
    'braid-test-supervisor',
    initScript,
    options.hostname,
    options.dir,
    options.cgroup,
  ];
  const child = spawn('sh', args, {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: systemPath() },
    cwd: '/',
  });
  const stderr = collect(child.stderr);
  const exited = once(child, 'exit');
  const [pid, waiting] = await readyLine(child, stderr);
  // The holder lives as long as this process does, but must not keep it alive.
  child.unref();
  for (const stream of [child.stdout, child.stderr]) if (stream instanceof Socket) stream.unref();
  return { pid, pidsInside: new Set([1, waiting]), stop: () => stop(child, { exited, stderr }) };
}

async function readyLine(child: Supervisor, stderr: () => string): Promise<[pid: number, waiting: number]> {
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    child.once('error', reject);
    child.once('close', () => reject(new Error(`the test node could not be set up: ${stderr()}`)));
  });
  const match = /^ready (\d+) (\d+)\n$/.exec(line);
  if (match === null) throw new Error(`unexpected line from the test node: ${line}`);
  return [Number(match[1]), Number(match[2])];
}

async function stop(child: Supervisor, ending: { exited: Promise<unknown[]>; stderr: () => string }): Promise<void> {
  child.ref();
  child.stdin.end();
  const [code] = await Promise.race([ending.exited, sleep(clearMs, ['timeout'], { ref: false })]);
  if (code !== 0) throw new Error(`the test node was not cleared away (${String(code)}): ${ending.stderr()}`);
}
