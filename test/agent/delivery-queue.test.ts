/** What calls leave to be handed over: in which order, how long it is waited for, and what is lost. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DeliveryQueue } from '../../src/agent/delivery-queue.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A queue, deliveries that end when they are told to, and what became of them. */
function scene() {
  const queue = new DeliveryQueue();
  const begun: string[] = [];
  const over: string[] = [];
  const lost: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  const signals = new Map<string, AbortSignal>();
  const take = (name: string, to = 'disk') =>
    queue
      .take({
        to,
        run: (patience) => {
          begun.push(name);
          signals.set(name, patience);
          const ending = Promise.withResolvers<void>();
          ends.set(name, ending);
          return ending.promise;
        },
        lost: (cause) => void lost.push(`${name}: ${cause instanceof Error ? cause.message : cause}`),
      })
      .then(() => void over.push(name));
  const end = async (name: string, fault?: Error) => {
    if (fault) ends.get(name)?.reject(fault);
    else ends.get(name)?.resolve();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { queue, begun, over, lost, signals, take, end };
}

describe('deliveries', () => {
  test('to one place go one after the other, those to another one beside them', async () => {
    const { begun, over, lost, take, end } = scene();
    for (const name of ['a', 'b', 'c']) void take(name);
    void take('far', 'collector');
    expect(begun).toEqual(['a', 'far']);
    await end('a');
    expect([begun, over]).toEqual([['a', 'far', 'b'], ['a']]);
    await end('b', new Error('disk full'));
    await end('c');
    expect(begun).toEqual(['a', 'far', 'b', 'c']);
    expect(over).toEqual(['a', 'b', 'c']);
    expect(lost).toEqual(['b: disk full']);
    // A place that was empty for a while is like a new one.
    void take('d');
    expect(begun).toHaveLength(5);
  });

  test('to a place that hangs are lost at once, until it goes on', async () => {
    const { begun, over, lost, signals, take, end } = scene();
    void take('a');
    void take('b');
    await vi.advanceTimersByTimeAsync(1999);
    expect([over, lost]).toEqual([[], []]);
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toEqual(['a', 'b']);
    expect(lost).toEqual(['a: it has not ended within 2000 ms', 'b: one before it has not ended']);
    expect(signals.get('a')?.aborted).toBe(true);
    void take('c');
    await vi.advanceTimersByTimeAsync(0);
    expect([begun, over.at(-1), lost.at(-1)]).toEqual([['a'], 'c', 'c: one before it has not ended']);
    // Nobody hears of its fate a second time.
    await end('a', new Error('late'));
    expect(lost).toHaveLength(3);
    void take('d');
    expect(begun).toEqual(['a', 'd']);
    await end('d');
    expect([over.at(-1), lost.length]).toEqual(['d', 3]);
  });

  test('wait in bounded number', async () => {
    const { lost, take } = scene();
    for (let index = 0; index <= 65; index += 1) void take(String(index));
    expect(lost).toEqual(['65: 64 before it wait already']);
  });

  test('are waited for at the end, but for what hangs, and not for ever', async () => {
    const { queue, begun, take, end } = scene();
    let isDrained = false;
    const drain = (limitMs: number) => {
      isDrained = false;
      void queue.drain(limitMs).then(() => {
        isDrained = true;
      });
      return vi.advanceTimersByTimeAsync(100);
    };
    await drain(3000);
    expect(isDrained).toBe(true);
    void take('a');
    void take('b');
    await drain(3000);
    expect(isDrained).toBe(false);
    await end('a');
    await vi.advanceTimersByTimeAsync(100);
    expect([isDrained, begun]).toEqual([false, ['a', 'b']]);
    await end('b');
    await vi.advanceTimersByTimeAsync(100);
    expect(isDrained).toBe(true);
    void take('c');
    await drain(1000);
    await vi.advanceTimersByTimeAsync(1000);
    expect(isDrained).toBe(true);
    await vi.advanceTimersByTimeAsync(1000);
    await drain(60_000);
    expect(isDrained).toBe(true);
  });
});
