/** The node's way to the API server: a kubeconfig, CNI-Genie's inline settings, or both, the inline ones winning. */
import { CniError, ErrorCode } from '../errors.ts';
import type { KubeSettings } from '../request/node-config.ts';
import { loadApiRootAccess } from './api-root.ts';
import type { KubeAccess } from './kube-access.ts';
import { loadKubeAccess } from './kubeconfig.ts';

/** Loads it, credentials read afresh. Throws: code 7 naming file and key. */
export async function loadNodeAccess(settings: KubeSettings | undefined, deadline: AbortSignal): Promise<KubeAccess> {
  const { kubeconfig, apiRoot } = settings ?? {};
  const fromFile = kubeconfig === undefined ? undefined : await loadKubeAccess(kubeconfig, { deadline });
  const inline =
    settings === undefined || apiRoot === undefined ? undefined : await loadInlineAccess(settings, apiRoot);
  if (fromFile && inline) return overlaid(fromFile, inline);
  const access = fromFile ?? inline;
  if (!access) throw new CniError(ErrorCode.invalidConfig, 'no API server is configured', 'set the key "kubeconfig"');
  return access;
}

function overlaid(fromFile: KubeAccess, inline: KubeAccess): KubeAccess {
  if (fromFile.proxyAgent) {
    throw new CniError(
      ErrorCode.invalidConfig,
      'a kubeconfig with "proxy-url" cannot be combined with "k8s_api_root"',
      'put the server and its credentials into the kubeconfig and take the inline keys away',
    );
  }
  const { rejectUnauthorized, ...trusting } = fromFile.tls;
  // An authority that is named inline is meant to be checked, whatever the kubeconfig says of its own server.
  const tls = inline.tls.ca === undefined && rejectUnauthorized === false ? fromFile.tls : trusting;
  return { server: inline.server, tls: { ...tls, ...inline.tls }, headers: { ...fromFile.headers, ...inline.headers } };
}

function loadInlineAccess(settings: KubeSettings, apiRoot: string): Promise<KubeAccess> {
  const { token, clientCertificate, clientKey, certificateAuthority } = settings;
  return loadApiRootAccess({
    source: 'the CNI configuration of Braid',
    apiRoot,
    ...(token === undefined ? {} : { token }),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(clientKey === undefined ? {} : { clientKey }),
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
  });
}
