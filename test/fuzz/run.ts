/**
 * Fuzzing Braid: requests, configuration files, journal files, delegate outputs.
 *
 *   node test/fuzz/run.ts [--cases N] [--seed S] [--only TARGET] [--path P]
 *
 * Every case is generated from the seed; the same seed gives the same cases. A finding is shrunk to a small one, printed
 * with seed and path, and ends the run with status 1; `--seed S --only TARGET --path P` repeats exactly that case.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { SANITIZED } from '../harness/launcher-build.ts';
import { binaryTarget } from './binary-target.ts';
import { configTarget } from './config-target.ts';
import { delegateTarget } from './delegate-target.ts';
import { checkHeap } from './expectations.ts';
import { framesTarget } from './frames-target.ts';
import { journalTarget } from './journal-target.ts';
import { requestTarget } from './request-target.ts';
import { Sandbox } from './sandbox.ts';
import type { Target } from './target.ts';

const TARGETS: readonly Target[] = [
  requestTarget,
  configTarget,
  journalTarget,
  delegateTarget,
  framesTarget,
  binaryTarget,
];
const DEFAULT_CASES = 100_000;
const HEAP_EVERY = 200;
const SHOWN_CHARACTERS = 4000;

const options = readOptions();
setFlagsFromString('--expose-gc');
globalThis.gc = runInNewContext('gc');
const beats = new Int32Array(new SharedArrayBuffer(8));
startWatchdog();
const unhandled: unknown[] = [];
process.on('unhandledRejection', (cause) => unhandled.push(cause));

const startedAt = performance.now();
const sandbox = new Sandbox();
let peakBytes = 0;
let findings = 0;
try {
  for (const target of TARGETS.filter(({ name }) => options.only === undefined || name === options.only)) {
    findings += (await fuzz(target)) ? 0 : 1;
  }
} finally {
  sandbox.dispose();
}
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
const memory = `at most ${Math.round(peakBytes / 1024 / 1024)} MB of heap`;
say(
  `fuzz: ${beats[0]} cases in ${seconds} s, ${memory}, seed ${options.seed}: ${findings === 0 ? 'no finding' : `${findings} finding(s)`}`,
);
process.exit(findings === 0 ? 0 : 1);

interface Options {
  readonly cases: number;
  readonly seed: number;
  readonly only: string | undefined;
  readonly path: string | undefined;
}

function readOptions(): Options {
  const texts = {
    cases: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string' },
    path: { type: 'string' },
  } as const;
  const { values } = parseArgs({ options: texts });
  const cases = Number(values.cases ?? DEFAULT_CASES);
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  const isKnown = values.only === undefined || TARGETS.some(({ name }) => name === values.only);
  if (!Number.isInteger(cases) || cases < 1 || !Number.isInteger(seed) || !isKnown) {
    const names = TARGETS.map(({ name }) => `"${name}"`).join(', ');
    say(`usage: node test/fuzz/run.ts [--cases N] [--seed S] [--only TARGET] [--path P]; targets: ${names}`);
    process.exit(2);
  }
  return { cases, seed, only: values.only, path: values.path };
}

/** True when nothing was found. */
async function fuzz(target: Target): Promise<boolean> {
  if (target === binaryTarget && !existsSync(new URL('../../dist/cni/braid-standalone', import.meta.url))) {
    say('fuzz: dist/cni/braid-standalone is missing: run npm run build first');
    return false;
  }
  if (target === framesTarget && !SANITIZED.ability.ok) {
    say(`fuzz: ${target.name}: left out: ${SANITIZED.ability.why}`);
    return process.env['BRAID_REQUIRE_REAL'] !== '1';
  }
  const cases = options.only === undefined ? Math.max(1, Math.round(options.cases * target.share)) : options.cases;
  Atomics.store(beats, 1, TARGETS.indexOf(target));
  const property = target.property(sandbox, afterCase(target, cases));
  const details = await fc.check(property, {
    numRuns: cases,
    seed: options.seed,
    ...(options.path === undefined ? {} : { path: options.path }),
  });
  if (!details.failed) return true;
  const example = fc.stringify(details.counterexample);
  say(`fuzz: FINDING in ${target.name} after ${details.numRuns} cases and ${details.numShrinks} shrinks`);
  say(`  ${details.errorInstance instanceof Error ? details.errorInstance.message : String(details.errorInstance)}`);
  say(`  case: ${example.length > SHOWN_CHARACTERS ? `${example.slice(0, SHOWN_CHARACTERS)}…` : example}`);
  say(
    `  again: node test/fuzz/run.ts --seed ${options.seed} --only "${target.name}" --path ${details.counterexamplePath}`,
  );
  return false;
}

/** Counts for the watchdog, and says now and then how far it is. */
function afterCase(target: Target, cases: number): () => void {
  let done = 0;
  const tenth = Math.max(1, Math.ceil(cases / 10));
  return () => {
    done += 1;
    Atomics.add(beats, 0, 1);
    if (unhandled.length > 0) throw new Error(`an unhandled rejection: ${String(unhandled.splice(0)[0])}`);
    if (done % HEAP_EVERY === 0 || done === cases) peakBytes = Math.max(peakBytes, checkHeap());
    if (done % tenth === 0) say(`fuzz: ${target.name}: ${done} of ${cases} cases, ${sinceStart()} s`);
  };
}

function sinceStart(): string {
  return ((performance.now() - startedAt) / 1000).toFixed(0);
}

function startWatchdog(): void {
  const targets = TARGETS.map(({ name }) => name).join(',');
  const workerData = { beats: beats.buffer, targets, seed: options.seed };
  new Worker(new URL('./watchdog.ts', import.meta.url), { workerData }).unref();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
