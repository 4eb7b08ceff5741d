/**
 * The fixtures of the tutorial: each is met, and none of what they expect could be otherwise. For the latter every expectation of
 * every step is changed in turn, and the runner must see it.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { FixtureStep } from '../../src/schema/fixture.ts';
import type { Expectation } from '../../src/schema/fixture-expectation.ts';
import { findFixtures } from '../../src/testing/find-fixtures.ts';
import { type ReadFixture, readFixture } from '../../src/testing/read-fixture.ts';
import { runFixture } from '../../src/testing/run-fixture.ts';
import { makeScratchFolder } from '../../src/testing/scratch-folder.ts';

const folder = resolve(import.meta.dirname, '../../fixtures/tutorial');
const files = findFixtures([folder]);
const names = files.map((file) => relative(folder, file));
const scratch = makeScratchFolder(undefined);
afterAll(() => rmSync(scratch, { recursive: true }));

const never = new AbortController().signal;

async function read(name: string): Promise<ReadFixture> {
  const reading = await readFixture(join(folder, name));
  expect(reading).toMatchObject({ kind: 'read' });
  return reading as ReadFixture;
}

test('there are at least forty, with titles of their own, and each begins with what it shows', async () => {
  const titles = await Promise.all(names.map(async (name) => (await read(name)).fixture.title));
  expect(titles.length).toBeGreaterThanOrEqual(40);
  expect(titles).toEqual([...new Set(titles)]);
  for (const file of files) expect(readFileSync(file, 'utf8')).toMatch(/^# \S/);
});

describe.each(names)('%s', (name) => {
  test('is met', async () => {
    const run = await runFixture(await read(name), join(scratch, 'node'), never);
    expect(run.failed).toBeUndefined();
  });

  test('would fail if anything that it expects were otherwise', async () => {
    const fixture = await read(name);
    const unseen: string[] = [];
    for (const { number, parts, mutant } of mutants(fixture)) {
      const { failed } = await runFixture(mutant, join(scratch, 'node'), never);
      const seen = failed?.number === number ? failed.differences.map(({ part }) => part) : [];
      unseen.push(...parts.filter((part) => !seen.includes(part)).map((part) => `step ${number}: ${part}`));
    }
    expect(unseen).toEqual([]);
  });
});

interface Mutant {
  readonly number: number;
  readonly parts: readonly (keyof Expectation)[];
  readonly mutant: ReadFixture;
}

/** One for each step, with every part of its expectation changed; what comes after the step is of no interest. */
function mutants(read: ReadFixture): Mutant[] {
  const { fixture } = read;
  return fixture.steps.map((step, index) => {
    const { expect: expected = {} } = step;
    const told = (Object.keys(expected) as (keyof Expectation)[]).filter((part) => part !== 'exactly');
    // Success is expected where nothing is said.
    const parts = expected.error || step.kill ? told : [...told, 'error' as const];
    const changes = parts.map((part) => [part, otherwise(expected[part], part)] as const);
    const changed: FixtureStep = { ...step, expect: { ...expected, ...Object.fromEntries(changes) } };
    const steps = [...fixture.steps.slice(0, index), changed];
    return { number: index + 1, parts, mutant: { ...read, fixture: { ...fixture, steps } } };
  });
}

function otherwise(value: unknown, part: keyof Expectation): unknown {
  if (part === 'error') return value === undefined ? 'an error' : undefined;
  if (part === 'log') return [...(value as string[]), 'words that nobody says'];
  if (part === 'calls') return changedCalls(value as Expectation['calls'] & object);
  if (part === 'journal') return { ...(value as object), 'nobody/eth0': [] };
  if (part === 'annotations') return value === null ? { some: 'thing' } : changed(value);
  return Array.isArray(value) ? [...value, 'nothing of the kind'] : changed(value);
}

/** What is told of a call where something is, else one call less, or one more. */
function changedCalls(calls: Expectation['calls'] & object): unknown[] {
  const index = calls.findIndex((call) => typeof call !== 'string');
  const call = calls[index];
  if (typeof call !== 'object') return calls.length > 0 ? calls.slice(0, -1) : ['ADD nobody'];
  const { env, stdin } = call;
  return calls.with(index, {
    ...call,
    ...(stdin ? { stdin: changed(stdin) } : {}),
    ...(env ? { env: changed(env) } : {}),
  } as never);
}

/** The same with another leaf: the last one that there is. */
function changed(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  if (Array.isArray(value)) return value.length === 0 ? ['x'] : value.with(-1, changed(value.at(-1)));
  if (typeof value !== 'object' || value === null) return `${String(value)}x`;
  const [key = 'x', last] = Object.entries(value).at(-1) ?? [];
  return { ...value, [key]: changed(last) };
}
