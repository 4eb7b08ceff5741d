/**
 * Real plugins in a node of namespaces, as far as the script lets them.
 *
 * A call whose answer in the script is a failure gets just that, and no plugin runs: what no plugin does at command is played on
 * top of real ones. Every other call runs the plugin, whatever else the script has for it. Starts processes.
 */
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DelegateCall, DelegateRun, RunDelegate } from '../execute/run-delegate.ts';
import { spawnDelegates } from '../execute/spawn-delegate.ts';
import { findPlugins } from '../network/find-plugins.ts';
import type { DelegateAnswer } from '../schema/fixture-delegates.ts';
import { NAMESPACE_HELPER } from '../schema/namespace-facts.ts';
import { playedHelper, playedRun } from './played-plugins.ts';
import type { Plugins, ScriptedCall, SeenCall, StepScenery } from './plugins.ts';
import { type FoundLinks, leaksOf, readLeases } from './real-leaks.ts';
import type { RealMachine } from './real-machine.ts';
import { pluginFolder, RealNode } from './real-node.ts';

/** Where a pod's namespace can be made; no step leads out of there. */
const BELOW_RUN = /^(?:\/var)?\/run(?:\/(?!\.{1,2}(?:\/|$))[^/]+)+$/;

/** The plugins of one node of namespaces. */
export class RealPlugins implements Plugins {
  readonly #machine: RealMachine;
  readonly #node: RealNode;
  readonly #leaseFolder: string;
  readonly #spawn: RunDelegate;
  /** Links that were there before any plugin ran: of the node, and of the pods by path. */
  #nodeBefore: readonly string[] | undefined;
  readonly #podsBefore = new Map<string, readonly string[]>();
  #links: StepScenery['links'] = new Map();
  #isOffScript = false;
  #hindrance: string | undefined;

  private constructor(machine: RealMachine, { node, leaseFolder }: { node: RealNode; leaseFolder: string }) {
    this.#machine = machine;
    this.#node = node;
    this.#leaseFolder = leaseFolder;
    const through = node.through(machine.nsenter);
    this.#spawn = spawnDelegates({ inherited: machine.variables, forwardStderr: () => undefined, through });
  }

  /** Makes the node. `place`: where a path of it really is. Throws: code 5 where the machine does not let us. */
  static async open(machine: RealMachine, place: (path: string) => string): Promise<RealPlugins> {
    const node = await RealNode.open(place('/'), [...machine.pluginDirs, machine.helperDir]);
    return new RealPlugins(machine, { node, leaseFolder: place('/var/lib/cni') });
  }

  get isOffScript(): boolean {
    return this.#isOffScript;
  }

  get hindrance(): string | undefined {
    return this.#hindrance;
  }

  async beginStep({ netns, isNetnsThere, links }: StepScenery): Promise<void> {
    this.#nodeBefore ??= (await this.#node.links([]))[0];
    await this.#changeLinks(links);
    if (!BELOW_RUN.test(netns) || this.#podsBefore.has(netns) === isNetnsThere) return;
    if (isNetnsThere) {
      this.#podsBefore.set(netns, await this.#node.makePod(netns));
    } else {
      await this.#node.removePod(netns);
      this.#podsBefore.delete(netns);
    }
  }

  async run(scripted: ScriptedCall): Promise<DelegateRun> {
    const { seen, answer, isReal, call } = scripted;
    if (isFailure(answer, call)) return playedRun(scripted);
    if (!isReal && seen.verb === 'ADD') this.#isOffScript = true;
    await sleep(answer.delayMs ?? 0, undefined, { signal: call.signal }).catch(() => undefined);
    return this.#runPlugin(seen.plugin, call);
  }

  async runHelper(call: DelegateCall, answer: DelegateAnswer | undefined): Promise<DelegateRun> {
    if (answer && isFailure(answer, call)) return playedHelper(call, answer);
    return this.#start(`${pluginFolder(this.#machine.pluginDirs.length)}/${NAMESPACE_HELPER}`, call);
  }

  async leaks(held: readonly SeenCall[], calls: readonly SeenCall[]): Promise<readonly string[]> {
    return leaksOf({ links: await this.#found(), leases: readLeases(this.#leaseFolder) }, held, calls);
  }

  close(): Promise<void> {
    return this.#node.close();
  }

  async #runPlugin(plugin: string, call: DelegateCall): Promise<DelegateRun> {
    const { pluginDirs } = this.#machine;
    const lookup = (await findPlugins([plugin], pluginDirs)).get(plugin);
    const index = lookup?.kind === 'found' ? pluginDirs.indexOf(dirname(lookup.path)) : -1;
    if (index >= 0) return this.#start(`${pluginFolder(index)}/${plugin}`, call);
    this.#hindrance ??= `${plugin} is not installed in ${pluginDirs.join(' or ')}`;
    return { end: { kind: 'not-started', cause: this.#hindrance }, stdout: '', stderr: '', durationMs: 0 };
  }

  /** The node has the plugins where it has them, whatever path the fixture knows. */
  #start(path: string, call: DelegateCall): Promise<DelegateRun> {
    const cniPath = this.#machine.pluginDirs.map((_folder, index) => pluginFolder(index)).join(':');
    return this.#spawn({ ...call, path, variables: { ...call.variables, CNI_PATH: cniPath } });
  }

  async #changeLinks(links: StepScenery['links']): Promise<void> {
    for (const name of this.#links.keys()) if (!links.has(name)) await this.#node.removeLink(name);
    for (const [name, addresses] of links) {
      if (!this.#links.has(name)) await this.#node.makeLink(name, addresses);
    }
    this.#links = new Map(links);
  }

  async #found(): Promise<FoundLinks> {
    const pods = [...this.#podsBefore];
    const [onNode, ...inPods] = await this.#node.links(pods.map(([path]) => path));
    return {
      node: onNode.filter((name) => !this.#nodeBefore?.includes(name) && !this.#links.has(name)),
      pods: new Map(
        pods.map(([path, before], index) => [path, (inPods[index] ?? []).filter((name) => !before.includes(name))]),
      ),
    };
  }
}

/** What a plugin that does well would not do. */
function isFailure(
  { error, stdout, exit = 0, signal, hang, notStarted, overflow, delayMs = 0 }: DelegateAnswer,
  call: DelegateCall,
): boolean {
  const isCut = [error, stdout, signal, hang, notStarted, overflow].some((each) => each !== undefined);
  return isCut || exit !== 0 || delayMs > call.timeoutMs;
}
