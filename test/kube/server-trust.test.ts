/** Whom the client believes to be the API server: what is not accepted never sees a token. */
import { expect, test } from 'vitest';
import { loadKubeAccess } from '../../src/kube/kubeconfig.ts';
import { makeCertificates } from '../doubles/api-server-certificates.ts';
import { accessTo, ample, clientOf, POD_PATH, scratchFolder, serverWithPod } from './kube-scene.ts';

test('a server whose certificate another authority signed is refused at once and never sees the token', async () => {
  const api = await serverWithPod();
  const { caPem } = makeCertificates(['127.0.0.1']);
  const response = await clientOf(accessTo(api, { tls: { ca: caPem } })).get(POD_PATH, ample());
  expect(response).toMatchObject({
    kind: 'unreachable',
    cause: expect.stringContaining("the server's certificate is not accepted"),
  });
  expect(api.requests).toHaveLength(0);
});

test('without an authority, one that is not built in is refused', async () => {
  const api = await serverWithPod();
  expect(await clientOf(accessTo(api, { tls: {} })).get(POD_PATH, ample())).toMatchObject({ kind: 'unreachable' });
  expect(api.requests).toHaveLength(0);
});

test('a certificate for another name is refused, and accepted with tls-server-name', async () => {
  const api = await serverWithPod({ certificateNames: ['kubernetes.default.svc'] });
  const refused = await clientOf(accessTo(api)).get(POD_PATH, ample());
  expect(refused).toMatchObject({
    kind: 'unreachable',
    cause: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
  });
  expect(api.requests).toHaveLength(0);
  const tls = { ca: api.caPem, servername: 'kubernetes.default.svc' };
  expect(await clientOf(accessTo(api, { tls })).get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
});

test('insecure-skip-tls-verify takes any certificate, for its own client only', async () => {
  const api = await serverWithPod();
  expect(await clientOf(accessTo(api, { tls: { rejectUnauthorized: false } })).get(POD_PATH, ample())).toMatchObject({
    kind: 'ok',
  });
  expect(await clientOf(accessTo(api, { tls: {} })).get(POD_PATH, ample())).toMatchObject({ kind: 'unreachable' });
});

test('a client certificate makes its common name the user', async () => {
  const api = await serverWithPod();
  const access = await loadKubeAccess(api.writeKubeconfig(scratchFolder(), { auth: 'clientCert' }));
  expect(await clientOf(access).get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
  expect(api.requests[0]?.user).toBe('system:node:node-1');
});

test('certificates that cannot be used are unreachable at once, with a remedy', async () => {
  const api = await serverWithPod();
  const broken = '-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n';
  const response = await clientOf(accessTo(api, { tls: { ca: api.caPem, cert: broken, key: broken } })).get(
    POD_PATH,
    ample(),
  );
  expect(response).toMatchObject({
    kind: 'unreachable',
    cause: expect.stringContaining('check the certificates and the key'),
  });
});
