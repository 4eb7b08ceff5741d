import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CniError } from '../../src/errors.ts';
import type { ConfiguredNetwork } from '../../src/request/node-config.ts';
import { ifNameFault } from '../../src/schema/names.ts';
import type { NodeDefaults } from '../../src/selection/default-networks.ts';
import { selectNetworks } from '../../src/selection/select-networks.ts';
import { failure } from '../samples/failure.ts';

const NPWG = 'k8s.v1.cni.cncf.io/networks';

const POD = { namespace: 'shop', name: 'web-0', uid: undefined };

function items(names: readonly string[]): ConfiguredNetwork[] {
  const place = 'configuration key "defaultPlugin"';
  return names.map((text, index) => ({
    kind: 'item',
    text,
    place: names.length > 1 ? `${place}, item ${index + 1}` : place,
  }));
}

function select(
  annotations: Record<string, string>,
  networks?: readonly string[],
  rest: Partial<NodeDefaults> & { ifName?: string; namespace?: string } = {},
) {
  const { ifName = 'eth0', namespace = 'shop', ...defaults } = rest;
  return selectNetworks({ identity: { ...POD, namespace }, annotations, origin: 'a test' }, ifName, {
    networks: networks && items(networks),
    extra: [],
    systemNamespaces: ['kube-system'],
    networkNamespace: 'kube-system',
    hasGenieAnnotations: true,
    namespaceAnnotations: {},
    ...defaults,
  });
}

/** Each network as `what@interface`, the primary with a "!". */
function drawn({ selections }: ReturnType<typeof select>): string[] {
  return selections.map(({ network, ifName, isPrimary }) => {
    const what =
      'namespace' in network
        ? `${network.namespace}/${network.name}`
        : ('name' in network && network.name) || network.kind;
    return `${what}@${ifName}${isPrimary ? '!' : ''}`;
  });
}

describe('which dialect decides', () => {
  test('a list is complete: no default is added to it', () => {
    const { selections, warnings } = select({ cni: 'a, b@net1' }, ['z']);
    expect(selections).toEqual([
      {
        network: { kind: 'named', name: 'a' },
        ifName: 'eth0',
        isPrimary: true,
        why: 'annotation "cni", item 1',
        dialect: 'cni-genie',
        referrer: 'pod',
        options: {},
      },
      {
        network: { kind: 'named', name: 'b' },
        ifName: 'net1',
        isPrimary: false,
        why: 'annotation "cni", item 2',
        dialect: 'cni-genie',
        referrer: 'pod',
        options: {},
      },
    ]);
    expect(warnings).toEqual([]);
  });

  test.each<[Record<string, string>, string[]]>([
    [{ cni: 'a,b' }, ['cni']],
    [{ cni: 'a', networks: 'n' }, ['cni', 'networks']],
    [{ cni: ' ', networks: 'a,,' }, ['cni', 'networks']],
    [{ cni: '' }, ['cni']],
    [{ networks: 'n' }, []],
  ])('on a node that is configured for Multus CNI-Genie’s %j is ignored with a warning', (annotations, ignored) => {
    const selection = select(annotations, ['z'], { hasGenieAnnotations: false });
    expect(drawn(selection)).toEqual(['z@eth0!']);
    expect(selection.warnings).toEqual(
      ignored.map((key) => expect.stringContaining(`annotation "${key}" is ignored: with "clusterNetwork"`)),
    );
    expect(drawn(select({ ...annotations, [NPWG]: 'x' }, ['z'], { hasGenieAnnotations: false }))).toEqual([
      'z@eth0!',
      'shop/x@net1',
    ]);
  });

  test.each([
    [{ cni: 'a', [NPWG]: 'b' }, 'npwg'],
    [{ [NPWG]: '' }, 'npwg'],
    [{ cni: 'a' }, 'cni-genie'],
    [{ cni: ' ', networks: 'a' }, 'logical'],
    [{ networks: 'a' }, 'node-default'],
  ])('of %j it is said which', (annotations, dialect) => {
    expect(select(annotations, ['z']).decidedBy).toBe(dialect);
  });

  test('without an annotation the node’s defaults hold', () => {
    expect(select({}, ['z', 'y']).selections).toMatchObject([
      {
        network: { name: 'z' },
        ifName: 'eth0',
        why: 'configuration key "defaultPlugin", item 1',
        dialect: 'node-default',
      },
      { network: { name: 'y' }, ifName: 'eth1' },
    ]);
  });

  test('without a default the first configuration of the folder is taken', () => {
    expect(select({}).selections).toMatchObject([
      { network: { kind: 'first-in-conf-dir' }, ifName: 'eth0', isPrimary: true },
    ]);
  });

  test.each(['', '   '])('an empty "cni" (%o) means the defaults, and a warning says so', (cni) => {
    const { selections, warnings } = select({ cni }, ['z']);
    expect(selections).toMatchObject([{ network: { name: 'z' } }]);
    expect(warnings).toEqual([expect.stringContaining('annotation "cni" is empty: choosing by load is not available')]);
  });

  test.each(['', '[]', ' [ ] '])('the Network Plumbing WG’s annotation decides even when it is %o', (value) => {
    const { selections, warnings } = select({ cni: 'a', [NPWG]: value }, ['z']);
    expect(selections).toMatchObject([{ network: { name: 'z' }, dialect: 'node-default' }]);
    expect(warnings).toEqual([`annotation "cni" is ignored: "${NPWG}" is present and decides`]);
  });

  test('"networks" beside a list, or alone, is none of CNI-Genie’s dialects', () => {
    expect(select({ cni: 'a', networks: 'x' }).selections).toMatchObject([{ network: { name: 'a' } }]);
    expect(select({ networks: 'x' }, ['z']).selections).toMatchObject([{ network: { name: 'z' } }]);
  });

  test('a wrong default names the configuration key', async () => {
    expect(await failure(() => select({}, ['a', '']))).toMatchObject({
      code: 7,
      message: 'configuration key "defaultPlugin", item 2: is empty',
    });
  });

  test('M1: a pod whose networks leave CNI_IFNAME free is warned of', () => {
    expect(select({ cni: 'a@net0' }).warnings).toEqual([
      'no network has the interface name "eth0" that the runtime asks for; containerd refuses a pod without it',
    ]);
  });

  test('annotations with the names of object members are no annotations', () => {
    const annotations = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>;
    expect(select(annotations, ['z']).selections).toHaveLength(1);
  });
});

describe('the Network Plumbing WG’s annotation', () => {
  test.each([
    ['a', ['z@eth0!', 'shop/a@net1']],
    ['a,b', ['z@eth0!', 'shop/a@net1', 'shop/b@net2']],
    ['a@net2,b', ['z@eth0!', 'shop/a@net2', 'shop/b@net3']],
    ['a,b@net1', ['z@eth0!', 'shop/a@net2', 'shop/b@net1']],
    ['infra/a@san0', ['z@eth0!', 'infra/a@san0']],
    ['a,a', ['z@eth0!', 'shop/a@net1', 'shop/a@net2']],
    ['[{"name":"a.b","namespace":"infra","interface":"x0"}]', ['z@eth0!', 'infra/a.b@x0']],
  ])('%o beside the default network gives %j', (value, networks) => {
    expect(drawn(select({ [NPWG]: value }, ['z']))).toEqual(networks);
  });

  test('names count by position in the whole list of the pod', () => {
    const extra = [{ kind: 'name-or-path', text: 'mon', place: 'configuration key "defaultNetworks[0]"' }] as const;
    expect(drawn(select({ [NPWG]: 'a' }, ['z'], { extra }))).toEqual([
      'z@eth0!',
      'kube-system/mon@net1',
      'shop/a@net2',
    ]);
    expect(drawn(select({ [NPWG]: 'a' }, ['z', 'y'], { extra }))).toEqual([
      'z@eth0!',
      'y@eth1',
      'kube-system/mon@net2',
      'shop/a@net3',
    ]);
  });

  test.each([
    [
      'a@net1,b@net1',
      `annotation "${NPWG}", item 2: interface name "net1" is already taken by annotation "${NPWG}", item 1`,
    ],
    [
      'a@eth0',
      `annotation "${NPWG}", item 1: interface name "eth0" is already taken by configuration key "defaultPlugin"`,
    ],
  ])('two requests for one name are refused: %o', async (value, message) => {
    expect(await failure(() => select({ [NPWG]: value }, ['z']))).toMatchObject({ code: 7, message });
  });

  test('options and reason come along', () => {
    const value = '[{"name":"a","mac":"02-00-00-00-00-0A","default-route":["10.0.0.1"]}]';
    expect(select({ [NPWG]: value }, ['z']).selections[1]).toMatchObject({
      why: `annotation "${NPWG}", item 1`,
      dialect: 'npwg',
      referrer: 'pod',
      options: { mac: '02:00:00:00:00:0a', defaultRoute: ['10.0.0.1'] },
    });
  });
});

describe('the default network', () => {
  const V1 = 'v1.multus-cni.io/default-network';
  const OWN = 'braid.dev/default-network';

  test.each([
    [{ [V1]: 'd' }, ['kube-system/d@eth0!', 'y@eth1']],
    [{ [OWN]: 'infra/d' }, ['infra/d@eth0!', 'y@eth1']],
    [{ [V1]: 'd@x0' }, ['kube-system/d@x0', 'y@eth0!']],
    [{ [V1]: 'd', [OWN]: ' d' }, ['kube-system/d@eth0!', 'y@eth1']],
    [{ [V1]: 'd', [NPWG]: 'a' }, ['kube-system/d@eth0!', 'y@eth1', 'shop/a@net2']],
    [{ [V1]: 'd@x0', [NPWG]: 'a' }, ['kube-system/d@x0', 'y@eth0!', 'shop/a@net2']],
    [{ [V1]: 'd', cni: 'a' }, ['a@eth0!']],
  ])('%j takes the place of the node’s first: %j', (annotations, networks) => {
    expect([...drawn(select(annotations, ['z', 'y']))].sort()).toEqual([...networks].sort());
  });

  test.each([[['z']], [['z', 'y']]])(
    'keeps CNI_IFNAME from selected ones though it has another name (of %j)',
    async (networks) => {
      expect(await failure(() => select({ [V1]: 'd@x0', [NPWG]: 'a,b@eth0' }, networks))).toMatchObject({
        code: 7,
        message: `annotation "${NPWG}", item 2: interface name "eth0" is for the pod's default network only`,
      });
    },
  );

  test('two spellings that differ are refused', async () => {
    expect(await failure(() => select({ [V1]: 'd', [OWN]: 'e' }))).toMatchObject({
      code: 7,
      message: `the pod has two different default networks: annotation "${V1}" and annotation "${OWN}"`,
    });
  });

  test('that of the Namespace object holds for pods that name none', () => {
    const namespaceAnnotations = { [OWN]: 'n' };
    expect(drawn(select({}, ['z'], { namespaceAnnotations }))).toEqual(['kube-system/n@eth0!']);
    expect(drawn(select({ [V1]: 'd' }, ['z'], { namespaceAnnotations }))).toEqual(['kube-system/d@eth0!']);
    expect(select({}, ['z'], { namespaceAnnotations }).selections[0]).toMatchObject({
      referrer: 'namespace',
      why: `annotation "${OWN} (of the Namespace object)"`,
    });
    expect(drawn(select({ cni: 'a' }, ['z'], { namespaceAnnotations }))).toEqual(['a@eth0!']);
  });

  test('only one network of the pod may have the default route, whichever annotation asks', async () => {
    const annotations = {
      [V1]: '[{"name":"d","default-route":["10.0.0.1"]}]',
      [NPWG]: '[{"name":"a","default-route":[]}]',
    };
    expect(await failure(() => select(annotations))).toMatchObject({
      code: 7,
      message: `annotation "${NPWG}", item 1, key "default-route": annotation "${V1}" has the pod's default route already`,
    });
  });
});

test('a default network that a complete list leaves aside is worth a warning', () => {
  expect(select({ cni: 'a', 'braid.dev/default-network': 'd' }).warnings).toEqual([
    'annotation "braid.dev/default-network" is ignored: the pod\'s list of networks is complete',
  ]);
});

describe('networks for every pod', () => {
  const extra = [
    { kind: 'name-or-path', text: 'mon', place: 'e0' },
    { kind: 'name-or-path', text: '/etc/cni/x.conf', place: 'e1' },
    { kind: 'chain-folder', name: 'aux', besidePath: '/etc/cni/m.conflist', place: 'e2' },
  ] as const;

  test('come after the default network, the auxiliary chain after everything', () => {
    expect(drawn(select({}, ['z'], { extra }))).toEqual(['z@eth0!', 'kube-system/mon@net1', 'path@net2', 'aux@net3']);
    expect(drawn(select({ [NPWG]: 'a' }, ['z'], { extra }))).toEqual([
      'z@eth0!',
      'kube-system/mon@net1',
      'path@net2',
      'shop/a@net3',
      'aux@net4',
    ]);
  });

  test('pods of a system namespace have the auxiliary chain alone, and a complete list has none', () => {
    expect(drawn(select({}, ['z'], { extra, namespace: 'kube-system' }))).toEqual(['z@eth0!', 'aux@net1']);
    expect(drawn(select({ cni: 'a' }, ['z'], { extra }))).toEqual(['a@eth0!']);
  });

  test('a whole configuration is taken as it stands', () => {
    const config = { type: 'x' };
    const networks = [{ kind: 'inline', config, place: 'configuration key "delegates[0]"' }] as const;
    expect(select({}, undefined, { networks }).selections).toMatchObject([
      {
        network: { kind: 'inline', config, place: 'configuration key "delegates[0]"' },
        ifName: 'eth0',
        referrer: 'node',
      },
    ]);
  });
});

describe('CNI-Genie’s logical networks', () => {
  test('stand in the pod’s namespace', () => {
    const outcome = select({ cni: '', networks: 'net1@eth0, net2@eth4' }, ['z']);
    expect(drawn(outcome)).toEqual(['shop/net1@eth0!', 'shop/net2@eth4']);
    expect(outcome.selections[1]).toMatchObject({ dialect: 'logical', network: { kind: 'logical' }, referrer: 'pod' });
    expect(outcome.warnings).toEqual([]);
  });

  test('are refused where nobody knows the namespace, and when they are misspelt', async () => {
    const pod = { identity: undefined, annotations: { cni: '', networks: 'a' }, origin: 'a test' };
    const defaults = {
      networks: undefined,
      extra: [],
      systemNamespaces: [],
      networkNamespace: '',
      hasGenieAnnotations: true,
      namespaceAnnotations: {},
    };
    expect(await failure(() => selectNetworks(pod, 'eth0', defaults))).toMatchObject({
      code: 7,
      message: 'annotation "networks": the pod\'s namespace is unknown, and logical networks belong to it',
    });
    expect(await failure(() => select({ cni: '', networks: 'a,' }))).toMatchObject({
      code: 7,
      message: 'annotation "networks", item 2: is empty',
    });
  });
});

test('M8: any list is refused with a CNI error or gives unique valid names, one primary, and that first', () => {
  const character = fc.constantFrom(...'ab1@, ,@./:-_é\0\t'.split(''));
  const item = fc.tuple(fc.constantFrom('a', 'b', 'net-1'), fc.constantFrom('', '@eth0', '@eth1', '@ x ', '@eth2'));
  const plausible = fc
    .array(
      item.map((parts) => parts.join('')),
      { minLength: 1, maxLength: 8 },
    )
    .map((list) => list.join(','));
  const text = fc.oneof(fc.string(), fc.string({ unit: character }), plausible);
  fc.assert(
    fc.property(text, fc.constantFrom('eth0', 'eth1', 'net0'), (cni, ifName) => {
      let selections: ReturnType<typeof select>['selections'];
      try {
        ({ selections } = select({ cni }, ['z'], { ifName }));
      } catch (cause) {
        expect(cause).toBeInstanceOf(CniError);
        expect(cause).toMatchObject({ code: 7, message: expect.stringMatching(/^annotation "cni"/) });
        return;
      }
      const names = selections.map((selection) => selection.ifName);
      expect(names).toHaveLength(cni.trim() === '' ? 1 : cni.split(',').length);
      expect(new Set(names).size).toBe(names.length);
      expect(names.map(ifNameFault)).toEqual(names.map(() => undefined));
      expect(selections.map((selection) => selection.isPrimary)).toEqual(names.map((_name, index) => index === 0));
      if (names.includes(ifName)) expect(names[0]).toBe(ifName);
    }),
    { numRuns: 2000 },
  );
});

describe('an annotation that is nearly one of ours', () => {
  test.each([
    ['k8s.v1.cni.cncf.io/network', NPWG],
    ['k8s.v1.cni.cncf.io/Networks', NPWG],
    ['k8s.cni.cncf.io/networks', NPWG],
    ['v1.multus-cni.io/default-networks', 'v1.multus-cni.io/default-network'],
    ['braid.dev/defaultnetwork', 'braid.dev/default-network'],
  ])('%s is warned of', (key, meant) => {
    expect(select({ [key]: 'a' }, ['z']).warnings).toEqual([
      `annotation "${key}" chooses nothing; did you mean "${meant}"?`,
    ]);
  });

  test.each([
    [{ 'k8s.v1.cni.cncf.io/network': 'b', [NPWG]: 'a' }],
    [{ 'k8s.v1.cni.cncf.io/network-status': '[]', 'k8s.v1.cni.cncf.io/resourceName': 'x', cnis: 'a' }],
  ])('is none beside the right one, and others are none: %j', (annotations) => {
    expect(select(annotations, ['z']).warnings).toEqual([]);
  });
});
