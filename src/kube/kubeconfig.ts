/**
 * A kubeconfig file to a `KubeAccess`.
 *
 * In: a file and, if wanted, a context of it. Out: the server, the TLS settings and the credentials, every file they
 * name read afresh, so that a rotated token or certificate works at the next load. What Braid can do with Node's own
 * modules is done here; proxies, credential commands and auth providers are left to client-node, which is loaded only
 * for them. Rules of precedence are client-go's. Reads disk; exotic credentials run a process or use the network.
 */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { checkToken, loadClientPair, loadPem, loadToken, readFailure } from './credential-file.ts';
import { type KubeAccess, type KubeTls, parseServer, type SettingPlace, settingError } from './kube-access.ts';
import type { KubeconfigUser } from './kubeconfig-schema.ts';
import { chooseContext, type KubeconfigChoice, parseKubeconfig } from './parse-kubeconfig.ts';

/** `context`: in place of `current-context`. `deadline`: for credentials that run a command or ask a server. */
export interface LoadOptions {
  readonly context?: string;
  readonly deadline?: AbortSignal;
}

/** The chosen part of a kubeconfig and where it came from. */
interface Loading extends KubeconfigChoice {
  readonly source: string;
  readonly folder: string;
}

/**
 * Loads a kubeconfig; relative paths in it are relative to its folder. Call it anew for each request or each few
 * seconds: tokens rotate.
 * Throws: invalidConfig, with file, key and remedy; never a secret.
 */
export async function loadKubeAccess(file: string, options: LoadOptions = {}): Promise<KubeAccess> {
  const source = `kubeconfig "${file}"`;
  const config = await parseKubeconfig(await readKubeconfig(file, source), source);
  const loading = { ...chooseContext(config, options.context, source), source, folder: dirname(resolve(file)) };
  const access = await loadPlainAccess(loading);
  const { cluster, user } = loading;
  if (!cluster['proxy-url'] && !user.exec && !user['auth-provider']) return access;
  const { addExoticAccess } = await import('./exotic-access.ts');
  return addExoticAccess(access, { ...loading, ...(options.deadline && { deadline: options.deadline }) });
}

async function readKubeconfig(file: string, source: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const hint = 'put a kubeconfig there that Braid may read, or correct the key "kubeconfig" of the CNI configuration';
    throw settingError({ source, key: '' }, `cannot read it: ${readFailure(error)}`, hint);
  }
}

async function loadPlainAccess(loading: Loading): Promise<KubeAccess> {
  const [clusterTls, userTls, headers] = await Promise.all([
    loadClusterTls(loading),
    loadUserTls(loading),
    loadHeaders(loading),
  ]);
  const tls = { ...clusterTls, ...userTls };
  const place = { source: loading.source, key: `${loading.clusterKey}.server` };
  if (!loading.cluster.server) throw settingError(place, 'is missing: write https://host:port');
  return { server: parseServer(loading.cluster.server, tls, place), headers, tls };
}

async function loadClusterTls({ cluster, clusterKey, source, folder }: Loading): Promise<KubeTls> {
  const ca = await loadPem({
    place: { source, key: `${clusterKey}.certificate-authority` },
    folder,
    data: cluster['certificate-authority-data'],
    path: cluster['certificate-authority'],
    content: 'certificate',
  });
  const isInsecure = cluster['insecure-skip-tls-verify'] === true;
  if (isInsecure && ca !== undefined) {
    const place = { source, key: `${clusterKey}.insecure-skip-tls-verify` };
    throw settingError(place, 'stands beside a certificate-authority: take one of the two away');
  }
  const servername = cluster['tls-server-name'];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(servername ? { servername } : {}),
    ...(isInsecure ? { rejectUnauthorized: false } : {}),
  };
}

function loadUserTls({ user, userKey, source, folder }: Loading): Promise<KubeTls> {
  const setting = (name: 'client-certificate' | 'client-key') => {
    return { place: { source, key: `${userKey}.${name}` }, folder, data: user[`${name}-data`], path: user[name] };
  };
  const certificate = { ...setting('client-certificate'), content: 'certificate' } as const;
  return loadClientPair(certificate, { ...setting('client-key'), content: 'private key' });
}

async function loadHeaders(loading: Loading): Promise<Record<string, string | string[]>> {
  const { user } = loading;
  const authorization = await loadAuthorization(loading);
  return {
    ...(authorization === undefined ? {} : { authorization }),
    ...(user.as ? { 'impersonate-user': user.as } : {}),
    ...(user['as-groups']?.length ? { 'impersonate-group': user['as-groups'] } : {}),
  };
}

async function loadAuthorization({ user, userKey, source, folder }: Loading): Promise<string | undefined> {
  const token = await loadBearer(user, { source, key: userKey }, folder);
  if (token !== undefined) return `Bearer ${token}`;
  if (!user.username) return undefined;
  return `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`;
}

async function loadBearer(user: KubeconfigUser, place: SettingPlace, folder: string): Promise<string | undefined> {
  const fixed = user.token ? checkToken(user.token, { ...place, key: `${place.key}.token` }) : undefined;
  if (!user.tokenFile) return fixed;
  try {
    return await loadToken({ ...place, key: `${place.key}.tokenFile` }, resolve(folder, user.tokenFile));
  } catch (error) {
    // As client-go does: the fixed token stands in for a file that cannot be used. Without one there is nothing else.
    if (fixed !== undefined) return fixed;
    throw error;
  }
}
