import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Environment } from '../environment/environment.ts';
import { writeStdout } from '../environment/standard-streams.ts';
import { USUAL_FILE } from '../schema/installation.ts';
import type { JsonObject } from '../schema/json.ts';
import { type BuildCommand, collected, existingFolder, newCommand, runCommand } from './command.ts';
import { explainPod } from './explain/explain-pod.ts';
import type { PodExplanation } from './explain/explanation.ts';
import { clusterOfManifests } from './explain/from-manifests.ts';
import { readNode } from './explain/node-setting.ts';
import { type DiagramFile, type ExplainedHead, explainedJson, explainedText, writeDiagram } from './explain/report.ts';
import { jsonObject } from './json-option.ts';
import { pluginDirOption, USUALLY, variablesDirs } from './plugin-dirs.ts';

/** A bundle has its pod, its cluster and its node. */
const BUNDLE = new Option('--bundle <file>', 'the ADD of a recorded bundle, on the node that is in it').conflicts([
  'filename',
  'kubeconfig',
  'namespace',
  'allNamespaces',
  'conf',
  'confDir',
  'pluginDir',
  'assumePlugins',
  'runtimeConfig',
]);

/** Builds `braid explain`. */
export const explainCommand: BuildCommand = (context) =>
  newCommand('explain', {
    description:
      'Shows what would run for pods and why: which annotation decides, each network with its interface, and what each plugin gets on stdin and in its environment; or the error that an ADD would end with. It is the plan of the plugin itself: nothing is run, locked or written. docs/explain.md tells how to read it.',
    examples: [
      ['braid explain -f pod.yaml -f networks.yaml --conf-dir net.d', 'manifests and a folder of configurations'],
      ['kubectl get pods -A -o json | braid explain -f - -f nads/ shop/web', 'one of the pods on standard input'],
      ['braid explain --kubeconfig ~/.kube/config shop/web -v', 'a pod of a cluster, with stdin and environment'],
      ['braid explain --bundle 0003-ADD-4f2a9c-eth0.json', 'what a recorded request would do, on any machine'],
      ['braid explain -f pod.yaml --diagram pod.svg', 'a picture of it, too'],
    ],
    exitStatus:
      '0 all pods can be attached, 1 an ADD would fail or a pod cannot be explained, or another failure, 2 wrong usage, 130 interrupted',
  })
    .argument('[pods...]', 'namespace/name, or a name alone (default: all pods of the manifests)')
    .optionsGroup('What is to run:')
    .option('-f, --filename <path>', 'manifests: a file, a folder, or "-" for stdin (repeatable)', collected)
    .addOption(
      new Option('--kubeconfig <file>', 'pods and definitions of the cluster of this file').conflicts('filename'),
    )
    .addOption(BUNDLE)
    .option('-n, --namespace <name>', 'the pods of this namespace')
    .addOption(new Option('-A, --all-namespaces', 'all pods of the cluster').conflicts('namespace'))
    .optionsGroup('The node:')
    .option('--conf <file>', `Braid's own configuration (default: ${USUAL_FILE}, if it is there)`)
    .option(
      '--conf-dir <dir>',
      'the folder of network configurations, in place of that of the configuration',
      existingFolder,
    )
    .addOption(pluginDirOption('where plugins are', `${USUALLY}, or --assume-plugins where neither has any`))
    .addOption(
      new Option(
        '--assume-plugins',
        'take every plugin as installed, with all that it needs of a node, whatever this machine has',
      ).conflicts('pluginDir'),
    )
    .option('--runtime-config <json>', 'what a runtime hands over, by capability', jsonObject)
    .optionsGroup('Output:')
    .option('-v, --verbose', 'environment and stdin of each plugin in full')
    .option('--json', 'print one JSON document, with everything')
    .option('--diagram <file>', 'writes a picture: .mmd (Mermaid) or .svg', diagramFile)
    .action((names: string[], given: GivenOptions, command: Command) => {
      const fault = usageFault(names, given);
      if (fault !== undefined) command.error(`error: ${fault}`);
      return runCommand('explain', context, () => explainAll(names, given, context.environment));
    });

interface GivenOptions {
  readonly filename?: readonly string[];
  readonly kubeconfig?: string;
  readonly bundle?: string;
  readonly namespace?: string;
  readonly allNamespaces?: true;
  readonly conf?: string;
  readonly confDir?: string;
  readonly pluginDir?: readonly string[];
  readonly assumePlugins?: true;
  readonly runtimeConfig?: JsonObject;
  readonly verbose?: true;
  readonly json?: true;
  readonly diagram?: DiagramFile;
}

function diagramFile(path: string): DiagramFile {
  if (path.endsWith('.mmd')) return { path, format: 'mmd' };
  if (path.endsWith('.svg')) return { path, format: 'svg' };
  throw new InvalidArgumentError('Its name must end in .mmd or .svg.');
}

function usageFault(names: readonly string[], given: GivenOptions): string | undefined {
  const { filename = [] } = given;
  const isLive = given.kubeconfig !== undefined;
  const isEverything = given.allNamespaces === true;
  if (given.bundle !== undefined) return names.length > 0 ? 'a bundle is of one pod: give no other' : undefined;
  if (!isLive && filename.length === 0)
    return 'give manifests with -f, or a cluster with --kubeconfig, or a recording with --bundle';
  if (filename.filter((path) => path === '-').length > 1) return 'standard input can be read once';
  if (isEverything && !isLive)
    return '--all-namespaces is for --kubeconfig; of manifests all pods are explained anyway';
  if (isEverything && names.length > 0) return 'give pods or --all-namespaces, not both';
  if (isLive && names.length === 0 && !isEverything && given.namespace === undefined) {
    return 'of a cluster, give pods as namespace/name, or --namespace, or --all-namespaces';
  }
  const wrong = names.find((name) => !/^[^/]+(\/[^/]+)?$/.test(name));
  if (wrong !== undefined) return `"${wrong}" is no pod: write namespace/name`;
  const { namespace } = given;
  const elsewhere = names.find((name) => name.includes('/') && !name.startsWith(`${namespace}/`));
  return namespace === undefined || elsewhere === undefined
    ? undefined
    : `pod "${elsewhere}" is not of namespace "${namespace}", which --namespace says`;
}

async function explainAll(names: readonly string[], given: GivenOptions, environment: Environment): Promise<number> {
  const { head, pods } = await (given.bundle === undefined
    ? explainedPods(names, given, environment)
    : explainedBundle(given.bundle, environment));
  if (given.diagram) await writeDiagram(given.diagram, pods);
  writeStdout(
    given.json
      ? explainedJson(head, pods)
      : explainedText(head, pods, { isVerbose: given.verbose === true, environment }),
  );
  return pods.some(({ outcome }) => outcome === 'failed' || outcome === 'unexplained') ? 1 : 0;
}

interface Explained {
  readonly head: ExplainedHead;
  readonly pods: readonly PodExplanation[];
}

async function explainedPods(
  names: readonly string[],
  given: GivenOptions,
  environment: Environment,
): Promise<Explained> {
  const node = await readNode({
    conf: given.conf,
    confDir: given.confDir,
    pluginDirs: given.assumePlugins ? 'assumed' : (given.pluginDir ?? variablesDirs(environment)),
    runtimeConfig: given.runtimeConfig ?? {},
  });
  const { signal } = new AbortController();
  const choice = { names, namespace: given.namespace };
  const cluster = await (given.kubeconfig === undefined
    ? clusterOfManifests(given.filename ?? [], choice, () => environment.readStdin())
    : (await import('./explain/from-cluster.ts')).clusterOfKubeconfig(given.kubeconfig, choice, signal));
  try {
    const pods: PodExplanation[] = [];
    for (const pod of cluster.pods) pods.push(await explainPod(pod, { node, cluster, signal }));
    const { file, config, ...rest } = node;
    return { head: { ...rest, source: cluster.title, configuration: file, confDir: config.confDir }, pods };
  } finally {
    cluster.client.close();
  }
}

async function explainedBundle(file: string, environment: Environment): Promise<Explained> {
  const { explainBundle } = await import('./explain/from-bundle.ts');
  const { pod, ...rest } = await explainBundle(file, environment);
  return { head: { ...rest, source: file, configuration: file, arePluginsAssumed: false }, pods: [pod] };
}
