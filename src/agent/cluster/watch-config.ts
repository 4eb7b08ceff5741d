/** The node's access as client-node wants it, read afresh for every watch, so that rotated credentials work. */
import { type Cluster, KubeConfig, type User } from '@kubernetes/client-node';
import { loadNodeAccess } from '../../kube/node-access.ts';
import type { KubeSettings } from '../../request/node-config.ts';

/** Loads it. Throws: code 7 naming file and key. */
export async function loadWatchConfig(settings: KubeSettings, deadline: AbortSignal): Promise<KubeConfig> {
  const access = await loadNodeAccess(settings, deadline);
  const config = new KubeConfig();
  if (access.proxyAgent && settings.kubeconfig !== undefined) {
    // An agent of Node's own cannot carry client-node's watch; by itself it knows proxies.
    access.proxyAgent.destroy();
    config.loadFromFile(settings.kubeconfig);
    return config;
  }
  const { server, headers, tls } = access;
  const cluster: Cluster = {
    name: 'cluster',
    server,
    // It refuses plain HTTP otherwise, and there is no certificate to verify on it.
    skipTLSVerify: server.startsWith('http:') || tls.rejectUnauthorized === false,
    ...(tls.ca === undefined ? {} : { caData: base64(tls.ca) }),
    ...(tls.servername === undefined ? {} : { tlsServerName: tls.servername }),
  };
  const user: User = {
    name: 'user',
    ...(tls.cert === undefined ? {} : { certData: base64(tls.cert) }),
    ...(tls.key === undefined ? {} : { keyData: base64(tls.key) }),
  };
  config.loadFromClusterAndUser(cluster, user);
  const applyTls = config.applySecurityAuthentication.bind(config);
  config.applySecurityAuthentication = async (context) => {
    await applyTls(context);
    for (const [name, value] of Object.entries(headers)) context.setHeaderParam(name, [value].flat().join(', '));
  };
  return config;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
