/**
 * The node of a fixture: a folder that stands for its root, what exists besides, and what it lacks.
 *
 * The request has the node's own paths, and so has all that is shown; only adapters that read or write are led into the
 * folder. Touches disk, within the folder only.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { HostFacts } from '../catalogue/host-needs.ts';
import type { FindPlugins, NetworkSource } from '../network/network-source.ts';
import { deviceInfoOnDisk } from '../report/device-info-on-disk.ts';
import type { CniRequest } from '../request/cni-request.ts';
import type { FixtureNode } from '../schema/fixture.ts';
import { USUAL_PLUGIN_DIR } from '../schema/installation.ts';
import type { NetworkChoice } from '../selection/selection.ts';
import type { Ports } from '../stages/ports.ts';

/** Links of a node beside its loopback, with their addresses; the first has the default route. */
export type NodeLinks = ReadonlyMap<string, readonly string[]>;

/** What a node has at the least: its way out. */
const UPLINK: NodeLinks = new Map([['eth0', ['198.51.100.10/24']]]);

/** A node, for as long as its fixture runs. */
export class ScratchNode {
  readonly #root: string;
  readonly #files = new Set<string>();
  #exist: readonly string[] = [];
  #missingPlugins: readonly string[] = [];
  #missingModules: readonly string[] = [];
  #missingNamespaces: readonly string[] = [];
  #links: NodeLinks = UPLINK;

  constructor(root: string) {
    this.#root = root;
    mkdirSync(root, { recursive: true });
  }

  /** Takes what a fixture or a step says of the node. Throws what the file system throws. */
  change(changes: FixtureNode): void {
    const { files = {}, exist, missingPlugins, missingModules, missingNamespaces, links } = changes;
    for (const [path, content] of Object.entries(files)) this.#put(path, content);
    this.#exist = exist ?? this.#exist;
    this.#missingPlugins = missingPlugins ?? this.#missingPlugins;
    this.#missingModules = missingModules ?? this.#missingModules;
    this.#missingNamespaces = missingNamespaces ?? this.#missingNamespaces;
    if (links) this.#links = new Map(Object.entries(links));
  }

  /** Whoever plays plugins makes nothing of them. */
  get links(): NodeLinks {
    return this.#links;
  }

  /** Where a path of the node really is; nothing leads out of it. */
  place(path: string): string {
    return join(this.#root, resolve('/', path));
  }

  /** A text as the node itself would have it. */
  shown(text: string): string {
    return text.replaceAll(this.#root, '');
  }

  /** The request as adapters get it. */
  placed(request: CniRequest): CniRequest {
    const { config } = request;
    const { confDir, stateDir, profileDir } = config;
    return {
      ...request,
      config: {
        ...config,
        confDir: this.place(confDir),
        stateDir: this.place(stateDir),
        profileDir: profileDir === undefined ? undefined : this.place(profileDir),
      },
    };
  }

  /** What is on this node. `gone`: the path of one more namespace that is not there any more. */
  host(gone: string | undefined): HostFacts {
    return {
      file: async (path) => (this.#isThere(path) ? 'there' : 'absent'),
      kernelModule: (name) => (this.#missingModules.includes(name) ? 'absent' : 'there'),
      namespace: (path) => (path === gone || this.#missingNamespaces.includes(path) ? 'absent' : 'there'),
      demandSight: () => undefined,
    };
  }

  /** The ports of this node in the place of the machine's own. */
  ports({ networks, localNetworks }: Ports): Partial<Ports> {
    return {
      networks: this.#placedSource(networks),
      localNetworks: this.#placedSource(localNetworks),
      isThere: (path) => this.#isThere(path),
      deviceInfo: {
        prepare: (files) =>
          deviceInfoOnDisk.prepare(
            files.map(({ file, copyOf, ...rest }) => ({
              ...rest,
              file: this.place(file),
              copyOf: copyOf === undefined ? undefined : this.place(copyOf),
            })),
          ),
        read: (file) => deviceInfoOnDisk.read(this.place(file)),
      },
      removeFile: (path) => rm(this.place(path), { force: true }),
    };
  }

  /** Plugins that this node has, in the first folder that is searched. */
  readonly findPlugins: FindPlugins = async (types, [folder = USUAL_PLUGIN_DIR]) =>
    new Map(
      types.map((type) => {
        const isMissing = this.#missingPlugins.includes(type);
        return [type, isMissing ? { kind: 'absent' } : { kind: 'found', path: join(folder, type) }];
      }),
    );

  #put(path: string, content: string | object | null): void {
    const place = this.place(path);
    if (content === null) {
      rmSync(place, { force: true });
      this.#files.delete(path);
      return;
    }
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, typeof content === 'string' ? content : JSON.stringify(content, undefined, 2));
    this.#files.add(path);
  }

  #isThere(path: string): boolean {
    return [...this.#files, ...this.#exist].some((each) => each === path || each.startsWith(`${path}/`));
  }

  #placedSource(source: NetworkSource): NetworkSource {
    return { find: (choices) => source.find(choices.map((choice) => this.#placedChoice(choice))) };
  }

  /** Multus' keys name files by their paths. */
  #placedChoice(choice: NetworkChoice): NetworkChoice {
    if (choice.kind === 'path') return { ...choice, path: this.place(choice.path) };
    if (choice.kind === 'chain-folder') return { ...choice, besidePath: this.place(choice.besidePath) };
    return choice;
  }
}
