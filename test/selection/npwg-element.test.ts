import { describe, expect, test } from 'vitest';
import { parseElement } from '../../src/selection/npwg-element.ts';
import { parseNpwgNetworks } from '../../src/selection/npwg-list.ts';
import type { AttachmentOptions } from '../../src/selection/selection.ts';
import { failure } from '../samples/failure.ts';

const ANNOTATION = 'k8s.v1.cni.cncf.io/networks';

/** The value as the second item of a list, so that a wrong item number would show. */
function parseSecond(json: string) {
  return parseNpwgNetworks(`[{"name":"first"},${json}]`, { annotation: ANNOTATION, podNamespace: 'shop' })[1];
}

function options(members: object): AttachmentOptions | undefined {
  return parseSecond(JSON.stringify({ name: 'a', ...members }))?.options;
}

function nested(levels: number): unknown {
  return levels === 0 ? 1 : { a: nested(levels - 1) };
}

describe('options', () => {
  test.each<[object, AttachmentOptions]>([
    [{}, {}],
    [{ ips: ['10.0.0.5'] }, { ips: ['10.0.0.5'] }],
    [{ ips: ['10.0.0.5/24', 'FD00:0::5/64'] }, { ips: ['10.0.0.5/24', 'fd00::5/64'] }],
    [{ ips: ['10.0.0.5', '10.0.0.6', 'fe80::1'] }, { ips: ['10.0.0.5', '10.0.0.6', 'fe80::1'] }],
    [{ ips: ['::ffff:10.0.0.5/120'] }, { ips: ['10.0.0.5/24'] }],
    [{ mac: '02:AB:00:00:00:01' }, { mac: '02:ab:00:00:00:01' }],
    [{ mac: '02-ab-00-00-00-01' }, { mac: '02:ab:00:00:00:01' }],
    [{ mac: '02ab.0000.0001' }, { mac: '02:ab:00:00:00:01' }],
    [{ 'cni-args': {} }, { cniArgs: {} }],
    [{ 'cni-args': { mode: 'l2', deep: nested(30) } }, { cniArgs: { mode: 'l2', deep: nested(30) } }],
    [
      { portMappings: [{ hostPort: 8080, containerPort: 80 }] },
      { portMappings: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }] },
    ],
    [
      { portMappings: [{ hostPort: 1, containerPort: 65_535, protocol: 'UDP', hostIP: 'FD00::1' }] },
      { portMappings: [{ hostPort: 1, containerPort: 65_535, protocol: 'udp', hostIP: 'fd00::1' }] },
    ],
    [
      {
        portMappings: [
          { hostPort: 53, containerPort: 53, protocol: 'Sctp' },
          { hostPort: 53, containerPort: 53, protocol: 'udp' },
          { hostPort: 53, containerPort: 53, protocol: 'udp', hostIP: '0.0.0.0' },
        ],
      },
      {
        portMappings: [
          { hostPort: 53, containerPort: 53, protocol: 'sctp' },
          { hostPort: 53, containerPort: 53, protocol: 'udp' },
          { hostPort: 53, containerPort: 53, protocol: 'udp', hostIP: '0.0.0.0' },
        ],
      },
    ],
    [{ bandwidth: { ingressRate: 1 } }, { bandwidth: { ingressRate: 1 } }],
    [
      { bandwidth: { egressBurst: 4, egressRate: 3, ingressBurst: 2, ingressRate: 9_007_199_254_740_991 } },
      { bandwidth: { egressBurst: 4, egressRate: 3, ingressBurst: 2, ingressRate: 9_007_199_254_740_991 } },
    ],
    [{ 'default-route': [] }, { defaultRoute: [] }],
    [{ 'default-route': ['10.0.0.1'] }, { defaultRoute: ['10.0.0.1'] }],
    [{ 'default-route': ['FE80::1', '10.0.0.1'] }, { defaultRoute: ['fe80::1', '10.0.0.1'] }],
    [{ 'infiniband-guid': 'C2:11:22:33:44:55:66:77' }, { infinibandGuid: 'c2:11:22:33:44:55:66:77' }],
    [{ 'ipam-claim-reference': 'vm.claim-1' }, { ipamClaim: 'vm.claim-1' }],
    [{ deviceID: '0000:03:00.1' }, { deviceId: '0000:03:00.1' }],
    [{ deviceID: 'mlx5_core.sf.4' }, { deviceId: 'mlx5_core.sf.4' }],
    [{ deviceID: '9f0f2a3c-6d2e-4f59-9a55-0a1b2c3d4e5f' }, { deviceId: '9f0f2a3c-6d2e-4f59-9a55-0a1b2c3d4e5f' }],
    [{ deviceID: 'd'.repeat(256) }, { deviceId: 'd'.repeat(256) }],
    [{ 'example.com/x': null, 'org.foo': 1 }, {}],
    [
      { mac: '02:00:00:00:00:01', deviceID: 'x', ips: ['10.0.0.5'] },
      { mac: '02:00:00:00:00:01', deviceId: 'x', ips: ['10.0.0.5'] },
    ],
  ])('%j is %j', (members, meant) => {
    expect(options(members)).toEqual(meant);
  });

  test('an argument with the name of an object’s member stays an argument', () => {
    const args = parseSecond('{"name":"a","cni-args":{"__proto__":{"x":1}}}')?.options.cniArgs;
    expect(Object.keys(args ?? {})).toEqual(['__proto__']);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
});

describe('what is no element', () => {
  test.each([
    ['null', 'must be an object, not null'],
    ['"a"', 'must be an object, not "a"'],
    ['7', 'must be an object, not 7'],
    ['true', 'must be an object, not true'],
    ['[]', 'must be an object, not a list'],
    ['[{"name":"a"}]', 'must be an object, not a list'],
    [`"${'x'.repeat(500)}"`, `must be an object, not "${'x'.repeat(100)}…"`],
  ])('%s is code 7: %s', async (json, message) => {
    expect(await failure(() => parseSecond(json))).toMatchObject({
      code: 7,
      message: `annotation "${ANNOTATION}", item 2: ${message}`,
      details: 'write {"name": "…", "namespace": "…"}',
    });
  });

  test('[null] is an error like any other', async () => {
    const parse = () => parseNpwgNetworks('[null]', { annotation: ANNOTATION, podNamespace: 'shop' });
    expect(await failure(parse)).toMatchObject({
      code: 7,
      message: expect.stringContaining('item 1: must be an object'),
    });
  });
});

describe('unknown keys are code 2', () => {
  test.each([
    ['{"name":"a","ipz":["10.0.0.1"]}', 'ipz', 'did you mean "ips"?'],
    ['{"Name":"a"}', 'Name', 'did you mean "name"?'],
    ['{"name":"a","portmappings":[]}', 'portmappings', 'did you mean "portMappings"?'],
    ['{"name":"a","deviceId":"x"}', 'deviceId', 'did you mean "deviceID"?'],
    ['{"name":"a","default_route":[]}', 'default_route', 'did you mean "default-route"?'],
    ['{"name":"a","cniArgs":{}}', 'cniArgs', 'did you mean "cni-args"?'],
    ['{"name":"a","somethingelse":1}', 'somethingelse', 'the keys are name, namespace, interface, ips, mac'],
    ['{"name":"a","":1}', '', 'the keys are'],
    ['{"name":"a","a":1}', 'a', 'the keys are'],
    ['{"name":"a","__proto__":{"ips":["10.0.0.1"]}}', '__proto__', 'the keys are'],
    ['{"name":"a","constructor":1}', 'constructor', 'the keys are'],
    ['{"name":"a","toString":1}', 'toString', 'the keys are'],
    ['{"__proto__":{"name":"a"}}', '__proto__', 'the keys are'],
    ['{"name":"a","q\\"\\n":1}', 'q\\"\\n', ''],
    [
      '{"name":"a","portMappings":[{"hostPort":1,"containerPort":1},{"hostport":2}]}',
      'portMappings[1].hostport',
      'did you mean "hostPort"?',
    ],
    ['{"name":"a","portMappings":[{"a.b":1}]}', 'portMappings[0].a.b', 'the keys are hostPort'],
    ['{"name":"a","bandwidth":{"ingressrate":1}}', 'bandwidth.ingressrate', 'did you mean "ingressRate"?'],
    ['{"name":"a","bandwidth":{"__proto__":1}}', 'bandwidth.__proto__', 'the keys are ingressRate'],
  ])('%s', async (json, key, hint) => {
    const error = await failure(() => parseSecond(json));
    expect(error.code).toBe(2);
    expect(error.message).toBe(`annotation "${ANNOTATION}", item 2, key "${key}": is not a key that Braid knows`);
    expect(error.details).toContain(hint);
  });
});

describe('wrong values are code 7', () => {
  const mapping = { hostPort: 80, containerPort: 80 };
  test.each<[object, string, string, string]>([
    [{ name: undefined }, 'name', 'is missing', 'write {"name"'],
    [{ name: '' }, 'name', 'must not be empty', '253'],
    [{ name: null }, 'name', 'must be a string, not null', '253'],
    [{ name: ['a'] }, 'name', 'must be a string, not a list', '253'],
    [{ name: 'ns/a' }, 'name', '"ns/a" is not the name of a Kubernetes object', '253'],
    [{ name: ' a' }, 'name', '" a" is not the name', '253'],
    [{ name: 'a@net1' }, 'name', '"a@net1" is not the name', '253'],
    [{ name: 'a\n' }, 'name', '"a\\n" is not the name', '253'],
    [{ name: `${'a'.repeat(254)}` }, 'name', '…" is not the name', '253'],
    [{ namespace: '' }, 'namespace', 'must not be empty', 'leave it out'],
    [{ namespace: 1 }, 'namespace', 'must be a string, not 1', 'leave it out'],
    [{ namespace: 'n.s' }, 'namespace', '"n.s" is not a namespace', '63'],
    [{ namespace: '..' }, 'namespace', '".." is not a namespace', '63'],
    [{ interface: '' }, 'interface', 'must not be empty', 'automatic name'],
    [{ interface: 7 }, 'interface', 'must be a string, not 7', 'automatic name'],
    [{ interface: '0123456789abcdef' }, 'interface', 'interface name is too long', 'less than 16'],
    [{ interface: 'lo' }, 'interface', 'lo is the loopback interface of every pod', 'another'],
    [{ interface: 'net/1' }, 'interface', 'contains / or :', 'another'],
    [{ interface: 'net\u0007' }, 'interface', '"net\\u0007": interface name contains control', 'another'],
    [{ interface: 'net1\n' }, 'interface', 'whitespace', 'another'],
    [{ interfaceRequest: 'lo' }, 'interfaceRequest', 'lo is the loopback', 'another'],
    [
      { interface: 'net1', interfaceRequest: 'net2' },
      'interfaceRequest',
      '"net2" contradicts "interface", which is "net1"',
      'keep "interface" only',
    ],
    [{ ips: [] }, 'ips', 'must not be empty', 'leave it out'],
    [{ ips: '10.0.0.5' }, 'ips', 'must be a list, not "10.0.0.5"', 'write a list'],
    [{ ips: Array(33).fill('10.0.0.5') }, 'ips', 'has 33 members, more than 32', 'ask for fewer'],
    [{ portMappings: Array(1001).fill({}) }, 'portMappings', 'has 1001 members, more than 1000', 'ask for fewer'],
    [{ ips: null }, 'ips', 'must be a list, not null', 'write a list'],
    [{ ips: ['10.0.0.5', null] }, 'ips[1]', 'must be a string, not null', 'write a list'],
    [{ ips: ['10.0.0.256'] }, 'ips[0]', '"10.0.0.256" is not an address', 'write a list'],
    [{ ips: ['010.0.0.5'] }, 'ips[0]', 'is not an address', ''],
    [{ ips: ['10.0.0.5/33'] }, 'ips[0]', 'is not an address', ''],
    [{ ips: ['10.0.0.5 '] }, 'ips[0]', 'is not an address', ''],
    [{ ips: ['10.0.0.5,10.0.0.6'] }, 'ips[0]', 'is not an address', ''],
    [{ ips: ['fe80::1%eth0'] }, 'ips[0]', 'is not an address', ''],
    [{ ips: [''] }, 'ips[0]', 'must not be empty', ''],
    [{ ips: ['10.0.0.5', '10.0.0.5'] }, 'ips[1]', 'the address 10.0.0.5 is there twice', 'remove'],
    [{ ips: ['10.0.0.5/24', '::ffff:10.0.0.5'] }, 'ips[1]', 'the address 10.0.0.5 is there twice', 'remove'],
    [{ ips: ['0.0.0.0'] }, 'ips[0]', '"0.0.0.0" cannot be used, it is unspecified', 'that an interface can have'],
    [{ ips: ['::/0'] }, 'ips[0]', 'unspecified', ''],
    [{ ips: ['224.0.0.1'] }, 'ips[0]', 'multicast', ''],
    [{ ips: ['ff02::1/64'] }, 'ips[0]', 'multicast', ''],
    [{ ips: ['127.0.0.2/8'] }, 'ips[0]', 'loopback', ''],
    [{ ips: ['::1'] }, 'ips[0]', 'loopback', ''],
    [{ ips: ['255.255.255.255'] }, 'ips[0]', 'broadcast', ''],
    [{ mac: '02:00:00:00:00:01:02:03' }, 'mac', '"02:00:00:00:00:01:02:03" has 8 bytes, not 6', 'six bytes'],
    [{ mac: '02:00:00:00:00' }, 'mac', 'has 5 bytes, not 6', 'six bytes'],
    [{ mac: '02ab.0000.0001.0002' }, 'mac', 'has 8 bytes, not 6', 'six bytes'],
    [{ mac: '02:00-00:00:00:01' }, 'mac', 'is not a hardware address', 'six bytes'],
    [{ mac: '020000000001' }, 'mac', 'is not a hardware address', 'six bytes'],
    [{ mac: '2:0:0:0:0:1' }, 'mac', 'is not a hardware address', 'six bytes'],
    [{ mac: '02:00:00:00:00:0g' }, 'mac', 'is not a hardware address', 'six bytes'],
    [{ mac: '02:00:00:00:00:01\n' }, 'mac', 'is not a hardware address', 'six bytes'],
    [{ mac: '' }, 'mac', 'must not be empty', 'six bytes'],
    [{ mac: 2 }, 'mac', 'must be a string, not 2', 'six bytes'],
    [{ mac: '01:00:5e:00:00:01' }, 'mac', 'is a multicast address', 'even'],
    [{ mac: 'ff:ff:ff:ff:ff:ff' }, 'mac', 'is a multicast address', 'even'],
    [{ mac: '00:00:00:00:00:00' }, 'mac', 'is all zero', 'six bytes'],
    [{ 'cni-args': [] }, 'cni-args', 'must be an object, not a list', 'write an object'],
    [{ 'cni-args': 'a=b' }, 'cni-args', 'must be an object, not "a=b"', 'write an object'],
    [{ 'cni-args': null }, 'cni-args', 'must be an object, not null', 'write an object'],
    [{ 'cni-args': nested(40) }, 'cni-args', 'is nested deeper than 32 levels', ''],
    [{ portMappings: [] }, 'portMappings', 'must not be empty', 'leave it out'],
    [{ portMappings: mapping }, 'portMappings', 'must be a list, not an object', 'write a list'],
    [{ portMappings: [null] }, 'portMappings[0]', 'must be an object, not null', 'write a list'],
    [{ portMappings: [{ hostPort: 80 }] }, 'portMappings[0].containerPort', 'is missing', 'write a list'],
    [{ portMappings: [{ containerPort: 80 }] }, 'portMappings[0].hostPort', 'is missing', 'write a list'],
    [
      { portMappings: [mapping, { ...mapping, hostPort: 99_999 }] },
      'portMappings[1].hostPort',
      'must be a whole number from 1 to 65535, not 99999',
      'write a list',
    ],
    [{ portMappings: [{ ...mapping, hostPort: 0 }] }, 'portMappings[0].hostPort', 'not 0', ''],
    [{ portMappings: [{ ...mapping, hostPort: 65_536 }] }, 'portMappings[0].hostPort', 'not 65536', ''],
    [{ portMappings: [{ ...mapping, containerPort: -1 }] }, 'portMappings[0].containerPort', 'not -1', ''],
    [{ portMappings: [{ ...mapping, containerPort: 1.5 }] }, 'portMappings[0].containerPort', 'not 1.5', ''],
    [{ portMappings: [{ ...mapping, hostPort: '80' }] }, 'portMappings[0].hostPort', 'not "80"', ''],
    [{ portMappings: [{ ...mapping, hostPort: null }] }, 'portMappings[0].hostPort', 'not null', ''],
    [
      { portMappings: [{ ...mapping, protocol: 'icmp' }] },
      'portMappings[0].protocol',
      'must be tcp, udp, sctp, not "icmp"',
      'leave it out for tcp',
    ],
    [{ portMappings: [{ ...mapping, protocol: '' }] }, 'portMappings[0].protocol', 'not ""', ''],
    [{ portMappings: [{ ...mapping, protocol: null }] }, 'portMappings[0].protocol', 'not null', ''],
    [{ portMappings: [{ ...mapping, hostIP: 'node' }] }, 'portMappings[0].hostIP', '"node" is not a plain', ''],
    [{ portMappings: [{ ...mapping, hostIP: '10.0.0.1/24' }] }, 'portMappings[0].hostIP', 'is not a plain', ''],
    [{ portMappings: [{ ...mapping, hostIP: '' }] }, 'portMappings[0].hostIP', 'must not be empty', ''],
    [
      { portMappings: [mapping, { hostPort: 80, containerPort: 81, protocol: 'TCP' }] },
      'portMappings[1]',
      'host port 80/tcp is already published',
      'once',
    ],
    [
      {
        portMappings: [
          { ...mapping, hostIP: '::ffff:192.0.2.1' },
          { ...mapping, hostIP: '192.0.2.1' },
        ],
      },
      'portMappings[1]',
      'host port 80/tcp is already published',
      'once',
    ],
    [{ bandwidth: {} }, 'bandwidth', 'must not be empty', 'at least one of ingressRate'],
    [{ bandwidth: 5 }, 'bandwidth', 'must be an object, not 5', 'bits per second'],
    [{ bandwidth: { ingressRate: 0 } }, 'bandwidth.ingressRate', 'must be a whole number above 0, not 0', 'bits'],
    [{ bandwidth: { ingressRate: '10M' } }, 'bandwidth.ingressRate', 'not "10M"', 'without unit or quotes'],
    [{ bandwidth: { egressRate: -5 } }, 'bandwidth.egressRate', 'not -5', 'bits'],
    [{ bandwidth: { egressRate: 0.5 } }, 'bandwidth.egressRate', 'not 0.5', 'bits'],
    [{ bandwidth: { egressRate: 2 ** 53 } }, 'bandwidth.egressRate', 'not 9007199254740992', 'bits'],
    [{ bandwidth: { ingressBurst: 5 } }, 'bandwidth.ingressBurst', 'needs "ingressRate" beside it', 'bits'],
    [
      { bandwidth: { ingressRate: 5, egressBurst: 5 } },
      'bandwidth.egressBurst',
      'needs "egressRate" beside it',
      'bits',
    ],
    [{ 'default-route': '10.0.0.1' }, 'default-route', 'must be a list, not "10.0.0.1"', 'write a list'],
    [{ 'default-route': null }, 'default-route', 'must be a list, not null', 'write a list'],
    [{ 'default-route': [1] }, 'default-route[0]', 'must be a string, not 1', 'write a list'],
    [{ 'default-route': ['10.0.0.1/24'] }, 'default-route[0]', '"10.0.0.1/24" is not a plain', 'without /'],
    [{ 'default-route': ['gw'] }, 'default-route[0]', '"gw" is not a plain address', 'at most one'],
    [{ 'default-route': ['10.0.0.1', '10.0.0.2'] }, 'default-route[1]', 'is a second IPv4 gateway', 'at most one'],
    [{ 'default-route': ['fd00::1', '10.0.0.1', 'fd00::2'] }, 'default-route[2]', 'second IPv6', 'at most one'],
    [{ 'default-route': ['0.0.0.0'] }, 'default-route[0]', 'unspecified', ''],
    [{ 'default-route': ['ff02::2'] }, 'default-route[0]', 'multicast', ''],
    [{ 'infiniband-guid': '02:00:00:00:00:01' }, 'infiniband-guid', 'has 6 bytes, not 8', 'eight bytes'],
    [{ 'infiniband-guid': '00:00:00:00:00:00:00:00' }, 'infiniband-guid', 'stands for no GUID', 'eight bytes'],
    [{ 'infiniband-guid': 'FF:FF:FF:FF:FF:FF:FF:FF' }, 'infiniband-guid', 'stands for no GUID', 'eight bytes'],
    [{ 'infiniband-guid': 1 }, 'infiniband-guid', 'must be a string, not 1', 'eight bytes'],
    [{ 'ipam-claim-reference': 'Claim' }, 'ipam-claim-reference', '"Claim" is not the name', '253'],
    [{ 'ipam-claim-reference': '' }, 'ipam-claim-reference', 'must not be empty', '253'],
    [
      { 'ipam-claim-reference': 'claim', ips: ['10.0.0.5'] },
      'ipam-claim-reference',
      'must not stand beside "ips"',
      'remove one of the two',
    ],
    [{ deviceID: '' }, 'deviceID', 'must not be empty', 'device plugin'],
    [{ deviceID: 7 }, 'deviceID', 'must be a string, not 7', 'device plugin'],
    [{ deviceID: '../x' }, 'deviceID', '"../x" is not a device id', 'device plugin'],
    [{ deviceID: '..' }, 'deviceID', '".." is not a device id', 'device plugin'],
    [{ deviceID: 'a\0' }, 'deviceID', '"a\\u0000" is not a device id', 'device plugin'],
    [{ deviceID: 'd'.repeat(257) }, 'deviceID', 'is longer than 256 characters', 'device plugin'],
  ])('%j: key %s %s', async (members, key, message, hint) => {
    const error = await failure(() => options(members));
    expect(error.code).toBe(7);
    expect(error.message.startsWith(`annotation "${ANNOTATION}", item 2, key "${key}": `)).toBe(true);
    expect(error.message).toContain(message);
    expect(error.details).toContain(hint);
  });
});

test('a value that no JSON gives is refused as well', async () => {
  for (const value of [undefined, Number.NaN, Symbol('s'), () => 1])
    expect((await failure(() => parseElement(value, 'here', 'shop'))).message).toContain('here: must be an object');
});
