/** Until when credentials hold: bearer tokens that are JWTs, certificates in PEM. Pure. */
import { X509Certificate } from 'node:crypto';
import type { KubeAccess } from '../kube/kube-access.ts';
import { isJsonObject } from '../schema/json.ts';

/** Something that ends. `lifetimeMs`: of the whole, where it says so. */
export interface Expiry {
  readonly what: string;
  readonly endsMs: number;
  readonly lifetimeMs: number | undefined;
}

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Of all that an access has: token, client certificate, authority. What does not say when it ends is left out. */
export function expiries({ headers, tls }: Pick<KubeAccess, 'headers' | 'tls'>): Expiry[] {
  const [, token = ''] = /^Bearer (\S+)$/.exec(String(headers['authorization'] ?? '')) ?? [];
  return [...tokenExpiry(token), ...certificateExpiry('the client certificate', tls.cert), ...authorityExpiry(tls.ca)];
}

function tokenExpiry(token: string): Expiry[] {
  const claims = claimsOf(token);
  const { exp, iat } = claims;
  if (typeof exp !== 'number') return [];
  const lifetimeMs = typeof iat === 'number' ? (exp - iat) * 1000 : undefined;
  return [{ what: 'the token', endsMs: exp * 1000, lifetimeMs }];
}

/** The middle part of a JWT; what is none has no claims. */
function claimsOf(token: string): { readonly exp?: unknown; readonly iat?: unknown } {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined) return {};
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return isJsonObject(claims) ? claims : {};
  } catch {
    return {};
  }
}

/** Of several authorities each may vouch for the server, as while one takes the other's place: the last to end counts. */
function authorityExpiry(pem: string | undefined): Expiry[] {
  const found = (pem?.match(CERTIFICATES) ?? []).flatMap((each) =>
    certificateExpiry("the authority's certificate", each),
  );
  return found.toSorted((left, right) => right.endsMs - left.endsMs).slice(0, 1);
}

/** Of several certificates in one text the first counts: the others vouch for it. */
function certificateExpiry(what: string, pem: string | undefined): Expiry[] {
  if (pem === undefined) return [];
  try {
    const { validFrom, validTo } = new X509Certificate(pem);
    const endsMs = Date.parse(validTo);
    return [{ what, endsMs, lifetimeMs: endsMs - Date.parse(validFrom) }];
  } catch {
    return [];
  }
}
