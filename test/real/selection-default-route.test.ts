/** The pod's default routes: exactly one a family, where the pod wants it, whatever its networks' plugins do. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeRealForms } from '../harness/real-scene.ts';
import {
  bridge,
  createSelectionScene,
  hasSelectionTools,
  hostLocal,
  type SelectionScene,
  type TestPod,
} from './selection-scene.ts';

let scene: SelectionScene;

/** The network of eth0 has both families here. */
const DUAL = { defaultPlugin: 'dual' };
const ETH0_V4 = 'via 10.88.5.1 dev eth0';
const ETH0_V6 = 'via fd00:88:5::1 dev eth0';

/** A network of both families, whose bridge is a router. */
const routed = (number: number, more: object = {}) =>
  bridge(`br-${number}`, hostLocal(`10.91.${number}.0/24`, `fd00:91:${number}::/64`), more);

const net = (number: number) => ({ v4: `10.91.${number}.1`, v6: `fd00:91:${number}::1` });
/** A network of a bridge whose plugin changes the pod's routes by itself afterwards and says nothing of it. */
const selfish = (number: number, ...changes: readonly string[]) => {
  const { v4, v6 } = net(number);
  const lines = changes.map((change) =>
    `nsenter --net="$CNI_NETNS" ip ${change} dev "$CNI_IFNAME"`.replace('GW4', v4).replace('GW6', v6),
  );
  scene.shellPlugin(
    `selfish${number}`,
    `answer=$("$HERE/bridge")
[ "$CNI_COMMAND" = ADD ] && {
  ${lines.join('\n  ')}
}
printf '%s' "$answer"`,
  );
  scene.define(`selfish${number}`, [{ ...routed(number), type: `selfish${number}` }]);
};
/** A network of a bridge whose IPAM plugin gives default routes that no configuration mentions. */
const generous = (number: number) => {
  const { v4, v6 } = net(number);
  const answer = {
    cniVersion: '1.0.0',
    ips: [
      { address: `10.91.${number}.9/24`, gateway: v4 },
      { address: `fd00:91:${number}::9/64`, gateway: v6 },
    ],
    routes: [
      { dst: '0.0.0.0/0', gw: v4 },
      { dst: '::/0', gw: v6 },
      { dst: '10.200.0.0/16', gw: v4 },
    ],
  };
  scene.shellPlugin(`ipam${number}`, `[ "$CNI_COMMAND" != ADD ] || echo '${JSON.stringify(answer)}'`);
  scene.define(`generous${number}`, [bridge(`br-${number}`, { type: `ipam${number}` })]);
};

/** What the kernel and the answer say of the default routes, CHECK, and what is there after DEL. */
async function expectDefaults(pod: TestPod, expected: readonly string[], call: object = {}): Promise<void> {
  expect(await pod.defaults()).toEqual(expected);
  const answered = pod.result.routes.filter((route: { dst: string }) => /^(0\.0\.0\.0|::)\/0$/.test(route.dst));
  const gateways = expected.map((route) => route.split(' ')[1]);
  expect(answered.map((route: { gw: string }) => route.gw).toSorted()).toEqual(gateways.toSorted());
  for (const entry of pod.status()) {
    const own = expected
      .filter((route) => route.endsWith(` dev ${entry.interface}`))
      .map((route) => route.split(' ')[1]);
    expect((entry['default-route'] ?? []).toSorted(), entry.interface).toEqual(own.toSorted());
  }
  expect(await pod.check(call)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  await pod.down(call);
}

describeRealForms('the default route', hasSelectionTools(), (form) => {
  beforeEach(async () => {
    scene = await createSelectionScene('default-route', form);
    scene.define('left', [routed(1, { isDefaultGateway: true })]);
    scene.define('right', [routed(2)]);
    scene.define('only4', [bridge('br-4', hostLocal('10.91.4.0/24'), { isDefaultGateway: true })]);
  });
  afterEach(() => scene.dispose());

  const families: [string, string[], string[]][] = [
    ['IPv4', ['10.91.2.1'], ['via 10.91.2.1 dev net2', ETH0_V6]],
    ['IPv6', ['fd00:91:2::1'], [ETH0_V4, 'via fd00:91:2::1 dev net2']],
    ['a link-local gateway', ['fe80::1'], [ETH0_V4, 'via fe80::1 dev net2']],
    ['both families', ['fd00:91:2::1', '10.91.2.1'], ['via 10.91.2.1 dev net2', 'via fd00:91:2::1 dev net2']],
  ];

  test.each(families)('three networks, and the last one has it: %s', async (_families, gateways, expected) => {
    const pod = await scene.pod([{ name: 'left' }, { name: 'right', 'default-route': gateways }]);
    expect((await pod.up({ config: DUAL })).stderr).toBe('');
    await expectDefaults(pod, expected, { config: DUAL });
  });

  test('a gateway that nobody reaches: all of it is taken back', async () => {
    const pod = await scene.pod([{ name: 'left' }, { name: 'right', 'default-route': ['10.99.0.1'] }]);
    const { code, msg } = await pod.refused({ config: DUAL });
    expect(code).toBe(7);
    expect(msg).toContain('default route dev net2 via 10.99.0.1');
  });

  test.each([
    ['ptp', 'storage', '10.88.2.1'],
    ['macvlan', 'lan', '10.88.4.1'],
  ])('%s has it', async (_type, name, gateway) => {
    scene.define(name, undefined);
    const pod = await scene.pod([{ name, 'default-route': [gateway] }]);
    await pod.up();
    await expectDefaults(pod, [`via ${gateway} dev net1`]);
  });

  test('results of older versions are told so too', async () => {
    for (const [index, cniVersion] of ['0.2.0', '0.3.1', '0.4.0'].entries()) {
      const name = `old${index}`;
      scene.define(name, { cniVersion, name, plugins: [bridge(`br-${name}`, hostLocal(`10.91.1${index}.0/24`))] });
    }
    const pod = await scene.pod([
      { name: 'old0', 'default-route': ['10.91.10.1'] },
      { name: 'old1' },
      { name: 'old2' },
    ]);
    await pod.up();
    await expectDefaults(pod, ['via 10.91.10.1 dev net1']);
  });

  test('the middle one of three, whose own route it is already', async () => {
    const pod = await scene.pod([{ name: 'left', 'default-route': ['10.91.1.1', 'fd00:91:1::1'] }, { name: 'only4' }]);
    await pod.up({ config: DUAL });
    await expectDefaults(pod, ['via 10.91.1.1 dev net1', 'via fd00:91:1::1 dev net1'], { config: DUAL });
  });

  test('the network of eth0 has none to give', async () => {
    const pod = await scene.pod([{ name: 'right', 'default-route': ['10.91.2.1'] }]);
    await pod.up({ config: { defaultPlugin: 'lan' } });
    await expectDefaults(pod, ['via 10.91.2.1 dev net1'], { config: { defaultPlugin: 'lan' } });
  });

  test.each([
    ['gives both families', 'left', ['via 10.91.1.1 dev net2', 'via fd00:91:1::1 dev net2']],
    ['gives IPv4 only', 'only4', ['via 10.91.4.1 dev net2', ETH0_V6]],
    ['gives none', 'right', [ETH0_V4, ETH0_V6]],
  ])('an empty list, and that network %s', async (_how, name, expected) => {
    const pod = await scene.pod([
      { name: 'right', interface: 'other0' },
      { name, 'default-route': [] },
    ]);
    await pod.up({ config: DUAL });
    await expectDefaults(pod, expected, { config: DUAL });
  });

  test('the pod’s own default network, by its annotation', async () => {
    scene.define('own', [routed(5)], 'kube-system');
    const pod = await scene.pod({
      'v1.multus-cni.io/default-network': '[{"name":"own","default-route":["10.91.5.1","fd00:91:5::1"]}]',
      'k8s.v1.cni.cncf.io/networks': 'left',
    });
    await pod.up();
    await expectDefaults(pod, ['via 10.91.5.1 dev eth0', 'via fd00:91:5::1 dev eth0']);
  });

  test('without the helper it is refused before anything runs', async () => {
    rmSync(join(scene.real.braid.binDir, 'braid-netns'));
    scene.real.scripted('seen', {});
    const pod = await scene.pod([{ name: 'right', 'default-route': ['10.91.2.1'] }]);
    expect(await pod.refused({ config: { defaultPlugin: 'seen' } })).toMatchObject({
      code: 7,
      msg: expect.stringMatching(/item 1, key "default-route": failed to find "braid-netns"/),
    });
    expect(scene.real.braid.calls()).toEqual([]);
  });

  describe('plugins that cannot be told', () => {
    const APPEND = ['route append default via GW4', '-6 route append default via GW6 metric 5'];
    const REPLACE = ['route replace default via GW4', '-6 route replace default via GW6'];

    test.each([
      ['say so', () => [generous(6), generous(7)], ['generous6', 'generous7']],
      ['do not say so', () => [selfish(6, ...APPEND), selfish(7, ...APPEND)], ['selfish6', 'selfish7']],
      ['replace what is there', () => [selfish(6, ...REPLACE), selfish(7, ...REPLACE)], ['selfish6', 'selfish7']],
    ])('their default routes go when they %s', async (_how, define, [second, third]) => {
      define();
      const pod = await scene.pod(`${second},${third}`);
      await pod.up({ config: DUAL });
      await expectDefaults(pod, [ETH0_V4, ETH0_V6], { config: DUAL });
    });

    test('two of them give a family that the network of eth0 has not: the first one has it', async () => {
      generous(6);
      generous(7);
      const pod = await scene.pod('generous6,generous7');
      await pod.up();
      await expectDefaults(pod, ['via 10.88.1.1 dev eth0', 'via fd00:91:6::1 dev net1']);
    });

    test.each([
      ['say so', () => [generous(6), generous(7)], 'generous6', 'generous7'],
      ['do not say so', () => [selfish(6, ...APPEND), selfish(7, ...APPEND)], 'selfish6', 'selfish7'],
      ['replace what is there', () => [selfish(6, ...REPLACE), selfish(7, ...REPLACE)], 'selfish6', 'selfish7'],
    ])('one of them is to have it, and they %s', async (_how, define, second, third) => {
      define();
      const pod = await scene.pod([{ name: second, 'default-route': ['10.91.6.1', 'fd00:91:6::1'] }, { name: third }]);
      await pod.up({ config: DUAL });
      await expectDefaults(pod, ['via 10.91.6.1 dev net1', 'via fd00:91:6::1 dev net1'], { config: DUAL });
    });
  });

  describe('the network of eth0 has one and does not say so', () => {
    /** Its plugin makes `route` and answers without any. */
    const silent = (route: string) => {
      scene.shellPlugin(
        'silent',
        `answer=$("$HERE/bridge")
[ "$CNI_COMMAND" != ADD ] || nsenter --net="$CNI_NETNS" ip route add ${route} dev "$CNI_IFNAME"
printf '%s' "$answer"`,
      );
      const plugin = bridge('br-5', hostLocal('10.91.5.0/24'), { type: 'silent' });
      scene.define('silent', [plugin], 'kube-system');
    };
    const own = (networks: string) => ({
      'v1.multus-cni.io/default-network': 'silent',
      'k8s.v1.cni.cncf.io/networks': networks,
    });

    test.each(['generous6', 'generous6,generous7'])('beside %s it keeps the route', async (networks) => {
      silent('default via 10.91.5.1 metric 50');
      generous(6);
      generous(7);
      const pod = await scene.pod(own(networks));
      await pod.up();
      expect(await pod.defaults()).toEqual(['via 10.91.5.1 dev eth0', 'via fd00:91:6::1 dev net1']);
      expect(await pod.check()).toMatchObject({ code: 0, stdout: '', stderr: '' });
      await pod.down();
    });
  });

  test('one without a gateway that another network replaced: all of it is taken back', async () => {
    const answer = {
      cniVersion: '1.0.0',
      ips: [{ address: '10.91.5.9/24' }],
      routes: [{ dst: '0.0.0.0/0', scope: 253 }],
    };
    scene.shellPlugin('ipam5', `[ "$CNI_COMMAND" != ADD ] || echo '${JSON.stringify(answer)}'`);
    scene.define('onlink', [{ type: 'bridge', bridge: 'br-5', ipam: { type: 'ipam5' } }], 'kube-system');
    selfish(6, 'route replace default via GW4');
    const pod = await scene.pod({
      'v1.multus-cni.io/default-network': 'onlink',
      'k8s.v1.cni.cncf.io/networks': 'selfish6',
    });
    expect(await pod.refused()).toMatchObject({
      code: 7,
      msg: 'network "selfish6" (net1) replaced the IPv4 default route of eth0, which has no gateway by which it could be made again',
    });
  });

  describe('a helper that fails', () => {
    const breakHelper = () => {
      rmSync(join(scene.real.braid.binDir, 'braid-netns'));
      scene.shellPlugin('braid-netns', `echo '{"cniVersion":"1.0.0","code":5,"msg":"no netlink"}'; exit 1`);
    };

    test.each([
      ['would have to move it', '10.91.2.1'],
      ['would find it where it is asked for', '10.91.6.1'],
    ])('fails the pod where it %s', async (_what, gateway) => {
      breakHelper();
      generous(6);
      const asked = { 'default-route': [gateway] };
      const pod = await scene.pod([
        { name: 'right', ...(gateway === '10.91.2.1' ? asked : {}) },
        { name: 'generous6', ...(gateway === '10.91.6.1' ? asked : {}) },
      ]);
      expect(await pod.refused({ config: { defaultPlugin: 'lan' } })).toMatchObject({
        code: 5,
        msg: expect.stringMatching(/no netlink$/),
      });
    });

    test('is a warning where nothing had to move', async () => {
      breakHelper();
      const pod = await scene.pod('right');
      expect((await pod.up()).stderr).toContain('the namespace could not be read back');
      expect(await pod.defaults()).toEqual(['via 10.88.1.1 dev eth0']);
      await pod.down();
    });
  });
});
