/**
 * Runtime side, conversion between all seven versions: R60 … R66, all 42 ordered pairs in both directions.
 *
 * A plugin answers in version X inside a list of version Y: the next plugin's prevResult is X → Y. The request has
 * version X again, so that the answer is Y → X; there the interface that Y could not carry is Braid's own addition.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { added, NETNS } from './runtime-scene.ts';

beforeAll(prepareForms);

const FORMATS = {
  '0.1.0': 'A',
  '0.2.0': 'A',
  '0.3.0': 'B',
  '0.3.1': 'B',
  '0.4.0': 'B',
  '1.0.0': 'C',
  '1.1.0': 'C',
} as const;
type Version = keyof typeof FORMATS;
type Format = (typeof FORMATS)[Version];

const VERSIONS = Object.keys(FORMATS) as Version[];
const PAIRS = VERSIONS.flatMap((from) => VERSIONS.map((to) => ({ from, to }))).filter(({ from, to }) => from !== to);

const IDS: Readonly<Record<`${Format}${Format}`, string>> = {
  AA: 'R60',
  BB: 'R60',
  CC: 'R60',
  AB: 'R61',
  AC: 'R62',
  CA: 'R62',
  BC: 'R63',
  CB: 'R64',
  BA: 'R65',
};
const idOf = (from: Version, to: Version) => IDS[`${FORMATS[from]}${FORMATS[to]}`];

const dns = { nameservers: ['10.1.0.53'], domain: 'shop.example', search: ['svc.example'], options: ['ndots:2'] };

/** What the oldest format can say of a route, and the rest. */
const plainRoutes = [
  { dst: '10.9.0.0/16', gw: '10.1.2.254' },
  { dst: 'fd09::/48', gw: 'fd00::fe' },
];
const routes = [
  { ...plainRoutes[0], mtu: 1400, advmss: 1360, priority: 10, table: 100, scope: 0 },
  { ...plainRoutes[1], mtu: 1280, priority: 20, table: 0, scope: 253 },
];
const plainInterfaces = [
  { name: 'br0', mac: '02:00:00:00:00:01' },
  { name: 'eth0', mac: '02:00:00:00:00:02', sandbox: NETNS },
];
const interfaces = [
  { ...plainInterfaces[0], mtu: 1500 },
  { ...plainInterfaces[1], mtu: 1450, socketPath: '/run/vhost.sock', pciID: '0000:01:00.0' },
];
const [address4, address6] = [
  { address: '10.1.2.3/24', gateway: '10.1.2.1' },
  { address: 'fd00::3/64', gateway: 'fd00::1' },
];

/** The addresses of every format but the oldest, with the index where it is known. */
const ips = (format: 'B' | 'C', index?: number) =>
  [address4, address6].map((ip, at) => ({
    ...(format === 'B' ? { version: at === 0 ? '4' : '6' } : {}),
    ...(index === undefined ? {} : { interface: index }),
    ...ip,
  }));

const oldest = {
  ip4: { ip: '10.1.2.3/24', gateway: '10.1.2.1', routes: [plainRoutes[0]] },
  ip6: { ip: 'fd00::3/64', gateway: 'fd00::1', routes: [plainRoutes[1]] },
  dns,
};
const middle = { interfaces: plainInterfaces, ips: ips('B', 1), routes, dns };
const newest = { interfaces, ips: ips('C', 1), routes, dns };

/** The same result in each format. */
const WHOLE: Readonly<Record<Format, object>> = { A: oldest, B: middle, C: newest };

/** What is left of it: `CONVERTED[from][to]`. */
const CONVERTED: Readonly<Record<Format, Readonly<Record<Format, object>>>> = {
  A: { A: oldest, B: { ips: ips('B'), routes: plainRoutes, dns }, C: { ips: ips('C'), routes: plainRoutes, dns } },
  B: { A: oldest, B: middle, C: { ...newest, interfaces: plainInterfaces } },
  C: { A: oldest, B: middle, C: newest },
};

/** What is left after the way to `through` and back, with the interface that a result of the oldest format lacks. */
function answered(format: Format, through: Format): object {
  if (format === 'A') return oldest;
  if (through === 'A')
    return { interfaces: [{ name: 'eth0', sandbox: NETNS }], ips: ips(format, 0), routes: plainRoutes, dns };
  return format === 'C' && through === 'B' ? CONVERTED.B.C : WHOLE[format];
}

describe.each(BRAID_FORMS)('conversion between versions, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    for (const type of ['source', 'sink']) node.plugin(type);
  });
  afterEach(() => node.dispose());

  const chain = (cniVersion: string) =>
    node.conf('10-a.conflist', { cniVersion, name: 'a', plugins: [{ type: 'source' }, { type: 'sink' }] });
  const prevResult = () => node.calls().find(({ plugin }) => plugin === 'sink')?.stdin.prevResult;

  const rows = PAIRS.map(
    ({ from, to }) => [[...new Set([idOf(from, to), idOf(to, from)])].join(' '), from, to] as const,
  );

  test.each(rows)('%s: %s → %s and back', async (_ids, from, to) => {
    const [format, through] = [FORMATS[from], FORMATS[to]];
    node.plugin('source', { ADD: { stdout: { cniVersion: from, ...WHOLE[format] } } });
    chain(to);
    const answer = await added(node, form, 'a', { cniVersion: from });
    expect(prevResult()).toEqual({ cniVersion: to, ...CONVERTED[format][through] });
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(answer.json).toEqual({ cniVersion: from, ...answered(format, through) });
  });

  test.each(VERSIONS)('R60: %s stays what it is', async (version) => {
    const whole = { cniVersion: version, ...WHOLE[FORMATS[version]] };
    node.plugin('source', { ADD: { stdout: whole } });
    chain(version);
    const { json } = await added(node, form, 'a', { cniVersion: version });
    expect(prevResult()).toEqual(whole);
    expect(json).toEqual(whole);
  });

  test('R62: a list of the oldest version between newer ones loses what it cannot say, nothing else', async () => {
    node.plugin('source', { ADD: { stdout: { cniVersion: '1.1.0', ...newest } } });
    node.plugin('sink', { ADD: { stdout: { cniVersion: '0.4.0', ...middle } } });
    chain('0.1.0');
    const { json } = await added(node, form, 'a', { cniVersion: '1.0.0' });
    expect(prevResult()).toEqual({ cniVersion: '0.1.0', ...oldest });
    expect(json).toEqual({ cniVersion: '1.0.0', ...answered('C', 'A') });
  });
});
