/** The ADD of a recorded bundle explained: its own request, on the node that the bundle has. Touches disk, in a folder that goes. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { CallDeadlines } from '../../deadline.ts';
import type { Environment } from '../../environment/environment.ts';
import { CniError, ErrorCode } from '../../errors.ts';
import { readBundle } from '../../recording/read-bundle.ts';
import { type CniRequest, parseRequest } from '../../request/cni-request.ts';
import { parseNodeConfig } from '../../request/node-config.ts';
import type { Bundle } from '../../schema/bundle.ts';
import { fixturePorts } from '../../testing/fixture-ports.ts';
import type { ReadFixture } from '../../testing/read-fixture.ts';
import { bundleAsFixture } from '../../testing/replay-bundle.ts';
import { makeScratchFolder } from '../../testing/scratch-folder.ts';
import { ScratchNode } from '../../testing/scratch-node.ts';
import { ScriptedCluster } from '../../testing/scripted-cluster.ts';
import { stepEnvironment } from '../../testing/step-environment.ts';
import { explainRequest, nothingRuns } from './explain-pod.ts';
import type { PodExplanation } from './explanation.ts';

/** What is told of the bundle, and of its pod. */
export interface ExplainedBundle {
  readonly confDir: string;
  readonly pluginDirs: readonly string[];
  /** About its configuration. */
  readonly warnings: readonly string[];
  readonly pod: PodExplanation;
}

/** Explains it. Throws: what is wrong with the file; code 7 for one that is not of an ADD. */
export async function explainBundle(file: string, environment: Environment): Promise<ExplainedBundle> {
  const bundle = await readBundle(file);
  const { verb, variables } = bundle.request;
  if (verb !== 'ADD') {
    throw new CniError(
      ErrorCode.invalidConfig,
      `${file} is of a ${verb}, which plans nothing`,
      'braid record show tells what it did',
    );
  }
  const read = bundleAsFixture(file, bundle);
  const { config, warnings } = parseNodeConfig(bundle.request.stdin);
  const folder = makeScratchFolder(environment.variables['TMPDIR'] || undefined);
  try {
    const pod = await explainOn(new ScratchNode(join(folder, 'node')), bundle, read);
    return harmless({ confDir: config.confDir, pluginDirs: (variables['CNI_PATH'] ?? '').split(':'), warnings, pod });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A bundle may come from anybody: without what a terminal obeys, but for line breaks and tabs. */
function harmless<T>(value: T): T {
  const text = JSON.stringify(value);
  // Escapes are taken pair by pair, for a backslash may itself be one.
  const plain = text.replaceAll(/\\(?:u00[01][0-9a-f]|[bfr])|[\u007f-\u009f]|\\./g, (found) =>
    /^\\[^ubfr]/.test(found) ? found : '\ufffd',
  );
  return JSON.parse(plain);
}

async function explainOn(
  node: ScratchNode,
  bundle: Bundle,
  { fixture, objects }: ReadFixture,
): Promise<PodExplanation> {
  const { CNI_CONTAINERID: containerId = '' } = bundle.request.variables;
  const { namespace = '', name = containerId } = bundle.pod ?? {};
  const { signal } = new AbortController();
  const deadlines = new CallDeadlines(signal);
  const client = new ScriptedCluster(objects, fixture.api ?? []).client();
  node.change(fixture.node ?? {});
  const [step] = fixture.steps;
  const environment = step && stepEnvironment(step, { fixture, objects, results: new Map() });
  try {
    const pod = await explainRequest({ namespace, name }, () => requestIn(environment), {
      placeOf: () => undefined,
      ports: (request, log) =>
        fixturePorts(request, { node, client, runDelegate: nothingRuns, gone: undefined, log, signal, deadlines }),
    });
    return JSON.parse(node.shown(JSON.stringify(pod)));
  } finally {
    deadlines.end();
    client.close();
  }
}

function requestIn(environment: Environment | undefined): CniRequest {
  const request = environment && parseRequest(environment);
  if (!request) throw new Error('a bundle has a request');
  return request;
}
