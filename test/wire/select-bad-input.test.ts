/**
 * What pod authors get wrong in `k8s.v1.cni.cncf.io/networks` and in definitions: one error document that says where and
 * what to do, and nothing executed, recorded or left behind.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, prepareForms } from '../harness/braid-call.ts';
import { type Call, DEFAULT_NETWORK, NETWORKS, SelectScene } from './select-scene.ts';

beforeAll(prepareForms);

const AT = `annotation "${NETWORKS}"`;
const MAC = '02:00:00:00:00:01';
const ALL = { ips: true, mac: true, portMappings: true, bandwidth: true, infinibandGUID: true, deviceID: true };
const PORTS_HINT = 'write a list: [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]';
const GRAMMAR_HINT = 'write [namespace/]name[@interface]';
const EMPTY_HINT = 'write names separated by single commas, none at the end';
const IPS_HINT = 'write a list of addresses: ["10.0.0.5/24", "fd00::5/64"]';
const one = (options: object) => JSON.stringify([{ name: 'net1', ...options }]);

/** The value, the error's code, its message after the annotation's name, its details. */
const REFUSED: readonly (readonly [string, number, string, string])[] = [
  [
    'net1@net1,net2@net1',
    7,
    `, item 2: interface name "net1" is already taken by ${AT}, item 1`,
    'give each network of the pod its own interface name',
  ],
  ['net1,', 7, ', item 2: is empty', EMPTY_HINT],
  ['net1,,net2', 7, ', item 2: is empty', EMPTY_HINT],
  [',', 7, ', item 1: is empty', EMPTY_HINT],
  ['net1, ,net2', 7, ', item 2: is empty', EMPTY_HINT],
  ['net1@', 7, ', item 1: "net1@" has no interface name after the @', GRAMMAR_HINT],
  ['shop/', 7, ', item 1: "shop/" has no name', GRAMMAR_HINT],
  ['/net1', 7, ', item 1: "/net1" has no namespace before the /', GRAMMAR_HINT],
  ['net1,a/b/c', 7, ', item 2: "a/b/c" has more than one /', GRAMMAR_HINT],
  ['net1@a@b', 7, ', item 1: "net1@a@b" has more than one @', GRAMMAR_HINT],
  ['net1,../../etc', 7, ', item 2: "../../etc" has more than one /', GRAMMAR_HINT],
  ['[null]', 7, ', item 1: must be an object, not null', 'write {"name": "…", "namespace": "…"}'],
  ['["net1"]', 7, ', item 1: must be an object, not "net1"', 'write {"name": "…", "namespace": "…"}'],
  ['{}', 7, ': must be a list, not an object', 'put it into a list: wrap it in [ ]'],
  ['[{}]', 7, ', item 1, key "name": is missing', 'write {"name": "…", "namespace": "…"}'],
  ['[{"name":"net1"},]', 7, ': is not valid JSON: unexpected "]" at line 1, column 18', 'remove the comma before it'],
  [
    '[{"name":"net1"},\n {"name":"net2" "mac":1}]',
    7,
    ': is not valid JSON: unexpected "\\"" at line 2, column 17',
    'look for a comma or colon missing before it, or for a quote missing after it',
  ],
  [one({ ipz: ['10.9.0.5/24'] }), 2, ', item 1, key "ipz": is not a key that Braid knows', 'did you mean "ips"?'],
  [
    one({ portMappings: [{ hostPort: 1, containerPort: 1, hostport: 1 }] }),
    2,
    ', item 1, key "portMappings[0].hostport": is not a key that Braid knows',
    'did you mean "hostPort"?',
  ],
  [
    one({ mac: '02:00:00:00:00:01:02:03' }),
    7,
    ', item 1, key "mac": "02:00:00:00:00:01:02:03" has 8 bytes, not 6',
    `write six bytes: "${MAC}"`,
  ],
  [
    one({ portMappings: [{ hostPort: 99999, containerPort: 80 }] }),
    7,
    ', item 1, key "portMappings[0].hostPort": must be a whole number from 1 to 65535, not 99999',
    PORTS_HINT,
  ],
  [
    '[{"name":"net1","default-route":["10.9.0.1"]},{"name":"net2","default-route":[]}]',
    7,
    `, item 2, key "default-route": ${AT}, item 1 has this key already`,
    'only one network can have the default route',
  ],
  [
    one({ ips: ['10.9.0.5/24'], 'ipam-claim-reference': 'web' }),
    7,
    ', item 1, key "ipam-claim-reference": must not stand beside "ips"',
    'remove one of the two: the claim decides the addresses',
  ],
  [
    one({ interface: 'abcdefghijklmnop' }),
    7,
    ', item 1, key "interface": interface name "abcdefghijklmnop": interface name is too long',
    'interface name should be less than 16 characters',
  ],
  [one({ ips: ['10.9.0.5/33'] }), 7, ', item 1, key "ips[0]": "10.9.0.5/33" is not an address', IPS_HINT],
  [one({ ips: [] }), 7, ', item 1, key "ips": must not be empty', 'leave it out for an automatic address'],
  [
    one({ 'infiniband-guid': MAC }),
    7,
    `, item 1, key "infiniband-guid": "${MAC}" has 6 bytes, not 8`,
    'write eight bytes: "c2:11:22:33:44:55:66:77"',
  ],
  [
    one({ bandwidth: { ingressBurst: 1 } }),
    7,
    ', item 1, key "bandwidth.ingressBurst": needs "ingressRate" beside it',
    'rates are whole numbers of bits per second and bursts of bits, without unit or quotes',
  ],
];

describe.each(BRAID_FORMS)('what a pod asks wrongly of Braid $name', (form) => {
  let scene: SelectScene;
  beforeEach(async () => {
    scene = await SelectScene.open(form);
    scene.network('net1', 'macvlan', { capabilities: ALL });
    scene.network('net2', 'ptp');
  });
  afterEach(() => scene.close());

  /** The error document of an ADD; everything that must hold of every refusal is asserted here. */
  async function refusal(call: Call) {
    const answer = await scene.call('ADD', call);
    expect(scene.traces(), answer.stdout).toEqual([]);
    expect([answer.code, answer.stdout.trimEnd().split('\n').length]).toEqual([1, 1]);
    expect(Object.keys(answer.json)).toEqual(['cniVersion', 'code', 'msg', 'details']);
    expect(scene.requests().filter((request) => !request.startsWith('GET '))).toEqual([]);
    return { code: answer.json.code, msg: answer.json.msg as string, details: answer.json.details as string };
  }

  test.each(REFUSED)('%j is refused before anybody is asked', async (value, code, what, details) => {
    expect(await refusal({ annotations: { [NETWORKS]: value } })).toEqual({ code, msg: `${AT}${what}`, details });
    expect(scene.requests()).toEqual([]);
  });

  test('what the API server says of the pod is held to the same', async () => {
    scene.pod({ [NETWORKS]: 'net1,' });
    expect(await refusal({})).toEqual({ code: 7, msg: `${AT}, item 2: is empty`, details: EMPTY_HINT });
    scene.expectAsked('GET pod shop/web');
  });

  test.each([
    ['net1,net2', ': names 2 networks, not one', 'name exactly one'],
    ['', ': names no network', 'name one network, or remove the annotation'],
    ['[]', ': names no network', 'name one network, or remove the annotation'],
    ['[null]', ': must be an object, not null', 'write {"name": "…", "namespace": "…"}'],
    [one({ mac: 'x' }), ', key "mac": "x" is not a hardware address', `write six bytes: "${MAC}"`],
  ])('the default network %j is refused', async (value, what, details) => {
    const msg = `annotation "${DEFAULT_NETWORK}"${what}`;
    expect(await refusal({ annotations: { [DEFAULT_NETWORK]: value } })).toEqual({ code: 7, msg, details });
  });

  test('a second default-route in another annotation is refused too', async () => {
    const annotations = {
      [DEFAULT_NETWORK]: '[{"name":"d","default-route":["10.9.0.1"]}]',
      [NETWORKS]: one({ 'default-route': [] }),
    };
    expect(await refusal({ annotations })).toEqual({
      code: 7,
      msg: `${AT}, item 1, key "default-route": annotation "${DEFAULT_NETWORK}" has the pod's default route already`,
      details: 'only one network of a pod can have the key "default-route"',
    });
  });

  test.each([
    ['ips', ['10.9.0.5/24', 'fd00::5/64'], 'ips'],
    ['portMappings', [{ hostPort: 8080, containerPort: 80 }], 'portMappings'],
    ['bandwidth', { ingressRate: 1000 }, 'bandwidth'],
    ['infiniband-guid', 'c2:11:22:33:44:55:66:77', 'infinibandGUID'],
    ['deviceID', '0000:03:00.1', 'deviceID'],
  ])(
    '%s without a plugin that can do it is refused, the others of the pod included',
    async (key, value, capability) => {
      const annotations = { [NETWORKS]: JSON.stringify([{ name: 'net1' }, { name: 'net2', [key]: value }]) };
      expect(await refusal({ annotations })).toEqual({
        code: 7,
        msg: `${AT}, item 2, key "${key}": no plugin of network "net2" (definition shop/net2) declares the capability "${capability}"`,
        details: `take the key away, or add "capabilities": {"${capability}": true} to a plugin of that network that has it`,
      });
    },
  );

  test('a capability that is declared false is none', async () => {
    scene.network('net2', 'ptp', { capabilities: { deviceID: false } });
    const { msg } = await refusal({ annotations: { [NETWORKS]: '[{"name":"net2","deviceID":"x"}]' } });
    expect(msg).toContain('declares the capability "deviceID"');
  });

  test.each([
    ['not JSON', '{"type": "macvlan"', /^spec\.config: .*JSON/],
    ['no object', '[]', /^spec\.config: not a JSON object$/],
    ['without a type', '{"cniVersion":"1.0.0"}', /^spec\.config: it has neither "plugins" nor "type"$/],
    ['without plugins', '{"plugins":[]}', /^spec\.config: no plugins in list$/],
    [
      'with a slash in its name',
      '{"name":"a/b","type":"macvlan"}',
      /^spec\.config: "name" is "a\/b"; it must begin with a letter or digit and hold only/,
    ],
    ['with a name that is a path', '{"name":"..","plugins":[{"type":"macvlan"}]}', /^spec\.config: "name" is "\.\."/],
    ['of an unknown version', '{"cniVersion":"7.0.0","type":"macvlan"}', /^spec\.config: "cniVersion" is "7\.0\.0"/],
    ['with a plugin whose type is a number', '{"plugins":[{"type":7}]}', /^spec\.config: plugins\[0\]: "type" must be/],
  ])(
    'a definition whose config is %s is named, and the network before it does not run',
    async (_how, config, cause) => {
      scene.define('bad', config);
      const { code, msg, details } = await refusal({ annotations: { [NETWORKS]: 'net1,bad' } });
      const where = `${AT}, item 2: definition "shop/bad" cannot be used: definition shop/bad: `;
      expect({ code, where: msg.slice(0, where.length), details }).toEqual({
        code: 7,
        where,
        details: 'correct it there',
      });
      expect(msg.slice(where.length)).toMatch(cause);
    },
  );

  test.each([
    ['as its plugin', { type: 'braid' }],
    ['later in its chain', { plugins: [{ type: 'ptp' }, { type: 'braid' }] }],
    ['as its IPAM plugin', { type: 'ptp', ipam: { type: 'braid' } }],
  ])('a definition that has our own type %s is refused', async (_how, config) => {
    scene.node.plugin('braid');
    scene.define('loop', { cniVersion: '1.0.0', ...config });
    expect(await refusal({ annotations: { [NETWORKS]: 'net1,loop' } })).toEqual({
      code: 7,
      msg: `${AT}, item 2: network "loop" (definition shop/loop): its plugin "braid" is Braid itself`,
      details: 'a network must not call Braid again; take that plugin out of its list',
    });
  });

  test('our own type is refused under the name that our configuration has', async () => {
    scene.node.plugin('multus');
    scene.define('loop', { type: 'multus' });
    const { code, msg } = await refusal({ annotations: { [NETWORKS]: 'loop' }, config: { type: 'multus' } });
    expect([code, msg]).toEqual([7, expect.stringContaining('its plugin "multus" is Braid itself')]);
  });

  test('a definition whose plugin is not installed is refused before the first network runs', async () => {
    scene.define('far', { type: 'ovs-cni' });
    const { code, msg } = await refusal({ annotations: { [NETWORKS]: 'net1,far' } });
    const plugin = `failed to find plugin "ovs-cni" in path [${scene.node.binDir}]`;
    expect([code, msg]).toEqual([7, `${AT}, item 2: network "far" (definition shop/far): ${plugin}`]);
  });

  test.each([
    ['the name of no definition', 'net1,..%2f..%2fsecrets'],
    ['a name in capitals', 'net1,Net2'],
    ['a name with a blank', 'net1,net 2'],
    ['a NUL', 'net1,net\u00002'],
  ])('%s never becomes part of a request', async (_how, value) => {
    const { code, msg } = await refusal({ annotations: { [NETWORKS]: value } });
    expect([code, msg]).toEqual([7, expect.stringMatching(/, item 2: ".+" is not the name of a Kubernetes object$/)]);
    expect(scene.requests()).toEqual([]);
  });

  describe('a megabyte of annotation', () => {
    const MEGABYTE = 1_000_000;
    const filled = (piece: string) => piece.repeat(Math.ceil(MEGABYTE / piece.length));

    test.each([
      [NETWORKS, 'of valid short items', filled('net1,').slice(0, -1), 'asks for 200000 networks, more than 100'],
      [NETWORKS, 'of valid elements', `[${filled('{"name":"net1"},').slice(0, -1)}]`, 'networks, more than 100'],
      [NETWORKS, 'of one name', filled('a'), 'is not the name of a Kubernetes object'],
      [NETWORKS, 'of commas', filled(','), 'networks, more than 100'],
      [NETWORKS, 'of brackets', filled('['), 'is not valid JSON: it ends too early'],
      [NETWORKS, 'of quotes', filled('"'), 'is not valid JSON: unexpected "\\""'],
      [NETWORKS, 'of NULs', filled('\u0000'), 'is not the name of a Kubernetes object'],
      [NETWORKS, 'of one key', one({ [filled('k')]: 1 }), 'is not a key that Braid knows'],
      [NETWORKS, 'of one value', one({ mac: filled('0') }), 'is not a hardware address'],
      [NETWORKS, 'of one interface name', `net1@${filled('i')}`, 'interface name is too long'],
      [DEFAULT_NETWORK, 'of valid short items', filled('net1,').slice(0, -1), 'names 200000 networks, not one'],
      ['cni', 'of valid items', filled('front,').slice(0, -1), 'more than 100'],
      ['cni', 'of one name', filled('a'), 'there is no network "aaa'],
      ['cni', 'of one name that is none', filled('/'), 'is not a network name'],
      ['cni', 'of one item with marks', filled('@'), 'has more than one @'],
      ['cni', 'of one interface name', `front@${filled('i')}`, 'interface name is too long'],
      ['cni', 'of commas', filled(','), 'more than 100'],
    ])('in %s, %s, is refused quickly with a short message', async (annotation, _what, value, message) => {
      const before = performance.now();
      const { code, msg, details } = await refusal({ annotations: { [annotation]: value } });
      expect([7, 2]).toContain(code);
      expect(msg).toContain(`annotation "${annotation}"`);
      expect(msg).toContain(message);
      expect(msg.length + details.length).toBeLessThan(1000);
      expect(performance.now() - before).toBeLessThan(5000);
    });

    test('of a definition is refused with a short message', async () => {
      scene.define('huge', `{"name":"${filled('/')}","type":"macvlan"}`);
      scene.define('garbage', filled('{"'));
      for (const name of ['huge', 'garbage']) {
        const { code, msg } = await refusal({ annotations: { [NETWORKS]: name } });
        expect(code).toBe(7);
        expect(msg.length).toBeLessThan(1000);
      }
    });
  });
});
