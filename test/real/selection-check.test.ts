/** What is said of a pod's networks after ADD, against what its namespace holds: CHECK, and the status on the pod. */
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

const network = (number: number, more: object = {}) => {
  const routes = [{ dst: `10.20${number}.0.0/16`, gw: `10.94.${number}.1` }];
  return bridge(`br-${number}`, { ...hostLocal(`10.94.${number}.0/24`, `fd00:94:${number}::/64`), routes }, more);
};

/** The message and the details of a CHECK that has to fail. */
async function fault(pod: TestPod, call: object = {}): Promise<string> {
  const { code, json } = await pod.check(call);
  expect(code).toBe(1);
  return `${json.msg}\n${json.details ?? ''}`;
}

describeRealForms('what is said of networks that were selected', hasSelectionTools(), (form) => {
  beforeEach(async () => {
    scene = await createSelectionScene('check', form);
  });
  afterEach(() => scene.dispose());

  describe('CHECK', () => {
    test('holds for a default network and two definitions, and names what is missing on one of them', async () => {
      scene.define('net-one', [network(1)]);
      scene.define('net-two', [network(2)]);
      const pod = await scene.pod('net-one,net-two');
      await pod.up();
      expect(await pod.check()).toMatchObject({ code: 0, stdout: '', stderr: '' });
      await pod.exec('ip', 'route', 'del', '10.202.0.0/16');
      const missing = await fault(pod);
      expect(missing).toMatch(/^network "net-two" \(net2\), plugin "bridge" CHECK: .*10\.202\.0\.0/);
      expect(missing).toContain(
        'network "net-two" (net2): missing in the pod\'s namespace: route to 10.202.0.0/16 via 10.94.2.1',
      );
      expect(missing).not.toMatch(/eth0|net1/);
      await pod.down();
    });
  });

  describe('CHECK where the plugins’ own says nothing', () => {
    /** The three attachments of a pod whose plugins are bridges that find nothing wrong, ever. */
    const quietPod = async (): Promise<TestPod> => {
      scene.shellPlugin('quiet', `[ "$CNI_COMMAND" = CHECK ] || exec "$HERE/bridge"`);
      for (const number of [1, 2, 3]) {
        const plugin = { ...network(number), type: 'quiet' };
        if (number === 1)
          scene.real.braid.conf('40-quiet.conflist', { cniVersion: '1.0.0', name: 'n1', plugins: [plugin] });
        else scene.define(`n${number}`, [plugin]);
      }
      const pod = await scene.pod('n2,n3');
      await pod.up({ config: { defaultPlugin: 'n1' } });
      expect(await pod.check()).toMatchObject({ code: 0, stdout: '', stderr: '' });
      return pod;
    };
    const attachments = [
      [1, 'eth0'],
      [2, 'net1'],
      [3, 'net2'],
    ] as const;

    test.each([
      ['a link', ['ip', 'link', 'del', '<dev>'], /missing in the pod's namespace: link <dev>/],
      [
        'an IPv4 address',
        ['ip', 'address', 'del', '10.94.<n>.2/24', 'dev', '<dev>'],
        /missing in the pod's namespace: address 10\.94\.<n>\.2\/24 on <dev>/,
      ],
      [
        'an IPv6 address',
        ['ip', 'address', 'del', 'fd00:94:<n>::2/64', 'dev', '<dev>'],
        /missing in the pod's namespace: address fd00:94:<n>::2\/64 on <dev>$/,
      ],
      [
        'a route',
        ['ip', 'route', 'del', '10.20<n>.0.0/16'],
        /missing in the pod's namespace: route to 10\.20<n>\.0\.0\/16 via 10\.94\.<n>\.1$/,
      ],
    ])('%s that is gone is named, on every attachment', async (_what, command, message) => {
      const pod = await quietPod();
      for (const [number, dev] of attachments) {
        const fill = (text: string) => text.replaceAll('<dev>', dev).replaceAll('<n>', String(number));
        await pod.exec(...command.map(fill));
        const missing = await fault(pod);
        expect(missing).toMatch(new RegExp(`network "n${number}" \\(${dev}\\): ${fill(message.source)}`, 'm'));
        for (const [, other] of attachments.slice(number)) expect(missing).not.toContain(other);
      }
      await pod.down();
    });

    test('a default route that was moved to an attachment and is gone is named there', async () => {
      scene.shellPlugin('quiet', `[ "$CNI_COMMAND" = CHECK ] || exec "$HERE/bridge"`);
      scene.define('n2', [{ ...network(2), type: 'quiet' }]);
      const pod = await scene.pod([{ name: 'n2', 'default-route': ['10.94.2.1'] }]);
      await pod.up();
      expect(await pod.check()).toMatchObject({ code: 0, stdout: '' });
      await pod.exec('ip', 'route', 'del', 'default');
      expect(await fault(pod)).toMatch(/^network "n2" \(net1\): .*route to 0\.0\.0\.0\/0 via 10\.94\.2\.1$/m);
      await pod.down();
    });

    test('what a result tells of and never was there is not demanded', async () => {
      const result = {
        cniVersion: '1.0.0',
        interfaces: [{ name: '%s', sandbox: '%s' }],
        ips: [{ interface: 0, address: '10.94.9.9/24' }],
      };
      scene.shellPlugin(
        'liar',
        `[ "$CNI_COMMAND" = ADD ] || exit 0
printf '${JSON.stringify(result)}' "$CNI_IFNAME" "$CNI_NETNS"`,
      );
      scene.define('lie', [{ type: 'liar' }]);
      const pod = await scene.pod('lie');
      await pod.up();
      expect(await pod.check()).toMatchObject({ code: 0, stdout: '', stderr: '' });
      await pod.down();
    });
  });

  describe('the status on the pod', () => {
    test('every field of it is what the namespace has', async () => {
      // No reference plugin of this age tells of an MTU, so this one is told to: a bridge, and its own words of 1.1.0.
      scene.shellPlugin(
        'mtu-bridge',
        `sed 's/"cniVersion":"1.1.0"/"cniVersion":"1.0.0"/' | "$HERE/bridge" |
sed -e 's/"cniVersion": *"1.0.0"/"cniVersion":"1.1.0"/' -e 's/"sandbox":/"mtu":1400,"sandbox":/'`,
      );
      const dns = {
        nameservers: ['10.94.2.53'],
        domain: 'shop.test',
        search: ['a.test', 'b.test'],
        options: ['ndots:2'],
      };
      const asked = { ips: ['10.94.2.77', 'fd00:94:2::77'], mac: '02:00:00:00:02:77' };
      scene.define('full', [network(2, { capabilities: { ips: true, mac: true }, dns })]);
      scene.define('small', {
        cniVersion: '1.1.0',
        name: 'small',
        plugins: [{ ...network(3, { mtu: 1400 }), type: 'mtu-bridge' }],
      });
      const pod = await scene.pod([
        { name: 'full', ...asked, 'default-route': ['fd00:94:2::1'] },
        { name: 'small', interface: 'small0' },
      ]);
      await pod.up({ config: { defaultPlugin: 'dual' } });
      const links = new Map((await pod.netns.links()).map((link) => [link.name, link]));
      const defaults = (await pod.netns.routes()).filter(({ dst }) => dst === 'default');
      const seen = async (name: string, ifName: string) => {
        const gateways = defaults.filter(({ dev }) => dev === ifName).map(({ gateway }) => gateway);
        return {
          name,
          interface: ifName,
          ips: await pod.netns.addresses(ifName),
          mac: links.get(ifName)?.mac,
          ...(gateways.length > 0 ? { 'default-route': gateways, gateway: gateways } : {}),
        };
      };
      const status = pod.status();
      expect(status).toEqual([
        { ...(await seen('dual', 'eth0')), default: true, dns: {} },
        { ...(await seen('shop/full', 'net1')), default: false, dns },
        { ...(await seen('shop/small', 'small0')), mtu: links.get('small0')?.mtuBytes, default: false, dns: {} },
      ]);
      expect(status[0]).toMatchObject({ ips: ['10.88.5.2/24', 'fd00:88:5::2/64'], 'default-route': ['10.88.5.1'] });
      expect(status[1]).toMatchObject({ mac: asked.mac, 'default-route': ['fd00:94:2::1'] });
      expect(status[2].mtu).toBe(1400);
      await pod.down();
    });
  });
});
