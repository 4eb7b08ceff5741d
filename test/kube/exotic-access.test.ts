import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CniError } from '../../src/errors.ts';
import { loadKubeAccess } from '../../src/kube/kubeconfig.ts';
import type { ApiServer } from '../doubles/api-server.ts';
import { connectProxy } from './connect-proxy.ts';
import { ample, clientOf, POD_PATH, scratchFolder, serverWithPod } from './kube-scene.ts';

interface Exec {
  readonly script: string;
  readonly settings?: object;
}

/** A kubeconfig whose user is a shell script beside it. */
function execKubeconfig(api: ApiServer, { script, settings }: Exec): string {
  const dir = scratchFolder();
  writeFileSync(join(dir, 'credentials.sh'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: './credentials.sh', ...settings };
  return api.writeKubeconfig(dir, { auth: 'none', user: { exec } });
}

async function complaint(path: string, deadline?: AbortSignal): Promise<string> {
  const error: unknown = await loadKubeAccess(path, deadline === undefined ? {} : { deadline }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CniError);
  return error instanceof CniError ? error.message : '';
}

const printed = (status: object): string => `cat <<'END'\n${JSON.stringify({ kind: 'ExecCredential', status })}\nEND`;

describe('credential commands', () => {
  test('the token that a command prints opens the API server', async () => {
    const api = await serverWithPod({ tokens: ['from-exec'] });
    const access = await loadKubeAccess(execKubeconfig(api, { script: printed({ token: 'from-exec' }) }));
    expect(await clientOf(access).get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
  });

  test('so does the client certificate that it prints', async () => {
    const api = await serverWithPod();
    const { certPem, keyPem } = api.clientPair('jane');
    const script = printed({ clientCertificateData: certPem, clientKeyData: keyPem });
    const access = await loadKubeAccess(execKubeconfig(api, { script }));
    expect(await clientOf(access).get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
    expect(api.requests[0]?.user).toBe('jane');
  });

  test('a command gets its arguments, its environment and KUBERNETES_EXEC_INFO with the cluster', async () => {
    const api = await serverWithPod({ tokens: ['a-b'] });
    const script = `case "$KUBERNETES_EXEC_INFO" in *'"server":"${api.url}"'*) ;; *) exit 3;; esac
      echo '{"status":{"token":"'$1-$SECOND'"}}'`;
    const settings = { args: ['a'], env: [{ name: 'SECOND', value: 'b' }], provideClusterInfo: true };
    const access = await loadKubeAccess(execKubeconfig(api, { script, settings }));
    expect(await clientOf(access).get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
  });

  test.for([
    ['fails', 'echo login first >&2; exit 1', 'failed: login first'],
    ['fails silently', 'exit 1', 'failed: it ended with an error and said nothing'],
    ['prints something else', 'echo s3cret', 'failed: it printed no ExecCredential with a status'],
    ['prints no status', 'echo "{}"', 'failed: it printed no ExecCredential with a status'],
    ['gives nothing', printed({}), 'gave no credentials: neither a token nor a client certificate'],
  ] as const)('a command that %s is named with what it said', async ([, script, problem]) => {
    const path = execKubeconfig(await serverWithPod(), { script });
    expect(await complaint(path)).toBe(`kubeconfig "${path}": users[0].user.exec "./credentials.sh" ${problem}`);
  });

  test('a command that is not installed is named with the hint of the kubeconfig', async () => {
    const settings = { command: 'no-such-login', installHint: 'install no-such-login\n' };
    const path = execKubeconfig(await serverWithPod(), { script: '', settings });
    expect(await complaint(path)).toMatch(
      /users\[0\]\.user\.exec "no-such-login" failed: .*ENOENT; install no-such-login$/,
    );
  });

  test('a command that takes too long is given up at the deadline', async () => {
    const path = execKubeconfig(await serverWithPod(), { script: 'exec sleep 3' });
    expect(await complaint(path, AbortSignal.timeout(200))).toContain('failed: no credentials before the deadline');
  });
});

describe('auth providers', () => {
  test('the token of an auth provider opens the API server', async () => {
    const api = await serverWithPod({ tokens: ['from-provider'] });
    const user = { 'auth-provider': { name: 'gcp', config: { 'access-token': 'from-provider' } } };
    const access = await loadKubeAccess(api.writeKubeconfig(scratchFolder(), { auth: 'none', user }));
    expect(await clientOf(access).get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
  });

  test('a provider that nobody knows is named, not passed over', async () => {
    const api = await serverWithPod();
    const user = { 'auth-provider': { name: 'unheard-of', config: {} } };
    const path = api.writeKubeconfig(scratchFolder(), { auth: 'none', user });
    expect(await complaint(path)).toContain('users[0].user.auth-provider "unheard-of" gave no credentials');
  });
});

describe('proxies', () => {
  test.for([[true], [false]] as const)('requests go through the proxy, on one connection (TLS: %s)', async ([tls]) => {
    const api = await serverWithPod({ tls });
    const proxy = await connectProxy();
    const path = api.writeKubeconfig(scratchFolder(), { auth: 'token', cluster: { 'proxy-url': proxy.url } });
    const client = clientOf(await loadKubeAccess(path));
    expect(await client.get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
    expect(await client.mergePatch(POD_PATH, {}, ample())).toMatchObject({ kind: 'ok' });
    expect(proxy.tunnels).toEqual([`127.0.0.1:${api.port}`]);
    expect(api.connections).toBe(1);
  });

  test('the server behind a proxy is still checked against the authority', async () => {
    const api = await serverWithPod();
    const other = await serverWithPod({ certificateNames: ['127.0.0.1', 'other'] });
    const proxy = await connectProxy();
    const cluster = {
      'proxy-url': proxy.url,
      'certificate-authority': undefined,
      'certificate-authority-data': Buffer.from(other.caPem).toString('base64'),
    };
    const client = clientOf(await loadKubeAccess(api.writeKubeconfig(scratchFolder(), { auth: 'token', cluster })));
    expect(await client.get(POD_PATH, ample())).toMatchObject({
      kind: 'unreachable',
      cause: expect.stringContaining('not accepted'),
    });
    expect(api.requests).toHaveLength(0);
  });

  test('a proxy that is down is unreachable', async () => {
    const api = await serverWithPod();
    const path = api.writeKubeconfig(scratchFolder(), {
      auth: 'token',
      cluster: { 'proxy-url': 'http://127.0.0.1:1' },
    });
    const client = clientOf(await loadKubeAccess(path));
    expect(await client.get(POD_PATH, AbortSignal.timeout(500))).toMatchObject({
      kind: 'unreachable',
      cause: expect.stringContaining('ECONNREFUSED'),
    });
    expect(api.connections).toBe(0);
  });

  test('an address that is none of a proxy is refused without being quoted', async () => {
    const api = await serverWithPod();
    const path = api.writeKubeconfig(scratchFolder(), { auth: 'token', cluster: { 'proxy-url': 'eve:s3cret@proxy' } });
    expect(await complaint(path)).toBe(
      `kubeconfig "${path}": clusters[0].cluster.proxy-url is not the address of a proxy: write http://host:port`,
    );
  });
});
