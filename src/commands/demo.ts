/**
 * `braid demo`: the main job on a small example, visibly. A pod manifest and network configurations in; who is chosen and
 * why, every delegate call, the merged result, the namespace as the kernel shows it; then DEL and the proof.
 *
 * An edge: it calls the pipeline as the plugin does, with a manifest in the place of the API server.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Option } from 'commander';
import type { Environment } from '../environment/environment.ts';
import { writeStderr, writeStdout } from '../environment/standard-streams.ts';
import { CniError, ErrorCode, errorText } from '../errors.ts';
import { type Answer, add, del } from '../pipeline.ts';
import { readPodManifest } from '../pod/from-manifest.ts';
import type { CniRequest } from '../request/cni-request.ts';
import type { Ports } from '../stages/ports.ts';
import { type BuildCommand, INTERRUPTED, newCommand, runCommand } from './command.ts';
import { demoPorts, demoRequest } from './demo/demo-call.ts';
import { chooseMode, DEMO_PLUGIN_DIRS, type DemoMode, type ModeOptions } from './demo/demo-mode.ts';
import { type DemoPod, INSIDE, preparePod, runInside, untilUp } from './demo/demo-node.ts';
import { heading, resultText } from './demo/demo-report.ts';
import { leftovers } from './demo/leftovers.ts';
import { type Colours, coloursFor } from './plain-table.ts';
import { pluginDirOption } from './plugin-dirs.ts';

/** The command line of the demo. */
interface DemoOptions extends ModeOptions {
  /** With `pod.yaml`, `net.d/` and `scripted.json`. */
  readonly folder: string;
}

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
    .addOption(pluginDirOption('where plugins are', DEMO_PLUGIN_DIRS.join(' or ')))
    .addOption(new Option('--scripted', 'no plugins: answers from scripted.json of the folder').conflicts('pluginDir'))
    .action((folder: string, { pluginDir, scripted }: { pluginDir?: string[]; scripted?: boolean }) =>
      runCommand('demo', context, () =>
        demo(context.environment, { folder: resolve(folder), pluginDirs: pluginDir, isScripted: scripted ?? false }),
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

async function show(folder: string, mode: DemoMode, environment: Environment): Promise<number> {
  const { identity } = await readPodManifest(join(folder, 'pod.yaml'));
  writeStdout(`Braid attaches pod ${identity?.namespace}/${identity?.name} of ${folder} to its networks.\n`);
  const scratch = mode.kind === 'real' ? RUN_DIR : mkdtempSync(join(tmpdir(), 'braid-demo-'));
  const pod = mode.kind === 'real' ? await preparePod() : undefined;
  writeStdout(mode.kind === 'real' ? realIntroduction(mode.pluginDirs) : scriptedIntroduction(mode.why));
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => stop.abort(new Error(`the demo got ${signal}`)));
  try {
    const scene = { folder, mode, scratch };
    const ports = await demoPorts(scene, { environment, signal: stop.signal });
    const request = demoRequest(scene, pod?.netns ?? '/run/netns/scripted');
    return await attachAndDetach(request, ports, { pod, scratch, colours: coloursFor(environment) });
  } finally {
    pod?.end();
    rmSync(scratch, { recursive: true, force: true });
  }
}

function realIntroduction(pluginDirs: readonly string[]): string {
  return `Real plugins from ${pluginDirs.join(' and ')}, in a network of the demo's own: nothing on this machine is touched.\n`;
}

function scriptedIntroduction(why: string): string {
  return `SCRIPTED: no plugin runs and no interface is made; the answers come from scripted.json.\n${why}\n`;
}

interface Stage {
  readonly pod: DemoPod | undefined;
  readonly scratch: string;
  readonly colours: Colours;
}

async function attachAndDetach(
  request: (verb: 'ADD' | 'DEL') => CniRequest,
  ports: Ports,
  stage: Stage,
): Promise<number> {
  const { pod, colours } = stage;
  heading('ADD: who is chosen and why, and what each delegate takes', colours);
  let answer: Answer;
  try {
    answer = await add(request('ADD'), ports);
  } catch (cause) {
    heading('ADD failed, and was taken back', colours);
    writeStderr(`${errorText(cause)}\n`);
    showLeftovers(stage);
    return ports.signal.aborted ? INTERRUPTED : 1;
  }
  heading('The merged result, as the runtime gets it', colours);
  writeStdout(resultText(answer.stdout));
  if (pod) {
    await untilUp(pod);
    heading('The interfaces and routes, as the namespace sees them', colours);
    writeStdout(pod.ip('-br', 'address') + pod.ip('route') + pod.ip('-6', 'route', 'show', 'default'));
  }
  heading(ports.signal.aborted ? 'DEL, since the demo was interrupted' : 'DEL', colours);
  await del(request('DEL'), { ...ports, signal: new AbortController().signal });
  const isClean = showLeftovers(stage);
  if (ports.signal.aborted) return INTERRUPTED;
  return isClean ? 0 : 1;
}

function showLeftovers({ pod, scratch, colours }: Stage): boolean {
  heading('What is left of the pod', colours);
  const left = leftovers(pod, scratch);
  const isWritten = writeStdout(
    left.length === 0 ? 'Nothing: no interface, no lease, no record in the journal.\n' : `${left.join('\n')}\n`,
  );
  return left.length === 0 && isWritten;
}
