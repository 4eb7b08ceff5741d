/** Whose turn it is among the agent's calls. */
import { describe, expect, test } from 'vitest';
import { CallQueue, type Place } from '../../src/agent/call-queue.ts';

const never = new AbortController().signal;
const PLACE: Place = { key: 'a', lane: 'ADD' };

/** A queue, and calls that end when they are told to. */
function queueOf(running: number, waiting = 100) {
  const queue = new CallQueue({ running, waiting });
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const call = (name: string, key = name, signal: AbortSignal = never, lane: Place['lane'] = 'ADD') =>
    queue.run({ key, lane }, signal, () => {
      started.push(name);
      return new Promise<string>((resolve) => ends.set(name, () => resolve(`end of ${name}`)));
    });
  const end = async (name: string) => {
    ends.get(name)?.();
    await settled();
  };
  return { queue, started, call, end };
}

/** Every promise that can resolve by now has. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('turns', () => {
  test('so many run at once, the others in the order in which they came', async () => {
    const { queue, started, call, end } = queueOf(2);
    const calls = ['a', 'b', 'c', 'd', 'e'].map((name) => call(name));
    await settled();
    expect(started).toEqual(['a', 'b']);
    expect([queue.running, queue.depth]).toEqual([2, 3]);
    await end('b');
    expect(started).toEqual(['a', 'b', 'c']);
    for (const name of ['a', 'c', 'd', 'e']) await end(name);
    expect(started).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await Promise.all(calls)).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => `end of ${name}`));
    expect([queue.running, queue.depth]).toEqual([0, 0]);
  });

  test('calls of one container follow each other, in their order', async () => {
    const { queue, started, call, end } = queueOf(4);
    for (const name of ['add', 'check', 'del']) void call(name, 'c1');
    await settled();
    expect(started).toEqual(['add']);
    expect([queue.isRunning('c1'), queue.isRunning('c2')]).toEqual([true, false]);
    await end('add');
    expect(started).toEqual(['add', 'check']);
    await end('check');
    expect(started).toEqual(['add', 'check', 'del']);
  });

  test('what hangs in one lane takes no place of the other', async () => {
    const { queue, started, call, end } = queueOf(2);
    for (const name of ['a', 'b', 'c']) void call(name);
    for (const name of ['x', 'y', 'z']) void call(`del ${name}`, name, never, 'other');
    void call('del a', 'a', never, 'other');
    await settled();
    expect(started).toEqual(['a', 'b', 'del x', 'del y']);
    expect([queue.running, queue.depth]).toEqual([4, 3]);
    await end('a');
    expect(started).toEqual(['a', 'b', 'del x', 'del y', 'c']);
    await end('del x');
    await end('del y');
    expect(started.slice(5)).toEqual(['del z', 'del a']);
  });

  test('a container that hangs holds up no other one, however many of its calls wait', async () => {
    const { started, call, end } = queueOf(2);
    void call('hangs', 'c1');
    for (let count = 0; count < 10; count += 1) void call(`again ${count}`, 'c1');
    for (const name of ['x', 'y', 'z']) {
      void call(name);
      await settled();
      await end(name);
    }
    expect(started).toEqual(['hangs', 'x', 'y', 'z']);
  });

  test('who waits for its container longest is before later calls of others once it is free', async () => {
    const { started, call, end } = queueOf(1);
    void call('first', 'c1');
    void call('second', 'c1');
    void call('other', 'c2');
    await settled();
    await end('first');
    expect(started).toEqual(['first', 'second']);
    await end('second');
    expect(started).toEqual(['first', 'second', 'other']);
  });
});

describe('calls that get none', () => {
  test('one that is given up while it waits is not run and makes room', async () => {
    const { queue, started, call, end } = queueOf(1);
    void call('a');
    const giveUp = new AbortController();
    const given = call('b', 'b', giveUp.signal);
    void call('c');
    await settled();
    giveUp.abort();
    expect(await given).toBeUndefined();
    expect(queue.depth).toBe(1);
    await end('a');
    expect(started).toEqual(['a', 'c']);
  });

  test('one that is given up before takes no turn', async () => {
    const { queue, call } = queueOf(1);
    expect(await call('a', 'a', AbortSignal.abort())).toBeUndefined();
    expect([queue.running, queue.depth]).toEqual([0, 0]);
  });

  test('one that is given up while it runs runs to its end', async () => {
    const { queue, call, end } = queueOf(1);
    const giveUp = new AbortController();
    const given = call('a', 'a', giveUp.signal);
    giveUp.abort();
    await settled();
    expect(queue.running).toBe(1);
    await end('a');
    expect(await given).toBe('end of a');
  });
});

describe('bounds', () => {
  test('it is full for a call that would have to wait where nobody more may', async () => {
    const { queue, call, end } = queueOf(1, 1);
    expect(queue.isFullFor({ key: 'a', lane: 'ADD' })).toBe(false);
    void call('a');
    expect(queue.isFullFor({ key: 'b', lane: 'ADD' })).toBe(false);
    void call('b');
    expect(queue.isFullFor({ key: 'c', lane: 'ADD' })).toBe(true);
    await settled();
    await end('a');
    expect(queue.isFullFor({ key: 'c', lane: 'ADD' })).toBe(false);
  });

  test('where nobody may wait, those that need not are served', async () => {
    const { queue, call } = queueOf(2, 0);
    expect(queue.isFullFor({ key: 'a', lane: 'ADD' })).toBe(false);
    void call('a');
    expect(queue.isFullFor({ key: 'a', lane: 'ADD' })).toBe(true);
    expect(queue.isFullFor({ key: 'b', lane: 'ADD' })).toBe(false);
  });

  test('a call that fails gives its turn back, and the error to its caller', async () => {
    const queue = new CallQueue({ running: 1, waiting: 9 });
    const failing = queue.run(PLACE, never, () => Promise.reject(new Error('broken')));
    const next = queue.run(PLACE, never, async () => 'served');
    await expect(failing).rejects.toThrow('broken');
    expect(await next).toBe('served');
    const throwing = queue.run(PLACE, never, () => {
      throw new Error('at once');
    });
    await expect(throwing).rejects.toThrow('at once');
    expect([queue.running, queue.depth]).toEqual([0, 0]);
  });

  test('10,000 calls leave nothing behind', async () => {
    const queue = new CallQueue({ running: 8, waiting: 10_000 });
    const stop = new AbortController();
    let most = 0;
    const calls = Array.from({ length: 10_000 }, (_, index) =>
      queue.run({ key: `c${index % 200}`, lane: 'ADD' }, stop.signal, async () => {
        most = Math.max(most, queue.running);
        await settled();
        return index;
      }),
    );
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 10_000 }, (_, index) => index));
    expect(most).toBe(8);
    expect([queue.running, queue.depth]).toEqual([0, 0]);
  });
});
