/** The same behaviour on Node and under Bun, which compiles the shipped binary: each test runs `ask.ts` in both. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { makeCertificates } from '../doubles/api-server-certificates.ts';
import type { Step } from './ask.ts';
import { connectProxy, silentProxy } from './connect-proxy.ts';
import { POD_PATH, scratchFolder, serverWithPod } from './kube-scene.ts';

const PROGRAM = join(import.meta.dirname, 'ask.ts');
const BIN = join(import.meta.dirname, '../../node_modules/.bin');

describe.for(['node', 'bun'])('on %s', (runtime) => {
  /** Runs the program to its own end; a process that hangs is killed, which fails the test. */
  async function ask(kubeconfig: string, steps: readonly Step[]): Promise<unknown> {
    const run = promisify(execFile)(join(BIN, runtime), [PROGRAM, JSON.stringify({ kubeconfig, steps })], {
      timeout: 15_000,
    });
    return JSON.parse((await run).stdout);
  }

  const get: Step = { path: POD_PATH };

  test('GET, PATCH and a 404 use one connection, and the process ends', async () => {
    const api = await serverWithPod();
    const patch = { path: `${POD_PATH}/status`, patch: { metadata: { annotations: { status: 'up' } } } };
    const kubeconfig = api.writeKubeconfig(scratchFolder(), { auth: 'tokenFile' });
    expect(await ask(kubeconfig, [get, patch, { path: `${POD_PATH}1` }])).toMatchObject([
      { kind: 'ok' },
      { kind: 'ok' },
      { kind: 'absent' },
    ]);
    expect(api.pod('default', 'web-0')?.metadata.annotations).toEqual({ color: 'red', status: 'up' });
    expect(api.connections).toBe(1);
  });

  test('a server signed by another authority is refused before it sees the token', async () => {
    const api = await serverWithPod();
    const { caPem } = makeCertificates(['127.0.0.1']);
    const cluster = { 'certificate-authority-data': Buffer.from(caPem).toString('base64') };
    const kubeconfig = api.writeKubeconfig(scratchFolder(), { auth: 'token', cluster });
    const cause = expect.stringContaining("the server's certificate is not accepted");
    expect(await ask(kubeconfig, [get])).toMatchObject([{ kind: 'unreachable', cause }]);
    expect(api.requests).toHaveLength(0);
  });

  test('a certificate for another name is refused, and accepted with tls-server-name or insecure-skip-tls-verify', async () => {
    const api = await serverWithPod({ certificateNames: ['kubernetes.default.svc'] });
    const dir = scratchFolder();
    const variants = [
      {},
      { 'tls-server-name': 'kubernetes.default.svc' },
      { 'insecure-skip-tls-verify': true, 'certificate-authority': undefined },
    ];
    const kinds: unknown[] = [];
    for (const cluster of variants) kinds.push(await ask(api.writeKubeconfig(dir, { auth: 'token', cluster }), [get]));
    expect(kinds).toMatchObject([
      [{ kind: 'unreachable', cause: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID') }],
      [{ kind: 'ok' }],
      [{ kind: 'ok' }],
    ]);
    expect(api.requests).toHaveLength(2);
  });

  test('a client certificate makes its common name the user', async () => {
    const api = await serverWithPod();
    expect(await ask(api.writeKubeconfig(scratchFolder(), { auth: 'clientCert' }), [get])).toMatchObject([
      { kind: 'ok' },
    ]);
    expect(api.requests[0]?.user).toBe('system:node:node-1');
  });

  test('certificates that cannot be used are unreachable at once', async () => {
    const api = await serverWithPod();
    const data = Buffer.from('-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n').toString(
      'base64',
    );
    const kubeconfig = api.writeKubeconfig(scratchFolder(), {
      auth: 'token',
      cluster: { 'certificate-authority-data': data },
    });
    expect(await ask(kubeconfig, [get])).toMatchObject([
      { kind: 'unreachable', cause: expect.stringContaining('(1 attempt)') },
    ]);
    expect(api.requests).toHaveLength(0);
  });

  test('a reset, a cut answer and a 503 are tried again', async () => {
    const api = await serverWithPod();
    Object.assign(api.faults, { reset: 1, truncate: 1, status: { code: 503, times: 1 } });
    expect(await ask(api.writeKubeconfig(scratchFolder(), { auth: 'token' }), [get])).toMatchObject([{ kind: 'ok' }]);
    expect(api.requests).toHaveLength(4);
  });

  test('silence and a stopped server end at the deadline, and the process ends too', async () => {
    const api = await serverWithPod();
    const kubeconfig = api.writeKubeconfig(scratchFolder(), { auth: 'token' });
    api.faults.hang = 1;
    const silent = expect.stringContaining('no final answer before the deadline (1 attempt; last: no answer came)');
    expect(await ask(kubeconfig, [{ ...get, deadlineMs: 500 }])).toMatchObject([
      { kind: 'unreachable', cause: silent },
    ]);
    await api.stop();
    const down = expect.stringContaining('ECONNREFUSED');
    expect(await ask(kubeconfig, [{ ...get, deadlineMs: 500 }])).toMatchObject([{ kind: 'unreachable', cause: down }]);
  });

  test('a credential command gives the token', async () => {
    const api = await serverWithPod({ tokens: ['from-exec'] });
    const dir = scratchFolder();
    writeFileSync(join(dir, 'login'), `#!/bin/sh\necho '{"status":{"token":"from-exec"}}'\n`, { mode: 0o755 });
    const kubeconfig = api.writeKubeconfig(dir, { auth: 'none', user: { exec: { command: './login' } } });
    expect(await ask(kubeconfig, [get])).toMatchObject([{ kind: 'ok' }]);
  });

  test('requests go through a proxy, on one connection, and the server is still checked', async () => {
    const api = await serverWithPod();
    const { url, tunnels } = await connectProxy();
    const dir = scratchFolder();
    const right = api.writeKubeconfig(dir, { auth: 'token', cluster: { 'proxy-url': url } });
    expect(await ask(right, [get, get])).toMatchObject([{ kind: 'ok' }, { kind: 'ok' }]);
    expect(tunnels).toEqual([`127.0.0.1:${api.port}`]);
    const data = Buffer.from(makeCertificates(['127.0.0.1']).caPem).toString('base64');
    const wrong = { 'proxy-url': url, 'certificate-authority-data': data };
    expect(await ask(api.writeKubeconfig(dir, { auth: 'token', cluster: wrong }), [get])).toMatchObject([
      { kind: 'unreachable' },
    ]);
    expect(api.requests).toHaveLength(2);
  });

  test('a proxy that never answers does not keep the process alive', async () => {
    const api = await serverWithPod();
    const url = await silentProxy();
    const kubeconfig = api.writeKubeconfig(scratchFolder(), { auth: 'token', cluster: { 'proxy-url': url } });
    expect(await ask(kubeconfig, [{ ...get, deadlineMs: 300 }])).toMatchObject([{ kind: 'unreachable' }]);
  });
});
