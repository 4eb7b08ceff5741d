import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ErrorCode } from '../../src/errors.ts';
import { loadApiRootAccess } from '../../src/kube/api-root.ts';
import { ample, clientOf, POD_PATH, scratchFolder, serverWithPod } from './kube-scene.ts';

const source = 'network configuration "genie"';

test('an API root with an authority and a token opens the API server', async () => {
  const api = await serverWithPod({ tokens: ['t'] });
  const certificateAuthority = join(scratchFolder(), 'ca.pem');
  writeFileSync(certificateAuthority, api.caPem);
  const access = await loadApiRootAccess({ source, apiRoot: api.url, certificateAuthority, token: 't' });
  expect(await clientOf(access).get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
});

test('an API root with a client certificate opens it too', async () => {
  const api = await serverWithPod();
  const dir = scratchFolder();
  api.writeKubeconfig(dir, { auth: 'clientCert' });
  const pair = { clientCertificate: join(dir, 'client.pem'), clientKey: join(dir, 'client.key') };
  const access = await loadApiRootAccess({
    source,
    apiRoot: api.url,
    certificateAuthority: join(dir, 'ca.pem'),
    ...pair,
  });
  expect(await clientOf(access).get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
});

test('the old form with /api/v1 after it is understood, and a plain root is http', async () => {
  expect(await loadApiRootAccess({ source, apiRoot: 'https://10.96.0.1:443/api/v1/' })).toEqual({
    server: 'https://10.96.0.1',
    headers: {},
    tls: {},
  });
  expect((await loadApiRootAccess({ source, apiRoot: '127.0.0.1:8080' })).server).toBe('http://127.0.0.1:8080');
});

test.for([
  [{ apiRoot: 'unix:///x' }, 'k8s_api_root "unix:///x" is not an address: write https://host:port'],
  [
    { apiRoot: 'h', certificateAuthority: '/nowhere/ca' },
    'k8s_certificate_authority "/nowhere/ca": cannot read it: no such file',
  ],
  [{ apiRoot: 'h', token: 'a b' }, 'k8s_auth_token is not a bearer token: it holds white space'],
] as const)('%j is refused with the key', async ([settings, message]) => {
  await expect(loadApiRootAccess({ source, ...settings })).rejects.toMatchObject({
    code: ErrorCode.invalidConfig,
    message: `${source}: ${message}`,
  });
});
