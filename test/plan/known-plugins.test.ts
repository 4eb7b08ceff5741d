import { describe, expect, test } from 'vitest';
import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import type { HostFacts } from '../../src/catalogue/host-needs.ts';
import { WHOLE_HOST } from '../../src/catalogue/whole-host.ts';
import type { PluginLookup } from '../../src/network/network-source.ts';
import {
  doubledDoubts,
  fatalLacks,
  knownPlugins,
  neededHelpers,
  placeDoubts,
  refuseUnsuited,
} from '../../src/plan/known-plugins.ts';
import type { SelectedNetwork } from '../../src/plan/plan.ts';
import { parsePluginConfig } from '../../src/schema/network-config.ts';
import { catalogueWith, EMPTY_CATALOGUE, hostWith, profileOf } from '../samples/catalogue.ts';
import { failure } from '../samples/failure.ts';

/** Networks `n0`, `n1`, … of these plugins, the first of them primary. */
function networks(...chains: readonly (readonly object[])[]): SelectedNetwork[] {
  return chains.map((plugins, index) => ({
    selection: {
      network: { kind: 'named', name: `n${index}` },
      ifName: `eth${index}`,
      isPrimary: index === 0,
      why: `item ${index + 1}`,
      dialect: 'cni-genie',
      referrer: 'pod',
      options: {},
    },
    list: {
      name: `n${index}`,
      reference: `n${index}`,
      isNodeFile: true,
      cniVersion: '1.0.0',
      isCheckDisabled: false,
      isGcDisabled: false,
      plugins: plugins.map(parsePluginConfig),
      origin: `/net.d/n${index}.conflist`,
    },
  }));
}

const there = (...types: string[]): Map<string, PluginLookup> =>
  new Map(types.map((type) => [type, { kind: 'found', path: `/opt/cni/bin/${type}` }]));

interface Place {
  readonly host?: Partial<HostFacts>;
  readonly plugins?: Map<string, PluginLookup>;
}

async function judged(
  chains: SelectedNetwork[],
  catalogue: Catalogue,
  { host, plugins = there() }: Place,
): Promise<void> {
  const known = knownPlugins(chains, catalogue);
  refuseUnsuited(known, plugins, await fatalLacks(known, { ...WHOLE_HOST, ...host }));
}

const refusal = (chains: SelectedNetwork[], catalogue: Catalogue, { host, plugins = there() }: Place = {}) =>
  failure(() => judged(chains, catalogue, { ...(host && { host }), plugins }));

const accepted = (chains: SelectedNetwork[], catalogue: Catalogue, { host, plugins = there() }: Place = {}) =>
  judged(chains, catalogue, { ...(host && { host }), plugins });

const place = (secondary: object, twice: object = { is: 'possible' }) => ({
  attachment: { interfaceName: 'honoured', secondary, twice },
});

test('plugins and the IPAM plugins that they run are known by their profiles, others not at all', () => {
  const catalogue = catalogueWith(profileOf('main'), profileOf('ipam'));
  const chain = [
    { type: 'main', ipam: { type: 'ipam' } },
    { type: 'strange', ipam: { type: '' } },
    { type: 'main', ipam: {} },
  ];
  expect(knownPlugins(networks(chain), catalogue).map(({ profile }) => profile.name)).toEqual(['main', 'ipam', 'main']);
  expect(knownPlugins(networks(chain), EMPTY_CATALOGUE)).toEqual([]);
});

test('a main plugin that only gives addresses here is bound by no rule of main plugins, and has its keys in "ipam"', async () => {
  const attachment = {
    interfaceName: 'honoured',
    secondary: { is: 'impossible', why: 'x' },
    twice: { is: 'impossible', why: 'x' },
  };
  const files = [{ path: '/run/a', kind: 'socket', key: 'socket', isFatal: true, hint: 'x' }];
  const catalogue = catalogueWith(profileOf('both', { attachment, needs: { files } }));
  const ipam = { type: 'both', socket: '/run/b' };
  const chains = networks([{ type: 'both', socket: '/run/b' }], [{ type: 'x', ipam }], [{ type: 'x', ipam }]);
  await accepted(chains, catalogue, { host: hostWith('/run/b') });
  expect(placeDoubts(knownPlugins(chains, catalogue))).toEqual([]);
});

test('an ipam that is no plugin is not looked at', () => {
  const catalogue = catalogueWith(
    ...[profileOf('own', { binaries: { plugin: 'own', runsIpam: false } }), profileOf('ipam')],
  );
  const known = knownPlugins(networks([{ type: 'own', ipam: { type: 'ipam' } }]), catalogue);
  expect(known.map(({ profile }) => profile.name)).toEqual(['own']);
});

describe('a plugin that is not made to be a further network', () => {
  const catalogue = catalogueWith(
    ...[
      profileOf('alone', place({ is: 'impossible', why: 'it attaches pods by itself' })),
      profileOf('shy', place({ is: 'limited', why: 'only one pod can have it' })),
    ],
  );

  test('is refused as one, wherever it stands in its chain, and taken as the primary', async () => {
    expect(await refusal(networks([{ type: 'x' }], [{ type: 'x' }, { type: 'alone' }]), catalogue)).toMatchObject({
      code: 7,
      message:
        'item 2: network "n1" (/net.d/n1.conflist): alone cannot be a further network of a pod: it attaches pods by itself',
      details: 'make it the primary network, or choose another one',
    });
    await accepted(networks([{ type: 'alone' }], [{ type: 'x' }]), catalogue);
  });

  test('is a doubt when it has limits', () => {
    const known = knownPlugins(networks([{ type: 'shy' }], [{ type: 'shy' }]), catalogue);
    expect(placeDoubts(known)).toEqual(['network "n1": shy as a further network of a pod: only one pod can have it']);
  });
});

describe('a plugin twice in one pod', () => {
  const folders = { is: 'with-own-folder', why: 'it forgets', key: 'dataDir', folder: '/var/lib/a' };
  const catalogue = catalogueWith(
    ...[
      profileOf('a', place({ is: 'possible' }, folders)),
      profileOf('b', place({ is: 'possible' }, { is: 'impossible', why: 'its links have one name' })),
    ],
  );

  test.each([
    ['without folders', [{ type: 'a' }], [{ type: 'a' }]],
    ['in one folder', [{ type: 'a', dataDir: '/d' }], [{ type: 'x' }, { type: 'a', dataDir: '/d' }]],
    ['in the usual one by name', [{ type: 'a' }], [{ type: 'a', dataDir: '/var/lib/a' }]],
  ])('is refused %s, with the key that helps', async (_what, left, right) => {
    expect(await refusal(networks(left, right), catalogue)).toMatchObject({
      code: 7,
      message: 'networks "n0" and "n1" both run a, which can keep one network a pod in one "dataDir": it forgets',
      details: 'give each of the two networks a "dataDir" of its own',
    });
  });

  test('is taken with folders of their own, and beside another plugin', async () => {
    await accepted(networks([{ type: 'a', dataDir: '/d' }], [{ type: 'a' }]), catalogue);
    await accepted(networks([{ type: 'a' }], [{ type: 'b' }]), catalogue);
    await accepted(networks([{ type: 'a' }, { type: 'a' }]), catalogue);
  });

  test('is a doubt where only some versions can', async () => {
    const limited = { is: 'limited', why: 'only the dear one can' };
    const some = catalogueWith(profileOf('c', place({ is: 'possible' }, limited)));
    const chains = networks([{ type: 'c' }, { type: 'c' }], [{ type: 'x' }], [{ type: 'c' }]);
    await accepted(chains, some);
    expect(doubledDoubts(knownPlugins(chains, some))).toEqual([
      'network "n2": c twice in a pod: only the dear one can',
    ]);
  });

  test('is refused where nothing helps', async () => {
    expect(await refusal(networks([{ type: 'b' }], [{ type: 'x' }], [{ type: 'b' }]), catalogue)).toMatchObject({
      code: 7,
      message: 'networks "n0" and "n2" both run b, which can keep one network a pod: its links have one name',
      details: 'take one of the two away',
    });
  });
});

describe('what a plugin needs of the node', () => {
  const helpers = [{ name: 'helper', why: 'it makes the link', unless: 'delegate.type', isFatal: true }];
  const files = [
    { path: '/run/a.env', kind: 'file', key: 'envFile', isFatal: true, hint: 'is a running on this node?' },
  ];
  const kernelModules = [{ name: 'vlan', why: 'load it: modprobe vlan', isFatal: true }];
  const catalogue = catalogueWith(
    ...[
      profileOf('a', { binaries: { plugin: 'a', helpers }, needs: { files, kernelModules } }),
      profileOf('b', {
        binaries: { plugin: 'b', helpers: [{ ...helpers[0], isFatal: false }] },
        needs: { files: [{ ...files[0], isFatal: false }], kernelModules: [{ ...kernelModules[0], isFatal: false }] },
      }),
    ],
  );
  const bare: HostFacts = { ...hostWith(), kernelModule: () => 'absent' };

  test('helpers are looked for beside it', () => {
    expect(
      neededHelpers(knownPlugins(networks([{ type: 'a' }, { type: 'b', delegate: { type: 'c' } }]), catalogue)),
    ).toEqual(['helper', 'c']);
  });

  test('a helper that is missing is code 7, and says what for', async () => {
    expect(await refusal(networks([{ type: 'a' }]), catalogue)).toMatchObject({
      code: 7,
      message:
        'item 1: network "n0" (/net.d/n0.conflist): a needs the plugin "helper", which is not in CNI_PATH: it makes the link',
      details: 'install helper beside a',
    });
  });

  test('a file that is missing may be there soon: code 11, with the question', async () => {
    const plugins = there('helper');
    expect(await refusal(networks([{ type: 'a' }]), catalogue, { plugins, host: hostWith() })).toMatchObject({
      code: 11,
      message: 'item 1: network "n0" (/net.d/n0.conflist): a: /run/a.env is missing: is a running on this node?',
    });
    const host = hostWith('/other');
    await accepted(networks([{ type: 'a', envFile: '/other' }]), catalogue, { plugins, host });
  });

  test('a kernel module that cannot be had is code 7', async () => {
    const host = { kernelModule: () => 'absent' as const };
    expect(await refusal(networks([{ type: 'a' }]), catalogue, { plugins: there('helper'), host })).toMatchObject({
      code: 7,
      message: 'item 1: network "n0" (/net.d/n0.conflist): a: the kernel has no module "vlan", and none to load',
      details: 'load it: modprobe vlan',
    });
  });

  test('what this process cannot see is asked of one that can, when it decides', async () => {
    const blind: HostFacts = {
      ...WHOLE_HOST,
      file: async () => 'unknown',
      demandSight: () => {
        throw new Error('elsewhere');
      },
    };
    const judge = (type: string) => judged(networks([{ type }]), catalogue, { plugins: there('helper'), host: blind });
    await expect(judge('a')).rejects.toThrow('elsewhere');
    await judge('b');
    await judge('strange');
    const silent = { ...blind, demandSight: () => undefined };
    await accepted(networks([{ type: 'a' }]), catalogue, { plugins: there('helper'), host: silent });
  });

  test('a path in a definition is not looked at', async () => {
    const [network] = networks([{ type: 'a', envFile: '/etc/shadow' }]);
    if (!network) throw new Error('there is no network');
    const defined = { ...network, list: { ...network.list, isNodeFile: false } };
    await accepted([defined], catalogue, { plugins: there('helper'), host: hostWith() });
  });

  test('what is not fatal keeps nobody from trying', async () => {
    await accepted(networks([{ type: 'b' }]), catalogue, { host: bare });
    await accepted(networks([{ type: 'strange' }]), catalogue, { host: bare });
  });
});
