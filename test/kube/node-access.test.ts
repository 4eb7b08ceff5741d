import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadNodeAccess } from '../../src/kube/node-access.ts';
import { makeCertificates } from '../doubles/api-server-certificates.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'braid-access-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const soon = () => AbortSignal.timeout(5000);

function kubeconfig(cluster: object): string {
  const file = join(dir, 'kubeconfig');
  writeFileSync(
    file,
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1', ...cluster } }],
      users: [{ name: 'u', user: { token: 'from-file' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  return file;
}

function settings(more: object) {
  const none = {
    kubeconfig: undefined,
    apiRoot: undefined,
    token: undefined,
    clientCertificate: undefined,
    clientKey: undefined,
  };
  return { ...none, certificateAuthority: undefined, ...more };
}

test('an inline authority is checked, although the kubeconfig skips the check of its own server', async () => {
  const ca = join(dir, 'ca.pem');
  writeFileSync(ca, makeCertificates(['localhost']).caPem);
  const file = kubeconfig({ 'insecure-skip-tls-verify': true });
  const access = await loadNodeAccess(
    settings({ kubeconfig: file, apiRoot: 'https://10.0.0.2', certificateAuthority: ca }),
    soon(),
  );
  expect(access).toMatchObject({ server: 'https://10.0.0.2', headers: { authorization: 'Bearer from-file' } });
  expect(access.tls).not.toHaveProperty('rejectUnauthorized');
  const without = await loadNodeAccess(settings({ kubeconfig: file, apiRoot: 'https://10.0.0.2' }), soon());
  expect(without.tls).toEqual({ rejectUnauthorized: false });
});

test('an address in brackets, as generated files have it, is understood for both families', async () => {
  for (const [apiRoot, server] of [
    ['https://[10.96.0.1]:443', 'https://10.96.0.1'],
    ['https://[fd00::1]:6443', 'https://[fd00::1]:6443'],
  ]) {
    expect(await loadNodeAccess(settings({ apiRoot, token: 'x' }), soon())).toMatchObject({ server });
  }
});

test('a proxy of the kubeconfig does not go with an inline server, and no configuration is an error', async () => {
  const file = kubeconfig({ 'proxy-url': 'http://127.0.0.1:1' });
  const both = settings({ kubeconfig: file, apiRoot: 'https://10.0.0.2' });
  await expect(loadNodeAccess(both, soon())).rejects.toMatchObject({
    code: 7,
    message: expect.stringContaining('proxy-url'),
  });
  await expect(loadNodeAccess(undefined, soon())).rejects.toMatchObject({ code: 7 });
});
