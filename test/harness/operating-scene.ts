/**
 * Where docs/operating.md plays: a node with containerd that Braid was deployed to, a cluster's kubelet, and a machine with none of
 * it.
 *
 * The node is a test node with folders of its own at the usual paths. The kubelet is played: it asks containerd for the
 * pods of the applied manifests until they run, as a kubelet does. Commands that need a cluster or a second machine have stand-ins.
 */
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { ConsoleCommand } from './console-document.ts';
import { type Containerd, startContainerd } from './containerd.ts';
import { cniBinDir } from './reference-plugins.ts';
import { systemPath } from './system-path.ts';
import { createTestNode, type TestNode } from './test-node.ts';

const project = resolve(import.meta.dirname, '../..');
const CONF_DIR = '/etc/cni/net.d';
const BIN_DIR = '/opt/cni/bin';
const HOME = '/home/me';

/** Gives a folder of the machine to this namespace alone, empty, and makes it in a copy of links where it is not there. */
const COVER = `
cover() {
  if [ ! -d "$1" ]; then
    parent=\${1%/*}
    hidden=/run/.covered$(echo "$parent" | tr / -)
    mkdir "$hidden"
    mount --rbind "$parent" "$hidden"
    mount -t tmpfs -o mode=755 tmpfs "$parent"
    ln -s "$hidden"/* "$parent"/
    mkdir "$1"
  fi
  mount -t tmpfs -o mode=755 tmpfs "$1"
}
`;

/** $1: the folder of plugins, $2: of the built Braid. */
const INSTALL = `set -eu
${COVER}
mkdir /run/.plugins
mount --bind "$1" /run/.plugins
for folder in /etc/cni /opt/cni /var/log /home; do cover $folder; done
mkdir -p ${CONF_DIR} ${BIN_DIR}
ln -s /run/.plugins/* ${BIN_DIR}
ln -sf "$2"/* ${BIN_DIR}
# Where nobody could build the launcher.
[ -e ${BIN_DIR}/braid ] || ln -s braid-standalone ${BIN_DIR}/braid
ip link add eth1 type veth peer name switch-port
ip link set eth1 up
ip link set switch-port up
`;

/** $1: the story's folder, $2: the standalone Braid, $3: the command. */
const ON_OWN_MACHINE = `set -eu
${COVER}
for folder in /etc/cni /opt/cni /home; do cover $folder; done
[ ! -d /usr/lib/cni ] || cover /usr/lib/cni
mkdir -p ${HOME}/operating ${HOME}/bin
touch ${HOME}/bin/braid
mount --bind "$1" ${HOME}/operating
mount --bind "$2" ${HOME}/bin/braid
cd ${HOME}/operating
exec setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --bounding-set=-all sh -c "$3"
`;

/** What a machine without power forgets. */
const POWER_LOSS = `
for pod in /run/netns/*; do umount "$pod" && rm "$pod"; done
ip link delete br-front
printf '*nat\\nCOMMIT\\n' | iptables-restore
`;

interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly annotations: Record<string, string>;
}

/** See the head of this file. */
export class OperatingScene {
  readonly node: TestNode;
  /** The operator's own folder. */
  readonly #folder: string;
  #containerd: Containerd | undefined;
  readonly #wanted: Pod[] = [];
  readonly #running = new Set<Pod>();
  #event = '';

  static async open(): Promise<OperatingScene> {
    const node = await createTestNode('node1');
    const folder = join(node.dir, 'operating');
    cpSync(join(project, 'fixtures/operating'), folder, { recursive: true });
    await must(node, ['sh', '-c', 'chmod a+x "$1" && chown -R 65534:65534 "$2"', 'sh', node.dir, folder]);
    await must(node, ['sh', '-c', INSTALL, 'install', cniBinDir(), join(project, 'dist/cni')]);
    return new OperatingScene(node, folder);
  }

  private constructor(node: TestNode, folder: string) {
    this.node = node;
    this.#folder = folder;
  }

  async dispose(): Promise<void> {
    await this.#containerd?.kill();
    await this.node.dispose();
  }

  /** Runs a command where its prompt says, or its stand-in; gives what a terminal would show. */
  async run({ prompt, line }: ConsoleCommand): Promise<string> {
    const [words = ''] = /^\S+(?: \w+)?/.exec(line) ?? [];
    switch (`${prompt} ${words}`) {
      case '$ kubectl apply':
        return this.#apply();
      case '$ kubectl get':
        return this.#events();
      case '$ scp':
        await this.#copyToOwnMachine();
        return this.#asNobody(line.replace(/^.*? && /, ''));
      case '# reboot':
        return this.#losePower();
    }
    return prompt === '#' ? this.#asRoot(line) : this.#asNobody(line);
  }

  async #asRoot(line: string): Promise<string> {
    const env = { PATH: `${BIN_DIR}:${systemPath()}` };
    const { stdout } = await this.node.exec(['sh', '-c', `cd "$1" && exec 2>&1; ${line}`, 'sh', this.#folder], { env });
    if (/^braid (?:record on|gc --gone)/.test(line)) await this.#takeTime();
    return stdout;
  }

  async #asNobody(line: string): Promise<string> {
    const braid = join(project, 'dist/cni/braid-standalone');
    const argv = ['unshare', '--mount', '--net', 'sh', '-c', ON_OWN_MACHINE, 'sh', this.#folder, braid];
    const env = { PATH: `${HOME}/bin:${systemPath()}`, HOME };
    const { stdout } = await this.node.exec([...argv, `exec 2>&1; ${line}`], { env });
    return stdout;
  }

  async #apply(): Promise<string> {
    const folder = join(this.#folder, 'web/cluster');
    for (const file of readdirSync(folder)) {
      for (const document of parseAllDocuments(readFileSync(join(folder, file), 'utf8'))) {
        const { namespace, name, annotations } = document.toJS().metadata;
        this.#wanted.push({ namespace, name, annotations });
      }
    }
    this.#containerd ??= await this.#startContainerd();
    await this.#syncPods();
    return this.#wanted.map(({ name }) => `pod/${name} created\n`).join('');
  }

  /** What a kubelet does every few seconds. */
  async #syncPods(): Promise<void> {
    for (const pod of this.#wanted.filter((each) => !this.#running.has(each))) {
      try {
        await this.#containerd?.runPod(pod);
        this.#running.add(pod);
        this.#event = 'Started';
      } catch (cause) {
        // The kubelet's client says what the tests' own client says, in other words.
        const error = String(cause).replace(/^Error: 2 UNKNOWN: /, 'rpc error: code = Unknown desc = ');
        this.#event = `Failed to create pod sandbox: ${error}`;
      }
    }
  }

  /** What happens by itself until a person types on: containerd sees that its folder has changed, the kubelet tries again. */
  async #takeTime(): Promise<void> {
    const configured = await this.node.exec(['cat', `${CONF_DIR}/00-braid.conflist`]);
    await this.#containerd?.waitConfigured(configured.stdout);
    await this.#syncPods();
  }

  #events(): string {
    return `${this.#event}\n`;
  }

  async #copyToOwnMachine(): Promise<void> {
    const copy = 'cp -r /var/lib/cni/braid/recordings "$1" && chown -R 65534:65534 "$1"/recordings';
    await must(this.node, ['sh', '-c', copy, 'sh', this.#folder]);
  }

  /** Without power; and what containerd knew is gone, too. */
  async #losePower(): Promise<string> {
    await this.#containerd?.kill();
    await must(this.node, ['sh', '-c', POWER_LOSS]);
    this.#running.clear();
    this.#containerd = await this.#startContainerd();
    await this.#syncPods();
    return '';
  }

  async #startContainerd(): Promise<Containerd> {
    const containerd = await startContainerd(this.node, { confDir: CONF_DIR, binDir: BIN_DIR });
    await containerd.waitReady();
    return containerd;
  }
}

async function must(node: TestNode, argv: readonly string[]): Promise<void> {
  const { code, stderr } = await node.exec(argv);
  if (code !== 0) throw new Error(stderr);
}
