/**
 * One fixture from its first step to its last, or to the first that is not as expected.
 *
 * An edge: it serves each step as a call of the runtime is served (`serve-request.ts`), on the ports of its node
 * (`fixture-ports.ts`), with scripted delegates and a scripted API server. Touches disk, within the folder only, which is gone
 * when this is done.
 */
import { rmSync } from 'node:fs';
import { CallDeadlines } from '../deadline.ts';
import { deliver } from '../deliver.ts';
import type { Log } from '../log/log.ts';
import type { CniRequest } from '../request/cni-request.ts';
import { annotationValues, valueOrText } from '../schema/annotation-values.ts';
import type { Fixture, FixtureStep } from '../schema/fixture.ts';
import { REAL } from '../schema/fixture-delegates.ts';
import { isJsonObject } from '../schema/json.ts';
import { type Form, type GivenAnswer, type OpenedPorts, serveRequest } from '../serve-request.ts';
import { openStateDir } from '../state/on-disk.ts';
import { phasesOf } from '../state/state-store.ts';
import type { Watch } from '../watch.ts';
import { Death } from './death.ts';
import { fixturePorts } from './fixture-ports.ts';
import { type Difference, judgeStep, type SeenAnswer, type SeenStep } from './judge-step.ts';
import { clusterObject } from './manifests.ts';
import { PlayedPlugins } from './played-plugins.ts';
import type { Plugins } from './plugins.ts';
import type { ReadFixture } from './read-fixture.ts';
import type { RealMachine } from './real-machine.ts';
import { RealPlugins } from './real-plugins.ts';
import { ScratchNode } from './scratch-node.ts';
import { ScriptedCluster } from './scripted-cluster.ts';
import { ScriptedDelegates } from './scripted-delegates.ts';
import { stepEnvironment, stepKey, stepNetns, stepPod } from './step-environment.ts';

/** The step that was not as expected. */
export interface FailedStep {
  /** Counted from 1. */
  readonly number: number;
  readonly verb: string;
  /** Absent: the fixture gives it none. */
  readonly title?: string;
  readonly line: number;
  readonly differences: readonly Difference[];
}

/** What a fixture came to. Without `failed` and `skipped`, all steps are as expected. */
export interface FixtureRun {
  readonly file: string;
  readonly title: string;
  readonly stepCount: number;
  readonly durationMs: number;
  readonly failed?: FailedStep;
  /** Why it was not run, or not to its end. */
  readonly skipped?: string;
}

/** How to run it, beside what the fixture says. */
export interface RunManner {
  /** Absent: plugins are played. */
  readonly real?: RealMachine | undefined;
  /** Who looks on at each step; absent: nobody, for a fixture writes nothing outside its folder. */
  readonly openWatch?: Form['openWatch'];
}

/** Runs a fixture in `folder`, which must not be there yet. Throws what the file system throws, code 5 for namespaces. */
export async function runFixture(
  read: ReadFixture,
  folder: string,
  signal: AbortSignal,
  { real, openWatch = async () => undefined }: RunManner = {},
): Promise<FixtureRun> {
  const { file, fixture } = read;
  const started = performance.now();
  const run = (rest: Pick<FixtureRun, 'failed' | 'skipped'>): FixtureRun => {
    const durationMs = performance.now() - started;
    return { file, title: fixture.title, stepCount: fixture.steps.length, durationMs, ...rest };
  };
  const skipped = whySkipped(fixture, real !== undefined);
  if (skipped !== undefined) return run({ skipped });
  const node = new ScratchNode(folder);
  let plugins: Plugins | undefined;
  try {
    plugins = real ? await RealPlugins.open(real, (path) => node.place(path)) : new PlayedPlugins();
    return run(await new FixtureLife(read, { node, plugins, signal, openWatch }).run());
  } finally {
    await plugins?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Who is made for one way of running means nothing in the other. */
function whySkipped({ delegates = {}, scriptedOnly }: Fixture, isReal: boolean): string | undefined {
  if (isReal) return scriptedOnly;
  const real = Object.keys(delegates).filter((key) => delegates[key] === REAL);
  return real.length === 0 ? undefined : `it takes real plugins (${real.join(', ')}), which --real runs`;
}

/** What one step is served with. */
interface Served {
  readonly step: FixtureStep;
  readonly log: Log;
  readonly death: Death;
  readonly watch: Watch | undefined;
}

interface Surroundings {
  readonly node: ScratchNode;
  readonly plugins: Plugins;
  readonly signal: AbortSignal;
  readonly openWatch: Form['openWatch'];
}

class FixtureLife {
  readonly #read: ReadFixture;
  readonly #node: ScratchNode;
  readonly #signal: AbortSignal;
  readonly #openWatch: Form['openWatch'];
  readonly #plugins: Plugins;
  readonly #delegates: ScriptedDelegates;
  readonly #cluster: ScriptedCluster;
  readonly #results = new Map<string, unknown>();
  #objects: ReadFixture['objects'];
  #log: string[] = [];
  #stateDir = '/var/lib/cni/braid';

  constructor(read: ReadFixture, { node, plugins, signal, openWatch }: Surroundings) {
    const { fixture, objects, nodeFiles } = read;
    this.#read = read;
    this.#openWatch = openWatch;
    this.#signal = signal;
    this.#objects = objects;
    this.#node = node;
    this.#plugins = plugins;
    this.#node.change({ files: Object.fromEntries(nodeFiles) });
    this.#node.change(fixture.node ?? {});
    this.#delegates = new ScriptedDelegates(fixture.delegates ?? {}, plugins);
    this.#cluster = new ScriptedCluster(objects, fixture.api ?? []);
  }

  async run(): Promise<Pick<FixtureRun, 'failed' | 'skipped'>> {
    for (const [index, step] of this.#read.fixture.steps.entries()) {
      if (this.#signal.aborted) return {};
      const line = this.#read.stepLines[index] ?? 1;
      const seen = await this.#runStep(step, line);
      const { hindrance, isOffScript } = this.#plugins;
      if (hindrance !== undefined) return { skipped: hindrance };
      const differences = judgeStep(step.expect ?? {}, seen, { isKill: step.kill !== undefined, isOffScript });
      if (differences.length > 0) return { failed: failedStep(step, { number: index + 1, line, differences }) };
    }
    return {};
  }

  async #runStep(step: FixtureStep, line: number): Promise<SeenStep> {
    const { file, fixture } = this.#read;
    this.#node.change(step.node ?? {});
    await this.#plugins.beginStep({
      netns: stepNetns(step, fixture),
      isNetnsThere: !step.netnsGone,
      links: this.#node.links,
    });
    const objects = step.cluster?.map((body) => clusterObject(body, { file, line }));
    this.#objects = objects ?? this.#objects;
    this.#cluster.beginStep({ objects, faults: step.api ?? [] });
    this.#log = [];
    const calls = this.#delegates.calls.length;
    const requests = this.#cluster.requests.length;
    const scene = { fixture, objects: this.#objects, results: this.#results };
    const answer = await this.#serve(step, scene);
    if (answer.kind === 'success' && step.verb === 'ADD') this.#results.set(stepKey(step, fixture), answer.result);
    if (answer.kind === 'success' && step.verb === 'DEL') this.#results.delete(stepKey(step, fixture));
    const written = this.#cluster.written.get(stepPod(step, scene) ?? '');
    return {
      answer,
      calls: this.#delegates.calls.slice(calls),
      journal: await this.#journal(),
      annotations: written ? annotationValues(written) : null,
      left: this.#delegates.left(),
      leaks: await this.#delegates.leaks(),
      requests: this.#cluster.requests.slice(requests),
      log: this.#log.map((each) => this.#node.shown(each)),
    };
  }

  async #serve(step: FixtureStep, scene: Parameters<typeof stepEnvironment>[1]): Promise<SeenAnswer> {
    const death = new Death(step.kill);
    let given: GivenAnswer | undefined;
    const served = serveRequest({
      environment: stepEnvironment(step, scene),
      openLog: () => this.#openLog(death),
      openWatch: this.#openWatch,
      openPorts: (request, log, watch) => this.#openPorts(request, { step, log, death, watch }),
      answer: (answer) => {
        given = answer;
        return true;
      },
    });
    const handedOver = served.then(async ({ deliveries, close }) => {
      await Promise.all(deliveries.map((each) => deliver(each, this.#signal)));
      await close();
    });
    await Promise.race([handedOver, death.happened]);
    if (death.isDead) return { kind: 'killed' };
    return readAnswer(given, this.#node);
  }

  #openPorts(request: CniRequest, { step, log, death, watch }: Served): OpenedPorts {
    const deadlines = new CallDeadlines(this.#signal);
    const client = this.#cluster.client();
    this.#stateDir = request.config.stateDir;
    const ports = fixturePorts(request, {
      node: this.#node,
      client,
      runDelegate: death.mortal(this.#delegates.run),
      gone: step.netnsGone ? stepNetns(step, this.#read.fixture) : undefined,
      log,
      signal: this.#signal,
      deadlines,
      watch,
    });
    return {
      ports: { ...ports, state: death.mortalState(ports.state) },
      close: async () => {
        deadlines.end();
        client.close();
      },
    };
  }

  #openLog(death: Death): Log {
    const say = (level: string) => (_fields: object, message: string) => {
      if (!death.isDead) this.#log.push(`${level} ${message}`);
    };
    const nothing = async () => undefined;
    const levels = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
    return { ...levels, flush: nothing, close: nothing };
  }

  async #journal(): Promise<Record<string, string[]>> {
    const lookups = await openStateDir(this.#node.place(this.#stateDir)).list();
    const entries = lookups.flatMap((lookup): [string, string[]][] =>
      lookup.kind === 'found'
        ? Object.entries(phasesOf([lookup.record]))
        : [[this.#node.shown(lookup.file), [lookup.kind]]],
    );
    return Object.fromEntries(entries.toSorted(([left], [right]) => left.localeCompare(right)));
  }
}

function failedStep(
  { verb, title }: FixtureStep,
  rest: Pick<FailedStep, 'number' | 'line' | 'differences'>,
): FailedStep {
  return {
    number: rest.number,
    verb,
    ...(title === undefined ? {} : { title }),
    line: rest.line,
    differences: rest.differences,
  };
}

function readAnswer(given: GivenAnswer | undefined, node: ScratchNode): SeenAnswer {
  if (!given) return { kind: 'error', code: 0, message: 'Braid gave no answer', details: '' };
  const json = valueOrText(node.shown(given.stdout));
  const answer = isJsonObject(json) ? json : undefined;
  if (given.exitCode === 0) return { kind: 'success', result: answer };
  const { code, msg, details } = answer ?? {};
  return { kind: 'error', code: Number(code), message: String(msg ?? ''), details: String(details ?? '') };
}
