/** Definitions and logical networks over the wire: the real client against the double of the API server. */

import { describe, expect, test } from 'vitest';
import { openCatalogue } from '../../src/catalogue/open-catalogue.ts';
import { networkSource } from '../../src/network/from-all-sources.ts';
import type { NetworkLookup } from '../../src/network/network-source.ts';
import type { NetworkChoice } from '../../src/selection/selection.ts';
import type { ApiServer } from '../doubles/api-server.ts';
import { accessTo, ample, clientOf, serverWithPod } from '../kube/kube-scene.ts';
import { confDir, definitionPath, foundList, hintPath, LOGICAL, single } from './network-scene.ts';

const PLURAL = 'network-attachment-definitions';

function putDefinition(api: ApiServer, namespace: string, name: string): void {
  const spec = { config: JSON.stringify({ cniVersion: '1.0.0', type: 'bridge' }) };
  const metadata = { namespace, name, annotations: { 'k8s.v1.cni.cncf.io/resourceName': 'r' } };
  api.putObject(definitionPath(namespace, name), {
    apiVersion: 'k8s.cni.cncf.io/v1',
    kind: 'NetworkAttachmentDefinition',
    metadata,
    spec,
  });
}

function find(
  api: ApiServer,
  choices: readonly NetworkChoice[],
  deadline = ample(),
): Promise<readonly NetworkLookup[]> {
  const client = clientOf(accessTo(api));
  return networkSource({
    confDir: confDir({ 'weave.conf': single('weave') }),
    ownType: 'braid',
    api: { open: async () => client, startDeadline: () => deadline },
    isPluginThere: async () => false,
    openCatalogue: openCatalogue(undefined),
  }).find(choices);
}

const front = { kind: 'definition', namespace: 'shop', name: 'front' } as const;

describe('definitions', () => {
  test('one is read with one GET', async () => {
    const api = await serverWithPod();
    putDefinition(api, 'shop', 'front');
    const [lookup] = await find(api, [front, front]);
    expect(foundList(lookup)).toMatchObject({ name: 'front', reference: 'shop/front', resourceName: 'r' });
    expect(api.requests.map(({ method, path }) => [method, path])).toEqual([['GET', definitionPath('shop', 'front')]]);
  });

  test('one that is elsewhere is told, by a list that the server has already narrowed down', async () => {
    const api = await serverWithPod();
    putDefinition(api, 'kube-system', 'front');
    putDefinition(api, 'infra', 'front');
    putDefinition(api, 'infra', 'back');
    expect(await find(api, [front])).toEqual([
      { kind: 'absent', known: [], searched: 'the API server', namespaces: ['infra', 'kube-system'] },
    ]);
    expect(api.requests.map(({ path }) => path)).toEqual([definitionPath('shop', 'front'), hintPath('front')]);
    const listed = await clientOf(accessTo(api)).get(hintPath('front'), ample());
    expect(listed.kind === 'ok' && (listed.body as { items: unknown[] }).items).toHaveLength(2);
  });

  test('without the right to list them the answer is the same, only shorter', async () => {
    const api = await serverWithPod();
    putDefinition(api, 'infra', 'front');
    api.deny('list', PLURAL);
    expect(await find(api, [front])).toEqual([{ kind: 'absent', known: [], searched: 'the API server' }]);
  });

  test('none can be there before their CustomResourceDefinition is installed', async () => {
    const api = await serverWithPod();
    expect(await find(api, [front, { ...front, kind: 'definition-or-file', name: 'weave' }])).toMatchObject([
      {
        kind: 'failed',
        cause: `the CustomResourceDefinition ${PLURAL}.k8s.cni.cncf.io is not installed`,
        isTemporary: false,
      },
      { kind: 'found', list: { name: 'weave' } },
    ]);
  });

  test('without the right to read them the words of the server and the file with the rule are told', async () => {
    const api = await serverWithPod();
    api.deny('get', PLURAL);
    expect(await find(api, [front])).toEqual([
      {
        kind: 'failed',
        origin: 'definition shop/front',
        cause: expect.stringContaining(`${PLURAL}.k8s.cni.cncf.io "front" is forbidden: User "system:serviceaccount`),
        hint: expect.stringContaining('config/rbac/definitions.yaml'),
        isTemporary: false,
      },
    ]);
  });

  test('a server that hangs is worth another try, and costs no more than the deadline', async () => {
    const api = await serverWithPod();
    api.faults.hang = 10;
    const choices = [front, { ...front, name: 'back' }];
    const lookups = await find(api, choices, AbortSignal.timeout(300));
    expect(lookups).toMatchObject(choices.map(() => ({ kind: 'failed', isTemporary: true })));
  });
});

test('logical networks are read with the physical networks that they name', async () => {
  const api = await serverWithPod();
  const put = (plural: string, name: string, spec: object) =>
    api.putObject(`${LOGICAL}/namespaces/shop/${plural}/${name}`, {
      apiVersion: 'alpha.network.k8s.io/v1',
      kind: plural,
      metadata: { namespace: 'shop', name },
      spec,
    });
  put('logicalnetworks', 'net1', { physicalNet: 'phy1', sub_subnet: '10.32.0.0/24' });
  put('logicalnetworks', 'net2', { physicalNet: 'phy1' });
  put('physicalnetworks', 'phy1', { sharedStatus: { dedicatedNet: true, plugin: 'weave', subnet: '10.32.0.0/16' } });
  const names = ['net1', 'net2', 'net3'];
  const lookups = await find(
    api,
    names.map((name) => ({ kind: 'logical', namespace: 'shop', name })),
  );
  expect(lookups).toMatchObject([
    { list: { reference: 'shop/net1', plugins: [{ raw: { ipam: { subnet: '10.32.0.0/24' } } }] } },
    { list: { reference: 'shop/net2', plugins: [{ raw: { ipam: { subnet: '10.32.0.0/16' } } }] } },
    { kind: 'absent' },
  ]);
  expect(api.requests).toHaveLength(4);
});
