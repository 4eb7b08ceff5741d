import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { accessTo, ample, clientOf, POD_PATH, serverWithPod } from './kube-scene.ts';

const ANNOTATE = { metadata: { annotations: { status: 'up' } } };

describe('answers', () => {
  test('an object that is there comes back as its parsed JSON', async () => {
    const api = await serverWithPod();
    const response = await clientOf(accessTo(api)).get(POD_PATH, ample());
    expect(response).toMatchObject({ kind: 'ok', body: { kind: 'Pod', metadata: { name: 'web-0', uid: 'uid-1' } } });
  });

  test('a merge patch of the status sub-resource changes the annotation and keeps the others', async () => {
    const api = await serverWithPod();
    const response = await clientOf(accessTo(api)).mergePatch(`${POD_PATH}/status`, ANNOTATE, ample());
    expect(response.kind).toBe('ok');
    expect(api.pod('default', 'web-0')?.metadata.annotations).toEqual({ color: 'red', status: 'up' });
  });

  test('404 is "absent", and an object is told from a resource that is not installed', async () => {
    const client = clientOf(accessTo(await serverWithPod()));
    expect(await client.get(`${POD_PATH}1`, ample())).toEqual({ kind: 'absent' });
    const definitions = '/apis/k8s.cni.cncf.io/v1/namespaces/default/network-attachment-definitions/storage';
    expect(await client.get(definitions, ample())).toEqual({ kind: 'absent', isResourceUnknown: true });
  });

  test('403 is refused at once, with the words of the server and where they came from', async () => {
    const api = await serverWithPod();
    api.deny('patch', 'pods/status');
    expect(await clientOf(accessTo(api)).mergePatch(`${POD_PATH}/status`, ANNOTATE, ample())).toEqual({
      kind: 'refused',
      status: 403,
      message:
        `PATCH ${api.url}${POD_PATH}/status: status 403: pods "web-0" is forbidden: ` +
        'User "system:serviceaccount:kube-system:braid" cannot patch resource "pods/status" in API group "" in the namespace "default"',
    });
    expect(api.requests).toHaveLength(1);
  });

  test('401 is refused at once, and the token is not in the message', async () => {
    const api = await serverWithPod();
    const response = await clientOf(accessTo(api, { headers: { authorization: 'Bearer s3cret' } })).get(
      POD_PATH,
      ample(),
    );
    expect(response).toEqual({
      kind: 'refused',
      status: 401,
      message: `GET ${api.url}${POD_PATH}: status 401: Unauthorized`,
    });
    expect(api.requests).toHaveLength(1);
  });

  test('409 for a stale resourceVersion and 422 for another uid are refused', async () => {
    const api = await serverWithPod();
    const client = clientOf(accessTo(api));
    const stale = await client.mergePatch(POD_PATH, { metadata: { resourceVersion: '1' } }, ample());
    expect(stale).toMatchObject({
      kind: 'refused',
      status: 409,
      message: expect.stringContaining('the object has been modified'),
    });
    const replaced = await client.mergePatch(POD_PATH, { metadata: { uid: 'uid-0' } }, ample());
    expect(replaced).toMatchObject({ kind: 'refused', status: 422, message: expect.stringContaining('metadata.uid') });
    expect(api.requests).toHaveLength(2);
  });

  test('200 without JSON is unreachable at once: something else is listening there', async () => {
    const api = await serverWithPod();
    api.faults.garbage = 5;
    const response = await clientOf(accessTo(api)).get(POD_PATH, ample());
    expect(response).toMatchObject({
      kind: 'unreachable',
      cause: expect.stringContaining('a body that is not JSON (text/plain'),
    });
    expect(api.requests).toHaveLength(1);
  });

  test('an answer beyond 8 MiB is not read to its end', async () => {
    const api = await serverWithPod();
    api.faults.hugeBytes = 9 * 1024 * 1024;
    const response = await clientOf(accessTo(api)).get(POD_PATH, ample());
    expect(response).toMatchObject({
      kind: 'unreachable',
      cause: expect.stringContaining('larger than 8388608 bytes (1 attempt)'),
    });
  });

  test('a path in the server address is put before every path', async () => {
    const api = await serverWithPod();
    await clientOf(accessTo(api, { server: `${api.url}/k8s/clusters/c-1` })).get('/api/v1/nodes/n', ample());
    expect(api.requests.map(({ path }) => path)).toEqual(['/k8s/clusters/c-1/api/v1/nodes/n']);
  });

  test('a server without TLS is asked over plain HTTP', async () => {
    const api = await serverWithPod({ tls: false });
    const client = clientOf(accessTo(api, { tls: {} }));
    expect(await client.get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
    expect(await client.get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
    expect(api.connections).toBe(1);
  });
});

describe('connections', () => {
  test('GET, then PATCH, then a 404 and a 403 use one connection', async () => {
    const api = await serverWithPod();
    const client = clientOf(accessTo(api));
    await client.get(POD_PATH, ample());
    await client.mergePatch(`${POD_PATH}/status`, ANNOTATE, ample());
    await client.get(`${POD_PATH}1`, ample());
    api.deny('get', 'pods');
    await client.get(POD_PATH, ample());
    expect(api.requests).toHaveLength(4);
    expect(api.connections).toBe(1);
  });

  test.each([
    [undefined, 4],
    [8, 8],
  ])('concurrent requests share at most so many connections: told %s, %s', async (told, connections) => {
    const api = await serverWithPod();
    api.faults.latencyMs = 50;
    const client = clientOf(accessTo(api), told);
    const responses = await Promise.all(Array.from({ length: 12 }, () => client.get(POD_PATH, ample())));
    expect(responses.every(({ kind }) => kind === 'ok')).toBe(true);
    expect(api.connections).toBe(connections);
  });

  test('close ends what is under way and refuses what comes after', async () => {
    const api = await serverWithPod();
    api.faults.hang = 1;
    const client = clientOf(accessTo(api));
    const pending = client.get(POD_PATH, ample());
    await expect.poll(() => api.requests.length).toBe(1);
    client.close();
    expect(await pending).toMatchObject({
      kind: 'unreachable',
      cause: expect.stringContaining('the client was closed'),
    });
    expect(await client.get(POD_PATH, ample())).toMatchObject({ kind: 'unreachable' });
    expect(api.requests).toHaveLength(1);
  });
});

describe('attempts', () => {
  test.for([
    ['two resets', { reset: 2 }, 3],
    ['an answer that is cut off', { truncate: 1 }, 2],
    ['two times 503', { status: { code: 503, times: 2 } }, 3],
    ['once 500', { status: { code: 500, times: 1 } }, 2],
    ['once 429 without Retry-After', { status: { code: 429, times: 1 } }, 2],
    ['300 ms of latency', { latencyMs: 300 }, 1],
  ] as const)('%s: the request succeeds in the end', async ([, faults, requests]) => {
    const api = await serverWithPod();
    Object.assign(api.faults, faults);
    expect(await clientOf(accessTo(api)).get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
    expect(api.requests).toHaveLength(requests);
  });

  test('a PATCH is repeated like a GET', async () => {
    const api = await serverWithPod();
    api.faults.reset = 1;
    expect(await clientOf(accessTo(api)).mergePatch(POD_PATH, ANNOTATE, ample())).toMatchObject({ kind: 'ok' });
    expect(api.requests.map(({ method }) => method)).toEqual(['PATCH', 'PATCH']);
  });

  test('the wait that Retry-After asks for is kept', async () => {
    const api = await serverWithPod();
    api.faults.status = { code: 429, times: 1, retryAfterSeconds: 1 };
    const before = performance.now();
    expect(await clientOf(accessTo(api)).get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
    expect(performance.now() - before).toBeGreaterThan(950);
    expect(api.requests).toHaveLength(2);
  });

  test('a Retry-After beyond the deadline ends with the deadline and says so', async () => {
    const api = await serverWithPod();
    api.faults.status = { code: 429, times: 1, retryAfterSeconds: 3600 };
    expect(await clientOf(accessTo(api)).get(POD_PATH, AbortSignal.timeout(1500))).toEqual({
      kind: 'unreachable',
      cause:
        `GET ${api.url}${POD_PATH}: no final answer before the deadline (1 attempt; last: status 429: ` +
        'Too many requests, please try again later.; it asks to wait 3600 s)',
    });
  });

  test('a server that stays unwell is unreachable at the deadline, with its last words and the number of attempts', async () => {
    const api = await serverWithPod();
    api.faults.status = { code: 503, times: 1000 };
    const response = await clientOf(accessTo(api)).get(POD_PATH, AbortSignal.timeout(1500));
    expect(response).toMatchObject({
      kind: 'unreachable',
      cause: expect.stringMatching(
        /no final answer before the deadline \(\d+ attempts?; last: status 503: the server is currently unable/,
      ),
    });
  });

  test('a server that never answers is unreachable at the deadline, and silent', async () => {
    const api = await serverWithPod();
    api.faults.hang = 1;
    const cause = `GET ${api.url}${POD_PATH}: no final answer before the deadline (1 attempt; last: no answer came)`;
    expect(await clientOf(accessTo(api)).get(POD_PATH, AbortSignal.timeout(300))).toEqual({
      kind: 'unreachable',
      cause,
      isSilent: true,
    });
  });

  test('a deadline that has passed already sends nothing', async () => {
    const api = await serverWithPod();
    expect(await clientOf(accessTo(api)).get(POD_PATH, AbortSignal.abort())).toMatchObject({
      kind: 'unreachable',
      cause: expect.stringContaining('(0 attempts)'),
    });
    expect(api.requests).toHaveLength(0);
  });

  test('a server that is down is unreachable with the socket error, and answers once it is up again', async () => {
    const api = await serverWithPod();
    await api.stop();
    const client = clientOf(accessTo(api));
    expect(await client.get(POD_PATH, AbortSignal.timeout(1000))).toMatchObject({
      kind: 'unreachable',
      cause: expect.stringContaining(`connect ECONNREFUSED 127.0.0.1:${api.port}`),
    });
    const pending = client.get(POD_PATH, ample());
    await api.start();
    expect(await pending).toMatchObject({ kind: 'ok' });
  });

  test('a connection that was closed while idle is replaced', async () => {
    const api = await serverWithPod();
    const client = clientOf(accessTo(api));
    await client.get(POD_PATH, ample());
    await api.stop();
    await api.start();
    expect(await client.get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
  });

  test('a port that speaks no HTTP is unreachable', async () => {
    const server = createServer((socket) => socket.on('error', () => {}).end('220 ready\r\n'));
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const client = clientOf({ server: `https://127.0.0.1:${port}`, headers: {}, tls: {} });
    expect(await client.get(POD_PATH, AbortSignal.timeout(200))).toMatchObject({ kind: 'unreachable' });
  });
});
