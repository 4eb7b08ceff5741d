/**
 * `braid add`: the runtime's ADD by hand, into a namespace that is there or a fresh one.
 *
 * An edge. Invariant: when the call fails or is interrupted, what it attached is taken back and a namespace that was made for
 * it is gone.
 */
import type { Environment } from '../environment/environment.ts';
import { writeStderr } from '../environment/standard-streams.ts';
import { toCniError } from '../errors.ts';
import type { PodIdentity } from '../request/cni-args.ts';
import { parseNodeConfigLeniently } from '../request/node-config.ts';
import type { JsonObject } from '../schema/json.ts';
import { type MadeAdd, type ReportedAdd, reportAdd, wayBack } from './by-hand/add-report.ts';
import { callByHand, type HandCall } from './by-hand/call-by-hand.ts';
import {
  annotation,
  argsPair,
  type ContainerOptions,
  cniPathOf,
  podName,
  withContainerOptions,
  withNodeOptions,
  withoutNames,
} from './by-hand/hand-options.ts';
import { errorLines } from './by-hand/hand-report.ts';
import { interrupted, inWordsOfInterruption, withError } from './by-hand/interrupted-run.ts';
import { type Interrupts, watchInterrupts } from './by-hand/interrupts.ts';
import { containerIdOf, type HandNamespace, openNamespace, removeNamespace } from './by-hand/namespace.ts';
import { loadNodeFile } from './by-hand/node-file.ts';
import { choosePod, cniArgs } from './by-hand/pod-choice.ts';
import { isRecorded } from './by-hand/recorded-container.ts';
import { runByHand, tellFailure } from './by-hand/run-by-hand.ts';
import { type BuildCommand, collected, INTERRUPTED, newCommand } from './command.ts';
import { jsonObject } from './json-option.ts';

interface AddOptions extends ContainerOptions {
  readonly netns: string;
  readonly annotation?: Readonly<Record<string, string>>;
  readonly filename?: readonly string[];
  readonly pod?: PodIdentity;
  readonly args?: readonly string[];
  readonly runtimeConfig?: JsonObject;
  readonly thenDel?: boolean;
}

/** Builds `braid add`. */
export const addCommand: BuildCommand = (context) => {
  const command = newCommand('add', {
    description:
      "Attaches a network namespace to its networks, as a runtime's ADD does: by the same code, with the node's own configuration and plugins, and into the same journal. Nothing is written to the cluster. The node's runtime does not know of it, so that its next GC takes it away.",
    examples: [
      [
        'braid add --netns new --then-del',
        "the node's default networks in a fresh namespace, and everything taken away again",
      ],
      [
        'braid add --netns new -a cni=front,storage@san0',
        'a pod with this annotation; the namespace stays until braid del',
      ],
      [
        'braid add --netns blue -f pod.yaml -f definitions.yaml',
        'the pod of a manifest, in the namespace that `ip netns` calls blue',
      ],
      [
        'braid add --netns new --pod shop/web --json',
        'a pod of the live cluster, by the kubeconfig of the configuration',
      ],
    ],
  });
  return withNodeOptions(
    withContainerOptions(
      withoutNames(command, 'Name the pod by --pod.'),
      'a namespace by its name or path, or new for a fresh one',
    ),
  )
    .option('-a, --annotation <key=value>', 'an annotation in the place of those of the pod (repeatable)', annotation)
    .option(
      '-f, --filename <path>',
      'manifests as the cluster: the pod, its definitions; "-" is stdin (repeatable)',
      collected,
    )
    .option('--pod <namespace/name>', 'which pod: one of -f, else of the live cluster', podName)
    .option('--args <key=value>', 'one more pair for CNI_ARGS (repeatable)', argsPair)
    .option('--runtime-config <json>', 'what the runtime gives for the capabilities of the configuration', jsonObject)
    .option('--then-del', 'take everything away again')
    .action((options: AddOptions) => {
      // A required option would not be told of as the others are.
      if (options.netns === undefined)
        command.error('error: which namespace? Give --netns new, or the name or path of one.');
      return runByHand('add', options, context, () => add(options, context.environment));
    });
};

async function add(options: AddOptions, environment: Environment): Promise<number> {
  const node = await loadNodeFile(options.conf);
  const pod = await choosePod(options, node, environment.readStdin);
  let begun: HandCall | undefined;
  const { delegateTimeoutMs } = parseNodeConfigLeniently(node.plugin.raw).config;
  const interrupts = watchInterrupts({
    name: 'add',
    begun: `what was made is taken back, within ${delegateTimeoutMs / 1000} s for each plugin`,
    left: () => (begun ? leftText(begun, options) : NOT_BEGUN),
  });
  const space = await openNamespace(options.netns);
  try {
    const containerId = options.containerId ?? containerIdOf(space.path);
    const call: HandCall = {
      verb: 'ADD',
      node,
      containerId,
      netns: space.path,
      isLivedIn: !space.isNew,
      ifName: options.ifname,
      args: cniArgs(pod.identity, containerId, options.args ?? []),
      cniPath: cniPathOf(options, environment),
      config: { runtimeConfig: { ...pod.runtimeConfig, ...options.runtimeConfig }, annotations: pod.annotations },
      cluster: pod.cluster,
    };
    begun = call;
    const made = await attach(call, { options, interrupts, environment });
    const cleared = made.isTakenBack ? await clearAway(space) : KEPT;
    reportAdd({ ...made, ...cleared, space, isRecorded: isRecorded(call) }, options, environment);
    if (interrupts.isInterrupted()) return INTERRUPTED;
    return made.run.error || made.undone?.error || cleared.namespaceFault ? 1 : 0;
  } catch (cause) {
    const { namespaceFault } = await clearAway(space);
    if (namespaceFault) writeStderr(errorLines('add', namespaceFault));
    if (!interrupts.isInterrupted()) throw cause;
    tellFailure('add', options, cause);
    return INTERRUPTED;
  }
}

const NOT_BEGUN = 'nothing was attached; `ip netns list` shows whether a namespace braid-hand-… was made';

function leftText(call: HandCall, options: AddOptions): string {
  const also = call.isLivedIn ? '' : ` and the namespace ${call.netns}`;
  return `what was not yet taken back stays in the journal, its networks${also} with it, and the plugin that runs goes on until that is taken away. ${wayBack(call, options)}`;
}

type Cleared = Pick<ReportedAdd, 'isNamespaceGone' | 'namespaceFault'>;

const KEPT: Cleared = { isNamespaceGone: false, namespaceFault: undefined };

/** Removes a namespace that was made for this call. That it cannot be removed must not hide why it is to be. */
async function clearAway({ path, isNew }: HandNamespace): Promise<Cleared> {
  if (!isNew) return KEPT;
  try {
    return { isNamespaceGone: await removeNamespace(path), namespaceFault: undefined };
  } catch (cause) {
    return { isNamespaceGone: false, namespaceFault: toCniError(cause) };
  }
}

interface Surroundings {
  readonly options: AddOptions;
  readonly interrupts: Interrupts;
  readonly environment: Environment;
}

async function attach(call: HandCall, { options, interrupts, environment }: Surroundings): Promise<MadeAdd> {
  if (interrupts.isInterrupted()) throw interrupted('nothing was attached yet');
  const run = inWordsOfInterruption(await callByHand(call, environment), interrupts);
  if (run.error) return { run, undone: undefined, isTakenBack: true };
  const isTakenBack = options.thenDel === true || interrupts.isInterrupted();
  if (!isTakenBack) return { run, undone: undefined, isTakenBack };
  const wasInterrupted = interrupts.isInterrupted();
  const undone = await callByHand({ ...call, verb: 'DEL', isDeaf: true }, environment);
  if (!wasInterrupted) return { run, undone, isTakenBack };
  return { run: withError(run, interrupted('what was attached is taken back')), undone, isTakenBack };
}
