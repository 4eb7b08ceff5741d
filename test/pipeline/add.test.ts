import { describe, expect, test } from 'vitest';
import { refuseOccupied } from '../../src/commands/by-hand/refuse-occupied.ts';
import { add } from '../../src/pipeline.ts';
import { pluginsExcept } from '../samples/delegates.ts';
import { failure } from '../samples/failure.ts';
import { memoryState } from '../samples/memory-state.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';
import { requestOf } from '../samples/request.ts';
import { scene } from './pipeline-scene.ts';

const KEY = { containerId: 'c1', ifName: 'eth0' };

describe('ADD', () => {
  test('M1, M2: two networks give one answer at the request’s version, the primary first', async () => {
    const { ports, delegates, store } = scene();
    const { stdout } = await add(requestOf(), ports);
    expect(delegates.log).toEqual(['ADD front-cni eth0', 'ADD back-cni eth1']);
    expect(stdout.endsWith('}\n')).toBe(true);
    expect(JSON.parse(stdout)).toMatchObject({
      cniVersion: '1.1.0',
      interfaces: [
        { name: 'eth0', sandbox: '/run/netns/pod' },
        { name: 'eth1', sandbox: '/run/netns/pod' },
      ],
      ips: [{ interface: 0 }, { interface: 1 }],
    });
    expect(store.read()?.attachments.map(({ network, phase }) => [network, phase])).toEqual([
      ['front', 'added'],
      ['back', 'added'],
    ]);
  });

  test('a namespace that others have used is looked at first: what is there already is refused, and nothing runs', async () => {
    const links = [{ name: 'lo' }, { name: 'eth1' }];
    const { ports, delegates, store } = scene({
      script: { 'braid-netns': { stdout: { links, addresses: [], routes: [] } } },
    });
    const livedIn = { ...ports, findPlugins: pluginsExcept(), beforeAttaching: refuseOccupied };
    expect(await failure(() => add(requestOf(), livedIn))).toMatchObject({
      code: 100,
      message: expect.stringContaining(
        'the namespace /run/netns/pod has an interface eth1 already, which network "back" would get',
      ),
    });
    expect(delegates.log).toEqual(['braid-netns']);
    expect(store.read()).toBeUndefined();
  });

  test('such a namespace that cannot be looked at is worth a line in the log', async () => {
    const { ports, delegates, log } = scene();
    await add(requestOf(), { ...ports, beforeAttaching: refuseOccupied });
    expect(delegates.log).toEqual(['ADD front-cni eth0', 'ADD back-cni eth1']);
    expect(JSON.stringify(log)).toContain('was not looked at');
  });

  const silent = { find: async () => ({ kind: 'silent' as const }) };
  test.each([
    ['warned of', {}, {}, [silent], 1],
    ['no matter outside Kubernetes', {}, { CNI_ARGS: '' }, [silent], 0],
    ['no matter with a kubeconfig', { kubeconfig: '/k' }, {}, [silent], 0],
    [
      'no matter where the runtime may hand them over',
      { capabilities: { 'io.kubernetes.cri.pod-annotations': true } },
      {},
      [silent],
      0,
    ],
    ['no matter where they are known', {}, {}, undefined, 0],
  ])('that nobody is asked for annotations is %s', async (_what, config, variables, podSources, count) => {
    const { ports, log } = scene({ ...(podSources && { podSources }), networks: { front: {}, back: {} } });
    await add(requestOf(variables, config), ports);
    expect(log.warnings.filter((text) => text.startsWith('annotations of pods are not looked at'))).toHaveLength(count);
  });

  test('M20: everything happens under the lock of the container', async () => {
    const { ports, store } = scene();
    await add(requestOf(), ports);
    expect(store.log.slice(0, 2)).toEqual(['lock c1', 'write adding,planned']);
  });

  test('P30: the answer for 0.3.1 has its form, whatever versions the networks have', async () => {
    const old = { cniVersion: '0.2.0', ip4: { ip: '10.0.0.2/24' } };
    const { ports } = scene({
      networks: { front: { cniVersion: '0.2.0' }, back: {} },
      script: { 'ADD front-cni': { stdout: old } },
    });
    const { stdout } = await add(requestOf({}, { cniVersion: '0.3.1' }), ports);
    expect(JSON.parse(stdout)).toMatchObject({
      cniVersion: '0.3.1',
      ips: [{ version: '4' }, { version: '4' }],
      dns: {},
    });
  });

  test.each([
    ['resultMode "primary"', { resultMode: 'primary' }, ['eth0']],
    ['resultMode "merged"', { resultMode: 'merged' }, ['eth0', 'eth1']],
  ])('M1: with %s the answer has %j %j, and the pod has both networks', async (_what, config, names) => {
    const { ports, delegates, statuses } = scene();
    const { stdout, afterwards } = await add(requestOf({}, config), ports);
    await afterwards();
    expect(JSON.parse(stdout).interfaces.map(({ name }: { name: string }) => name)).toEqual(names);
    expect(delegates.log).toHaveLength(2);
    expect(JSON.parse(statuses[0]?.['k8s.v1.cni.cncf.io/network-status'] ?? '')).toHaveLength(2);
  });

  test('M10: at 0.2.0 the answer is that of the primary network', async () => {
    const { ports } = scene();
    const { stdout } = await add(requestOf({}, { cniVersion: '0.2.0' }), ports);
    expect(JSON.parse(stdout)).toMatchObject({
      cniVersion: '0.2.0',
      ip4: { ip: expect.stringMatching(/^10\..*\/24$/) },
    });
  });

  test('M24: the result of plugins before us comes first in the answer', async () => {
    const before = {
      cniVersion: '1.1.0',
      interfaces: [{ name: 'lo' }],
      ips: [{ interface: 0, address: '127.0.0.1/8' }],
    };
    const { ports, delegates } = scene({ annotations: { cni: 'front' } });
    const { stdout } = await add(requestOf({}, { prevResult: before }), ports);
    expect(JSON.parse(stdout)).toMatchObject({ interfaces: [{ name: 'lo' }, { name: 'eth0' }] });
    expect(JSON.parse(delegates.calls[0]?.stdin ?? '')).not.toHaveProperty('prevResult');
  });
});

describe('what is refused before any delegate runs', () => {
  test.each([
    ['a network that does not exist', { annotations: { cni: 'front,nowhere' } }, 7, 'there is no network "nowhere"'],
    ['an empty item', { annotations: { cni: 'front,' } }, 7, 'annotation "cni", item 2: is empty'],
    ['a path', { annotations: { cni: '../x' } }, 7, '"../x" is not a network name'],
    [
      'an interface name of 16 bytes',
      { annotations: { cni: 'front@0123456789abcdef' } },
      7,
      'interface name is too long',
    ],
    ['one interface name twice', { annotations: { cni: 'front@net0,back@net0' } }, 7, 'already taken by'],
    ['a missing binary', { missing: ['back-cni'] }, 7, 'failed to find plugin "back-cni"'],
    [
      'our own type inside a network',
      { networks: { front: {}, back: { plugins: [{ type: 'braid', capabilities: [], raw: { type: 'braid' } }] } } },
      7,
      'its plugin "braid" is Braid itself',
    ],
    [
      'a pod that no source could show',
      {
        podSources: [
          { find: async () => ({ kind: 'failed' as const, cause: 'no route to the API server', hint: '' }) },
        ],
      },
      11,
      "cannot read the pod's annotations: no route to the API server",
    ],
  ])('%s: nothing has run and nothing is recorded', async (_what, setting, code, message) => {
    const { ports, delegates, store } = scene(setting);
    const error = await failure(() => add(requestOf(), ports));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(delegates.log).toEqual([]);
    expect(store.records.size).toBe(0);
  });

  test('P32: so is a prevResult of another form', async () => {
    const { ports, delegates } = scene();
    const request = requestOf({}, { prevResult: { cniVersion: '0.4.0' } });
    expect(await failure(() => add(request, ports))).toMatchObject({
      code: 6,
      message: expect.stringContaining('could not parse prevResult'),
    });
    expect(delegates.log).toEqual([]);
  });

  test('M16: a second ADD is refused without any delegate call, and the first one’s record stays', async () => {
    const { ports, delegates, store } = scene();
    await add(requestOf(), ports);
    const before = store.read();
    delegates.log.length = 0;
    expect(await failure(() => add(requestOf(), ports))).toMatchObject({
      code: 100,
      message: expect.stringContaining('container c1 has its attachments for eth0 already'),
      details: expect.stringContaining('must call DEL'),
    });
    expect(delegates.log).toEqual([]);
    expect(store.read()).toEqual(before);
  });

  test('M13: an ADD over a damaged record is refused and says where it lies', async () => {
    const { ports, delegates, store } = scene();
    store.damage(KEY);
    expect(await failure(() => add(requestOf(), ports))).toMatchObject({
      code: 103,
      message: "the record of this container's attachments is damaged: its checksum does not match",
      details: 'it lies in /state/x.json',
    });
    expect(delegates.log).toEqual([]);
  });

  test('a full disk', async () => {
    const { ports, delegates, store } = scene();
    store.refuses.set('write', () => true);
    expect(await failure(() => add(requestOf(), ports))).toMatchObject({
      code: 5,
      message: expect.stringContaining('stateDir "/state"'),
    });
    expect(delegates.log).toEqual([]);
  });
});

describe('status', () => {
  test('is written after the answer, with both annotations for CNI-Genie’s list', async () => {
    const { ports, events, statuses } = scene();
    const { afterwards } = await add(requestOf(), ports);
    expect(events).toEqual([]);
    await afterwards();
    expect(events).toEqual(['status of shop/web-0']);
    expect(Object.keys(statuses[0] ?? {})).toEqual(['k8s.v1.cni.cncf.io/network-status', 'multi-ip-preferences']);
  });

  test('best-effort never fails an ADD: a fault is a warning', async () => {
    const { ports, log, store } = scene({
      status: { cause: 'the API server refused it: 403 forbidden', isFinal: true },
    });
    const { afterwards } = await add(requestOf(), ports);
    await afterwards();
    expect(log.warnings).toEqual([
      'cannot write the network status to the pod: the API server refused it: 403 forbidden',
    ]);
    expect(store.read()?.attachments).toHaveLength(2);
  });

  test('required: it is written before the answer, and a fault takes everything back', async () => {
    const request = requestOf({}, { statusWriteBack: 'required' });
    const good = scene();
    const { afterwards } = await add(request, good.ports);
    expect(good.events).toEqual(['status of shop/web-0']);
    await afterwards();
    expect(good.events).toHaveLength(1);
    const bad = scene({ status: { cause: 'no route', isFinal: false } });
    expect(await failure(() => add(request, bad.ports))).toMatchObject({
      code: 104,
      message: 'cannot write the network status to the pod: no route',
      details: '"statusWriteBack" is "required"',
    });
    expect(bad.delegates.log.slice(2)).toEqual(['DEL back-cni eth1', 'DEL front-cni eth0']);
    expect(bad.store.records.size).toBe(0);
  });

  test.each([
    ['without an API server', { status: 'none' as const }, {}],
    ['outside Kubernetes', {}, { CNI_ARGS: '' }],
  ])('%s none is written', async (_where, setting, variables) => {
    const { ports, events } = scene(setting);
    const { afterwards } = await add(requestOf(variables), ports);
    await afterwards();
    expect(events).toEqual([]);
  });
});

test('M20: while another call holds the container, an ADD that is stopped is code 11 and has run nothing', async () => {
  const store = memoryState();
  store.records.set('c1/eth0', 'not looked at');
  const stop = new AbortController();
  const { ports, delegates } = scene({ store, signal: stop.signal });
  const withLock: typeof ports.state.withLock = (_id, signal) =>
    new Promise((_resolve, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  const waiting = add(requestOf(), { ...ports, state: { ...store.state, withLock } });
  const broken = new Error('Braid got SIGTERM');
  stop.abort(broken);
  await expect(waiting).rejects.toBe(broken);
  expect(delegates.log).toEqual([]);
});

test('the record that an ADD leaves holds what a DEL needs, and nothing of the pod’s own annotations', async () => {
  const { ports, store } = scene({ annotations: { cni: 'front', secret: 's3cret' } });
  await add(requestOf({ CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAME=web-0' }), ports);
  const config = { type: 'front-cni', name: 'front', cniVersion: '1.0.0' };
  expect(store.read()).toEqual(
    recordOf([
      attachmentOf('front', 'eth0', {
        cniVersion: '1.0.0',
        why: 'annotation "cni"',
        cniArgs: 'IgnoreUnknown=1;K8S_POD_NAME=web-0',
        plugins: [{ type: 'front-cni', config }],
        phase: 'added',
        result: expect.objectContaining({ cniVersion: '1.0.0' }),
      }),
    ]),
  );
  expect([...store.records.values()].join()).not.toContain('s3cret');
});
