/** Access by an API root in place of a kubeconfig: the `k8s_api_root` and `k8s_…` keys of CNI-Genie configurations. */
import { checkToken, loadClientPair, loadPem } from './credential-file.ts';
import { type KubeAccess, type KubeTls, parseServer } from './kube-access.ts';

/** An API root and the credentials beside it; authority, certificate and key are absolute paths of PEM files. */
export interface ApiRootSettings {
  /** Where the settings stand, for messages: `network configuration "genie"`. */
  readonly source: string;
  /** `https://10.96.0.1:443`; an old form with `/api/v1` after it is understood. */
  readonly apiRoot: string;
  readonly certificateAuthority?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly token?: string;
}

/**
 * Makes the access that an API root and its credentials come to. Reads disk.
 * Throws: invalidConfig.
 */
export async function loadApiRootAccess(settings: ApiRootSettings): Promise<KubeAccess> {
  const { source, apiRoot, token } = settings;
  const tls = await loadTls(settings);
  const server = parseServer(apiRoot.split('/api/')[0] ?? '', tls, { source, key: 'k8s_api_root' });
  const place = { source, key: 'k8s_auth_token' };
  return { server, tls, headers: token ? { authorization: `Bearer ${checkToken(token, place)}` } : {} };
}

async function loadTls(settings: ApiRootSettings): Promise<KubeTls> {
  const { source, certificateAuthority, clientCertificate, clientKey } = settings;
  const setting = (key: string, path: string | undefined) => ({
    place: { source, key },
    folder: '/',
    data: undefined,
    path,
  });
  const certificate = { ...setting('k8s_client_certificate', clientCertificate), content: 'certificate' } as const;
  const privateKey = { ...setting('k8s_client_key', clientKey), content: 'private key' } as const;
  const [ca, pair] = await Promise.all([
    loadPem({ ...setting('k8s_certificate_authority', certificateAuthority), content: 'certificate' }),
    loadClientPair(certificate, privateKey),
  ]);
  return { ...(ca === undefined ? {} : { ca }), ...pair };
}
