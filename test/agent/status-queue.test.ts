/** Network statuses that are written after the answer. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { StatusQueue } from '../../src/agent/cluster/status-queue.ts';
import type { KubeClient, KubeResponse, OpenKubeClient } from '../../src/kube/kube-client.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { keptLog } from '../samples/delegates.ts';

interface Patch {
  readonly pod: string;
  readonly annotations: Record<string, string>;
  readonly answer: (response: KubeResponse) => void;
}

const OK: KubeResponse = { kind: 'ok', body: {} };
const DOWN: KubeResponse = { kind: 'unreachable', cause: 'no answer came' };

/** A queue, and an API server whose answers the test gives. */
function scene() {
  const patches: Patch[] = [];
  const outcomes: string[] = [];
  const log = keptLog();
  const client: KubeClient = {
    get: async () => DOWN,
    mergePatch: (path, body) =>
      new Promise((answer) => {
        const { annotations } = (body as { metadata: { annotations: Record<string, string> } }).metadata;
        patches.push({ pod: path.split('/').at(-2) ?? '', annotations, answer });
      }),
    close: () => undefined,
  };
  const open: OpenKubeClient = async () => client;
  const queue = new StatusQueue(log, (outcome) => outcomes.push(outcome));
  onTestFinished(() => {
    for (const { answer } of patches) answer({ kind: 'absent' });
    return queue.drain(0);
  });
  const write = queue.writer(open);
  const put = (name: string, annotations: Record<string, string>, uid = 'u1') =>
    write({ namespace: 'shop', name, uid }, annotations);
  const patch = (index: number) =>
    pollUntil(() => patches[index], { withinMs: 20_000, what: `the patch number ${index}` });
  const empty = () => pollUntil(() => queue.depth === 0 || undefined, { withinMs: 20_000, what: 'an empty queue' });
  return { queue, put, patch, patches, outcomes, log, empty, write };
}

test('a status is taken at once and written soon', async () => {
  const { put, patch, queue, outcomes, empty } = scene();
  expect(await put('web', { status: 'a' })).toBeUndefined();
  expect(queue.depth).toBe(1);
  const first = await patch(0);
  expect(first).toMatchObject({ pod: 'web', annotations: { status: 'a' } });
  first.answer(OK);
  await empty();
  expect(outcomes).toEqual(['written']);
});

describe('one pod', () => {
  test('what waits is merged, the newest of each annotation', async () => {
    const { put, patch, patches, empty } = scene();
    for (const name of ['w', 'x', 'y', 'z']) await put(name, {});
    await put('web', { status: 'old', other: 'kept' });
    await put('web', { status: 'new' });
    for (let index = 0; index < 4; index += 1) (await patch(index)).answer(OK);
    const fifth = await patch(4);
    expect(fifth).toMatchObject({ pod: 'web', annotations: { status: 'new', other: 'kept' } });
    fifth.answer(OK);
    await empty();
    expect(patches).toHaveLength(5);
  });

  test('a newer status is written after the older one, never beside it', async () => {
    const { put, patch, patches, empty } = scene();
    await put('web', { status: 'old' });
    const first = await patch(0);
    await put('web', { status: 'new' });
    await put('other', {});
    (await patch(1)).answer(OK);
    expect(patches.map(({ pod }) => pod)).toEqual(['web', 'other']);
    first.answer(OK);
    const last = await patch(2);
    expect(last.annotations).toEqual({ status: 'new' });
    last.answer(OK);
    await empty();
  });

  test('what failed goes with what is newer, which wins', async () => {
    const { put, patch, outcomes, empty } = scene();
    await put('web', { status: 'old', other: 'kept' });
    const first = await patch(0);
    await put('web', { status: 'new' });
    first.answer(DOWN);
    const second = await patch(1);
    expect(second.annotations).toEqual({ status: 'new', other: 'kept' });
    second.answer(OK);
    await empty();
    expect(outcomes).toEqual(['retried', 'written']);
  });

  test('a newer status goes at once, by the way to the server that its own call knows', async () => {
    const { queue, put, patch, outcomes, empty } = scene();
    await put('web', { status: 'old', other: 'kept' });
    (await patch(0)).answer(DOWN);
    await pollUntil(() => outcomes.includes('retried') || undefined, { withinMs: 10_000, what: 'the fault' });
    const asked: unknown[] = [];
    const mergePatch: KubeClient['mergePatch'] = async (_path, body) => {
      asked.push(body);
      return OK;
    };
    const other: KubeClient = { get: async () => DOWN, mergePatch, close: () => undefined };
    await queue.writer(async () => other)({ namespace: 'shop', name: 'web', uid: 'u1' }, { status: 'new' });
    await empty();
    expect(asked).toMatchObject([{ metadata: { annotations: { status: 'new', other: 'kept' } } }]);
  });

  test('of the same name but another uid is another pod', async () => {
    const { put, patch } = scene();
    await put('web', { status: 'a' }, 'u1');
    await put('web', { status: 'b' }, 'u2');
    expect((await patch(0)).annotations).toEqual({ status: 'a' });
    expect((await patch(1)).annotations).toEqual({ status: 'b' });
  });
});

describe('faults', () => {
  test('that may pass are tried again, later', async () => {
    const { put, patch, outcomes, log, empty, queue } = scene();
    await put('web', { status: 'a' });
    const began = performance.now();
    (await patch(0)).answer(DOWN);
    await pollUntil(() => outcomes.includes('retried') || undefined, { withinMs: 10_000, what: 'the fault' });
    expect(queue.depth).toBe(1);
    (await patch(1)).answer({ kind: 'refused', status: 403, message: 'no' });
    expect(performance.now() - began).toBeGreaterThan(50);
    (await patch(2)).answer(OK);
    await empty();
    expect(outcomes).toEqual(['retried', 'retried', 'written']);
    expect(log.warnings).toEqual(['cannot write the network status to the pod yet']);
  });

  test('that are final are told, and nothing is tried again', async () => {
    const { put, patch, outcomes, log, empty, patches } = scene();
    await put('gone', {});
    await put('other', {});
    (await patch(0)).answer({ kind: 'absent' });
    (await patch(1)).answer({ kind: 'refused', status: 422, message: 'field is immutable' });
    await empty();
    expect(outcomes).toEqual(['dropped', 'dropped']);
    expect(log.warnings).toHaveLength(2);
    expect(patches).toHaveLength(2);
  });

  test('credentials that cannot be loaded are no end of it', async () => {
    const { queue, write, outcomes } = scene();
    const broken = queue.writer(() => Promise.reject(new Error('no kubeconfig')));
    await broken({ namespace: 'shop', name: 'web', uid: 'u1' }, {});
    await pollUntil(() => outcomes.includes('retried') || undefined, { withinMs: 10_000, what: 'the fault' });
    expect(queue.depth).toBe(1);
    expect(write).toBeDefined();
  });

  test('a pod whose server is silent does not hold up all others', async () => {
    const { put, patch } = scene();
    for (const name of ['a', 'b', 'c']) await put(name, {});
    for (let count = 3; count < 20; count += 1) {
      await put(`pod-${count}`, {});
      (await patch(count)).answer(OK);
    }
  });
});

describe('bounds', () => {
  test('beyond a thousand pods the one that waits longest is dropped', async () => {
    const { put, queue, outcomes, log, patches } = scene();
    for (let count = 0; count < 1010; count += 1) await put(`pod-${count}`, {});
    expect(queue.depth).toBe(1004);
    expect(outcomes).toEqual(Array.from({ length: 6 }, () => 'dropped'));
    expect(log.warnings).toHaveLength(6);
    expect(patches.map(({ pod }) => pod)).toEqual(['pod-0', 'pod-1', 'pod-2', 'pod-3']);
  });

  test('no more than four are under way', async () => {
    const { put, patch, patches } = scene();
    for (let count = 0; count < 10; count += 1) await put(`pod-${count}`, {});
    await patch(3);
    expect(patches).toHaveLength(4);
    patches[0]?.answer(OK);
    await patch(4);
    expect(patches).toHaveLength(5);
  });
});

describe('the end', () => {
  test('waits until all is written, what had failed included', async () => {
    const { put, patch, queue, outcomes } = scene();
    await put('web', { status: 'a' });
    (await patch(0)).answer(DOWN);
    await pollUntil(() => outcomes.includes('retried') || undefined, { withinMs: 10_000, what: 'the fault' });
    const drained = queue.drain(20_000);
    (await patch(1)).answer(OK);
    await drained;
    expect(outcomes).toEqual(['retried', 'written']);
    expect(queue.depth).toBe(0);
  });

  test('waits no longer than it may, and says what is lost', async () => {
    const { put, patch, queue, log } = scene();
    await put('web', {});
    await patch(0);
    await queue.drain(50);
    expect(log.warnings).toEqual(['network statuses are left unwritten']);
  });
});
