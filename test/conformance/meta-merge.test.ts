/** M1 to M4, M7, M23: several results as one, on the built binary with plugins that answer what a row says. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';

beforeAll(prepareForms);

const NETNS = '/run/netns/braid-none';
const TWO = { cni: 'front,storage' };
const eth0 = { name: 'eth0', sandbox: NETNS };
const eth1 = { name: 'eth1', sandbox: NETNS };
const host = { name: 'br-front', mac: '02:00:00:00:00:01' };
const IP1 = '10.1.0.2/24';
const IP2 = '10.2.0.2/24';

/** What the two plugins answer and what the merged answer must hold. */
type Row = readonly [title: string, front: object, storage: object, expected: object];

const ROWS: readonly Row[] = [
  [
    'M1 M2: the primary’s entries come first and the second network’s indices move behind them',
    { interfaces: [host, eth0], ips: [{ interface: 1, address: IP1 }] },
    {
      interfaces: [{ name: 'veth9' }, eth1],
      ips: [
        { interface: 1, address: IP2 },
        { interface: 0, address: '10.2.0.9/24' },
      ],
    },
    {
      interfaces: [host, eth0, { name: 'veth9' }, eth1],
      ips: [
        { interface: 1, address: IP1 },
        { interface: 3, address: IP2 },
        { interface: 2, address: '10.2.0.9/24' },
      ],
    },
  ],
  [
    'M2: a plugin that answers in an older version is converted before the merge',
    { interfaces: [eth0], ips: [{ interface: 0, address: IP1 }] },
    { cniVersion: '0.4.0', interfaces: [eth1], ips: [{ version: '4', interface: 0, address: IP2 }] },
    {
      cniVersion: '1.0.0',
      ips: [
        { interface: 0, address: IP1 },
        { interface: 1, address: IP2 },
      ],
    },
  ],
  [
    'M3: a plugin that lists no interfaces but index 0 gets its own interface, not the primary’s',
    { interfaces: [eth0], ips: [{ interface: 0, address: IP1 }] },
    { ips: [{ interface: 0, address: IP2 }] },
    {
      interfaces: [eth0, eth1],
      ips: [
        { interface: 0, address: IP1 },
        { interface: 1, address: IP2 },
      ],
    },
  ],
  [
    'M3: an address without index belongs to the interface of its own network',
    { interfaces: [host, eth0], ips: [{ address: IP1 }] },
    { ips: [{ address: IP2 }] },
    {
      interfaces: [host, eth0, eth1],
      ips: [
        { interface: 1, address: IP1 },
        { interface: 2, address: IP2 },
      ],
    },
  ],
  [
    'M4: an index past the list, equal to its length, or negative never comes out',
    {
      interfaces: [host, eth0],
      ips: [
        { interface: 2, address: IP1 },
        { interface: -1, address: '10.1.0.3/24' },
      ],
    },
    { interfaces: [eth1], ips: [{ interface: 7, address: IP2 }] },
    {
      interfaces: [host, eth0, eth1],
      ips: [
        { interface: 1, address: IP1 },
        { interface: 1, address: '10.1.0.3/24' },
        { interface: 2, address: IP2 },
      ],
    },
  ],
  [
    'M4: one host-side bridge under two networks stays twice',
    { interfaces: [host, eth0] },
    { interfaces: [host, eth1] },
    { interfaces: [host, eth0, host, eth1] },
  ],
  [
    'M7: a route without gateway gets its own result’s gateway of its own family',
    {
      interfaces: [eth0],
      ips: [
        { interface: 0, address: 'fd00:1::2/64', gateway: 'fd00:1::1' },
        { interface: 0, address: IP1, gateway: '10.1.0.1' },
      ],
      routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
    },
    {
      interfaces: [eth1],
      ips: [{ interface: 0, address: IP2, gateway: '10.2.0.1' }],
      routes: [{ dst: '10.9.0.0/16' }, { dst: 'fd00:9::/64' }, { dst: '10.8.0.0/16', scope: 253 }],
    },
    {
      routes: [
        { dst: '0.0.0.0/0', gw: '10.1.0.1' },
        { dst: '::/0', gw: 'fd00:1::1' },
        { dst: '10.9.0.0/16', gw: '10.2.0.1' },
        { dst: 'fd00:9::/64' },
        { dst: '10.8.0.0/16', scope: 253 },
      ],
    },
  ],
  [
    'M23: resolver settings are joined in order, nothing twice, the first domain and option hold',
    { interfaces: [eth0], dns: { nameservers: ['10.1.0.53'], search: ['shop', 'corp'], options: ['ndots:5'] } },
    {
      interfaces: [eth1],
      dns: {
        nameservers: ['10.2.0.53', '10.1.0.53'],
        domain: 'storage.corp',
        search: ['corp', 'disk'],
        options: ['ndots:1', 'rotate'],
      },
    },
    {
      dns: {
        nameservers: ['10.1.0.53', '10.2.0.53'],
        domain: 'storage.corp',
        search: ['shop', 'corp', 'disk'],
        options: ['ndots:5', 'rotate'],
      },
    },
  ],
];

describe.each(BRAID_FORMS)('merging with Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    node.network('front', ['bridge']);
    node.network('storage', ['macvlan']);
  });
  afterEach(() => node.dispose());

  const answering = (plugin: string, result: object) =>
    node.plugin(plugin, { ADD: { stdout: { cniVersion: '1.0.0', ...result } } });
  const add = (rest: object = {}) => node.call(form, { verb: 'ADD', annotations: TWO, ...rest });

  test.each(ROWS)('%s', async (_title, front, storage, expected) => {
    answering('bridge', front);
    answering('macvlan', storage);
    const answer = await add();
    expect(answer.code, answer.stdout).toBe(0);
    expect(answer.json).toMatchObject(expected);
  });

  test.each([
    ['a null address', { ips: [null] }],
    ['a null interface', { interfaces: [null] }],
    ['a null route', { routes: [null] }],
  ])('M4: %s never comes out: the plugin that gave it is named and all is taken back', async (_what, result) => {
    answering('macvlan', result);
    const answer = await add();
    expect(answer).toMatchObject({ code: 1, json: { code: 6, msg: expect.stringContaining('plugin "macvlan" ADD') } });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test.each([
    ['0.1.0', { cniVersion: '0.1.0', ip4: { ip: IP1 }, dns: {} }],
    ['0.2.0', { cniVersion: '0.2.0', ip4: { ip: IP1 }, dns: {} }],
    [
      '0.3.0',
      {
        cniVersion: '0.3.0',
        ips: [
          { version: '4', interface: 0, address: IP1 },
          { version: '4', interface: 1, address: IP2 },
        ],
      },
    ],
    [
      '1.1.0',
      {
        cniVersion: '1.1.0',
        ips: [
          { interface: 0, address: IP1 },
          { interface: 1, address: IP2 },
        ],
      },
    ],
  ])('M2: the merged result is converted to the runtime’s version %s', async (cniVersion, expected) => {
    answering('bridge', { interfaces: [eth0], ips: [{ interface: 0, address: IP1 }] });
    answering('macvlan', { interfaces: [eth1], ips: [{ interface: 0, address: IP2 }] });
    expect((await add({ cniVersion })).json).toMatchObject(expected);
  });
});
