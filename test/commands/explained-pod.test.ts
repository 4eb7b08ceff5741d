/** Pods as people write them: what the API server would put right is put right. */
import { expect, test } from 'vitest';
import { clusterOfManifests } from '../../src/commands/explain/from-manifests.ts';

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
