/** Pods as people write them: what the API server would put right is put right. */
import { expect, test } from 'vitest';
import { clusterOfManifests } from '../../src/commands/explain/from-manifests.ts';
import { podRuntimeConfig } from '../../src/commands/explain/pod.ts';
import { annotatedBandwidth } from '../../src/commands/explain/pod-bandwidth.ts';

const all = { names: [], namespace: undefined };

test('a key without a value is none, and a name may be left to the API server', async () => {
  const text = `apiVersion: v1
kind: Pod
metadata: {generateName: web-, namespace: , annotations: }
spec:
  hostNetwork:
  containers:
    - {name: a, ports: }
    - {name: b, ports: [{containerPort: 80, hostPort: 8080, hostIP: , protocol: }]}
`;
  const { pods, client } = await clusterOfManifests(['-'], all, () => text);
  expect(pods).toMatchObject([
    {
      namespace: 'default',
      name: 'web-*',
      isOnHostNetwork: false,
      annotations: {},
      portMappings: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
    },
  ]);
  const path = '/api/v1/namespaces/default/pods/web-*';
  expect(await client.get(path, AbortSignal.timeout(1000))).toMatchObject({ kind: 'ok' });
});

test('the bandwidth of its annotations is handed over as runtimes do', async () => {
  const text = `apiVersion: v1
kind: Pod
metadata: {name: web, annotations: {kubernetes.io/ingress-bandwidth: 10M}}
`;
  const { pods } = await clusterOfManifests(['-'], all, () => text);
  const given = pods.map((pod) => 'portMappings' in pod && podRuntimeConfig(pod, ['bandwidth', 'portMappings']));
  expect(given).toEqual([{ bandwidth: { ingressRate: 10_000_000, ingressBurst: 4_294_967_295 } }]);
});

test.each([
  ['1M', 1e6],
  ['1.5k', 1500],
  ['2Ki', 2048],
  ['1Gi', 2 ** 30],
  ['3e6', 3e6],
  ['+5E3', 5000],
  ['4000', 4000],
  ['2000.5', 2001],
  ['9000000m', 9000],
  ['1', undefined],
  ['2P', undefined],
  ['1E', undefined],
  ['-1M', undefined],
  ['much', undefined],
  ['1 M', undefined],
])('a quantity of %s is %s bits per second', (text, egressRate) => {
  const bandwidth = annotatedBandwidth({ 'kubernetes.io/egress-bandwidth': text });
  expect(bandwidth?.egressRate).toBe(egressRate);
});
