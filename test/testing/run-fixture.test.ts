/** The runner itself: what it plays, what it shows, and that nothing stays behind. The tutorial's fixtures show the rest. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readFixture } from '../../src/testing/read-fixture.ts';
import { type FixtureRun, type RunManner, runFixture } from '../../src/testing/run-fixture.ts';
import { runFixtures } from '../../src/testing/run-fixtures.ts';
import { scratchFolder } from '../samples/scratch.ts';

const never = new AbortController().signal;
const FRONT = {
  '/etc/cni/net.d/10-front.conflist': { cniVersion: '1.0.0', name: 'front', plugins: [{ type: 'bridge' }] },
};

/** Runs a fixture with the network "front", on which `rest` goes. */
async function run(rest: object, signal = never, manner: RunManner = {}): Promise<FixtureRun> {
  const folder = scratchFolder();
  const file = join(folder, 'x.yaml');
  writeFileSync(
    file,
    JSON.stringify({
      version: 1,
      title: 't',
      node: { files: FRONT },
      request: { annotations: { cni: 'front' } },
      ...rest,
    }),
  );
  const reading = await readFixture(file);
  if (reading.kind === 'broken') throw new Error(JSON.stringify(reading.faults));
  const run = await runFixture(reading, join(folder, 'node'), signal, manner);
  expect(existsSync(join(folder, 'node'))).toBe(false);
  return run;
}

const differences = async (rest: object) => (await run(rest)).failed?.differences;
const oneStep = (expected: object, rest: object = {}) =>
  differences({ ...rest, steps: [{ verb: 'ADD', expect: expected }] });

test('an error that nobody expects fails the step, and no step comes after', async () => {
  const delegates = { bridge: { ADD: { error: { code: 7, msg: 'no' } } } };
  const { failed, stepCount } = await run({
    delegates,
    steps: [{ verb: 'ADD' }, { verb: 'DEL', expect: { error: 'x' } }],
  });
  expect([failed?.number, failed?.line, stepCount]).toEqual([1, 1, 2]);
  expect(failed?.differences).toEqual([
    {
      part: 'error',
      expected: undefined,
      seen: { code: 7, message: 'network "front" (eth0), plugin "bridge" ADD: no' },
    },
  ]);
});

test('of what was seen only that is shown of which the fixture speaks', async () => {
  expect(await oneStep({ result: { cniVersion: '1.0.0', interfaces: [{ name: 'eth9' }] } })).toEqual([
    {
      part: 'result',
      expected: { cniVersion: '1.0.0', interfaces: [{ name: 'eth9' }] },
      seen: { cniVersion: '1.1.0', interfaces: [{ name: 'eth0' }] },
    },
  ]);
});

test('a list that is longer than expected is a difference; "exactly" counts every key', async () => {
  expect(await oneStep({ result: { interfaces: [] } })).toMatchObject([{ seen: { interfaces: [{ name: 'eth0' }] } }]);
  expect(await oneStep({ result: { cniVersion: '1.1.0' } })).toBeUndefined();
  expect(await oneStep({ result: { cniVersion: '1.1.0' }, exactly: true })).toMatchObject([{ part: 'result' }]);
  const call = { call: 'ADD bridge', stdin: { name: 'front' } };
  expect(await oneStep({ calls: [call] })).toBeUndefined();
  expect(await oneStep({ calls: [{ ...call, exactly: true }] })).toMatchObject([
    { seen: [{ stdin: { cniVersion: '1.0.0', name: 'front', type: 'bridge' } }] },
  ]);
});

test('a kill point that is not reached is told', async () => {
  const kill = { plugin: 'bridge', verb: 'DEL', when: 'after' };
  expect(await differences({ steps: [{ verb: 'ADD', kill }] })).toEqual([
    { part: 'kill', expected: 'killed at this point', seen: 'this point was not reached' },
  ]);
});

test.each(['STATUS', 'ADD'])('a killed %s says and does nothing more', async (verb) => {
  const front = { cniVersion: '1.1.0', name: 'front', plugins: [{ type: 'bridge' }] };
  const configuration = { delegates: [front, { ...front, name: 'back' }] };
  const kill = { plugin: 'bridge', when: 'before' };
  const steps = [{ verb, title: 'a word', configuration, kill, expect: { calls: ['STATUS x'], log: ['killed'] } }];
  const selected = 'info network selected';
  expect((await run({ steps })).failed).toMatchObject({
    title: 'a word',
    differences: [
      { part: 'calls', seen: [] },
      { part: 'log', seen: expect.arrayContaining([selected, selected]) },
    ],
  });
  const { failed } = await run({ steps });
  expect(JSON.stringify(failed?.differences[1]?.seen)).not.toContain('killed');
});

test('a killed GC lets its locks go, and a killed STATUS ends at once', async () => {
  const files = {
    '/etc/cni/net.d/10-front.conflist': { cniVersion: '1.1.0', name: 'front', plugins: [{ type: 'bridge' }] },
  };
  const steps = [
    { verb: 'ADD' },
    { verb: 'GC', valid: ['c1/eth0'], kill: { plugin: 'bridge', when: 'before' } },
    { verb: 'STATUS', kill: { plugin: 'bridge', when: 'before' } },
    { verb: 'DEL', expect: { left: [], journal: {} } },
  ];
  const { failed, durationMs } = await run({ node: { files }, steps });
  expect(failed).toBeUndefined();
  expect(durationMs).toBeLessThan(1500);
});

test('no path of this machine is shown', async () => {
  const node = { files: { ...FRONT, '/etc/cni/net.d/05-bad.conflist': '{' } };
  const steps = [{ verb: 'ADD', annotations: { cni: 'back' }, expect: { error: 'x', log: ['x'] } }];
  const { failed } = await run({ node, steps });
  expect(JSON.stringify(failed)).toContain('/etc/cni/net.d');
  expect(JSON.stringify(failed)).not.toContain('braid-');
});

test('told to stop, a plugin that hangs is no reason to wait, and what is under way has no outcome', async () => {
  const stop = new AbortController();
  const folder = scratchFolder();
  const fixture = { version: 1, title: 't', node: { files: FRONT }, delegates: { bridge: { ADD: { hang: true } } } };
  const steps = [{ verb: 'ADD', annotations: { cni: 'front' } }];
  for (const name of ['a.yaml', 'b.yaml']) writeFileSync(join(folder, name), JSON.stringify({ ...fixture, steps }));
  const files = ['a.yaml', 'b.yaml'].map((name) => join(folder, name));
  setTimeout(() => stop.abort(new Error('enough')), 100);
  const runner = { jobs: 2, filter: undefined, signal: stop.signal, tmpDir: folder, onDone: () => undefined };
  expect(await runFixtures(files, runner)).toEqual([]);
  expect(readdirSync(folder)).toEqual(['a.yaml', 'b.yaml']);
});

test('a fixture of real plugins is skipped where none run, and says which', async () => {
  const steps = [{ verb: 'ADD', expect: { error: 'x' } }];
  const { skipped, failed } = await run({ delegates: { bridge: 'real', 'front/bridge': {} }, steps });
  expect([skipped, failed]).toEqual(['it takes real plugins (bridge), which --real runs', undefined]);
});

test('a fixture that means nothing with real plugins is run without, and left out with them', async () => {
  const rest = { scriptedOnly: 'it is all made up', steps: [{ verb: 'ADD', expect: { error: 'x' } }] };
  expect(await run(rest)).toMatchObject({ failed: { number: 1 } });
  const machine = { pluginDirs: [], helperDir: '', nsenter: '', variables: {} };
  expect((await run(rest, never, { real: machine })).skipped).toBe('it is all made up');
});

test('the script of the demo is the part "delegates" of a fixture', async () => {
  const { loadScript } = await import('../../src/testing/load-script.ts');
  const folder = scratchFolder();
  const file = join(folder, 'scripted.json');
  writeFileSync(file, JSON.stringify(parse('{ bridge: { ADD: { adresses: [] } } }')));
  await expect(loadScript(file)).rejects.toThrow('unknown key "adresses"; did you mean "addresses"?');
  writeFileSync(file, '{"bridge": "real"}');
  await expect(loadScript(file)).rejects.toThrow('has no answers of bridge: "real" is for fixtures');
  writeFileSync(file, '{"a": ');
  await expect(loadScript(file)).rejects.toThrow('line 1, column');
});
