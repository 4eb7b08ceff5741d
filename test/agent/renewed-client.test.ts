/** A client that lives as long as the agent, with credentials that do not. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { RenewedClient } from '../../src/agent/cluster/renewed-client.ts';
import type { KubeClient, KubeResponse } from '../../src/kube/kube-client.ts';

const NEVER = new AbortController().signal;
const OK: KubeResponse = { kind: 'ok', body: {} };
const UNAUTHORIZED: KubeResponse = { kind: 'refused', status: 401, message: 'Unauthorized' };

/** A client over others that are numbered; `answers` of the n-th. */
function scene(...answers: ((path: string) => KubeResponse | Promise<KubeResponse>)[]) {
  const closed: number[] = [];
  let opened = 0;
  const client = new RenewedClient(async () => {
    const number = opened;
    opened += 1;
    const answer = answers[number] ?? (() => OK);
    const own: KubeClient = {
      get: async (path) => answer(path),
      mergePatch: async (path) => answer(path),
      close: () => void closed.push(number),
    };
    return own;
  });
  return { client, closed, opened: () => opened };
}

test('many requests at once open one client', async () => {
  const { client, opened, closed } = scene();
  await Promise.all(Array.from({ length: 50 }, () => client.get('/x', NEVER)));
  expect([opened(), closed]).toEqual([1, []]);
  client.close();
  await settled();
  expect(closed).toEqual([0]);
});

describe('401', () => {
  test('is asked again once with credentials that are read afresh', async () => {
    const { client, opened, closed } = scene(() => UNAUTHORIZED);
    expect(await client.get('/x', NEVER)).toEqual(OK);
    await settled();
    expect([opened(), closed]).toEqual([2, [0]]);
  });

  test('for many at once opens one new client, not one each', async () => {
    const { client, opened, closed } = scene(async () => {
      await settled();
      return UNAUTHORIZED;
    });
    const all = await Promise.all(Array.from({ length: 20 }, () => client.get('/x', NEVER)));
    expect(all.every(({ kind }) => kind === 'ok')).toBe(true);
    await settled();
    expect([opened(), closed]).toEqual([2, [0]]);
  });

  test('that stays is the answer', async () => {
    const { client, opened } = scene(
      () => UNAUTHORIZED,
      () => UNAUTHORIZED,
    );
    expect(await client.get('/x', NEVER)).toEqual(UNAUTHORIZED);
    expect(opened()).toBe(2);
  });
});

test('after a minute the credentials are read afresh; what is under way ends where it began', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  let answer: (_: KubeResponse) => void = () => undefined;
  const { client, opened, closed } = scene(() => new Promise((resolve) => (answer = resolve)));
  const long = client.get('/slow', NEVER);
  await settled();
  vi.advanceTimersByTime(61_000);
  expect(await client.get('/x', NEVER)).toEqual(OK);
  expect([opened(), closed]).toEqual([2, []]);
  answer(OK);
  expect(await long).toEqual(OK);
  await settled();
  expect(closed).toEqual([0]);
});

describe('credentials that cannot be loaded', () => {
  test('are an error for who asks, and are tried again by the next', async () => {
    let attempts = 0;
    const own: KubeClient = { get: async () => OK, mergePatch: async () => OK, close: () => undefined };
    const client = new RenewedClient(async () => {
      attempts += 1;
      if (attempts === 1) throw new Error('no kubeconfig');
      return own;
    });
    await expect(client.prepare(NEVER)).rejects.toThrow('no kubeconfig');
    await client.prepare(NEVER);
    expect(await client.get('/x', NEVER)).toEqual(OK);
    expect(attempts).toBe(2);
  });

  test('because one call was told to stop, are no fault of another call’s', async () => {
    const stop = new AbortController();
    const own: KubeClient = { get: async () => OK, mergePatch: async () => OK, close: () => undefined };
    const client = new RenewedClient(
      (deadline) =>
        new Promise((resolve, reject) => {
          deadline.addEventListener('abort', () => reject(new Error('stopped')));
          setTimeout(() => resolve(own), 50);
        }),
    );
    const first = client.get('/x', stop.signal);
    const second = client.get('/x', NEVER);
    stop.abort();
    await expect(first).rejects.toThrow('stopped');
    expect(await second).toEqual(OK);
  });
});

test('after close, what is still asked is answered and leaves no client open', async () => {
  const { client, opened, closed } = scene();
  await client.get('/x', NEVER);
  client.close();
  expect(await (await client.prepare(NEVER)).get('/x', NEVER)).toEqual(OK);
  await settled();
  expect(closed).toHaveLength(opened());
});

async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 5));
}
