import { expect, test } from 'vitest';
import type { KubeClient, KubeResponse } from '../../src/kube/kube-client.ts';
import { type StatusFault, statusToApiServer } from '../../src/report/status-writer.ts';

const pod = { namespace: 'shop', name: 'web', uid: 'u1' };
const refused = (status: number): KubeResponse => ({ kind: 'refused', status, message: 'no' });
const conflict: KubeResponse = { kind: 'refused', status: 409, message: 'conflict' };

/** A writer whose API server gives `responses` one after the other; `patches` has what it was sent. */
function writerWith(...responses: KubeResponse[]) {
  const patches: { path: string; body: unknown }[] = [];
  const client: KubeClient = {
    get: async () => ({ kind: 'absent' }),
    mergePatch: async (path, body) => {
      patches.push({ path, body });
      return responses[patches.length - 1] ?? { kind: 'unreachable', cause: 'asked once too often' };
    },
    close: () => undefined,
  };
  const deadline = () => new AbortController().signal;
  return { patches, write: statusToApiServer(async () => client, deadline) };
}

test('one PATCH of the status sub-resource holds the annotations, the uid, and nothing else', async () => {
  const { patches, write } = writerWith({ kind: 'ok', body: {} });
  expect(await write(pod, { a: 'b' })).toBeUndefined();
  expect(patches).toEqual([
    { path: '/api/v1/namespaces/shop/pods/web/status', body: { metadata: { annotations: { a: 'b' }, uid: 'u1' } } },
  ]);
});

test('without a uid none is sent, and names are percent-encoded', async () => {
  const { patches, write } = writerWith({ kind: 'ok', body: {} });
  await write({ namespace: 'a b', name: 'c/d', uid: undefined }, {});
  expect(patches).toEqual([
    { path: '/api/v1/namespaces/a%20b/pods/c%2Fd/status', body: { metadata: { annotations: {} } } },
  ]);
});

test.each([
  [[{ kind: 'absent' }], { cause: 'pod shop/web is gone', isFinal: true }, 1],
  [[{ kind: 'unreachable', cause: 'no route' }], { cause: 'no route', isFinal: false }, 1],
  [[refused(403)], { cause: 'the API server refused it: 403 no', isFinal: false }, 1],
  [[refused(422)], { cause: 'the API server refused it: 422 no', isFinal: true }, 1],
  [[conflict, conflict, conflict], { cause: 'the API server refused it: 409 conflict', isFinal: false }, 3],
  [[conflict, { kind: 'ok', body: {} }], undefined, 2],
] satisfies [KubeResponse[], StatusFault | undefined, number][])(
  'after %j it says %o',
  async (responses, fault, asked) => {
    const { patches, write } = writerWith(...responses);
    expect(await write(pod, {})).toEqual(fault);
    expect(patches).toHaveLength(asked);
  },
);

test('a client that cannot be opened is an answer, not an exception', async () => {
  const write = statusToApiServer(
    () => Promise.reject(new Error('no kubeconfig')),
    () => new AbortController().signal,
  );
  expect(await write(pod, {})).toEqual({ cause: 'no kubeconfig', isFinal: false });
});
