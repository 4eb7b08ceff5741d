/** Runtime side, no two operations on one container at once: R39 and, for GC, R49. Plugins write down when they ran. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { shellPlugin, written } from './runtime-scene.ts';

beforeAll(prepareForms);

const RUN_MS = 400;
const VALID = { 'cni.dev/valid-attachments': [{ containerID: 'c1', ifname: 'eth0' }] };

/** One run of a plugin: when it began and ended, in ns. */
interface Run {
  readonly verb: string;
  readonly containerId: string;
  readonly from: number;
  readonly to: number;
}

describe.each(BRAID_FORMS)('operations that must not overlap, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    const slow = [
      'from=$(date +%s%N); cat >/dev/null',
      `case $CNI_COMMAND in ADD | DEL | GC) sleep ${RUN_MS / 1000} ;; esac`,
      '[ "$CNI_COMMAND" != ADD ] || echo "{}"',
      'echo "$CNI_COMMAND,$CNI_CONTAINERID,$from,$(date +%s%N)" >> "$here/runs"',
    ];
    for (const type of ['bridge', 'macvlan']) {
      shellPlugin(node, type, slow.join('\n'));
      node.conf(`10-${type}.conflist`, { cniVersion: '1.1.0', name: type, plugins: [{ type }] });
    }
  });
  afterEach(() => node.dispose());

  const add = (call: object = {}) => node.call(form, { verb: 'ADD', annotations: { cni: 'bridge,macvlan' }, ...call });
  const runs = (): Run[] =>
    written(node, 'runs')
      .trim()
      .split('\n')
      .map((line) => {
        const [verb = '', containerId = '', from, to] = line.split(',');
        return { verb, containerId, from: Number(from), to: Number(to) };
      })
      .toSorted((left, right) => left.from - right.from);
  const overlaps = () => runs().filter((run, index, all) => run.from < (all[index - 1]?.to ?? 0));

  test('R39: a DEL that comes during an ADD runs after it, and leaves nothing', async () => {
    const adding = add();
    await sleep(RUN_MS);
    const [first, second] = await Promise.all([adding, node.call(form, { verb: 'DEL' })]);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(second).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(runs().map(({ verb }) => verb)).toEqual(['ADD', 'ADD', 'DEL', 'DEL']);
    expect(overlaps()).toEqual([]);
    expect(node.records()).toEqual([]);
  });

  test('R39: of two ADDs at once one runs, and the other is refused without touching it', async () => {
    const answers = await Promise.all([add(), add()]);
    expect(answers.map(({ code }) => code).toSorted()).toEqual([0, 1]);
    expect(answers.find(({ code }) => code === 1)?.json).toMatchObject({ code: 100 });
    expect(runs().map(({ verb }) => verb)).toEqual(['ADD', 'ADD']);
    expect(overlaps()).toEqual([]);
  });

  test('R39: two interfaces of one container are attached one after the other', async () => {
    const one = { annotations: { cni: 'bridge' } };
    const answers = await Promise.all([add(one), add({ ...one, ifName: 'net0' }), add({ ...one, ifName: 'net1' })]);
    expect(answers.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(runs()).toHaveLength(3);
    expect(overlaps()).toEqual([]);
  });

  test('R39: who waits longer than a plugin may run is told to try again', async () => {
    const adding = add();
    await sleep(RUN_MS / 2);
    const late = await node.call(form, { verb: 'DEL', config: { delegateTimeoutMs: 100 } });
    expect(late).toMatchObject({ code: 1, json: { code: 11, msg: expect.stringContaining('still under way') } });
    expect(await adding).toMatchObject({ code: 0 });
    expect(runs().map(({ verb }) => verb)).toEqual(['ADD', 'ADD']);
  });

  test('R39: another container does not wait', async () => {
    const answers = await Promise.all([add(), add({ containerId: 'c2' })]);
    expect(answers.map(({ code }) => code)).toEqual([0, 0]);
    expect(overlaps()).not.toEqual([]);
  });

  test('R39 R49: a GC that comes during an ADD runs after it, and spares what it made', async () => {
    const adding = add();
    await sleep(RUN_MS);
    const collected = await node.call(form, { verb: 'GC', cniVersion: '1.1.0', config: VALID });
    expect(await adding).toMatchObject({ code: 0, stderr: '' });
    expect(collected).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(runs().map(({ verb }) => verb)).toEqual(['ADD', 'ADD', 'GC', 'GC']);
    expect(overlaps()).toEqual([]);
    expect(node.records()).not.toEqual([]);
  });

  test('R39 R49: ADD and DEL that come during a GC wait for its end', async () => {
    expect(await add()).toMatchObject({ code: 0 });
    const collecting = node.call(form, { verb: 'GC', cniVersion: '1.1.0', config: VALID });
    await sleep(RUN_MS);
    const others = [add({ containerId: 'c2' }), node.call(form, { verb: 'DEL' })];
    const answers = await Promise.all([collecting, ...others]);
    expect(answers.map(({ code }) => code)).toEqual([0, 0, 0]);
    const collections = runs().filter(({ verb }) => verb === 'GC');
    expect(collections).toHaveLength(2);
    const end = Math.max(...collections.map(({ to }) => to));
    const after = runs().filter(({ verb, containerId }) => verb === 'DEL' || containerId === 'c2');
    expect(after).toHaveLength(4);
    expect(after.filter(({ from }) => from < end)).toEqual([]);
  });

  test('R49: GC is no substitute for DEL: what is valid stays recorded and can be deleted after it', async () => {
    expect(await add()).toMatchObject({ code: 0 });
    expect(await node.call(form, { verb: 'GC', cniVersion: '1.1.0', config: VALID })).toMatchObject({
      code: 0,
      stdout: '',
    });
    expect(runs().map(({ verb }) => verb)).toEqual(['ADD', 'ADD', 'GC', 'GC']);
    expect(await node.call(form, { verb: 'DEL' })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(
      runs()
        .slice(4)
        .map(({ verb }) => verb),
    ).toEqual(['DEL', 'DEL']);
    expect(node.records()).toEqual([]);
  });
});
