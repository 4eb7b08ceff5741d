/** A collection that is kept up to date whatever becomes of the connection and of the server. */
import { describe, expect, test, vi } from 'vitest';
import { clusterScene, DEFINITIONS, define, definitionPath, PODS, until } from './cluster-scene.ts';

/** A cluster that watches, and its definitions. */
async function watching() {
  const scene = await clusterScene();
  await scene.cluster.warmUp();
  await scene.synced();
  const definitions = scene.cluster.informers.get(DEFINITIONS);
  if (!definitions) throw new Error('no informer');
  const typeOf = (name: string): string | undefined => {
    const object = definitions.get('shop', name) as { spec?: { config: string } } | undefined;
    return object?.spec && JSON.parse(object.spec.config).type;
  };
  const knows = (name: string, type = 'bridge') => until(() => typeOf(name) === type, `${name} of type ${type}`);
  const lists = () => scene.api.requests.filter(({ path }) => path.startsWith(`${DEFINITIONS}?limit`)).length;
  return { ...scene, definitions, typeOf, knows, lists };
}

test('changes and deletions are followed', async () => {
  const { api, definitions, knows, asked, cluster } = await watching();
  define(api, 'back');
  await knows('back');
  define(api, 'front', 'macvlan');
  await knows('front', 'macvlan');
  api.deleteObject(definitionPath('back'));
  await until(() => definitions.get('shop', 'back') === undefined, 'the deletion');
  api.deletePod('shop', 'web');
  await until(() => cluster.informers.get(PODS)?.size === 0, 'the end of the pod');
  expect(asked()).toEqual([]);
});

describe('a watch that ends', () => {
  test.each(['well', 'half-way', 'cut'] as const)('%s is begun anew where it was, without a list', async (how) => {
    const { api, knows, lists, definitions } = await watching();
    api.watches.end(how);
    define(api, 'missed');
    await knows('missed');
    await until(() => api.watches.size === 2, 'both watches');
    define(api, 'later');
    await knows('later');
    expect(lists()).toBe(1);
    expect(definitions.isSettled).toBe(true);
  });

  test('again and again misses nothing, and leaves nothing behind', async () => {
    const { api, knows } = await watching();
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => void warnings.push(warning);
    process.on('warning', onWarning);
    for (let count = 0; count < 8; count += 1) {
      api.watches.end('well');
      define(api, `net-${count}`);
      await knows(`net-${count}`);
    }
    await until(() => api.watches.size === 2, 'both watches');
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  test('because history is forgotten: everything is listed afresh', async () => {
    const { api, knows, lists, definitions } = await watching();
    api.watches.end('well');
    define(api, 'new');
    api.deleteObject(definitionPath('front'));
    api.watches.compact();
    await knows('new');
    await until(() => definitions.get('shop', 'front') === undefined, 'the deletion');
    expect(lists()).toBe(2);
    define(api, 'later');
    await knows('later');
  });
});

describe('a server that is away', () => {
  test('what is known is served, and what has changed is known once it is back', async () => {
    const { api, knows, find, get, log, asked, definitions } = await watching();
    await api.stop();
    await until(() => log.lines.some((text) => text.startsWith('warn')), 'the loss to be noticed');
    expect(await find('web')).toMatchObject({ kind: 'found' });
    expect(await get(definitionPath('front'))).toMatchObject({ kind: 'ok' });
    expect(definitions.ageMs).toBeGreaterThan(0);
    define(api, 'meanwhile');
    await api.start();
    await knows('meanwhile');
    expect(asked()).toEqual([]);
    expect(log.lines).toContain('info the watch works again');
    // Told once for each collection, however often it was tried.
    expect(log.lines.filter((text) => text.startsWith('warn'))).toHaveLength(2);
  });

  test('from the start is waited for', async () => {
    const scene = await clusterScene();
    await scene.api.stop();
    await scene.cluster.warmUp();
    expect([...scene.cluster.informers.values()].map(({ ageMs }) => ageMs)).toEqual([undefined, undefined]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await scene.api.start();
    await scene.synced();
    expect(await scene.find('web')).toMatchObject({ kind: 'found' });
  });

  test.each(['garbage', 'truncate', 'reset'] as const)('a list that ends in "%s" is asked for again', async (fault) => {
    const scene = await clusterScene();
    scene.api.faults[fault] = 2;
    await scene.cluster.warmUp();
    await scene.synced();
    expect(await scene.find('web')).toMatchObject({ kind: 'found' });
  });
});

describe('a server that refuses', () => {
  test('lists: everything is asked for, until it allows them', async () => {
    const scene = await clusterScene();
    scene.api.deny('list', 'pods');
    scene.api.deny('list', 'network-attachment-definitions');
    await scene.cluster.warmUp();
    await until(() => scene.log.lines.length === 2, 'both refusals');
    expect(await scene.find('web')).toMatchObject({ kind: 'found' });
    expect(await scene.get(definitionPath('front'))).toMatchObject({ kind: 'ok' });
    expect(scene.asked()).toHaveLength(2);
    scene.api.allow('list', 'pods');
    scene.api.allow('list', 'network-attachment-definitions');
    await scene.synced();
  });

  test('watches: what was listed is not trusted any longer', async () => {
    const { api, get, log, asked, knows } = await watching();
    api.deny('watch', 'network-attachment-definitions');
    api.watches.end('well');
    await until(() => log.lines.some((text) => text.startsWith('warn')), 'the refusal');
    define(api, 'front', 'macvlan');
    const answer = await get(definitionPath('front'));
    expect(JSON.stringify(answer)).toContain('macvlan');
    expect(asked()).toHaveLength(1);
    api.allow('watch', 'network-attachment-definitions');
    await knows('front', 'macvlan');
    await get(definitionPath('front'));
    expect(asked()).toHaveLength(1);
  });
});

test('events that are none are passed over', async () => {
  const { api, knows, lists } = await watching();
  const rejections: unknown[] = [];
  const onRejection = (cause: unknown) => void rejections.push(cause);
  process.on('unhandledRejection', onRejection);
  const odd = ['', 'no JSON', 'null', '[]', '{}', '{"type":"ADDED"}', '{"type":"ADDED","object":null}'];
  for (const text of odd) api.watches.say(text);
  for (const type of ['ERROR', 'DELETED', 'BOOKMARK', 'NEW']) {
    for (const object of [null, {}, { metadata: null }, 'x', { code: 500 }])
      api.watches.say(JSON.stringify({ type, object }));
  }
  define(api, 'after');
  await knows('after');
  process.off('unhandledRejection', onRejection);
  expect(rejections).toEqual([]);
  expect(lists()).toBe(1);
});

test('a watch that says nothing for long is begun anew', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
  try {
    const { api, typeOf } = await watching();
    api.watches.isSilent = true;
    define(api, 'missed');
    api.watches.isSilent = false;
    expect(typeOf('missed')).toBeUndefined();
    for (let seconds = 0; seconds < 60 && typeOf('missed') === undefined; seconds += 1) {
      await vi.advanceTimersByTimeAsync(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => typeOf('missed') === 'bridge', 'what was missed');
  } finally {
    vi.useRealTimers();
  }
});
