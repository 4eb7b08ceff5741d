/** Runtime side, the configuration that a plugin gets on stdin: R15 … R18. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { added } from './runtime-scene.ts';

beforeAll(prepareForms);

const RUNTIME = 'io.kubernetes.cri.pod-annotations';
const PORTS = [{ HostPort: 8080, ContainerPort: 80, Protocol: 'tcp', HostIP: '' }];

describe.each(BRAID_FORMS)('the request to a plugin, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    for (const type of ['bridge', 'portmap']) node.plugin(type);
  });
  afterEach(() => node.dispose());

  const chain = (...plugins: object[]) => node.conf('10-a.conflist', { cniVersion: '1.1.0', name: 'a', plugins });
  const add = (runtimeConfig: object = {}) =>
    added(node, form, 'a', { config: { runtimeConfig: { [RUNTIME]: { cni: 'a' }, ...runtimeConfig } } });

  test('R15: a plugin gets its own object with every key, and the list’s name and version over its own', async () => {
    const own = { type: 'bridge', mtu: 1400, nested: { deep: [1, null, { x: '<&>' }] }, null: null, ключ: 'ü' };
    chain({ ...own, name: 'other', cniVersion: '0.2.0' });
    await add();
    expect(node.calls()[0]?.stdin).toEqual({ ...own, name: 'a', cniVersion: '1.1.0' });
  });

  test('R15: the first plugin gets no prevResult, each later one the result before it', async () => {
    chain({ type: 'bridge', addresses: ['10.1.0.2/24'] }, { type: 'portmap' });
    await add();
    const [bridge, portmap] = node.calls();
    expect(bridge?.stdin).not.toHaveProperty('prevResult');
    expect(portmap?.stdin).toEqual({
      type: 'portmap',
      name: 'a',
      cniVersion: '1.1.0',
      prevResult: {
        cniVersion: '1.1.0',
        interfaces: [{ name: 'eth0', sandbox: '/run/netns/braid-none' }],
        ips: [{ interface: 0, address: '10.1.0.2/24' }],
      },
    });
  });

  test.each([
    ['declared true and given: offered', { portMappings: true }, { portMappings: PORTS }, { portMappings: PORTS }],
    ['declared false: withheld', { portMappings: false }, { portMappings: PORTS }, undefined],
    ['not declared: withheld', undefined, { portMappings: PORTS }, undefined],
    ['declared, not given: nothing', { bandwidth: true }, { portMappings: PORTS }, undefined],
    ['several: those declared true', { a: true, b: false, c: true }, { a: 1, b: 2, d: 4 }, { a: 1 }],
    ['a value of any shape, as it is', { a: true, b: true }, { a: null, b: [] }, { a: null, b: [] }],
  ])('R16: capabilities %s', async (_what, capabilities, given, expected) => {
    chain({ type: 'bridge', ...(capabilities ? { capabilities } : {}) });
    await add(given);
    const plain = { type: 'bridge', name: 'a', cniVersion: '1.1.0' };
    expect(node.calls()[0]?.stdin).toEqual(expected ? { ...plain, runtimeConfig: expected } : plain);
  });

  test.each([
    ['is replaced, never merged', { portMappings: PORTS }, { portMappings: PORTS }],
    ['is left out when there is none', {}, undefined],
  ])('R16 R17: a runtimeConfig on disk %s', async (_what, given, expected) => {
    chain({ type: 'bridge', capabilities: { portMappings: true }, runtimeConfig: { portMappings: [], x: 1 } });
    await add(given);
    expect(node.calls()[0]?.stdin.runtimeConfig).toEqual(expected);
  });

  test('R17: what the specification reserves for the runtime does not come from disk, but args does', async () => {
    const reserved = {
      capabilities: { portMappings: true },
      prevResult: { cniVersion: '1.1.0', ips: [{ address: '10.6.6.6/24' }] },
      runtimeConfig: { x: 1 },
      'cni.dev/valid-attachments': [],
      'cni.dev/attachments': [],
      'cni.dev/other': 1,
    };
    const args = { cni: { ips: ['10.1.0.9'] } };
    chain({ type: 'bridge', ...reserved, args }, { type: 'portmap', ...reserved });
    const { json } = await add();
    expect(await node.call(form, { verb: 'CHECK', config: { prevResult: json } })).toMatchObject({ code: 0 });
    expect(await node.call(form, { verb: 'DEL' })).toMatchObject({ code: 0 });
    const plain = { name: 'a', cniVersion: '1.1.0' };
    const prevResult = { cniVersion: '1.1.0', interfaces: [{ name: 'eth0', sandbox: '/run/netns/braid-none' }] };
    expect(node.calls().map(({ stdin }) => stdin)).toEqual([
      { type: 'bridge', args, ...plain },
      { type: 'portmap', ...plain, prevResult },
      { type: 'bridge', args, ...plain, prevResult },
      { type: 'portmap', ...plain, prevResult },
      { type: 'portmap', ...plain, prevResult },
      { type: 'bridge', args, ...plain, prevResult },
    ]);
  });

  test('R18: GC adds its two keys to name and version, nothing else', async () => {
    chain({ type: 'bridge', capabilities: { portMappings: true }, mtu: 1400 }, { type: 'portmap' });
    await add({ portMappings: PORTS });
    const valid = [{ containerID: 'c1', ifname: 'eth0' }];
    const config = { 'cni.dev/valid-attachments': valid, runtimeConfig: { portMappings: PORTS } };
    const answer = await node.call(form, { verb: 'GC', cniVersion: '1.1.0', config });
    expect(answer).toMatchObject({ code: 0, stdout: '' });
    const keys = { name: 'a', cniVersion: '1.1.0', 'cni.dev/valid-attachments': valid, 'cni.dev/attachments': valid };
    const collected = node.calls().filter(({ verb }) => verb === 'GC');
    expect(collected.map(({ stdin }) => stdin)).toEqual([
      { type: 'bridge', mtu: 1400, ...keys },
      { type: 'portmap', ...keys },
    ]);
  });

  test('R18: STATUS adds name and version, nothing else', async () => {
    const prevResult = { cniVersion: '1.1.0', ips: [{ address: '10.6.6.6/24' }] };
    chain({ type: 'bridge', capabilities: { portMappings: true }, mtu: 1400, prevResult });
    const config = { runtimeConfig: { portMappings: PORTS } };
    const answer = await node.call(form, { verb: 'STATUS', cniVersion: '1.1.0', config });
    expect(answer).toMatchObject({ code: 0, stdout: '' });
    const asked = node.calls().filter(({ verb }) => verb === 'STATUS');
    expect(asked.map(({ stdin }) => stdin)).toEqual([{ type: 'bridge', mtu: 1400, name: 'a', cniVersion: '1.1.0' }]);
  });
});
