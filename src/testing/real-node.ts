/**
 * A node of real namespaces: network, mounts and processes of its own, in which the fixture's paths are what they say.
 *
 * Its /run, /var/lib and /etc/cni are those of the fixture's folder, so Braid, which stays outside, and the plugins see the
 * same files; all else that the machine has mounted is read-only, and so is what the kernel has to set but for networks. The
 * host's name is its own. A shell that waits for the end of its stdin keeps the namespaces.
 * So they go, with every process in them, however this program ends, SIGKILL included; nothing of them has a name on the
 * machine. Starts processes; needs root.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { CniError, ErrorCode } from '../errors.ts';

const run = promisify(execFile);

/** Process 1 of the node. $1: its folder; then the folders of plugins, which it finds as /run/plugins/0 and so on. */
const INSIDE = `
set -eu
exec 3<&0 </dev/null
root=$1; shift
# /proc is still the machine's, so this is the process id by which the machine knows us.
read -r pid rest </proc/self/stat
# A mount of its own, which stays as it is.
mount --bind "$root" "$root"
mounts=$(cat /proc/self/mountinfo)
while read -r id parent device from point options rest; do
  # In it blanks are \\040.
  point=$(printf %b "$point")
  case $point:$options in "$root":* | /proc:* | /proc/* | /sys:* | /sys/* | *:ro | *:ro,*) continue ;; esac
  # One that lies below another cannot be reached, neither by us nor by plugins.
  mount -o remount,bind,ro "$point" 2>/dev/null || [ "$point" != / ]
done <<END
$mounts
END
mount -t proc proc /proc
mount --bind /proc/sys /proc/sys
mount --bind /proc/sys/net /proc/sys/net
mount -o remount,bind,ro /proc/sys
if [ -e /proc/sysrq-trigger ]; then
  mount --bind /proc/sysrq-trigger /proc/sysrq-trigger
  mount -o remount,bind,ro /proc/sysrq-trigger
fi
mount -t sysfs sysfs /sys
mount -o remount,bind,ro /sys
count=0
for folder in "$@"; do
  mkdir -p "$root/run/plugins/$count"
  mount --bind "$folder" "$root/run/plugins/$count"
  count=$((count + 1))
done
mkdir -p "$root/var/lib/cni" "$root/etc/cni" "$root/run/lock" "$root/run/netns"
mount --rbind "$root/run" /run
mount --bind "$root/var/lib" /var/lib
[ ! -d /etc/cni ] || mount --bind "$root/etc/cni" /etc/cni
ip link set lo up
: >/run/outside
unshare --net=/run/outside ip link set lo up
echo "ready $pid"
exec >/dev/null
# In the background, for process 1 is to see to the orphans meanwhile.
(read -r word <&3) &
wait $!
`;

/** The machine's side. $1: the script above, $2: the node's folder; then the folders of plugins. */
const OUTSIDE = `
inside=$1 root=$2; shift 2
unshare --net --mount --pid --uts --ipc --fork --kill-child --propagation private sh -c "$inside" braid-test-node "$root" "$@" && exit
# Nobody said a last word, so there is nobody who clears away.
rm -rf --one-file-system "$root"
rmdir "\${root%/*}" 2>/dev/null
exit 1
`;

/** Where the node has the plugins of the folder with this number. */
export function pluginFolder(index: number): string {
  return `/run/plugins/${index}`;
}

/** A running node. */
export class RealNode {
  readonly #holder: ChildProcess;
  readonly #pid: number;
  readonly #exited: Promise<unknown>;

  private constructor(holder: ChildProcess, pid: number, exited: Promise<unknown>) {
    this.#holder = holder;
    this.#pid = pid;
    this.#exited = exited;
  }

  /** Makes the node of a folder. Throws: code 5 with what the machine says against it. */
  static async open(folder: string, pluginDirs: readonly string[]): Promise<RealNode> {
    const args = ['-c', OUTSIDE, 'braid-test', INSIDE, resolve(folder), ...pluginDirs];
    // In a session of its own: ^C is for us, and we clear away.
    const holder = spawn('sh', args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'], cwd: '/' });
    const words: Buffer[] = [];
    holder.stderr.on('data', (chunk: Buffer) => words.push(chunk));
    holder.stdin.on('error', () => undefined);
    const exited = once(holder, 'close');
    const ready = await Promise.race([once(holder.stdout, 'data').then(([chunk]) => String(chunk)), exited]);
    const [, pid] = /^ready (\d+)\n$/.exec(String(ready)) ?? [];
    if (pid !== undefined) return new RealNode(holder, Number(pid), exited);
    holder.stdin.end();
    const why = Buffer.concat(words).toString('utf8').trim();
    throw new CniError(ErrorCode.io, `cannot make a node of namespaces: ${why}`);
  }

  /** What starts its further arguments as a program in the node. `nsenter` by its path, for plugins are started without PATH. */
  through(nsenter: string): [string, ...string[]] {
    return [nsenter, `--target=${this.#pid}`, '--net', '--mount', '--pid', '--uts', '--ipc', '--'];
  }

  /** Makes a pod's namespace at a path below /run; answers the links that it has from the beginning. */
  async makePod(path: string): Promise<string[]> {
    // Whatever is there already stays.
    const script = `mkdir -p "\${1%/*}"
      set -C
      : >"$1"
      unshare --net="$1" ip link set lo up
      nsenter --net="$1" ip -d -j link`;
    return linkNames(await this.#shell(script, path));
  }

  async removePod(path: string): Promise<void> {
    await this.#shell('umount "$1"; rm "$1"', path);
  }

  /** Makes a link, whose other end is in a namespace that stands for the world outside of the node. */
  async makeLink(name: string, addresses: readonly string[]): Promise<void> {
    const script = `name=$1; shift
      ip link add "$name" type veth peer name "$name" netns /run/outside
      nsenter --net=/run/outside ip link set "$name" up
      ip link set "$name" up
      for address in "$@"; do ip address add "$address" dev "$name" nodad; done
      ip route show default | grep -q . || ip route add default dev "$name"`;
    await this.#shell(script, name, ...addresses);
  }

  async removeLink(name: string): Promise<void> {
    await this.#shell('ip link delete "$1"', name);
  }

  /** The links of the node, but for bridges and its loopback, then those in each of the pods. */
  async links(pods: readonly string[]): Promise<[node: string[], ...pods: string[][]]> {
    const script = 'ip -d -j link; for pod in "$@"; do echo; nsenter --net="$pod" ip -d -j link; done';
    const [node = [], ...rest] = (await this.#shell(script, ...pods)).trim().split(/\n+/).map(linkNames);
    return [node, ...rest];
  }

  /** Ends every process of the node, and waits for it. */
  async close(): Promise<void> {
    this.#holder.stdin?.end('done\n');
    await this.#exited;
  }

  async #shell(script: string, ...args: readonly string[]): Promise<string> {
    const [file, ...through] = this.through('nsenter');
    try {
      const { stdout } = await run(file, [...through, 'sh', '-euc', script, 'sh', ...args]);
      return stdout;
    } catch (cause) {
      // The last line says it; the others are ours.
      const words = String((cause as { stderr?: unknown }).stderr ?? cause).trim();
      const why = words.split('\n').at(-1) ?? '';
      throw new CniError(ErrorCode.io, `the node of namespaces failed: ${why}`, '', { cause });
    }
  }
}

interface Link {
  readonly ifname: string;
  readonly linkinfo?: { readonly info_kind?: string };
}

/** Bridges stay, for pods share them. */
function linkNames(json: string): string[] {
  const links: Link[] = JSON.parse(json);
  return links
    .filter(({ ifname, linkinfo }) => ifname !== 'lo' && linkinfo?.info_kind !== 'bridge')
    .map(({ ifname }) => ifname);
}
