/** Who is asking, and may they: authentication and authorization of the API server double. */
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { ResourceRequest } from './api-server-request.ts';

/** The credentials the server takes. Change them at any time: a token that is deleted is a token that was rotated. */
export interface Credentials {
  readonly tokens: Set<string>;
  /** Passwords by user name, for basic authentication. */
  readonly passwords: Map<string, string>;
  /** The user that every token stands for. */
  readonly tokenUser: string;
}

/** `invalid` credentials get 401; no credentials at all make the user `system:anonymous`, who gets 403. */
export type Identity = { readonly kind: 'user'; readonly name: string } | { readonly kind: 'invalid' };

/** Reads the client certificate, else the Authorization header. */
export function authenticate(request: IncomingMessage, credentials: Credentials): Identity {
  const certificate = identityByCertificate(request);
  if (certificate.kind === 'user') return certificate;
  const [scheme = '', value = ''] = (request.headers.authorization ?? '').split(' ');
  if (scheme === '')
    return certificate.kind === 'none' ? { kind: 'user', name: 'system:anonymous' } : { kind: 'invalid' };
  if (scheme === 'Bearer')
    return credentials.tokens.has(value) ? { kind: 'user', name: credentials.tokenUser } : { kind: 'invalid' };
  const [name = '', password = ''] = Buffer.from(value, 'base64').toString().split(':');
  return credentials.passwords.get(name) === password ? { kind: 'user', name } : { kind: 'invalid' };
}

function identityByCertificate(request: IncomingMessage): Identity | { readonly kind: 'none' } {
  if (!(request.socket instanceof TLSSocket)) return { kind: 'none' };
  const name = request.socket.getPeerCertificate().subject?.CN;
  if (typeof name !== 'string') return { kind: 'none' };
  return request.socket.authorized ? { kind: 'user', name } : { kind: 'invalid' };
}

/** The rules: everything is allowed to a known user but what was denied. */
export class AccessRules {
  readonly #denied = new Set<string>();

  /** `resource` with its sub-resource: `pods`, `pods/status`. */
  deny(verb: string, resource: string): void {
    this.#denied.add(`${verb} ${resource}`);
  }

  allow(verb: string, resource: string): void {
    this.#denied.delete(`${verb} ${resource}`);
  }

  permits(user: string, { verb, resource, subresource }: ResourceRequest): boolean {
    const subject = subresource === '' ? resource : `${resource}/${subresource}`;
    return user !== 'system:anonymous' && !this.#denied.has(`${verb} ${subject}`);
  }
}
