/**
 * `braid demo`: the main job on a small example, visibly. A pod manifest and network configurations in; who is chosen and
 * why, every delegate call, the merged result, the namespace as the kernel shows it; then DEL and the proof.
 *
 * An edge: it calls the pipeline as the plugin does, with a manifest in the place of the API server.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NODE_HOST } from '../catalogue/node-host.ts';
import { openCatalogue } from '../catalogue/open-catalogue.ts';
import { WHOLE_HOST } from '../catalogue/whole-host.ts';
import type { Environment } from '../environment/environment.ts';
import { writeStderr, writeStdout } from '../environment/standard-streams.ts';
import { CniError, ErrorCode, errorText } from '../errors.ts';
import type { RunDelegate } from '../execute/run-delegate.ts';
import { spawnDelegates } from '../execute/spawn-delegate.ts';
import { endSurvivors } from '../execute/survivors.ts';
import { findAnyPlugin } from '../network/find-any-plugin.ts';
import { findPlugins } from '../network/find-plugins.ts';
import { networkSource } from '../network/from-all-sources.ts';
import type { NetworkSource } from '../network/network-source.ts';
import { type Answer, add, del } from '../pipeline.ts';
import { podFromManifest, readPodManifest } from '../pod/from-manifest.ts';
import { deviceInfoOnDisk } from '../report/device-info-on-disk.ts';
import type { CniRequest } from '../request/cni-request.ts';
import { argsText, madeRequest, runtimeArgs } from '../request/made-request.ts';
import { NAMESPACE_HELPER } from '../schema/namespace-facts.ts';
import { OWN_TYPE } from '../schema/own-type.ts';
import type { Ports } from '../stages/ports.ts';
import { openStateDir } from '../state/on-disk.ts';
import { loadScript } from '../testing/load-script.ts';
import { ScriptedDelegates } from '../testing/scripted-delegates.ts';
import { type BuildCommand, INTERRUPTED, newCommand, runCommand } from './command.ts';
import {
  DEMO_PLUGIN_DIRS,
  type DemoPod,
  findPluginDir,
  INSIDE,
  leftLinks,
  namespaceFault,
  preparePod,
  runInside,
} from './demo-node.ts';
import { callLine, demoLog, heading, resultText } from './demo-report.ts';

/** The command line of the demo. */
interface DemoOptions {
  /** With `pod.yaml`, `net.d/` and `scripted.json`. */
  readonly folder: string;
  readonly pluginDir: string | undefined;
  /** True: no real plugins, even where there are some. */
  readonly isScripted: boolean;
}

/** How this run does it: with real plugins from a folder, or scripted and why. */
type Mode = { readonly kind: 'real'; readonly pluginDir: string } | { readonly kind: 'scripted'; readonly why: string };

const LINKS_UP_MS = 2000;
const PAUSE_MS = 50;

const RUN_DIR = '/run/braid-demo';

/** Builds `braid demo`. */
export const demoCommand: BuildCommand = (context) =>
  newCommand('demo', {
    description:
      'Attaches the pod of a folder to its networks in a fresh namespace, shows what happened, and takes it back. Nothing on the machine is touched.',
    examples: [
      ['braid demo fixtures/demo', 'the example of the project'],
      ['braid demo --scripted fixtures/demo', 'the same without plugins and without root'],
    ],
  })
    .argument('[folder]', 'with pod.yaml, net.d/, and scripted.json for --scripted', 'fixtures/demo')
    .option('--plugin-dir <dir>', `real plugins from here (default: ${DEMO_PLUGIN_DIRS.join(' or ')})`)
    .option('--scripted', 'no plugins: answers from scripted.json of the folder')
    .action((folder: string, { pluginDir, scripted }: { pluginDir?: string; scripted?: boolean }) =>
      runCommand('demo', context, () =>
        demo(context.environment, { folder: resolve(folder), pluginDir, isScripted: scripted ?? false }),
      ),
    );

/** Runs the demo; answers the exit status. */
async function demo(environment: Environment, options: DemoOptions): Promise<number> {
  const { folder } = options;
  if (!existsSync(join(folder, 'pod.yaml'))) {
    throw new CniError(
      ErrorCode.io,
      `there is no pod.yaml in ${folder}`,
      'name a folder with pod.yaml and net.d/, such as fixtures/demo',
    );
  }
  if (!existsSync(join(folder, 'net.d'))) {
    throw new CniError(
      ErrorCode.io,
      `there is no net.d in ${folder}`,
      'put the network configurations of the pod there',
    );
  }
  const mode = await chooseMode(folder, options);
  const isOutside = mode.kind === 'real' && environment.variables[INSIDE] === undefined;
  if (isOutside) return await runInside(environment);
  return await show(folder, mode, environment);
}

async function chooseMode(folder: string, options: DemoOptions): Promise<Mode> {
  if (options.isScripted) return { kind: 'scripted', why: '--scripted was given.' };
  const networks = demoNetworks(folder);
  const names = readdirSync(join(folder, 'net.d'))
    .toSorted()
    .map((file) => file.replace(/^[^-]*-/, '').replace(/\.[^.]*$/, ''));
  const lookups = await networks.find(names.map((name) => ({ kind: 'named', name })));
  const types = lookups.flatMap((lookup) => (lookup.kind === 'found' ? lookup.list.plugins : []));
  const ipams = types.flatMap(({ raw }) => (raw['ipam'] as { type?: string } | undefined)?.type ?? []);
  const plugins = findPluginDir([...new Set([...types.map(({ type }) => type), ...ipams])], options.pluginDir);
  if (plugins.kind === 'none') {
    const why = `There are no CNI plugins in ${plugins.dirs.join(' or ')}. Debian and Ubuntu have them in the package containernetworking-plugins; elsewhere give their folder with --plugin-dir.`;
    return { kind: 'scripted', why };
  }
  const fault = namespaceFault();
  if (fault !== undefined)
    return { kind: 'scripted', why: `This machine lets us make no network namespace: ${fault}.` };
  return { kind: 'real', pluginDir: plugins.dir };
}

/** The files of the fixture and nothing else: no API server, nothing generated. */
function demoNetworks(folder: string): NetworkSource {
  const confDir = join(folder, 'net.d');
  return networkSource({
    confDir,
    ownType: OWN_TYPE,
    isPluginThere: async () => false,
    openCatalogue: openCatalogue(undefined),
    api: undefined,
  });
}

async function show(folder: string, mode: Mode, environment: Environment): Promise<number> {
  const { identity } = await readPodManifest(join(folder, 'pod.yaml'));
  writeStdout(`Braid attaches pod ${identity?.namespace}/${identity?.name} of ${folder} to its networks.\n`);
  const scratch = mode.kind === 'real' ? RUN_DIR : mkdtempSync(join(tmpdir(), 'braid-demo-'));
  const pod = mode.kind === 'real' ? await preparePod() : undefined;
  writeStdout(mode.kind === 'real' ? realIntroduction(mode.pluginDir) : scriptedIntroduction(mode.why));
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => stop.abort(new Error(`the demo got ${signal}`)));
  try {
    const ports = await demoPorts({ folder, mode, scratch, environment, signal: stop.signal });
    const request = demoRequest({ folder, mode, scratch, netns: pod?.netns ?? '/run/netns/scripted' });
    return await attachAndDetach(request, ports, { pod, scratch });
  } finally {
    pod?.end();
    rmSync(scratch, { recursive: true, force: true });
  }
}

function realIntroduction(pluginDir: string): string {
  return `Real plugins from ${pluginDir}, in a network of the demo's own: nothing on this machine is touched.\n`;
}

function scriptedIntroduction(why: string): string {
  return `SCRIPTED: no plugin runs and no interface is made; the answers come from scripted.json.\n${why}\n`;
}

interface Stage {
  readonly pod: DemoPod | undefined;
  readonly scratch: string;
}

async function attachAndDetach(
  request: (verb: 'ADD' | 'DEL') => CniRequest,
  ports: Ports,
  { pod, scratch }: Stage,
): Promise<number> {
  heading('ADD: who is chosen and why, and what each delegate takes');
  let answer: Answer;
  try {
    answer = await add(request('ADD'), ports);
  } catch (cause) {
    heading('ADD failed, and was taken back');
    writeStderr(`${errorText(cause)}\n`);
    showLeftovers(pod, scratch);
    return ports.signal.aborted ? INTERRUPTED : 1;
  }
  heading('The merged result, as the runtime gets it');
  writeStdout(resultText(answer.stdout));
  if (pod) {
    await untilUp(pod);
    heading('The interfaces and routes, as the namespace sees them');
    writeStdout(pod.ip('-br', 'address') + pod.ip('route') + pod.ip('-6', 'route', 'show', 'default'));
  }
  heading(ports.signal.aborted ? 'DEL, since the demo was interrupted' : 'DEL');
  await del(request('DEL'), { ...ports, signal: new AbortController().signal });
  const isClean = showLeftovers(pod, scratch);
  if (ports.signal.aborted) return INTERRUPTED;
  return isClean ? 0 : 1;
}

/** The kernel notices in the background that a link has its other end, up to a second later; until then it says DOWN. */
async function untilUp(pod: DemoPod): Promise<void> {
  for (let waitedMs = 0; waitedMs < LINKS_UP_MS; waitedMs += PAUSE_MS) {
    const links: { ifname: string; operstate: string }[] = JSON.parse(pod.ip('-j', 'link'));
    if (links.every(({ ifname, operstate }) => ifname === 'lo' || operstate === 'UP')) return;
    await sleep(PAUSE_MS);
  }
}

function showLeftovers(pod: DemoPod | undefined, scratch: string): boolean {
  heading('What is left of the pod');
  const left = leftovers(pod, scratch);
  const isWritten = writeStdout(
    left.length === 0 ? 'Nothing: no interface, no lease, no record in the journal.\n' : `${left.join('\n')}\n`,
  );
  return left.length === 0 && isWritten;
}

/** Looks where an attachment could have left something: the pod, the node, the lease files, the journal. */
function leftovers(pod: DemoPod | undefined, scratch: string): string[] {
  const podLinks: { ifname: string }[] = pod ? JSON.parse(pod.ip('-j', 'link')) : [];
  const inPod = podLinks.filter(({ ifname }) => ifname !== 'lo').map(({ ifname }) => `interface ${ifname} in the pod`);
  const onNode = pod ? leftLinks().map((link) => `interface ${link} on the node`) : [];
  const leases = filesBelow(join(scratch, 'leases')).filter((file) => !/\/(lock|last_reserved_ip\.\d+)$/.test(file));
  const records = filesBelow(join(scratch, 'state'));
  return [...inPod, ...onNode, ...leases.map((file) => `lease ${file}`), ...records.map((file) => `record ${file}`)];
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

interface PortChoice {
  readonly folder: string;
  readonly mode: Mode;
  readonly scratch: string;
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

async function demoPorts({ folder, mode, scratch, environment, signal }: PortChoice): Promise<Ports> {
  const delegates =
    mode.kind === 'real'
      ? { findPlugins, runDelegate: spawnDelegates({ inherited: environment.variables, forwardStderr: writeStderr }) }
      : {
          findPlugins: findAnyPlugin,
          runDelegate: new ScriptedDelegates(await loadScript(join(folder, 'scripted.json'))).run,
        };
  const manifest = podFromManifest(join(folder, 'pod.yaml'));
  return {
    podSources: [manifest],
    localPodSources: [manifest],
    readNamespace: undefined,
    networks: demoNetworks(folder),
    localNetworks: demoNetworks(folder),
    findPlugins: delegates.findPlugins,
    runDelegate: shown(delegates.runDelegate),
    state: openStateDir(join(scratch, 'state')),
    endSurvivors,
    openCatalogue: openCatalogue(undefined),
    isThere: existsSync,
    // A script stands for a node that has everything.
    host: mode.kind === 'real' ? NODE_HOST : WHOLE_HOST,
    deviceInfo: deviceInfoOnDisk,
    removeFile: (path) => rm(path, { force: true }),
    probeApiServer: undefined,
    writeStatus: undefined,
    log: demoLog(),
    signal,
  };
}

function shown(run: RunDelegate): RunDelegate {
  return async (call) => {
    const result = await run(call);
    // The helper is no delegate, and what it is told is no configuration.
    if (basename(call.path) !== NAMESPACE_HELPER) writeStdout(callLine(call, result));
    return result;
  };
}

/** A request as containerd would make it. */
function demoRequest(choice: {
  folder: string;
  mode: Mode;
  scratch: string;
  netns: string;
}): (verb: 'ADD' | 'DEL') => CniRequest {
  const containerId = 'braid-demo';
  const raw = {
    cniVersion: '1.0.0',
    name: OWN_TYPE,
    type: OWN_TYPE,
    confDir: join(choice.folder, 'net.d'),
    stateDir: join(choice.scratch, 'state'),
  };
  const searchPath = [choice.mode.kind === 'real' ? choice.mode.pluginDir : '/scripted'];
  const args = argsText(runtimeArgs(undefined, containerId));
  return (verb) => madeRequest({ verb, containerId, netns: choice.netns, searchPath, args, raw });
}
