import { describe, expect, test } from 'vitest';
import { CniError } from '../../src/errors.ts';
import type { KubeClient, KubeResponse } from '../../src/kube/kube-client.ts';
import { podFromApiServer, podPath } from '../../src/pod/from-api-server.ts';
import { failure } from '../samples/failure.ts';

const identity = { namespace: 'shop', name: 'web', uid: 'u1' };

/** A source whose API server answers every GET with `response`; `asked` has the paths. */
function sourceWith(response: KubeResponse) {
  const asked: string[] = [];
  const client: KubeClient = {
    get: async (path) => {
      asked.push(path);
      return response;
    },
    mergePatch: async () => ({ kind: 'absent' }),
    close: () => undefined,
  };
  const deadline = () => new AbortController().signal;
  return { asked, source: podFromApiServer(async () => client, deadline) };
}

const pod = (metadata: unknown): KubeResponse => ({ kind: 'ok', body: { kind: 'Pod', metadata } });

test('the path of a pod is percent-encoded', () => {
  expect(podPath({ namespace: 'a/..', name: 'b c', uid: undefined })).toBe('/api/v1/namespaces/a%2F../pods/b%20c');
});

describe('podFromApiServer', () => {
  test('the pod is read with one GET, its uid is that of the API server', async () => {
    const { asked, source } = sourceWith(pod({ uid: 'u1', annotations: { cni: 'a' } }));
    expect(await source.find({ ...identity, uid: undefined })).toEqual({
      kind: 'found',
      pod: { identity, annotations: { cni: 'a' }, origin: 'the API server' },
    });
    expect(asked).toEqual(['/api/v1/namespaces/shop/pods/web']);
  });

  test('a pod without annotations has none', async () => {
    expect(await sourceWith(pod({})).source.find(identity)).toMatchObject({
      kind: 'found',
      pod: { identity, annotations: {} },
    });
  });

  test('without an identity there is nothing to ask, and no client is opened', async () => {
    const source = podFromApiServer(
      () => Promise.reject(new Error('must not be opened')),
      () => new AbortController().signal,
    );
    expect(await source.find(undefined)).toEqual({ kind: 'silent' });
  });

  test('M29: another pod of the same name is a failure', async () => {
    expect(await sourceWith(pod({ uid: 'u2' })).source.find(identity)).toEqual({
      kind: 'failed',
      cause: 'pod shop/web on the API server has uid u2, the runtime asks for uid u1',
      hint: expect.stringContaining('made anew under its name'),
    });
  });

  test('M29: a mirror pod may have another uid, which is then the pod’s', async () => {
    const mirror = { uid: 'u2', annotations: { 'kubernetes.io/config.mirror': 'u1' } };
    expect(await sourceWith(pod(mirror)).source.find(identity)).toMatchObject({
      kind: 'found',
      pod: { identity: { uid: 'u2' } },
    });
  });

  test.each([
    [{ kind: 'absent' }, 'the API server does not know pod shop/web', 'was deleted'],
    [
      { kind: 'refused', status: 403, message: 'forbidden' },
      'the API server refused to show pod shop/web: 403 forbidden',
      'config/rbac/braid.yaml',
    ],
    [{ kind: 'unreachable', cause: 'no answer within 10 ms' }, 'no answer within 10 ms', 'tries again'],
    [{ kind: 'ok', body: null }, "the API server's answer for pod shop/web is no Pod", 'the right server'],
    [{ kind: 'ok', body: { metadata: { annotations: { cni: 1 } } } }, 'is no Pod', 'the right server'],
  ] satisfies [KubeResponse, string, string][])('%j is a failure: %s', async (response, cause, hint) => {
    const answer = await sourceWith(response).source.find(identity);
    const texts = { cause: expect.stringContaining(cause), hint: expect.stringContaining(hint) };
    expect(answer).toEqual({ kind: 'failed', ...texts });
  });

  test('credentials that cannot be loaded are no other source’s to make good', async () => {
    const broken = new CniError(7, 'kubeconfig "/x" cannot be read');
    const source = podFromApiServer(
      () => Promise.reject(broken),
      () => new AbortController().signal,
    );
    expect(await failure(() => source.find(identity))).toBe(broken);
  });
});
