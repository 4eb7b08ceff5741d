/** What calls leave to be handed over: in which order, how long it is waited for, and what is lost. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DeliveryQueue } from '../../src/agent/delivery-queue.ts';
import type { Delivery } from '../../src/deliver.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A queue, deliveries that end when they are told to, and what became of them. */
function scene() {
  const queue = new DeliveryQueue();
  const begun: string[] = [];
  const closed: string[] = [];
  const lost: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  const signals = new Map<string, AbortSignal>();
  const delivery = (name: string, way: Delivery['way']): Delivery => ({
    way,
    run: (patience) => {
      begun.push(name);
      signals.set(name, patience);
      const ending = Promise.withResolvers<void>();
      ends.set(way === 'file' ? name : `${name} far`, ending);
      return ending.promise;
    },
    lost: (cause) => void lost.push(`${name}: ${cause instanceof Error ? cause.message : cause}`),
  });
  const take = (name: string, ...ways: Delivery['way'][]) =>
    queue.take(
      (ways.length > 0 ? ways : ['file' as const]).map((way) => delivery(name, way)),
      async () => void closed.push(name),
    );
  const end = async (name: string, fault?: Error) => {
    if (fault) ends.get(name)?.reject(fault);
    else ends.get(name)?.resolve();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { queue, begun, closed, lost, signals, take, end };
}

describe('deliveries', () => {
  test('to files go one after the other, those over the network four at once and beside them', async () => {
    const { queue, begun, closed, lost, take, end } = scene();
    expect(queue.isWriting).toBe(false);
    for (const name of ['a', 'b', 'c']) take(name);
    for (const name of ['n1', 'n2', 'n3', 'n4', 'n5']) take(name, 'network');
    expect(begun).toEqual(['a', 'n1', 'n2', 'n3', 'n4']);
    await end('n2 far');
    await end('a');
    expect([begun.slice(5), closed]).toEqual([
      ['n5', 'b'],
      ['n2', 'a'],
    ]);
    await end('b', new Error('disk full'));
    await end('c');
    for (const name of ['n1', 'n3', 'n4', 'n5']) await end(`${name} far`);
    expect(lost).toEqual(['b: disk full']);
    expect([closed.length, queue.isWriting]).toEqual([8, false]);
  });

  test('of one call are all over before it is closed; one without is closed at once', async () => {
    const { closed, take, end } = scene();
    take('front', 'file');
    take('both', 'file', 'network');
    await end('both far');
    expect(closed).toEqual([]);
    await end('front');
    expect(closed).toEqual(['front']);
    await end('both');
    expect(closed).toEqual(['front', 'both']);
    const queue = new DeliveryQueue();
    const close = vi.fn(async () => undefined);
    queue.take([], close);
    await vi.advanceTimersByTimeAsync(0);
    expect(close).toHaveBeenCalledOnce();
  });

  test('to a disk that hangs are lost at once, until it goes on', async () => {
    const { queue, begun, closed, lost, signals, take, end } = scene();
    take('a');
    take('b');
    await vi.advanceTimersByTimeAsync(29_999);
    expect([closed, lost]).toEqual([[], []]);
    await vi.advanceTimersByTimeAsync(1);
    expect(closed).toEqual(['a', 'b']);
    expect(lost).toEqual(['a: there was no end of it within 30000 ms', 'b: one before it hangs']);
    expect([signals.get('a')?.aborted, queue.isWriting]).toEqual([true, true]);
    take('c');
    await vi.advanceTimersByTimeAsync(0);
    expect([begun, closed.at(-1), lost.at(-1)]).toEqual([['a'], 'c', 'c: one before it hangs']);
    // Nobody hears of its fate a second time.
    await end('a', new Error('late'));
    expect([lost.length, queue.isWriting]).toEqual([3, false]);
    take('d');
    expect(begun).toEqual(['a', 'd']);
    await end('d');
    expect([closed.at(-1), lost.length]).toEqual(['d', 3]);
  });

  test('wait in bounded number', () => {
    const { lost, take } = scene();
    for (let index = 0; index <= 1001; index += 1) take(String(index));
    expect(lost).toEqual(['1001: 1000 before it wait already']);
  });

  test('are waited for at the end, and then given up, each with a word', async () => {
    const { queue, closed, lost, take, end } = scene();
    let drained = 0;
    const drain = () =>
      void queue.drain(3000).then(() => {
        drained += 1;
      });
    drain();
    await vi.advanceTimersByTimeAsync(0);
    expect(drained).toBe(1);
    for (const name of ['a', 'b', 'c']) take(name);
    take('far', 'network');
    drain();
    await vi.advanceTimersByTimeAsync(2000);
    await end('a');
    expect([drained, closed]).toEqual([1, ['a']]);
    await vi.advanceTimersByTimeAsync(1000);
    expect([drained, closed.toSorted()]).toEqual([2, ['a', 'b', 'c', 'far']]);
    expect(lost.toSorted()).toEqual(['b: the agent ends', 'c: the agent ends', 'far: the agent ends']);
    // What was begun may hold the process all the same.
    expect(queue.isWriting).toBe(true);
  });
});
