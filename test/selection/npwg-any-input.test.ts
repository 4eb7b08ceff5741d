import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CniError } from '../../src/errors.ts';
import { ifNameFault } from '../../src/schema/names.ts';
import { parseDefaultNetwork, parseNpwgNetworks } from '../../src/selection/npwg-list.ts';
import type { AttachmentOptions, PortMapping, WantedNetwork } from '../../src/selection/selection.ts';

const ANNOTATION = 'k8s.v1.cni.cncf.io/networks';
const MAX_ERROR_CHARACTERS = 700;
const KEYS = [
  ...['name', 'namespace', 'interface', 'interfaceRequest', 'ips', 'mac', 'cni-args', 'portMappings', 'bandwidth'],
  ...['default-route', 'infiniband-guid', 'ipam-claim-reference', 'deviceID', 'org.foo', '__proto__', 'constructor'],
];
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function parse(value: string): WantedNetwork[] {
  return parseNpwgNetworks(value, { annotation: ANNOTATION, podNamespace: 'shop' });
}

const charactersOf = (text: string) => fc.constantFrom(...text);
const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/);
const subdomain = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const ifName = fc.stringMatching(/^[a-zA-Z0-9_.-]{1,15}$/).filter((name) => !['.', '..', 'lo'].includes(name));
const port = fc.integer({ min: 1, max: 65_535 });
const amount = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const byte = fc.integer({ min: 0, max: 255 }).map((value) => value.toString(16).padStart(2, '0'));
const v4 = fc
  .tuple(fc.integer({ min: 1, max: 126 }), fc.nat(255), fc.nat(255), fc.nat(255))
  .map((parts) => parts.join('.'));
const v6 = fc.integer({ min: 1, max: 0xffff }).map((value) => `fd00::${value.toString(16)}`);

/** Every text that somebody may write: noise, the grammar's own characters, any JSON, elements with wrong values. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: charactersOf('ab1/@,. -\n\0%é[{"}]:'), maxLength: 30 }),
  fc.json(),
  fc.jsonValue().map((value) => JSON.stringify([{ name: 'a' }, value])),
  fc
    .array(
      fc.dictionary(fc.constantFrom(...KEYS), fc.oneof(fc.jsonValue(), fc.constantFrom('a', 'net1', ['10.0.0.1']))),
    )
    .map((elements) => JSON.stringify(elements.map((element) => ({ name: 'a', ...element })))),
  fc
    .record({ key: fc.constantFrom(...KEYS), value: fc.jsonValue() })
    .map(({ key, value }) => `[{"name":"a"},{"name":"b","${key}":${JSON.stringify(value)}}]`),
);

function expectSound(wanted: readonly WantedNetwork[]): void {
  for (const { network, requestedIfName, options } of wanted) {
    if (network.kind !== 'definition') throw new Error(`not a definition: ${network.kind}`);
    expect(network.name).toMatch(SUBDOMAIN);
    expect(network.namespace).toMatch(/^[-a-z0-9]{1,63}$/);
    expect(requestedIfName === undefined ? undefined : ifNameFault(requestedIfName)).toBeUndefined();
    expect(options.mac ?? '02:00:00:00:00:01').toMatch(/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/);
    expect(options.ips).not.toEqual([]);
    expect(options.portMappings).not.toEqual([]);
  }
}

function expectShortError(cause: unknown): void {
  if (!(cause instanceof CniError)) throw cause;
  expect([2, 7]).toContain(cause.code);
  expect(cause.message).toMatch(/^annotation "k8s\.v1\.cni\.cncf\.io\/networks"(, item [1-9]\d*)?(, key ".*")?: /);
  expect(cause.message.length + cause.details.length).toBeLessThan(MAX_ERROR_CHARACTERS);
  expect(cause.message).not.toMatch(/\p{Cc}/u);
  expect(cause.details).not.toBe('');
}

test('any text gives sound networks or one short CniError with annotation and hint', () => {
  fc.assert(
    fc.property(anyText, (value) => {
      try {
        expectSound(parse(value));
      } catch (cause) {
        expectShortError(cause);
      }
    }),
    { numRuns: 5000 },
  );
});

test('a default network is what the same text selects as the only network', () => {
  fc.assert(
    fc.property(anyText, (value) => {
      const context = { annotation: ANNOTATION, networkNamespace: 'shop', referrer: 'pod' } as const;
      try {
        const wanted = parseDefaultNetwork(value, context);
        expect([{ ...wanted, where: `${wanted.where}, item 1` }]).toEqual(parse(value));
      } catch (cause) {
        expectShortError(cause);
      }
    }),
    { numRuns: 2000 },
  );
});

/** One option of an element: the member that it becomes and what it means, beside one of the ways to write it. */
interface SpelledOption {
  readonly member: keyof AttachmentOptions;
  readonly meant: unknown;
  readonly key: string;
  readonly written: unknown;
}

function option<Meaning>(
  [member, key]: readonly [keyof AttachmentOptions, string],
  meaning: fc.Arbitrary<Meaning>,
  ...spellings: ((meant: Meaning) => unknown)[]
): fc.Arbitrary<SpelledOption> {
  return fc
    .tuple(
      meaning,
      fc.constantFrom((meant: Meaning): unknown => meant, ...spellings),
    )
    .map(([meant, spell]) => ({ member, meant, key, written: spell(meant) }));
}

const hex = (count: number) =>
  fc
    .array(byte, { minLength: count, maxLength: count })
    .map((bytes) => bytes.join(':'))
    .filter((text) => !/^(00:)+00$|^(ff:)+ff$/.test(text));
const dashed = (text: string) => text.replaceAll(':', '-').toUpperCase();
const dotted = (text: string) => text.replaceAll(':', '').match(/.{4}/g)?.join('.');
const ips = fc.uniqueArray(
  fc.oneof(
    v4,
    v4.map((address) => `${address}/24`),
    v6.map((address) => `${address}/64`),
  ),
  { minLength: 1, maxLength: 4, selector: (ip) => ip.split('/')[0] },
);
const mapping: fc.Arbitrary<PortMapping> = fc.record(
  { hostPort: port, containerPort: port, protocol: fc.constantFrom('tcp', 'udp', 'sctp'), hostIP: fc.oneof(v4, v6) },
  { requiredKeys: ['hostPort', 'containerPort', 'protocol'] },
);
const mappings = fc.uniqueArray(mapping, { minLength: 1, maxLength: 4, selector: ({ hostPort }) => hostPort });
const upperProtocol = (meant: readonly PortMapping[]) =>
  meant.map(({ protocol, ...rest }) => (protocol === 'tcp' ? rest : { ...rest, protocol: protocol.toUpperCase() }));
const bandwidth = fc.oneof(
  fc.record({ ingressRate: amount }),
  fc.record({ egressRate: amount, egressBurst: amount }),
  fc.record({ ingressRate: amount, ingressBurst: amount, egressRate: amount, egressBurst: amount }),
);
const unicastMac = hex(6).filter((mac) => /^.[02468ace]/.test(mac));

const options = fc
  .tuple(
    fc.option(fc.oneof(option(['ips', 'ips'], ips), option(['ipamClaim', 'ipam-claim-reference'], subdomain))),
    fc.option(option(['mac', 'mac'], unicastMac, dashed, dotted)),
    fc.option(option(['cniArgs', 'cni-args'], fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })))),
    fc.option(option(['portMappings', 'portMappings'], mappings, upperProtocol)),
    fc.option(option(['bandwidth', 'bandwidth'], bandwidth)),
    fc.option(option(['defaultRoute', 'default-route'], fc.oneof(fc.constant([]), fc.tuple(v4), fc.tuple(v6, v4))), {
      freq: 1,
    }),
    fc.option(option(['infinibandGuid', 'infiniband-guid'], hex(8), dashed, dotted)),
    fc.option(option(['deviceId', 'deviceID'], fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9_.:-]{0,40}$/))),
  )
  .map((given) => given.filter((one) => one !== null));

const element = fc
  .record({
    name: subdomain,
    namespace: fc.option(label, { nil: undefined }),
    requestedIfName: fc.option(ifName, { nil: undefined }),
    ifNameKey: fc.constantFrom('interface', 'interfaceRequest'),
    options,
  })
  .map(({ name, namespace, requestedIfName, ifNameKey, options: given }) => ({
    written: {
      ...{ name, namespace, [ifNameKey]: requestedIfName, 'example.com/x': 1 },
      ...Object.fromEntries(given.map(({ key, written }) => [key, written])),
    },
    meant: {
      network: { kind: 'definition', namespace: namespace ?? 'shop', name },
      requestedIfName,
      options: Object.fromEntries(given.map(({ member, meant }) => [member, meant])) as AttachmentOptions,
    },
  }));

test('an element means what was written, in whichever spelling', () => {
  fc.assert(
    fc.property(fc.array(element, { minLength: 1, maxLength: 4 }), fc.constantFrom(0, 2), (elements, indent) => {
      const routes = elements.filter(({ meant }) => meant.options.defaultRoute !== undefined);
      fc.pre(routes.length < 2);
      const written = elements.map((item) => item.written);
      const wanted = parse(JSON.stringify(written, undefined, indent));
      const said = wanted.map(({ network, requestedIfName, options }) => ({ network, requestedIfName, options }));
      const meant = elements.map((item) => item.meant);
      expect(JSON.parse(JSON.stringify(said))).toEqual(JSON.parse(JSON.stringify(meant)));
      expect(wanted.map(({ where }) => where)).toEqual(
        elements.map((_item, index) => `annotation "${ANNOTATION}", item ${index + 1}`),
      );
    }),
    { numRuns: 1000 },
  );
});

test('a short list means what was written, with blanks anywhere around its parts', () => {
  const blank = fc.constantFrom('', ' ', '\t', '\n ');
  const item = fc.record({ name: subdomain, namespace: fc.option(label), ifName: fc.option(ifName), blank });
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 8 }), (items) => {
      const text = items.map(({ name, namespace, ifName: wish, blank: gap }) => {
        const reference = namespace === null ? name : `${namespace}${gap}/${gap}${name}`;
        return `${gap}${reference}${gap}${wish === null ? '' : `@${gap}${wish}`}${gap}`;
      });
      expect(parse(text.join(','))).toMatchObject(
        items.map(({ name, namespace, ifName: wish }) => ({
          network: { kind: 'definition', namespace: namespace ?? 'shop', name },
          requestedIfName: wish ?? undefined,
          options: {},
        })),
      );
    }),
    { numRuns: 1000 },
  );
});
