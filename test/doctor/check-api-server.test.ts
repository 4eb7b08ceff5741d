import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Expiry, expiries } from '../../src/doctor/expiry.ts';
import { type ApiServer, startApiServer } from '../doubles/api-server.ts';
import { makeCertificates, makeClientPair } from '../doubles/api-server-certificates.ts';
import { DoctorScene } from './doctor-scene.ts';

const CHECK = 'api-server';
const DAY_S = 86_400;
const NOW_S = 1_800_000_000;
/** One that ended in 2021, made once: openssl of these days makes none that has ended. */
const OLD_AUTHORITY = [
  '-----BEGIN CERTIFICATE-----',
  'MIIBAzCBqgIBATAKBggqhkjOPQQDAjAOMQwwCgYDVQQDDANvbGQwHhcNMjAwMTAx',
  'MDAwMDAwWhcNMjEwMTAxMDAwMDAwWjAOMQwwCgYDVQQDDANvbGQwWTATBgcqhkjO',
  'PQIBBggqhkjOPQMBBwNCAATB3qZlPL4i63AfgbegI6X4Q7sYbj+uUctc3J9MgflK',
  'lHdrmHdlEuUFoUf5NejhXOia7fPX9zAtYQhdh0FEeib5MAoGCCqGSM49BAMCA0gA',
  'MEUCIQCQBx4KztEw/vdXUXpmXF3ofSmkBi6cVSBNQ34cBu4ETgIgQVkpteAo55AL',
  'eTfkkR2Aauej6KVD7+iSXsNbf9f3mfQ=',
  '-----END CERTIFICATE-----',
  '',
].join('\n');

/** A node whose configuration has a kubeconfig for a server, and does not ask the runtime for annotations. */
async function nodeWithServer(
  token?: string,
  keys: object = {},
): Promise<{ scene: DoctorScene; api: ApiServer; kubeconfig: string }> {
  const scene = new DoctorScene();
  const api = await startApiServer({ tls: false, ...(token && { tokens: [token] }) });
  onTestFinished(() => api.stop());
  const kubeconfig = api.writeKubeconfig(scene.dir, { auth: 'token' });
  scene.own({ kubeconfig, capabilities: {}, ...keys });
  return { scene, api, kubeconfig };
}

/** A JWT that ends so many days after NOW_S. */
function jwt(days: number, lifetimeDays?: number): string {
  const exp = NOW_S + days * DAY_S;
  const claims = { exp, ...(lifetimeDays && { iat: exp - lifetimeDays * DAY_S }) };
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
}

test('a server that answers is no finding', async () => {
  const { scene, api } = await nodeWithServer();
  expect(await scene.ids(CHECK)).toEqual([]);
  expect(api.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /version',
    'GET /api/v1/namespaces/kube-system/pods/braid-doctor',
  ]);
});

test('where nobody can tell annotations', async () => {
  const scene = new DoctorScene();
  scene.own({ capabilities: {} });
  expect(await scene.ids(CHECK)).toEqual(['warning api-server/blind']);
});

test('a kubeconfig that is missing, or that others can read', async () => {
  const { scene, kubeconfig } = await nodeWithServer();
  chmodSync(kubeconfig, 0o644);
  expect(await scene.find(CHECK)).toMatchObject([{ id: 'api-server/readable', where: kubeconfig }]);
  rmSync(kubeconfig);
  const [finding] = await scene.find(CHECK);
  expect(finding).toMatchObject({ id: 'api-server/credentials', severity: 'error' });
  expect(finding?.what).toContain('no such file');
});

test.each([
  [-1, 365, 'error api-server/expired'],
  [6, 365, 'warning api-server/expires'],
  [6, undefined, 'warning api-server/expires'],
  [0.02, 0.04, 'note api-server/expires'],
  [8, 365, undefined],
])('a token with %d days left of %s', async (days, lifetime, expected) => {
  const { scene } = await nodeWithServer(jwt(days, lifetime));
  const changes = { node: { nowMs: NOW_S * 1000 } };
  expect(await scene.ids(CHECK, changes)).toEqual(expected ? [expected] : []);
  expect(JSON.stringify(await scene.find(CHECK, changes))).not.toContain('c2ln');
});

test('what says of itself when it ends: JWTs, certificates; nothing else', () => {
  const authority = makeCertificates(['127.0.0.1']);
  const { certPem } = makeClientPair(authority, 'node');
  const found = expiries({ headers: { authorization: 'Bearer opaque' }, tls: { cert: certPem, ca: authority.caPem } });
  const others = `${OLD_AUTHORITY}${authority.caPem}`;
  expect(expiries({ headers: {}, tls: { ca: OLD_AUTHORITY } })[0]?.endsMs).toBeLessThan(Date.now());
  expect(expiries({ headers: {}, tls: { ca: others } })).toEqual(
    expiries({ headers: {}, tls: { ca: authority.caPem } }),
  );
  expect(found.map(({ what }: Expiry) => what)).toEqual(['the client certificate', "the authority's certificate"]);
  for (const { endsMs } of found) expect(endsMs).toBeGreaterThan(Date.now());
  for (const authorization of ['Bearer a.b.c', 'Bearer a.e30.c', 'Basic x', 'Bearer ..'])
    expect(expiries({ headers: { authorization }, tls: { cert: 'no certificate' } })).toEqual([]);
});

test('a server that does not know us, does not let us read pods, or is not there', async () => {
  const { scene, api } = await nodeWithServer();
  api.deny('get', 'pods');
  expect(await scene.ids(CHECK)).toEqual(['error api-server/forbidden']);
  api.tokens.clear();
  const [stranger] = await scene.find(CHECK);
  expect(stranger).toMatchObject({
    id: 'api-server/unreachable',
    what: expect.stringContaining('refuses our credentials'),
  });
  scene.own({ kubeconfig: join(scene.dir, 'kubeconfig'), apiTimeoutMs: 300 });
  await api.stop();
  expect(await scene.ids(CHECK)).toEqual(['error api-server/unreachable']);
});

test('a server that says nothing for as long as we wait, but not for as long as ADDs do, is slow', async () => {
  const silent = async () => ({ kind: 'unreachable', cause: 'no answer before the deadline', isSilent: true }) as const;
  const { scene } = await nodeWithServer();
  const [finding] = await scene.find(CHECK, { node: { askApi: silent } });
  expect(finding).toMatchObject({ id: 'api-server/slow', severity: 'error', why: expect.stringContaining('10000 ms') });
  scene.own({ kubeconfig: join(scene.dir, 'kubeconfig'), apiTimeoutMs: 300 });
  expect(await scene.ids(CHECK, { node: { askApi: silent } })).toEqual(['error api-server/unreachable']);
});

test('a slow answer, against the time that ADDs have', async () => {
  const { scene } = await nodeWithServer(undefined, { apiTimeoutMs: 200 });
  const slow = async () => {
    await new Promise((resolve) => setTimeout(resolve, 120));
    return { kind: 'ok', body: {} } as const;
  };
  expect(await scene.ids(CHECK, { node: { askApi: slow } })).toEqual(['warning api-server/slow']);
});
