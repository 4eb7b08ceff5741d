/** Who is told of the stages of a call: once that each begins, once that it has ended, whatever came of it. */
import { describe, expect, test } from 'vitest';
import type { Ports } from '../../src/stages/ports.ts';
import { timedPorts } from '../../src/stages/timed-ports.ts';
import { pluginsExcept } from '../samples/delegates.ts';
import { memoryState } from '../samples/memory-state.ts';
import { recordOf } from '../samples/record.ts';

const SIGNAL = new AbortController().signal;

/** Ports that work, and what is told of them. */
function watched(changes: Partial<Ports> = {}) {
  const story: string[] = [];
  const ports = {
    podSources: [{ find: async () => ({ kind: 'silent' }) }],
    readNamespace: async () => ({}),
    networks: { find: async () => [] },
    findPlugins: pluginsExcept(),
    state: memoryState().state,
    probeApiServer: async () => undefined,
    writeStatus: async () => undefined,
    ...changes,
  } as unknown as Ports;
  const timed = timedPorts(ports, (stage) => {
    story.push(`${stage} begins`);
    return ({ fault }) => story.push(fault === undefined ? `${stage} ends` : `${stage}: ${String(fault)}`);
  });
  return { timed, story };
}

describe('timedPorts', () => {
  test.each<[string, (ports: Ports) => Promise<unknown> | undefined]>([
    ['pod', (ports) => ports.podSources[0]?.find({ namespace: 'shop', name: 'web', uid: undefined })],
    ['namespace', (ports) => ports.readNamespace?.('shop')],
    ['networks', (ports) => ports.networks.find([])],
    ['plugins', (ports) => ports.findPlugins(['bridge'], ['/opt/cni/bin'])],
    ['journal', (ports) => ports.state.list('c1')],
    ['journal', (ports) => ports.state.remove(recordOf([]))],
    ['probe', (ports) => ports.probeApiServer?.(SIGNAL)],
    ['status', (ports) => ports.writeStatus?.({ namespace: 'shop', name: 'web', uid: undefined }, {})],
  ])('%s is told of at its begin and its end', async (stage, use) => {
    const { timed, story } = watched();
    await use(timed);
    expect(story).toEqual([`${stage} begins`, `${stage} ends`]);
  });

  test('a fault is told, and thrown on', async () => {
    const refuses = async () => Promise.reject(new Error('no answer'));
    const { timed, story } = watched({ probeApiServer: refuses });
    await expect(timed.probeApiServer?.(SIGNAL)).rejects.toThrow('no answer');
    expect(story).toEqual(['probe begins', 'probe: Error: no answer']);
  });

  test.each<[string, (ports: Ports, work: () => Promise<string>) => Promise<string>]>([
    ['a container', ({ state }, work) => state.withLock('c1', SIGNAL, work)],
    ['all containers', ({ state }, work) => state.withExclusiveLock(SIGNAL, work)],
  ])('of the lock of %s it is the wait that counts', async (_whose, take) => {
    const { timed, story } = watched();
    const done = await take(timed, async () => {
      story.push('work');
      return 'done';
    });
    expect([done, story]).toEqual(['done', ['lock begins', 'lock ends', 'work']]);
    await expect(take(timed, () => Promise.reject(new Error('work fails')))).rejects.toThrow('work fails');
    expect(story.slice(3)).toEqual(['lock begins', 'lock ends']);
  });

  test('a lock that is not given is a fault of its stage', async () => {
    const { state } = memoryState();
    const withLock = () => Promise.reject(new Error('somebody has it'));
    const { timed, story } = watched({ state: { ...state, withLock } });
    await expect(timed.state.withLock('c1', SIGNAL, async () => 1)).rejects.toThrow('somebody has it');
    expect(story).toEqual(['lock begins', 'lock: Error: somebody has it']);
  });

  test('what is not there stays away', () => {
    const { timed } = watched({ readNamespace: undefined, probeApiServer: undefined, writeStatus: undefined });
    expect([timed.readNamespace, timed.probeApiServer, timed.writeStatus]).toEqual([undefined, undefined, undefined]);
  });
});
