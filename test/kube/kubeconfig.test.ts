import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CniError, ErrorCode } from '../../src/errors.ts';
import { readFailure } from '../../src/kube/credential-file.ts';
import { loadKubeAccess } from '../../src/kube/kubeconfig.ts';
import { ample, clientOf, POD_PATH, scratchFolder, serverWithPod } from './kube-scene.ts';

/** Writes a kubeconfig with one cluster, one user and one context over which `parts` are laid; gives its path. */
function kubeconfig(parts: { cluster?: object; user?: object; top?: object } = {}): string {
  const config = {
    clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443', ...parts.cluster } }],
    users: [{ name: 'other' }, { name: 'u', user: parts.user }],
    contexts: [
      { name: 'a', context: { cluster: 'c', user: 'u' } },
      { name: 'b', context: { cluster: 'nowhere', user: 'u' } },
    ],
    'current-context': 'a',
    ...parts.top,
  };
  return write(JSON.stringify(config));
}

function write(text: string): string {
  const path = join(scratchFolder(), 'kubeconfig');
  writeFileSync(path, text);
  return path;
}

/** What the load fails with; the code must be invalidConfig. */
async function complaint(path: string, context?: string): Promise<string> {
  const error = await loadKubeAccess(path, context === undefined ? {} : { context }).then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CniError);
  expect(error).toMatchObject({ code: ErrorCode.invalidConfig });
  return error instanceof CniError ? error.message : '';
}

describe('credentials', () => {
  test.for([
    ['a token', { auth: 'token' }],
    ['a token file', { auth: 'tokenFile' }],
    ['a client certificate in files', { auth: 'clientCert' }],
    ['a client certificate inline', { auth: 'clientCert', isInline: true }],
    ['a token, in JSON', { auth: 'token', format: 'json' }],
  ] as const)('a kubeconfig with %s opens the API server', async ([, options]) => {
    const api = await serverWithPod();
    const access = await loadKubeAccess(api.writeKubeconfig(scratchFolder(), options));
    expect(await clientOf(access).get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
  });

  test('a user name and password open it by basic authentication', async () => {
    const api = await serverWithPod();
    api.passwords.set('eve', 'pass word');
    const user = { username: 'eve', password: 'pass word' };
    const access = await loadKubeAccess(api.writeKubeconfig(scratchFolder(), { auth: 'none', user }));
    expect(await clientOf(access).get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
  });

  test('tls-server-name and insecure-skip-tls-verify reach the connection', async () => {
    const api = await serverWithPod({ certificateNames: ['kubernetes.default.svc'] });
    const dir = scratchFolder();
    const named = await loadKubeAccess(
      api.writeKubeconfig(dir, { auth: 'token', cluster: { 'tls-server-name': 'kubernetes.default.svc' } }),
    );
    expect(await clientOf(named).get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
    const cluster = { 'insecure-skip-tls-verify': true, 'certificate-authority': undefined };
    const trusting = await loadKubeAccess(api.writeKubeconfig(dir, { auth: 'token', cluster }));
    expect(await clientOf(trusting).get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
  });

  test('a token that was rotated between two loads is used by the second', async () => {
    const api = await serverWithPod({ tokens: ['first'] });
    const dir = scratchFolder();
    const file = api.writeKubeconfig(dir, { auth: 'tokenFile' });
    expect(await clientOf(await loadKubeAccess(file)).get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
    api.tokens.clear();
    api.tokens.add('second');
    expect(await clientOf(await loadKubeAccess(file)).get(POD_PATH, ample())).toMatchObject({
      kind: 'refused',
      status: 401,
    });
    writeFileSync(join(dir, 'token'), 'second\n');
    expect(await clientOf(await loadKubeAccess(file)).get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
  });

  test('tokenFile wins over token, and token stands in for a tokenFile that is gone', async () => {
    const dir = scratchFolder();
    writeFileSync(join(dir, 'token'), ' fresh\n');
    const present = kubeconfig({ user: { token: 'old', tokenFile: join(dir, 'token') } });
    expect((await loadKubeAccess(present)).headers).toEqual({ authorization: 'Bearer fresh' });
    const gone = kubeconfig({ user: { token: 'old', tokenFile: join(dir, 'gone') } });
    expect((await loadKubeAccess(gone)).headers).toEqual({ authorization: 'Bearer old' });
  });

  test('certificate data wins over a certificate file', async () => {
    const api = await serverWithPod();
    const cluster = {
      'certificate-authority': 'gone.pem',
      'certificate-authority-data': Buffer.from(api.caPem).toString('base64'),
    };
    const access = await loadKubeAccess(kubeconfig({ cluster }));
    expect(access.tls).toEqual({ ca: api.caPem });
  });

  test('impersonation is passed on, not dropped', async () => {
    const path = kubeconfig({ user: { token: 't', as: 'jane', 'as-groups': ['dev', 'ops'] } });
    expect((await loadKubeAccess(path)).headers).toEqual({
      authorization: 'Bearer t',
      'impersonate-user': 'jane',
      'impersonate-group': ['dev', 'ops'],
    });
  });

  test('a context without a user is anonymous', async () => {
    const path = kubeconfig({ top: { contexts: [{ name: 'a', context: { cluster: 'c', user: '' } }] } });
    expect(await loadKubeAccess(path)).toEqual({ server: 'https://10.0.0.1:6443', headers: {}, tls: {} });
  });
});

describe('server addresses', () => {
  test.for([
    ['https://10.0.0.1:6443/', 'https://10.0.0.1:6443'],
    ['https://host/k8s/clusters/c-1/', 'https://host/k8s/clusters/c-1'],
    ['https://[fd00::1]:6443', 'https://[fd00::1]:6443'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['localhost:8080', 'http://localhost:8080'],
  ] as const)('%s becomes %s', async ([server, expected]) => {
    expect((await loadKubeAccess(kubeconfig({ cluster: { server } }))).server).toBe(expected);
  });

  test('an address without a scheme is https when anything of TLS is configured', async () => {
    const cluster = { server: '10.0.0.1:6443', 'insecure-skip-tls-verify': true };
    expect((await loadKubeAccess(kubeconfig({ cluster }))).server).toBe('https://10.0.0.1:6443');
  });

  test.for([
    [{ server: '' }, 'clusters[0].cluster.server is missing: write https://host:port'],
    [{ server: 'ftp://host' }, 'clusters[0].cluster.server "ftp://host" is not an address: write https://host:port'],
    [
      { server: 'https://eve:s3cret@host' },
      'clusters[0].cluster.server must not carry a user name: put it under users',
    ],
  ] as const)('%j is refused', async ([cluster, message]) => {
    const path = kubeconfig({ cluster });
    expect(await complaint(path)).toBe(`kubeconfig "${path}": ${message}`);
  });
});

describe('faults name the file, the key and the remedy', () => {
  test('a file that is not there, or not a file', async () => {
    expect(await complaint('/nowhere/x')).toBe('kubeconfig "/nowhere/x": cannot read it: no such file');
    expect(await complaint('/tmp')).toBe('kubeconfig "/tmp": cannot read it: it is a folder');
  });

  test('neither YAML nor JSON: the place is told, the content is not', async () => {
    const path = write('users:\n- name: u\n  user:\n    token: s3cret\n   bad: [1\n');
    const message = await complaint(path);
    expect(message).toMatch(/^kubeconfig ".*": is neither YAML nor JSON: line \d+, column \d+ \([A-Z_]+\)$/);
  });

  test('an empty file has no current-context', async () => {
    const path = write('{}');
    expect(await complaint(path)).toBe(
      `kubeconfig "${path}": current-context is not set: name one of the contexts (there are none)`,
    );
    const empty = write('');
    expect(await complaint(empty)).toContain('is not a valid value');
  });

  test.for([
    [{ users: [{ name: 'u', user: { token: 5 } }] }, 'users[0].user.token is not a valid value: expected string'],
    [{ clusters: 'none' }, 'clusters is not a valid value: expected array'],
    [{ 'current-context': 'foo' }, 'current-context "foo" is not among the contexts (a, b)'],
    [{ 'current-context': 'b' }, 'contexts[1].context.cluster "nowhere" is not among the clusters (c)'],
    [{ users: null }, 'contexts[0].context.user "u" is not among the users (there are none)'],
  ] as const)('%j', async ([top, message]) => {
    const path = kubeconfig({ top });
    expect(await complaint(path)).toBe(`kubeconfig "${path}": ${message}`);
  });

  test('a context asked for that is not there', async () => {
    const path = kubeconfig();
    expect(await complaint(path, 'z')).toBe(`kubeconfig "${path}": context "z" is not among the contexts (a, b)`);
  });

  test.for([
    ['tokenFile', '/nowhere/y', 'users[1].user.tokenFile "/nowhere/y": cannot read it: no such file'],
    ['client-key-data', 'bm90aGluZw==', 'users[1].user.client-key-data holds no PEM private key'],
    ['token', 's3cret\nx', 'users[1].user.token is not a bearer token: it holds white space'],
    ['token', ' ', 'users[1].user.token is empty: put a bearer token into it'],
  ] as const)('a user with %s %j', async ([key, value, message]) => {
    const path = kubeconfig({ user: { [key]: value } });
    expect(await complaint(path)).toBe(`kubeconfig "${path}": ${message}`);
  });

  test('a relative file is looked for beside the kubeconfig, and an empty authority is not "trust all"', async () => {
    const dir = scratchFolder();
    mkdirSync(join(dir, 'pki'));
    writeFileSync(join(dir, 'pki', 'ca.pem'), '');
    const path = join(dir, 'kubeconfig');
    const cluster = { server: 'https://h', 'certificate-authority': 'pki/ca.pem' };
    const contexts = [{ name: 'a', context: { cluster: 'c' } }];
    writeFileSync(path, JSON.stringify({ clusters: [{ name: 'c', cluster }], contexts, 'current-context': 'a' }));
    expect(await complaint(path)).toBe(
      `kubeconfig "${path}": clusters[0].cluster.certificate-authority "${dir}/pki/ca.pem" holds no PEM certificate`,
    );
  });

  test('a token file that may not be read', async (context) => {
    context.skip(process.getuid?.() === 0, 'root reads every file');
    const file = join(scratchFolder(), 'token');
    writeFileSync(file, 't');
    chmodSync(file, 0);
    const path = kubeconfig({ user: { tokenFile: file } });
    expect(await complaint(path)).toBe(
      `kubeconfig "${path}": users[1].user.tokenFile "${file}": cannot read it: permission denied`,
    );
  });

  test('the reason why a file cannot be read is put into words', () => {
    const failures = ['EACCES', 'ENOENT', 'EISDIR', 'EMFILE'].map((code) =>
      readFailure(Object.assign(new Error(), { code })),
    );
    expect(failures).toEqual(['permission denied', 'no such file', 'it is a folder', 'EMFILE']);
  });

  test('a certificate without its key, and an authority beside insecure-skip-tls-verify', async () => {
    const api = await serverWithPod();
    const data = Buffer.from(api.caPem).toString('base64');
    expect(await complaint(kubeconfig({ user: { 'client-certificate-data': data } }))).toContain(
      'users[1].user.client-certificate is given without users[1].user.client-key: give both',
    );
    const cluster = { 'certificate-authority-data': data, 'insecure-skip-tls-verify': true };
    expect(await complaint(kubeconfig({ cluster }))).toContain('stands beside a certificate-authority');
  });
});
