/**
 * What the pod's annotations say of its networks after an ADD. Pure.
 *
 * `k8s.v1.cni.cncf.io/network-status` (Network Plumbing WG specification v1.3 §5): one entry for each attachment, exactly
 * one of them the default. `multi-ip-preferences` is CNI-Genie's, for pods with several networks by its annotation.
 */
import type { Outcome } from '../execute/attach.ts';
import { addressOf, isDefaultDestination } from '../schema/ip-text.ts';
import type { JsonObject } from '../schema/json.ts';
import type { ResultDns } from '../schema/result.ts';

/** The annotation of the Network Plumbing WG. */
export const NETWORK_STATUS = 'k8s.v1.cni.cncf.io/network-status';
/** CNI-Genie's annotation. */
export const MULTI_IP = 'multi-ip-preferences';

/** The annotations that tell of `outcomes`, whose results are normalised: every address has its interface. `devices` by interface name. */
export function statusAnnotations(
  outcomes: readonly Outcome[],
  { isGenie, devices }: { isGenie: boolean; devices: ReadonlyMap<string, JsonObject> },
): Record<string, string> {
  const entries = outcomes.map((outcome) => statusEntry(outcome, devices.get(outcome.attachment.ifName)));
  const status = { [NETWORK_STATUS]: JSON.stringify(entries) };
  return isGenie && outcomes.length > 1 ? { ...status, [MULTI_IP]: JSON.stringify(multiIp(outcomes)) } : status;
}

function statusEntry({ attachment, result }: Outcome, device: JsonObject | undefined): object {
  const index = result.interfaces.findIndex((link) => (link.sandbox ?? '') !== '');
  const link = result.interfaces[index];
  const ips = result.ips.filter((ip) => ip.interface === index).map((ip) => ip.address);
  const defaultRoute = result.routes
    .filter((route) => isDefaultDestination(route.dst))
    .flatMap((route) => route.gw ?? []);
  const dns = statusDns(result.dns);
  return {
    name: attachment.reference,
    interface: link?.name ?? attachment.ifName,
    ...(ips.length > 0 ? { ips } : {}),
    ...(link?.mac ? { mac: link.mac } : {}),
    ...(link?.mtu ? { mtu: link.mtu } : {}),
    default: attachment.isPrimary,
    dns,
    ...(defaultRoute.length > 0 ? { 'default-route': defaultRoute, gateway: defaultRoute } : {}),
    ...(device ? { 'device-info': device } : {}),
  };
}

function statusDns(dns: ResultDns): object {
  const lists = { nameservers: dns.nameservers, search: dns.search, options: dns.options };
  const filled = Object.entries(lists).filter(([, list]) => list.length > 0);
  return { ...Object.fromEntries(filled), ...(dns.domain ? { domain: dns.domain } : {}) };
}

/** One entry for each address, numbered from 1 over all attachments. */
function multiIp(outcomes: readonly Outcome[]): object {
  const ips = outcomes.flatMap(({ attachment, result }) =>
    result.ips.map((ip) => ({ ip: addressOf(ip.address), interface: attachment.ifName })),
  );
  return { multi_entry: ips.length, ips: Object.fromEntries(ips.map((ip, index) => [`ip${index + 1}`, ip])) };
}
