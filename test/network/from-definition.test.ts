import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CniError } from '../../src/errors.ts';
import type { KubeResponse } from '../../src/kube/kube-client.ts';
import { failure } from '../samples/failure.ts';
import {
  confDir,
  definitionPath,
  fakeApi,
  findOne,
  foundList,
  hintPath,
  list,
  ok,
  single,
  sourceOf,
} from './network-scene.ts';

const front = { kind: 'definition', namespace: 'shop', name: 'front' } as const;
const either = { kind: 'definition-or-file', namespace: 'kube-system', name: 'cbr0' } as const;
const FRONT = definitionPath('shop', 'front');
const CBR0 = definitionPath('kube-system', 'cbr0');
const REFUSED: KubeResponse = { kind: 'refused', status: 403, message: 'GET x: status 403: forbidden' };
const UNREACHABLE: KubeResponse = { kind: 'unreachable', cause: 'GET x: no final answer before the deadline' };
const NO_CRD: KubeResponse = { kind: 'absent', isResourceUnknown: true };

const definition = (config?: unknown, annotations?: Record<string, string>): KubeResponse =>
  ok({
    metadata: { name: 'front', namespace: 'shop', ...(annotations && { annotations }) },
    ...(config !== undefined && { spec: { config: typeof config === 'string' ? config : JSON.stringify(config) } }),
  });

async function find(response: KubeResponse, folder?: string) {
  const options = folder === undefined ? {} : { confDir: folder };
  return findOne(front, { api: fakeApi({ [FRONT]: response }).access, ...options });
}

describe('a definition with a configuration', () => {
  test('a list is read, and no folder is needed', async () => {
    const raw = { type: 'bridge', capabilities: { ips: true } };
    expect(await find(definition({ cniVersion: '1.0.0', name: 'blue', disableGC: true, plugins: [raw] }))).toEqual({
      kind: 'found',
      warnings: [],
      list: {
        name: 'blue',
        reference: 'shop/front',
        isNodeFile: false,
        cniVersion: '1.0.0',
        isCheckDisabled: false,
        isGcDisabled: true,
        plugins: [{ type: 'bridge', capabilities: ['ips'], raw }],
        origin: 'definition shop/front',
      },
    });
  });

  test.each([
    ['a single plugin becomes a list of one', { name: 'blue', type: 'macvlan' }, 'blue'],
    ['a missing name is that of the definition', { type: 'macvlan' }, 'front'],
    ['an empty name too', { name: '', type: 'macvlan' }, 'front'],
    ['also in a list', { plugins: [{ type: 'macvlan' }] }, 'front'],
    ['blanks around it do not matter', `\n ${JSON.stringify(single('blue', 'macvlan'))}\n`, 'blue'],
    ['"plugins" makes it a list, whatever else stands there', { type: 'x', plugins: [{ type: 'macvlan' }] }, 'front'],
  ])('%s', async (_rule, config, name) => {
    expect(foundList(await find(definition(config)))).toMatchObject({ name, plugins: [{ type: 'macvlan' }] });
  });

  test('however often it is named it is read once', async () => {
    const lookups = await sourceOf({
      api: fakeApi({ [FRONT]: definition({ type: 'macvlan' }), [CBR0]: definition({ type: 'macvlan' }) }).access,
    }).find([front, { ...front }, either, { ...front }]);
    const lists = lookups.map(foundList);
    expect(lists.map((found) => found === lists[0])).toEqual([true, true, false, true]);
  });

  test.each([0, 1])('one of %i characters above the longest is refused unless it fits', async (more) => {
    const config = JSON.stringify({ type: 'macvlan', note: '' });
    const note = 'x'.repeat(128 * 1024 - config.length + more);
    const cause = 'spec.config: it has 131073 characters, more than 131072';
    expect(await find(definition({ type: 'macvlan', note }))).toMatchObject(
      more === 0 ? { kind: 'found' } : { kind: 'broken', origin: 'definition shop/front', cause },
    );
  });

  test('the name that was put in reaches the plugin too, and a strange key survives', async () => {
    const text = '{"type":"macvlan","__proto__":{"x":1},"constructor":2}';
    const [plugin] = foundList(await find(definition(text))).plugins;
    expect(JSON.stringify(plugin?.raw)).toBe('{"type":"macvlan","__proto__":{"x":1},"constructor":2,"name":"front"}');
    expect(Object.getPrototypeOf(plugin?.raw)).toBe(Object.prototype);
  });

  test('no sub-folder adds to it', async () => {
    const folder = confDir({ 'blue/x.conf': { type: 'tuning' } });
    expect(foundList(await find(definition(list('blue', 'bridge')), folder)).plugins).toHaveLength(1);
  });

  test.each([
    [{ 'k8s.v1.cni.cncf.io/resourceName': 'intel.com/sriov' }, 'intel.com/sriov'],
    [{ 'k8s.v1.cni.cncf.io/resourceName': ' ' }, undefined],
    [{ other: 'x' }, undefined],
  ])('of the annotations %j the resource is %s', async (annotations, resourceName) => {
    expect(foundList(await find(definition(single('a'), annotations))).resourceName).toBe(resourceName);
  });

  test.each([
    ['{', 'spec.config: it is not valid JSON: it ends too early at line 1, column 2'],
    [`{"type":"x","a":${'['.repeat(9000)}${']'.repeat(9000)}}`, 'spec.config: it is nested deeper than 100 levels'],
    ['[]', 'spec.config: not a JSON object'],
    ['"x"', 'spec.config: not a JSON object'],
    ['{"name":"a"}', 'spec.config: it has neither "plugins" nor "type"'],
    ['{"name":"a","type":""}', 'spec.config: "type" must not be empty'],
    ['{"name":"a","plugins":[]}', 'spec.config: no plugins in list'],
    ['{"name":"a","plugins":[{"type":"x"},{}]}', "spec.config: plugins[1]: missing 'type'"],
    ['{"name":"a/b","type":"x"}', 'spec.config: "name" is "a/b"; it must begin with a letter or digit'],
    ['{"name":7,"type":"x"}', 'spec.config: "name" must be a string'],
    ['{"name":"a","type":"x","cniVersion":"9.9.9"}', 'spec.config: "cniVersion" is "9.9.9"; Braid speaks'],
  ])('%.40s is broken, and the key is named', async (config, cause) => {
    expect(await find(definition(config))).toEqual({
      kind: 'broken',
      origin: 'definition shop/front',
      cause: expect.stringContaining(cause),
    });
  });

  test.each([`{"key": ${'s'.repeat(5000)}`, JSON.stringify({ name: '/'.repeat(5000), type: 'x' })])(
    'a message does not repeat the whole configuration',
    async (config) => {
      const lookup = await find(definition(config));
      expect(lookup.kind).toBe('broken');
      expect(JSON.stringify(lookup).length).toBeLessThan(320);
    },
  );

  test.each([
    [null, 'must be an object'],
    [[], 'must be an object'],
    [{}, '"metadata" must be an object'],
    [{ metadata: {}, spec: { config: {} } }, '"spec.config" must be a string'],
    [{ metadata: { annotations: { a: 1 } } }, '"metadata.annotations.a" must be a string'],
  ])('an answer such as %j is no definition, and it is said why', async (body, fault) => {
    expect(await find(ok(body))).toEqual({
      kind: 'broken',
      origin: 'definition shop/front',
      cause: `it is no NetworkAttachmentDefinition: ${fault}`,
    });
  });
});

describe('a definition without a configuration', () => {
  test.each([undefined, '', ' \n'])('stands for the file with its name (config: %j)', async (config) => {
    const folder = confDir({ '10-x.conf': '{', '20-front.conf': single('x'), '30-y.conf': single('front', 'ptp') });
    const lookup = await find(definition(config, { 'k8s.v1.cni.cncf.io/resourceName': 'r' }), folder);
    expect(foundList(lookup)).toMatchObject({
      name: 'front',
      reference: 'shop/front',
      isNodeFile: true,
      resourceName: 'r',
      plugins: [{ type: 'ptp' }],
      origin: join(folder, '30-y.conf'),
    });
  });

  test('blank keys of YAML are no configuration', async () => {
    const folder = confDir({ 'a.conf': single('front') });
    for (const spec of [null, { config: null }]) {
      expect(await find(ok({ metadata: {}, spec }), folder)).toMatchObject({ kind: 'found' });
    }
  });

  test('a list is taken before a single configuration, with the plugins of its sub-folder', async () => {
    const folder = confDir({
      '10-a.conf': single('front'),
      '20-b.conflist': list('front', 'ptp'),
      'front/x.conf': { type: 'tuning' },
    });
    const { plugins } = foundList(await find(definition(), folder));
    expect(plugins.map(({ type }) => type)).toEqual(['ptp', 'tuning']);
  });

  test('the broken file that has its name is told', async () => {
    const folder = confDir({ '10-a.conflist': { name: 'front', plugins: [] } });
    expect(await find(definition(), folder)).toEqual({
      kind: 'broken',
      nodeNetwork: 'front',
      origin: join(folder, '10-a.conflist'),
      cause: 'no plugins in list',
    });
  });

  test('none anywhere: both places are named', async () => {
    const folder = confDir({ '10-front.conf': single('x', 'front') });
    expect(await find(definition(), folder)).toEqual({
      kind: 'broken',
      origin: 'definition shop/front',
      cause: `it has no "spec.config", and no configuration in ${folder} has the "name" "front"`,
      absentFile: 'front',
    });
  });
});

describe('a definition that is not there', () => {
  const found = (...keys: [string, string][]) =>
    ok({ items: keys.map(([namespace, name]) => ({ metadata: { namespace, name } })) });

  test('the namespaces that have one of that name are told', async () => {
    const items = found(['kube-system', 'front'], ['infra', 'front'], ['shop', 'other']);
    const api = fakeApi({ [hintPath('front')]: items });
    expect(await findOne(front, { api: api.access })).toEqual({
      kind: 'absent',
      known: [],
      searched: 'the API server',
      namespaces: ['infra', 'kube-system'],
    });
    expect(api.asked).toEqual([FRONT, hintPath('front')]);
  });

  test('no more than twenty of them', async () => {
    const keys = Array.from({ length: 300 }, (_, index): [string, string] => [`ns-${index}`, 'front']);
    const lookup = await findOne(front, { api: fakeApi({ [hintPath('front')]: found(...keys) }).access });
    expect(lookup.kind === 'absent' && lookup.namespaces).toHaveLength(20);
  });

  test.each([REFUSED, UNREACHABLE, NO_CRD, ok({}), ok({ items: [{ metadata: {} }] }), found(['shop', 'other'])])(
    'without a list of them (%j) the answer is the same, only shorter',
    async (response) => {
      const { access } = fakeApi({ [hintPath('front')]: response });
      expect(await findOne(front, { api: access })).toEqual({ kind: 'absent', known: [], searched: 'the API server' });
    },
  );

  test.each([
    ['..', 'front'],
    ['shop', '..'],
    ['shop', 'a/../../secrets/b'],
    ['shop', ''],
    ['shop', 'Front'],
    ['shop', 'f'.repeat(254)],
  ])('what cannot be a name is not asked for: %s %s', async (namespace, name) => {
    const api = fakeApi({});
    expect(await findOne({ kind: 'definition', namespace, name }, { api: api.access })).toMatchObject({
      kind: 'absent',
    });
    expect(api.asked.filter((path) => !path.includes('fieldSelector'))).toEqual([]);
  });
});

describe('an API server that gives no answer', () => {
  test.each([
    [
      NO_CRD,
      'the CustomResourceDefinition network-attachment-definitions.k8s.cni.cncf.io is not installed',
      'install that of the Kubernetes Network Plumbing Working Group',
      false,
    ],
    [
      REFUSED,
      'GET x: status 403: forbidden',
      'the user of the key "kubeconfig" must be allowed to get network-attachment-definitions.k8s.cni.cncf.io: see config/rbac/definitions.yaml',
      false,
    ],
    [
      { kind: 'refused', status: 401, message: 'GET x: status 401' },
      'GET x: status 401',
      'the API server does not know our credentials: check those of the key "kubeconfig"',
      false,
    ],
    [
      UNREACHABLE,
      'GET x: no final answer before the deadline',
      'the runtime tries again; see whether the API server answers there',
      true,
    ],
  ] satisfies [KubeResponse, string, string, boolean][])('%j', async (response, cause, hint, isTemporary) => {
    expect(await find(response)).toEqual({ kind: 'failed', origin: 'definition shop/front', cause, hint, isTemporary });
  });

  test('none is configured', async () => {
    expect(await findOne(front, {})).toEqual({
      kind: 'failed',
      origin: 'definition shop/front',
      cause: 'no API server is configured',
      hint: 'set the key "kubeconfig"',
      isTemporary: false,
    });
  });

  test('credentials that cannot be loaded are code 7 of their own', async () => {
    const broken = new CniError(7, 'kubeconfig "/x" cannot be read');
    const { startDeadline } = fakeApi({}).access;
    const access = { open: () => Promise.reject(broken), startDeadline };
    expect(await failure(() => findOne(front, { api: access }))).toBe(broken);
    expect(await findOne({ ...front, namespace: 'Bad' }, { api: access })).toMatchObject({ kind: 'absent' });
  });
});

describe('a definition or a file', () => {
  const folder = () =>
    confDir({ '10-x.conf': '{', '20-a.conflist': list('cbr0', 'bridge'), '30-cbr0.conf': single('z') });

  test('the definition is taken where there is one', async () => {
    const api = fakeApi({ [CBR0]: definition(single('blue')) });
    const lookup = await findOne(either, { api: api.access });
    expect(foundList(lookup)).toMatchObject({ name: 'blue', reference: 'kube-system/cbr0', isNodeFile: false });
    expect(api.asked).toEqual([CBR0]);
  });

  test('a broken definition is not passed over', async () => {
    const api = fakeApi({ [CBR0]: definition('{') });
    expect(await findOne(either, { api: api.access, confDir: folder() })).toMatchObject({ kind: 'broken' });
  });

  test.each([
    ['there is none', fakeApi({}).access],
    ['there can be none', fakeApi({ [CBR0]: NO_CRD }).access],
    ['no API server is configured', undefined],
  ])('else the file with this JSON name: %s', async (_why, api) => {
    const dir = folder();
    const lookup = await findOne(either, { api, confDir: dir });
    expect(foundList(lookup)).toMatchObject({
      name: 'cbr0',
      reference: 'cbr0',
      isNodeFile: true,
      origin: join(dir, '20-a.conflist'),
    });
  });

  test.each([
    [REFUSED, false],
    [UNREACHABLE, true],
  ])('after %j nobody knows which is meant', async (response, isTemporary) => {
    const api = fakeApi({ [CBR0]: response });
    const lookup = await findOne(either, { api: api.access, confDir: folder() });
    expect(lookup).toMatchObject({ kind: 'failed', origin: 'definition kube-system/cbr0', isTemporary });
  });

  test('neither: both places are named, and the namespaces that have such a definition', async () => {
    const dir = confDir({ '10-cbr0.conf': single('z') });
    const item = { metadata: { namespace: 'infra', name: 'cbr0' } };
    const api = fakeApi({ [hintPath('cbr0')]: ok({ items: [item] }) });
    expect(await findOne(either, { api: api.access, confDir: dir })).toEqual({
      kind: 'absent',
      known: ['z'],
      searched: `${dir}, nor as definition kube-system/cbr0 (there is none)`,
      namespaces: ['infra'],
    });
    expect(await findOne(either, { confDir: dir })).toEqual({
      kind: 'absent',
      known: ['z'],
      searched: `${dir}, nor as definition kube-system/cbr0 (no API server is configured)`,
    });
  });
});
