/** Kubeconfig files for an API server double, of every form the loader must read. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { KeyPair } from './api-server-certificates.ts';

/** How the kubeconfig says who we are. `none` leaves the user empty. */
export type KubeconfigAuth = 'token' | 'tokenFile' | 'clientCert' | 'none';

/** `cluster` and `user` are laid over what is generated; an `undefined` value takes a key away. */
export interface KubeconfigOptions {
  readonly auth: KubeconfigAuth;
  /** File name within the folder; `kubeconfig` unless told. */
  readonly fileName?: string;
  readonly format?: 'yaml' | 'json';
  /** True: certificates as `…-data` in base64. False, the default: as files beside the kubeconfig, by relative path. */
  readonly isInline?: boolean;
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly user?: Readonly<Record<string, unknown>>;
}

/** What the server contributes. */
export interface KubeconfigFacts {
  readonly server: string;
  readonly caPem: string;
  readonly token: string;
  readonly clientPair: () => KeyPair;
}

/** Writes the kubeconfig and the files it names into `dir`; gives its path. */
export function writeKubeconfig(dir: string, facts: KubeconfigFacts, options: KubeconfigOptions): string {
  mkdirSync(dir, { recursive: true });
  const user = { ...userOf(dir, facts, options), ...options.user };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'local', cluster: { ...clusterOf(dir, facts, options), ...options.cluster } }],
    users: [{ name: 'braid', user }],
    contexts: [{ name: 'braid@local', context: { cluster: 'local', user: 'braid' } }],
    'current-context': 'braid@local',
  };
  const path = join(dir, options.fileName ?? 'kubeconfig');
  const text = JSON.stringify(config);
  // Through JSON, so that undefined values are gone in both formats.
  writeFileSync(path, options.format === 'json' ? text : stringify(JSON.parse(text)), { mode: 0o600 });
  return path;
}

function clusterOf(dir: string, facts: KubeconfigFacts, options: KubeconfigOptions): Record<string, unknown> {
  if (facts.server.startsWith('http:')) return { server: facts.server };
  return {
    server: facts.server,
    ...pem(dir, options, { key: 'certificate-authority', file: 'ca.pem', text: facts.caPem }),
  };
}

function userOf(dir: string, facts: KubeconfigFacts, options: KubeconfigOptions): Record<string, unknown> {
  if (options.auth === 'none') return {};
  if (options.auth === 'token') return { token: facts.token };
  if (options.auth === 'tokenFile') {
    writeFileSync(join(dir, 'token'), `${facts.token}\n`, { mode: 0o600 });
    return { tokenFile: 'token' };
  }
  const { certPem, keyPem } = facts.clientPair();
  return {
    ...pem(dir, options, { key: 'client-certificate', file: 'client.pem', text: certPem }),
    ...pem(dir, options, { key: 'client-key', file: 'client.key', text: keyPem }),
  };
}

interface PemEntry {
  readonly key: string;
  readonly file: string;
  readonly text: string;
}

function pem(dir: string, options: KubeconfigOptions, { key, file, text }: PemEntry): Record<string, string> {
  if (options.isInline === true) return { [`${key}-data`]: Buffer.from(text).toString('base64') };
  writeFileSync(join(dir, file), text, { mode: 0o600 });
  return { [key]: file };
}
