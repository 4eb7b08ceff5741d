/**
 * Proxies, credential commands (`exec`) and auth providers, by way of client-node: the only module that loads it.
 *
 * In: what the plain loader made of the kubeconfig, and the exotic settings. Out: the same access with the
 * credentials those gave, or with an agent that connects through the proxy. Runs a process or uses the network.
 */
import type { Agent } from 'node:http';
import type { RequestOptions } from 'node:https';
import { resolve } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { CniError } from '../errors.ts';
import { type KubeAccess, type KubeTls, settingError } from './kube-access.ts';
import type { ExecSetting } from './kubeconfig-schema.ts';
import type { KubeconfigChoice } from './parse-kubeconfig.ts';

/** The exotic settings, and until when their credentials are waited for. */
export interface ExoticSettings extends KubeconfigChoice {
  readonly source: string;
  readonly folder: string;
  readonly deadline?: AbortSignal;
}

/**
 * Adds what client-node makes of the exotic settings.
 * Throws: invalidConfig when a command, a provider or a proxy address does not work, with the reason.
 */
export async function addExoticAccess(access: KubeAccess, settings: ExoticSettings): Promise<KubeAccess> {
  assertProxyAddress(settings);
  const options: RequestOptions = {};
  const config = describeForClient(access, settings);
  await orReport(config.applyToHTTPSOptions(options), settings);
  const authorization =
    options.headers && 'Authorization' in options.headers ? options.headers.Authorization : undefined;
  const tls = { ...access.tls, ...clientPair(options) };
  // client-node passes over a provider it does not know, which would make us anonymous without a word.
  if (settings.user.exec || settings.user['auth-provider']) assertCredentials(authorization, tls, settings);
  const headers = typeof authorization === 'string' ? { ...access.headers, authorization } : access.headers;
  if (!settings.cluster['proxy-url'] || typeof options.agent !== 'object') return { ...access, headers, tls };
  return { ...access, headers, tls, proxyAgent: endable(options.agent) };
}

function describeForClient(access: KubeAccess, settings: ExoticSettings) {
  const { server, tls } = access;
  const { cluster, user } = settings;
  const config = new KubeConfig();
  const [scheme, token] = String(access.headers.authorization ?? '').split(' ');
  config.loadFromClusterAndUser(
    {
      name: 'cluster',
      server,
      // It refuses plain HTTP otherwise, and there is no certificate to verify on it.
      skipTLSVerify: server.startsWith('http:') || tls.rejectUnauthorized === false,
      ...(tls.ca === undefined ? {} : { caData: toBase64(tls.ca) }),
      ...(tls.servername === undefined ? {} : { tlsServerName: tls.servername }),
      ...(cluster['proxy-url'] ? { proxyUrl: cluster['proxy-url'] } : {}),
    },
    {
      name: 'user',
      ...(tls.cert === undefined ? {} : { certData: toBase64(tls.cert) }),
      ...(tls.key === undefined ? {} : { keyData: toBase64(tls.key) }),
      ...(scheme === 'Bearer' && token !== undefined ? { token } : {}),
      ...(user.exec ? { exec: describeExec(user.exec, access, settings) } : {}),
      ...(user['auth-provider'] ? { authProvider: user['auth-provider'] } : {}),
    },
  );
  return config;
}

function describeExec(exec: ExecSetting, access: KubeAccess, { folder, cluster }: ExoticSettings): object {
  const about = {
    server: access.server,
    'certificate-authority-data': access.tls.ca === undefined ? undefined : toBase64(access.tls.ca),
    'tls-server-name': access.tls.servername,
    'insecure-skip-tls-verify': access.tls.rejectUnauthorized === false ? true : undefined,
    'proxy-url': cluster['proxy-url'] ?? undefined,
  };
  const spec = { interactive: false, ...(exec.provideClusterInfo ? { cluster: about } : {}) };
  // client-go gives every command this variable and many of them fail without it; client-node does not.
  const info = JSON.stringify({ kind: 'ExecCredential', apiVersion: exec.apiVersion ?? undefined, spec });
  return {
    // As in client-go, a command with a slash in it is relative to the kubeconfig, one without is looked up in PATH.
    command: exec.command.includes('/') ? resolve(folder, exec.command) : exec.command,
    args: exec.args ?? [],
    env: [...(exec.env ?? []), { name: 'KUBERNETES_EXEC_INFO', value: info }],
  };
}

function assertProxyAddress({ cluster, clusterKey, source }: ExoticSettings): void {
  const address = cluster['proxy-url'];
  if (!address || /^(https?|socks(4|4a|5|5h)?):$/.test(URL.parse(address)?.protocol ?? '')) return;
  // Not quoted: it may carry a password.
  throw settingError(
    { source, key: `${clusterKey}.proxy-url` },
    'is not the address of a proxy: write http://host:port',
  );
}

/** An agent whose `destroy` ends a CONNECT that the proxy has not answered yet: client-node's would wait for ever. */
function endable(agent: Agent): Agent {
  const ending = new AbortController();
  const destroy = agent.destroy.bind(agent);
  return Object.assign(agent, {
    proxyRequestOptions: { signal: ending.signal },
    destroy: () => {
      ending.abort();
      destroy();
    },
  });
}

function clientPair({ cert, key }: RequestOptions): KubeTls {
  return cert && key ? { cert: String(cert), key: String(key) } : {};
}

function assertCredentials(authorization: unknown, tls: KubeTls, settings: ExoticSettings): void {
  if (authorization !== undefined || tls.cert !== undefined) return;
  throw settingError(exoticPlace(settings), 'gave no credentials: neither a token nor a client certificate');
}

async function orReport(work: Promise<void>, settings: ExoticSettings): Promise<void> {
  try {
    await (settings.deadline === undefined ? work : Promise.race([work, rejectAt(settings.deadline)]));
  } catch (error) {
    if (error instanceof CniError) throw error;
    const hint = settings.user.exec?.installHint;
    throw settingError(
      exoticPlace(settings),
      `failed: ${describeFailure(error, settings)}${hint ? `; ${hint.trim()}` : ''}`,
    );
  }
}

function rejectAt(deadline: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(new Error('no credentials before the deadline'));
  if (deadline.aborted) onAbort();
  deadline.addEventListener('abort', onAbort, { once: true });
  return promise;
}

function exoticPlace({ source, user, userKey, clusterKey }: ExoticSettings): { source: string; key: string } {
  if (user.exec) return { source, key: `${userKey}.exec "${user.exec.command}"` };
  const provider = user['auth-provider'];
  return { source, key: provider ? `${userKey}.auth-provider "${provider.name}"` : `${clusterKey}.proxy-url` };
}

/** The messages of a parser quote what was printed, which is a token at worst: it is not repeated. */
function describeFailure(error: unknown, { user }: ExoticSettings): string {
  if (error instanceof SyntaxError || error instanceof TypeError) {
    return user.exec ? 'it printed no ExecCredential with a status' : 'its settings are incomplete';
  }
  const text = error instanceof Error ? error.message.trim() : '';
  return text === '' ? 'it ended with an error and said nothing' : text.slice(0, 500);
}

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}
