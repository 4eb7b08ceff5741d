/**
 * A successful ADD's result (spec §5 "ADD Success"), in the one form that Braid keeps: that of 1.0.0 and 1.1.0.
 *
 * Pure. `parseResultBody` takes the bodies of 0.3.0 … 1.1.0; the older `ip4`/`ip6` bodies are read by
 * `result/legacy-result.ts`. Unlike the reference library it refuses `null` entries and a missing `address` or `dst`,
 * which would print as `<nil>` and be unreadable for everyone after us.
 */
import * as z from 'zod/mini';
import { canonicalAddress, canonicalCidr } from './ip-text.ts';

const cidr = textIn(canonicalCidr, 'must be an address with a prefix length, such as 10.1.2.3/24');
const address = z.pipe(
  z.nullish(textIn((text) => (text === '' ? '' : canonicalAddress(text)), 'must be a plain address, such as 10.1.2.1')),
  z.transform((text) => text || undefined),
);
const integer = maybe(z.int());
const text = maybe(z.string());

const interfaceShape = z.object({
  name: z.string(),
  mac: text,
  sandbox: text,
  mtu: integer,
  socketPath: text,
  pciID: text,
});

const ipShape = z.object({
  version: text,
  interface: integer,
  address: cidr,
  gateway: address,
});

const routeShape = z.object({
  dst: cidr,
  gw: address,
  mtu: integer,
  advmss: integer,
  priority: integer,
  table: integer,
  scope: integer,
});

const dnsShape = z.object({
  nameservers: orEmpty(z.string()),
  domain: text,
  search: orEmpty(z.string()),
  options: orEmpty(z.string()),
});

const bodyShape = z.object({
  interfaces: orEmpty(interfaceShape),
  ips: orEmpty(ipShape),
  routes: orEmpty(routeShape),
  dns: z.pipe(
    z.nullish(dnsShape),
    z.transform((dns) => dns ?? { nameservers: [], search: [], options: [] }),
  ),
});

/** A key that may be absent or, as the reference library takes it, `null`. */
function maybe<T extends z.core.SomeType>(item: T) {
  return z.optional(
    z.pipe(
      z.nullable(item),
      z.transform((value) => value ?? undefined),
    ),
  );
}

/** What Go writes for an empty list: the key absent, or `null`. */
function orEmpty<T extends z.core.SomeType>(item: T) {
  return z.pipe(
    z.nullish(z.array(item)),
    z.transform((list) => list ?? []),
  );
}

function textIn(canonical: (text: string) => string | undefined, message: string) {
  return z.pipe(
    z.string(),
    z.transform((text, context) => {
      const found = canonical(text);
      if (found === undefined) {
        context.issues.push({ code: 'custom', input: text, message: `${message}, not ${JSON.stringify(text)}` });
        return z.NEVER;
      }
      return found;
    }),
  );
}

/** One network interface: `mac` as text, `sandbox` the namespace path (absent on the host), `mtu` in bytes. */
export type ResultInterface = z.infer<typeof interfaceShape>;
/** One address: CIDR string, gateway as plain address, `interface` an index into the result's interfaces. */
export type ResultIp = z.infer<typeof ipShape>;
/** One route: CIDR `dst`; `mtu` and `advmss` in bytes; no `gw` means "this result's gateway". */
export type ResultRoute = z.infer<typeof routeShape>;
/** Resolver settings; lists are empty rather than absent. */
export type ResultDns = z.infer<typeof dnsShape>;
/** A whole result. Lists are empty rather than absent. */
export type CniResult = z.infer<typeof bodyShape>;

/** The result of a plugin that attached nothing: what the merge starts from. */
export const EMPTY_RESULT: CniResult = {
  interfaces: [],
  ips: [],
  routes: [],
  dns: { nameservers: [], search: [], options: [] },
};

/** Reads the body of a 0.3.0 … 1.1.0 result; zod's `safeParse`, so the caller words the error. */
export function parseResultBody(body: unknown) {
  return bodyShape.safeParse(body);
}
