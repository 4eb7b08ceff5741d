import { expect, test } from 'vitest';
import { MULTI_IP, NETWORK_STATUS, statusAnnotations } from '../../src/report/network-status.ts';
import { EMPTY_RESULT } from '../../src/schema/result.ts';
import { attachmentOf } from '../samples/record.ts';

const NETNS = '/run/netns/pod';
const front = {
  attachment: attachmentOf('front', 'eth0'),
  result: {
    interfaces: [{ name: 'cni0' }, { name: 'eth0', sandbox: NETNS, mac: '02:00:00:00:00:01', mtu: 1400 }],
    ips: [
      { address: '10.0.0.2/24', interface: 1, gateway: '10.0.0.1' },
      { address: 'fd00::2/64', interface: 1, gateway: undefined },
      { address: '10.9.0.1/24', interface: 0, gateway: undefined },
    ],
    routes: [
      { dst: '0.0.0.0/0', gw: '10.0.0.1' },
      { dst: '10.8.0.0/16', gw: '10.0.0.7' },
    ],
    dns: { nameservers: ['10.0.0.10'], domain: 'x', search: [], options: [] },
  },
};
const back = { attachment: attachmentOf('back', 'eth1'), result: EMPTY_RESULT };

test('the status has one entry for each network, exactly one of them the default', () => {
  const annotations = statusAnnotations([front, back], { isGenie: false, devices: new Map() });
  expect(Object.keys(annotations)).toEqual([NETWORK_STATUS]);
  expect(JSON.parse(annotations[NETWORK_STATUS] ?? '')).toEqual([
    {
      name: 'front',
      interface: 'eth0',
      ips: ['10.0.0.2/24', 'fd00::2/64'],
      mac: '02:00:00:00:00:01',
      mtu: 1400,
      default: true,
      dns: { nameservers: ['10.0.0.10'], domain: 'x' },
      'default-route': ['10.0.0.1'],
      gateway: ['10.0.0.1'],
    },
    { name: 'back', interface: 'eth1', default: false, dns: {} },
  ]);
});

test('CNI-Genie’s annotation stands beside it for several networks by its list, and only then', () => {
  const annotations = statusAnnotations([front, back], { isGenie: true, devices: new Map() });
  expect(JSON.parse(annotations[MULTI_IP] ?? '')).toEqual({
    multi_entry: 3,
    ips: {
      ip1: { ip: '10.0.0.2', interface: 'eth0' },
      ip2: { ip: 'fd00::2', interface: 'eth0' },
      ip3: { ip: '10.9.0.1', interface: 'eth0' },
    },
  });
  expect(Object.keys(statusAnnotations([front], { isGenie: true, devices: new Map() }))).toEqual([NETWORK_STATUS]);
});

test('what a plugin said of the device stands in the entry of its interface', () => {
  const device = { type: 'pci', version: '1.1.0', pci: { 'pci-address': '0000:03:00.1' } };
  const annotations = statusAnnotations([front, back], { isGenie: false, devices: new Map([['eth1', device]]) });
  expect(JSON.parse(annotations[NETWORK_STATUS] ?? '')).toMatchObject([{ name: 'front' }, { 'device-info': device }]);
  expect(annotations[NETWORK_STATUS]?.match(/device-info/g)).toHaveLength(1);
});

test('the name is that by which others refer to the network', () => {
  const defined = { ...back, attachment: attachmentOf('back', 'eth1', { reference: 'shop/back' }) };
  const annotations = statusAnnotations([front, defined], { isGenie: false, devices: new Map() });
  expect(JSON.parse(annotations[NETWORK_STATUS] ?? '')).toMatchObject([{ name: 'front' }, { name: 'shop/back' }]);
});
