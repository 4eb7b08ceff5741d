/**
 * Where the API server is and who we are to it: what a kubeconfig or an API root comes to, and all that a client needs.
 *
 * It holds secrets (`headers`, `tls.key`), so it is never logged and never part of a message.
 */
import type { Agent } from 'node:http';
import { CniError, ErrorCode } from '../errors.ts';

/** TLS as `node:tls` names it; all texts PEM. Without `ca` the roots built into the runtime are trusted. */
export interface KubeTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Name that is asked for and checked in place of the server's host (`tls-server-name`). */
  readonly servername?: string;
  /** Present and false only for `insecure-skip-tls-verify`. */
  readonly rejectUnauthorized?: false;
}

/** One server and one identity. */
export interface KubeAccess {
  /** `https://host:port`, or `http:`; may carry a path, never a slash at the end. */
  readonly server: string;
  /** Authorization and impersonation. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly tls: KubeTls;
  /** Connects through a proxy, with `tls` already in it. Belongs to the one client that is opened with this access. */
  readonly proxyAgent?: Agent;
}

/** Where a setting stands, for messages: `source` is the file or configuration, `key` the path of keys in it. */
export interface SettingPlace {
  readonly source: string;
  readonly key: string;
}

/** A fault in a setting as the operator reads it: where, what, what to do. Code: invalidConfig. */
export function settingError({ source, key }: SettingPlace, problem: string, hint = CORRECT_IT): CniError {
  return new CniError(ErrorCode.invalidConfig, `${source}: ${key}${key === '' ? '' : ' '}${problem}`, hint);
}

const CORRECT_IT = 'correct it there; it is read afresh for every call';

/**
 * The server's address in the form of `KubeAccess.server`. Without a scheme it is `https:` when anything of TLS is
 * configured, else `http:`, as client-go has it.
 * Throws: invalidConfig when it is no http or https address, or carries a user name.
 */
export function parseServer(text: string, tls: KubeTls, place: SettingPlace): string {
  const scheme = Object.keys(tls).length > 0 ? 'https' : 'http';
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `${scheme}://${text}`;
  // Generated files put brackets around whatever the host is; Go takes them around IPv4 too.
  const url = URL.parse(address.replace(/^([a-z+.-]+:\/\/)\[([\d.]+)\]/i, '$1$2'));
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw settingError(place, `"${text}" is not an address: write https://host:port`);
  }
  if (url.username !== '' || url.password !== '') {
    throw settingError(place, 'must not carry a user name: put it under users');
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
