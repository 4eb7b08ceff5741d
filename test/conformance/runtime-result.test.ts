/** Runtime side, the fields of a result: R64 … R72. One plugin answers, the next one's prevResult and our answer are read. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { added, NETNS, refused } from './runtime-scene.ts';

beforeAll(prepareForms);

const FAILS = 'network "a" (eth0), plugin "source" ADD: ';

describe.each(BRAID_FORMS)('the fields of a result, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    for (const type of ['source', 'sink']) node.plugin(type);
  });
  afterEach(() => node.dispose());

  interface Way {
    readonly answer: object | string;
    readonly list?: string;
    readonly request?: string;
  }
  const prepare = ({ answer, list = '1.1.0' }: Way) => {
    node.plugin('source', { ADD: { stdout: answer } });
    node.conf('10-a.conflist', { cniVersion: list, name: 'a', plugins: [{ type: 'source' }, { type: 'sink' }] });
  };
  const converted = async (way: Way) => {
    prepare(way);
    const { json } = await added(node, form, 'a', { cniVersion: way.request ?? '1.1.0' });
    return { prevResult: node.calls().find(({ plugin }) => plugin === 'sink')?.stdin.prevResult, json };
  };
  const failing = async (way: Way) => {
    prepare(way);
    return refused(
      node,
      await node.call(form, { verb: 'ADD', annotations: { cni: 'a' }, cniVersion: way.request ?? '1.1.0' }),
    );
  };
  const inB = (ip: object, rest: object = {}) => ({ cniVersion: '0.4.0', ips: [ip], ...rest });
  const inC = (ip: object, rest: object = {}) => ({ cniVersion: '1.0.0', ips: [ip], ...rest });

  test.each([
    ['10.1.2.3/24', '4', '10.1.2.3/24'],
    ['fd00::3/64', '6', 'fd00::3/64'],
    ['::ffff:10.1.2.3/120', '4', '10.1.2.3/24'],
  ])('R64: the version of %s is %s', async (address, version, printed) => {
    const { prevResult } = await converted({ answer: inC({ address }), list: '0.4.0' });
    expect(prevResult.ips).toEqual([{ version, address: printed }]);
  });

  test('R65: the first address of each family stays, with the routes of that family alone', async () => {
    const four = (address: string) => ({ version: '4', address, gateway: '10.1.2.1' });
    const routes = [
      { dst: '0.0.0.0/0', gw: '10.1.2.1', mtu: 1400 },
      { dst: 'fd09::/48', gw: 'fd00::fe' },
      { dst: '10.9.0.0/16' },
    ];
    const answer = {
      cniVersion: '0.4.0',
      interfaces: [{ name: 'x' }],
      ips: [four('10.1.2.3/24'), four('10.1.2.4/24')],
      routes,
    };
    const { prevResult } = await converted({ answer, list: '0.2.0' });
    expect(prevResult).toEqual({
      cniVersion: '0.2.0',
      ip4: {
        ip: '10.1.2.3/24',
        gateway: '10.1.2.1',
        routes: [{ dst: '0.0.0.0/0', gw: '10.1.2.1' }, { dst: '10.9.0.0/16' }],
      },
      dns: {},
    });
  });

  test.each([
    [
      'an IPv4 address that is called "6" goes there',
      [{ version: '6', address: '10.1.2.3/24' }],
      { ip6: { ip: '10.1.2.3/24' } },
    ],
    [
      'one with an empty label is dropped',
      [
        { version: '', address: '10.1.2.3/24' },
        { version: '6', address: 'fd00::3/64' },
      ],
      { ip6: { ip: 'fd00::3/64' } },
    ],
    ['one without a label counts by what it is', [{ address: '10.1.2.3/24' }], { ip4: { ip: '10.1.2.3/24' } }],
  ])('R65: the label decides: %s', async (_what, ips, expected) => {
    const { prevResult } = await converted({ answer: { cniVersion: '0.3.1', ips }, list: '0.2.0' });
    expect(prevResult).toEqual({ cniVersion: '0.2.0', ...expected, dns: {} });
  });

  test.each(['0.1.0', '0.2.0'])('R65: a result without addresses cannot be said in %s', async (list) => {
    const error = await failing({ answer: { cniVersion: '1.0.0', interfaces: [{ name: 'eth0' }] }, list });
    expect(error).toMatchObject({ code: 999, msg: `${FAILS}cannot convert: no valid IP addresses` });
    expect(node.story()).toEqual(['ADD source eth0', 'DEL sink eth0', 'DEL source eth0']);
  });

  test('R66: what the format does not know is lost, at every place', async () => {
    const x = { x: 1 };
    const answer = {
      ...inC({ address: '10.1.2.3/24', interface: 0, version: '4', ...x }, x),
      interfaces: [{ name: 'eth0', sandbox: NETNS, ...x }],
      routes: [{ dst: '10.9.0.0/16', gw: '10.1.2.1', ...x }],
      dns: { domain: 'a', ...x },
      ip4: { ip: '10.6.6.6/24' },
    };
    const expected = {
      cniVersion: '1.1.0',
      interfaces: [{ name: 'eth0', sandbox: NETNS }],
      ips: [{ address: '10.1.2.3/24', interface: 0 }],
      routes: [{ dst: '10.9.0.0/16', gw: '10.1.2.1' }],
      dns: { domain: 'a' },
    };
    const { prevResult, json } = await converted({ answer });
    expect([prevResult, json]).toEqual([expected, expected]);
  });

  test.each([
    ['0 is printed', 0, { interface: 0 }, 0],
    ['an absent one stays absent', undefined, {}, 1],
    ['null is an absent one', null, {}, 1],
    ['one that is out of range passes', 7, { interface: 7 }, 1],
    ['a negative one passes', -1, { interface: -1 }, 1],
  ])('R67: of interface indexes %s, but none that points nowhere leaves us', async (_what, index, kept, answered) => {
    const interfaces = [{ name: 'br0' }, { name: 'eth0', sandbox: NETNS }];
    const answer = inC(
      { address: '10.1.2.3/24', ...(index === undefined ? {} : { interface: index }) },
      { interfaces },
    );
    const { prevResult, json } = await converted({ answer });
    expect(prevResult.ips).toEqual([{ address: '10.1.2.3/24', ...kept }]);
    expect(json.ips).toEqual([{ address: '10.1.2.3/24', interface: answered }]);
  });

  test.each([['"0"'], ['0.5'], ['true'], ['{}']])('R67: the index %s is refused', async (index) => {
    const error = await failing({
      answer: `{"cniVersion":"1.0.0","ips":[{"address":"10.1.2.3/24","interface":${index}}]}`,
    });
    expect(error).toMatchObject({
      code: 6,
      msg: expect.stringContaining(`${FAILS}the 1.0.0 result is not valid: "ips[0].interface"`),
    });
  });

  test.each(['0.4.0', '1.1.0'])('R68: of zeros only table and scope are printed, at %s', async (list) => {
    const zeros = { mtu: 0, advmss: 0, priority: 0, table: 0, scope: 0 };
    const answer = {
      cniVersion: list,
      interfaces: [{ name: '', mac: '', sandbox: '', mtu: 0, socketPath: '', pciID: '' }],
      ips: [],
      routes: [{ dst: '10.9.0.0/16', gw: '', ...zeros }],
      dns: { nameservers: [], domain: '', search: [], options: [] },
    };
    const { prevResult } = await converted({ answer, list });
    expect(prevResult).toEqual({
      cniVersion: list,
      interfaces: [{ name: '' }],
      routes: [{ dst: '10.9.0.0/16', table: 0, scope: 0 }],
      ...(list === '0.4.0' ? { dns: {} } : {}),
    });
  });

  test.each([
    ['0.2.0', { cniVersion: '0.2.0', ip4: { ip: '10.1.2.3/24' }, dns: {} }],
    ['0.3.1', { cniVersion: '0.3.1', ips: [{ version: '4', address: '10.1.2.3/24' }], dns: {} }],
    ['1.0.0', { cniVersion: '1.0.0', ips: [{ address: '10.1.2.3/24' }] }],
  ])('R68: at %s empty lists and settings are printed as that format has them', async (list, expected) => {
    const empty = { interfaces: null, routes: [], dns: null };
    const { prevResult } = await converted({ answer: inC({ address: '10.1.2.3/24', gateway: null }, empty), list });
    expect(prevResult).toEqual(expected);
  });

  test.each([
    ['host bits stay', '10.1.2.3/8', '10.1.2.3/8'],
    ['IPv6 is lower case and short', 'FD00:0:0:0:0:0:0:3/64', 'fd00::3/64'],
    ['the longest run of zeros is short', '2001:0:0:1:0:0:0:1/128', '2001:0:0:1::1/128'],
    ['IPv4-mapped is IPv4', '::ffff:10.0.0.2/120', '10.0.0.2/24'],
    ['a prefix of 0', '0.0.0.0/0', '0.0.0.0/0'],
    ['a single host', '10.1.2.3/32', '10.1.2.3/32'],
  ])('R69: of addresses and destinations %s: %s', async (_what, given, printed) => {
    const answer = inC({ address: given }, { routes: [{ dst: given }] });
    const { prevResult } = await converted({ answer });
    expect(prevResult).toMatchObject({ ips: [{ address: printed }], routes: [{ dst: printed }] });
  });

  test.each([
    ['10.1.2.1', '10.1.2.1'],
    ['FD00::0001', 'fd00::1'],
    ['::ffff:10.1.2.1', '10.1.2.1'],
    ['', undefined],
  ])('R69: the gateway %j is printed as %s', async (gateway, printed) => {
    const answer = inC({ address: '10.1.2.3/24', gateway }, { routes: [{ dst: '10.9.0.0/16', gw: gateway }] });
    const { prevResult } = await converted({ answer });
    const [ip, route] = [prevResult.ips[0], prevResult.routes[0]];
    expect([ip.gateway, route.gw]).toEqual([printed, printed]);
  });

  test.each([
    ['an address without mask', inC({ address: '10.1.2.3' }), 'ips[0].address'],
    ['an address with a zone', inC({ address: 'fe80::1%eth0/64' }), 'ips[0].address'],
    ['an address with leading zeros', inC({ address: '010.1.2.3/24' }), 'ips[0].address'],
    ['a mask with leading zeros', inC({ address: '10.1.2.3/024' }), 'ips[0].address'],
    ['a mask that is too long', inC({ address: '10.1.2.3/33' }), 'ips[0].address'],
    ['an address that is none', inC({ address: 'eth0' }), 'ips[0].address'],
    ['a gateway with a mask', inC({ address: '10.1.2.3/24', gateway: '10.1.2.1/24' }), 'ips[0].gateway'],
    ['a destination without mask', { cniVersion: '1.0.0', routes: [{ dst: '10.9.0.0' }] }, 'routes[0].dst'],
    ['a destination called default', { cniVersion: '1.0.0', routes: [{ dst: 'default' }] }, 'routes[0].dst'],
    [
      'a route gateway with a mask',
      { cniVersion: '1.0.0', routes: [{ dst: '10.9.0.0/16', gw: '10.1.2.1/24' }] },
      'routes[0].gw',
    ],
    ['an old address without mask', { cniVersion: '0.2.0', ip4: { ip: '10.1.2.3' } }, 'ips[0].address'],
  ])('R69: %s is refused', async (_what, answer, place) => {
    const error = await failing({ answer });
    expect(error.code).toBe(6);
    expect(error.msg).toContain(`${FAILS}the ${Object(answer).cniVersion} result is not valid: "${place}"`);
  });

  test.each([
    ['an address entry without address', inC({ gateway: '10.1.2.1' }), 'ips[0].address'],
    ['an address that is null', inC({ address: null }), 'ips[0].address'],
    ['an address that is the text <nil>', inC({ address: '<nil>' }), 'ips[0].address'],
    ['a route without destination', { cniVersion: '1.0.0', routes: [{ gw: '10.1.2.1' }] }, 'routes[0].dst'],
    ['a null address entry', { cniVersion: '1.0.0', ips: [null] }, 'ips[0]'],
    ['a null interface', { cniVersion: '1.0.0', interfaces: [null] }, 'interfaces[0]'],
    ['a null route', { cniVersion: '0.4.0', routes: [null] }, 'routes[0]'],
  ])('R70: %s is refused, with plugin and place', async (_what, answer, place) => {
    const error = await failing({ answer });
    expect(error.code).toBe(6);
    expect(error.msg).toContain(`${FAILS}the ${answer.cniVersion} result is not valid: "${place}"`);
    expect(node.story()).toEqual(['ADD source eth0', 'DEL sink eth0', 'DEL source eth0']);
  });

  test.each([
    ['0.2.0', { ips: [{ address: '10.1.2.3/24' }] }],
    ['1.0.0', { ip4: { ip: '10.1.2.3/24' } }],
    ['0.4.0', { ip4: { ip: '10.1.2.3/24' } }],
  ])('R71: a result that says %s is read as that and nothing else', async (cniVersion, content) => {
    const { prevResult, json } = await converted({ answer: { cniVersion, ...content } });
    expect(prevResult).toEqual({ cniVersion: '1.1.0' });
    expect(json).toEqual({ cniVersion: '1.1.0', interfaces: [{ name: 'eth0', sandbox: NETNS }] });
  });

  test.each([
    ['0.4.0', '1.0.0'],
    ['1.0.0', '0.2.0'],
    ['0.2.0', '0.3.1'],
  ])('R71: a prevResult of ours at %s whose version is %s is of another format', async (cniVersion, other) => {
    node.network('a', ['source'], { plugin: { addresses: ['10.1.2.3/24'] } });
    const config = { prevResult: { cniVersion: other } };
    const answer = await node.call(form, { verb: 'ADD', annotations: { cni: 'a' }, cniVersion, config });
    expect(refused(node, answer)).toMatchObject({
      code: 6,
      msg: expect.stringContaining('could not parse prevResult'),
    });
    expect(node.calls()).toEqual([]);
  });

  test.each(['0.1.0', '0.2.0', ''])(
    'R72: a result that the request’s version %j cannot carry is taken back',
    async (request) => {
      const answer = { cniVersion: '1.0.0', interfaces: [{ name: 'eth0', sandbox: NETNS }] };
      const error = await failing({ answer, list: '1.0.0', request });
      expect(error).toMatchObject({ code: 999, msg: 'cannot convert: no valid IP addresses' });
      expect(node.story()).toEqual(['ADD source eth0', 'ADD sink eth0', 'DEL sink eth0', 'DEL source eth0']);
    },
  );

  test('R72: an answer that only just fits is not taken back', async () => {
    const { json } = await converted({ answer: inB({ version: '6', address: 'fd00::3/64' }), request: '' });
    expect(json).toEqual({ cniVersion: '0.1.0', ip6: { ip: 'fd00::3/64' }, dns: {} });
    expect(node.story()).toEqual(['ADD source eth0', 'ADD sink eth0']);
  });
});
