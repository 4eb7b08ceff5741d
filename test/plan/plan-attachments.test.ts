import { describe, expect, test } from 'vitest';
import type { NetworkConfigList, NetworkLookup, PluginLookup } from '../../src/network/network-source.ts';
import { neededPlugins, type PlanFacts, planAttachments, resolvedNetworks } from '../../src/plan/plan-attachments.ts';
import type { CniRequest } from '../../src/request/cni-request.ts';
import { parsePluginConfig } from '../../src/schema/network-config.ts';
import type { Selection } from '../../src/selection/selection.ts';
import { catalogueWith, EMPTY_CATALOGUE, profileOf } from '../samples/catalogue.ts';
import { failure } from '../samples/failure.ts';
import { requestOf } from '../samples/request.ts';

function selection(name: string, ifName: string, isPrimary = ifName === 'eth0'): Selection {
  return {
    network: { kind: 'named', name },
    ifName,
    isPrimary,
    why: `annotation "cni", ${name}`,
    dialect: 'cni-genie',
    referrer: 'pod',
    options: {},
  };
}

function listOf(name: string, plugins: readonly object[], rest: Partial<NetworkConfigList> = {}): NetworkConfigList {
  return {
    name,
    reference: name,
    isNodeFile: true,
    cniVersion: '1.0.0',
    isCheckDisabled: false,
    isGcDisabled: false,
    plugins: plugins.map(parsePluginConfig),
    origin: `/etc/cni/net.d/${name}.conflist`,
    ...rest,
  };
}

const front = {
  selection: selection('front', 'eth0'),
  list: listOf('front', [{ type: 'bridge' }, { type: 'tuning' }]),
};
const back = {
  selection: selection('back', 'eth1'),
  list: listOf('back', [{ type: 'ptp' }], { cniVersion: undefined }),
};

function found(...types: string[]): Map<string, PluginLookup> {
  return new Map(types.map((type) => [type, { kind: 'found', path: `/opt/cni/bin/${type}` }]));
}

/** A plan where nothing is known of plugins. */
function planOf(request: CniRequest, facts: Pick<PlanFacts, 'networks' | 'plugins'>) {
  return planAttachments(request, { known: [], catalogue: EMPTY_CATALOGUE, lacks: [], ...facts });
}

describe('resolvedNetworks', () => {
  const looked = (lookup: NetworkLookup) => () => resolvedNetworks([selection('front', 'eth0')], [lookup]);

  test('pairs each selection with its list, and passes warnings on', () => {
    const lookups: NetworkLookup[] = [
      { kind: 'found', list: front.list, warnings: ['doubt'] },
      { kind: 'found', list: back.list, warnings: [] },
    ];
    expect(resolvedNetworks([front.selection, back.selection], lookups)).toEqual({
      networks: [front, back],
      warnings: ['doubt'],
    });
  });

  test('R4: a network that does not exist is code 7 with the names that do', async () => {
    const error = await failure(looked({ kind: 'absent', known: ['a', 'b'], searched: '/etc/cni/net.d' }));
    expect(error).toMatchObject({
      code: 7,
      message: 'annotation "cni", front: there is no network "front" in /etc/cni/net.d',
      details: 'networks there: a, b',
    });
    expect(await failure(looked({ kind: 'absent', known: ['x', 'Frond', 'frot'], searched: '/d' }))).toMatchObject({
      details: 'did you mean "Frond"? networks there: x, Frond, frot',
    });
    expect(await failure(looked({ kind: 'absent', known: [], searched: '/d' }))).toMatchObject({
      details: 'networks there: none',
    });
  });

  test('no default network at all says what can be done', async () => {
    const first: Selection = { ...selection('', 'eth0'), network: { kind: 'first-in-conf-dir' }, why: 'no annotation' };
    const lookup: NetworkLookup = { kind: 'absent', known: [], searched: '/d (no files)' };
    expect(await failure(() => resolvedNetworks([first], [lookup]))).toMatchObject({
      code: 7,
      message: 'no annotation: there is no default network in /d (no files)',
      details: 'put a network configuration there, or set the key "defaultPlugin"',
    });
  });

  test('R3: a broken file is code 7 with file and cause', async () => {
    expect(await failure(looked({ kind: 'broken', origin: '/d/x.conf', cause: "missing 'type'" }))).toMatchObject({
      code: 7,
      message: 'annotation "cni", front: network "front" cannot be used: /d/x.conf: missing \'type\'',
      details: 'correct it there',
    });
  });

  test.each([
    [true, 11],
    [false, 7],
  ])('a source that failed (for a while: %s) is code %i with its own hint', async (isTemporary, code) => {
    const lookup = {
      kind: 'failed',
      origin: 'definition shop/front',
      cause: '403 no',
      hint: 'allow it',
      isTemporary,
    } as const;
    expect(await failure(looked(lookup))).toMatchObject({
      code,
      message: 'annotation "cni", front: network "front" cannot be read: definition shop/front: 403 no',
      details: 'allow it',
    });
  });

  test('a definition that is in another namespace: the error says in which', async () => {
    const wanted: Selection = {
      ...selection('', 'net1'),
      network: { kind: 'definition', namespace: 'shop', name: 'x' },
    };
    const lookup: NetworkLookup = { kind: 'absent', known: [], searched: 'the API server', namespaces: ['a', 'b'] };
    expect(await failure(() => resolvedNetworks([wanted], [lookup]))).toMatchObject({
      code: 7,
      message: 'annotation "cni", : there is no definition "shop/x" in the API server',
      details: 'a definition of that name exists in: a, b; write namespace/name',
    });
  });

  test('who has nothing to attach is left out', () => {
    const lookups: NetworkLookup[] = [
      { kind: 'found', list: front.list, warnings: [] },
      { kind: 'nothing-to-attach', origin: '/etc/cni/aux' },
    ];
    expect(resolvedNetworks([front.selection, back.selection], lookups).networks).toEqual([front]);
  });

  test('a source that answers too little is an error too', async () => {
    expect(await failure(() => resolvedNetworks([selection('front', 'eth0')], []))).toMatchObject({
      code: 7,
      message: expect.stringContaining('there is no network "front" in any source'),
    });
  });
});

test('the plugins of a plan are those of all its lists, and the namespace helper', () => {
  expect(neededPlugins([front, back], { known: [], catalogue: EMPTY_CATALOGUE })).toEqual([
    'bridge',
    'tuning',
    'ptp',
    'braid-netns',
  ]);
});

test('what an ipam names is looked for unless the plugin’s profile says that it is none', () => {
  const list = listOf('odd', [{ type: 'odd', ipam: { type: 'odd-daemon' } }]);
  const needed = (runsIpam: boolean) => {
    const catalogue = catalogueWith(profileOf('odd', { binaries: { plugin: 'odd', runsIpam } }));
    return neededPlugins([{ ...front, list }], { known: [], catalogue });
  };
  expect([needed(true), needed(false)]).toEqual([
    ['odd', 'odd-daemon', 'braid-netns'],
    ['odd', 'braid-netns'],
  ]);
});

test('a list that was made up has the runtime’s version, but none that its plugins need not know', () => {
  const list = { ...front.list, cniVersion: undefined, newestVersion: '0.4.0' as const };
  const versionFor = (cniVersion: string) => {
    const { plan } = planOf(requestOf({}, { cniVersion }), {
      networks: [{ ...front, list }],
      plugins: found('bridge', 'tuning'),
    });
    return plan.attachments[0]?.cniVersion;
  };
  expect([versionFor('1.1.0'), versionFor('0.4.0'), versionFor('0.3.1')]).toEqual(['0.4.0', '0.4.0', '0.3.1']);
});

describe('a device that a pod asks for', () => {
  const chain = { ...back, list: listOf('card', [{ type: 'card', deviceID: 'old' }, { type: 'tuning' }]) };
  const asking = { ...chain, selection: { ...chain.selection, options: { deviceId: '0000:3b:02.1' } } };
  const plugins = found('bridge', 'tuning', 'card');

  test('stands at the key that the plugin’s profile names, and in no other plugin', () => {
    const catalogue = catalogueWith(profileOf('card', { deviceIdKey: 'deviceID' }));
    const facts = { networks: [front, asking], plugins, known: [], catalogue, lacks: [] };
    const { plan } = planAttachments(requestOf(), facts);
    expect(plan.attachments[1]?.plugins.map(({ config }) => config['deviceID'])).toEqual(['0000:3b:02.1', undefined]);
    const { plan: own } = planAttachments(requestOf(), { ...facts, networks: [front, chain] });
    expect(own.attachments[1]?.plugins[0]?.config['deviceID']).toBe('old');
  });

  test('is refused where no plugin takes one', async () => {
    expect(await failure(() => planOf(requestOf(), { networks: [front, asking], plugins }))).toMatchObject({
      code: 7,
      message: expect.stringContaining('declares the capability "deviceID"'),
    });
  });
});

describe('planAttachments', () => {
  const plugins = found('bridge', 'tuning', 'ptp');

  test('the plan holds exactly what each plugin gets', () => {
    const request = requestOf({ CNI_ARGS: 'K8S_POD_NAME=web;IP=10.0.0.9' }, { binDir: ['/extra', '/opt/cni/bin'] });
    const { plan, notes } = planOf(request, { networks: [front, back], plugins });
    expect(notes).toEqual([]);
    expect(plan).toMatchObject({
      containerId: 'c1',
      netns: '/run/netns/pod',
      ifName: 'eth0',
      networkName: 'braid',
      searchPath: ['/opt/cni/bin', '/extra'],
    });
    expect(plan.attachments).toEqual([
      {
        network: 'front',
        reference: 'front',
        ifName: 'eth0',
        isPrimary: true,
        why: 'annotation "cni", front',
        cniVersion: '1.0.0',
        isCheckDisabled: false,
        isGcDisabled: false,
        cniArgs: 'K8S_POD_NAME=web;IP=10.0.0.9',
        wantedAddresses: [],
        plugins: [
          { type: 'bridge', config: { type: 'bridge', name: 'front', cniVersion: '1.0.0' } },
          { type: 'tuning', config: { type: 'tuning', name: 'front', cniVersion: '1.0.0' } },
        ],
      },
      expect.objectContaining({ network: 'back', ifName: 'eth1', cniArgs: 'K8S_POD_NAME=web' }),
    ]);
  });

  test('M30: a list without a version has that of our own configuration', () => {
    const { plan } = planOf(requestOf({}, { cniVersion: '0.4.0' }), { networks: [back], plugins });
    expect(plan.attachments[0]).toMatchObject({ cniVersion: '0.4.0', plugins: [{ config: { cniVersion: '0.4.0' } }] });
  });

  test('M5: only the primary is asked for a default route, and taking it away is a warning', () => {
    const gateway = { type: 'bridge', isDefaultGateway: true };
    const networks = [
      { selection: selection('front', 'eth0'), list: listOf('front', [gateway]) },
      { selection: selection('back', 'eth1'), list: listOf('back', [gateway]) },
    ];
    const { plan, notes } = planOf(requestOf(), { networks, plugins });
    expect(plan.attachments.map((attachment) => attachment.plugins[0]?.config['isDefaultGateway'])).toEqual([
      true,
      false,
    ]);
    expect(notes).toEqual([
      'network "back" (eth1) is not asked for a default route: that belongs to the pod\'s primary network',
    ]);
  });

  describe('options of a selection', () => {
    const asking = (options: Selection['options'], plugin: object = { type: 'ptp' }) => ({
      selection: { ...selection('back', 'net1'), options },
      list: listOf('back', [{ type: 'bridge' }, plugin]),
    });
    const planned = (
      options: Selection['options'],
      plugin?: object,
      types = ['bridge', 'ptp', 'tuning', 'braid-netns'],
    ) => planOf(requestOf(), { networks: [front, asking(options, plugin)], plugins: found(...types) });

    test.each([
      [{ ips: ['10.0.0.1', '10.0.0.2'] }, 'ips', 'ips'],
      [{ portMappings: [{ hostPort: 1, containerPort: 2, protocol: 'tcp' }] }, 'portMappings', 'portMappings'],
      [{ bandwidth: { ingressRate: 1 } }, 'bandwidth', 'bandwidth'],
      [{ infinibandGuid: '00:00:00:00:00:00:00:01' }, 'infiniband-guid', 'infinibandGUID'],
      [{ deviceId: '0000:03:00.1' }, 'deviceID', 'deviceID'],
    ] as [Selection['options'], string, string][])(
      '%j without the capability is code 7',
      async (options, key, capability) => {
        expect(await failure(() => planned(options))).toMatchObject({
          code: 7,
          message: `annotation "cni", back, key "${key}": no plugin of network "back" (/etc/cni/net.d/back.conflist) declares the capability "${capability}"`,
          details: expect.stringContaining(`"capabilities": {"${capability}": true}`),
        });
      },
    );

    test('reach the plugins that declare them, and no other', () => {
      const options = { mac: '02:00:00:00:00:01', ips: ['10.0.0.9/24', 'fd00::9'], ipamClaim: 'claim' };
      const plugin = { type: 'ptp', capabilities: { mac: true, ips: true, 'ipam-claim-reference': true } };
      const { plan } = planned(options, plugin);
      expect(plan.attachments[1]).toMatchObject({
        wantedAddresses: ['10.0.0.9', 'fd00::9'],
        cniArgs: expect.not.stringContaining('IP='),
        plugins: [
          { config: expect.not.objectContaining({ runtimeConfig: expect.anything() }) },
          {
            config: {
              runtimeConfig: { mac: options.mac, ips: options.ips, 'ipam-claim-reference': 'claim' },
            },
          },
        ],
      });
    });

    test('a single address goes as IP= where nobody declares the capability', () => {
      const { plan } = planned({ ips: ['10.0.0.9/24'] });
      expect(plan.attachments.map(({ cniArgs }) => cniArgs.includes('IP=10.0.0.9/24'))).toEqual([false, true]);
      expect(plan.attachments[1]?.wantedAddresses).toEqual(['10.0.0.9']);
    });

    test('so does a hardware address as MAC=, and only where nobody declares its capability', () => {
      const options = { mac: '02:00:00:00:00:01', ips: ['10.0.0.9'] };
      expect(planned(options).plan.attachments[1]).toMatchObject({
        cniArgs: expect.stringMatching(/;IP=10\.0\.0\.9;MAC=02:00:00:00:00:01$/),
        wantedMac: options.mac,
      });
      const { plan } = planned(options, { type: 'ptp', capabilities: { mac: true } });
      expect(plan.attachments[1]?.cniArgs).not.toContain('MAC=');
      expect(plan.attachments[1]).not.toHaveProperty('wantedMac');
    });

    test('a claim that nobody declares is no fault: a delegate may ignore it', () => {
      expect(planned({ ipamClaim: 'claim' }).plan.attachments).toHaveLength(2);
    });

    test('cni-args win over the network’s own and leave the others', () => {
      const plugin = { type: 'ptp', args: { labels: [1], cni: { a: 'network', b: 'network' } } };
      const [bridge, ptp] = planned({ cniArgs: { b: 'pod', c: 'pod' } }, plugin).plan.attachments[1]?.plugins ?? [];
      expect(ptp?.config['args']).toEqual({ labels: [1], cni: { a: 'network', b: 'pod', c: 'pod' } });
      expect(bridge?.config['args']).toEqual({ cni: { b: 'pod', c: 'pod' } });
    });

    test('a default route with gateways is made afterwards, one without is left to the network', () => {
      const gateway = { type: 'bridge', isDefaultGateway: true };
      const named = planned({ defaultRoute: ['10.0.0.1'] }, gateway);
      expect(named.defaultRoute).toEqual({
        ifName: 'net1',
        why: 'annotation "cni", back, key "default-route"',
        gateways: ['10.0.0.1'],
      });
      expect(named.plan.attachments[1]?.plugins[1]?.config).toMatchObject({ isDefaultGateway: false });
      const own = planned({ defaultRoute: [] }, gateway);
      expect(own.defaultRoute).toMatchObject({ ifName: 'net1', gateways: [] });
      expect(own.plan.attachments[1]?.plugins[1]?.config).toMatchObject({ isDefaultGateway: true });
      expect(own.notes).toEqual([]);
    });

    test('a default route without the helper that moves it is code 7', async () => {
      expect(await failure(() => planned({ defaultRoute: [] }, undefined, ['bridge', 'ptp', 'tuning']))).toMatchObject({
        code: 7,
        message:
          'annotation "cni", back, key "default-route": failed to find "braid-netns", which moves the route, in path [/opt/cni/bin]',
      });
    });
  });

  test.each(['braid', 'braid-standalone', 'braid-netns', 'ours'])(
    'M26: a chain with our own type "%s" is refused',
    async (type) => {
      const networks = [{ selection: selection('loop', 'eth0'), list: listOf('loop', [{ type: 'bridge' }, { type }]) }];
      const facts = { networks, plugins: found('bridge', type) };
      expect(await failure(() => planOf(requestOf({}, { type: 'ours' }), facts))).toMatchObject({
        code: 7,
        message: `annotation "cni", loop: network "loop" (/etc/cni/net.d/loop.conflist): its plugin "${type}" is Braid itself`,
        details: expect.stringContaining('must not call Braid again'),
      });
    },
  );

  test('R24: a missing binary is found before anything runs', async () => {
    const missing = { networks: [front, back], plugins: found('bridge', 'tuning') };
    expect(await failure(() => planOf(requestOf({ CNI_PATH: '/a:/b' }), missing))).toMatchObject({
      code: 7,
      message: expect.stringMatching(/network "back" \(.*\): failed to find plugin "ptp" in path \[\/a \/b\]/),
      details: 'install the plugin there, or add its folder with the key "binDir"',
    });
  });

  test('R24: a name without end that a definition gives for one is not repeated whole', async () => {
    const list = listOf('x', [{ type: 'bridge', ipam: { type: 'y'.repeat(9000) } }]);
    const facts = { networks: [{ ...front, list }], plugins: found('bridge') };
    expect((await failure(() => planOf(requestOf(), facts))).message.length).toBeLessThan(500);
  });

  test('R24: so is one that cannot be executed', async () => {
    const dull = new Map(plugins).set('tuning', { kind: 'not-executable', path: '/opt/cni/bin/tuning' });
    expect(await failure(() => planOf(requestOf(), { networks: [front], plugins: dull }))).toMatchObject({
      code: 7,
      message: expect.stringContaining('/opt/cni/bin/tuning is not executable'),
      details: 'install it anew, or chmod 755 /opt/cni/bin/tuning',
    });
  });

  test('M10: a merged result of two networks at 0.2.0 is refused up front, where it is asked for', async () => {
    const facts = { networks: [front, back], plugins };
    const request = requestOf({}, { cniVersion: '0.2.0', resultMode: 'merged' });
    expect(await failure(() => planOf(request, facts))).toMatchObject({
      code: 7,
      message: 'cniVersion 0.2.0 cannot carry the merged result of 2 networks',
      details: expect.stringContaining('"resultMode" to "primary"'),
    });
    expect(planOf(requestOf({}, { cniVersion: '0.2.0' }), facts).plan.attachments).toHaveLength(2);
    expect(planOf(request, { ...facts, networks: [front] }).plan.attachments).toHaveLength(1);
  });
});
