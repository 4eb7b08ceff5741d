/** What a person or a program reads of a call by hand. Pure text. */
import { toCniError } from '../../errors.ts';
import { errorAnswer } from '../../result/answer.ts';
import { parseResult } from '../../result/result-versions.ts';
import type { JsonObject } from '../../schema/json.ts';
import type { CniResult, ResultDns, ResultIp } from '../../schema/result.ts';
import { type coloursFor, plainTable } from '../plain-table.ts';
import type { HandRun } from './call-by-hand.ts';
import type { ChosenNetwork } from './hand-log.ts';
import type { ObservedCall } from './observed-call.ts';

type Colours = ReturnType<typeof coloursFor>;

/** An error as lines: message with its code, then the hint. What a plugin says may end with a line's end. */
export function errorLines(name: string, cause: unknown): string {
  const { code, message, details } = toCniError(cause);
  return `braid ${name}: ${message.trimEnd()} (code ${code})\n${details === '' ? '' : `  ${details}\n`}`;
}

/** An error that kept a call from being made, as a document. */
export function errorDocument(cause: unknown): JsonObject {
  return JSON.parse(errorAnswer(toCniError(cause)));
}

/** The document that a runtime gets, and under `braid` what only a person wants to know. */
export function jsonReport({ document, ...run }: HandRun, more: JsonObject = {}): string {
  const { verb, containerId, netns, ifName } = run.call;
  const braid = {
    verb,
    ...(containerId === '' ? {} : { containerId, netns, ifName }),
    durationMs: run.durationMs,
    networks: run.chosen,
    delegates: run.calls,
    notes: run.notes,
    ...(run.unwrittenStatus && { networkStatus: run.unwrittenStatus }),
    ...more,
  };
  return jsonText({ ...document, braid });
}

/** A document of ours as text. */
export function jsonText(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Interfaces, routes and DNS of an ADD's result. */
export function resultText({ document, call, chosen }: HandRun, colours: Colours): string {
  const { result } = parseResult(document, call.node.cniVersion);
  return [
    interfaceTable(result, chosen, colours),
    nodeInterfaces(result),
    routeTable(result, colours),
    dnsText(result.dns),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function interfaceTable({ interfaces, ips }: CniResult, chosen: readonly ChosenNetwork[], colours: Colours): string {
  const own = [...interfaces.entries()].filter(([, { sandbox }]) => (sandbox ?? '') !== '');
  const rows = own.map(([index, { name, mac, mtu }]) => {
    const given = ips.filter((ip) => ip.interface === index);
    const choice = chosen.find(({ ifName }) => ifName === name);
    return [
      name,
      choice?.network ?? '',
      mac ?? '',
      mtu === undefined ? '' : String(mtu),
      ...cells(given),
      choice?.why ?? '',
    ];
  });
  const loose = ips.filter((ip) => ip.interface === undefined);
  if (loose.length > 0) rows.push(['', '', '', '', ...cells(loose), '']);
  return plainTable(['INTERFACE', 'NETWORK', 'MAC', 'MTU', 'ADDRESS', 'GATEWAY', 'CHOSEN BY'], rows, colours);
}

function cells(ips: readonly ResultIp[]): [addresses: string, gateways: string] {
  return [
    ips.map(({ address }) => address).join('\n'),
    ips
      .map(({ gateway }) => gateway ?? '')
      .join('\n')
      .trimEnd(),
  ];
}

function nodeInterfaces({ interfaces }: CniResult): string {
  const names = interfaces.filter(({ sandbox }) => (sandbox ?? '') === '').map(({ name }) => name);
  return names.length === 0 ? '' : `  On the node: ${names.join(', ')}\n`;
}

function routeTable({ routes }: CniResult, colours: Colours): string {
  if (routes.length === 0) return '';
  const text = (value: number | undefined) => (value === undefined ? '' : String(value));
  const rows = routes.map(({ dst, gw, priority, mtu }) => [dst, gw ?? '', text(priority), text(mtu)]);
  return plainTable(['ROUTE TO', 'GATEWAY', 'METRIC', 'MTU'], rows, colours);
}

function dnsText({ nameservers, domain, search, options }: ResultDns): string {
  const parts = [
    ['nameserver', nameservers],
    ['domain', domain ? [domain] : []],
    ['search', search],
    ['options', options],
  ] as const;
  const given = parts.filter(([, values]) => values.length > 0);
  return given.length === 0 ? '' : `  DNS: ${given.map(([key, values]) => `${key} ${values.join(' ')}`).join('; ')}\n`;
}

/** One row for each run of a delegate. */
export function callTable(calls: readonly ObservedCall[], colours: Colours): string {
  if (calls.length === 0) return '';
  const rows = calls.map(({ verb, network, interface: ifName, plugin, durationMs, end }) => [
    verb === '' ? 'look' : verb,
    network,
    ifName,
    plugin,
    `${durationMs.toFixed(1).padStart(7)} ms`,
    end === 'ok' ? colours.green(end) : colours.red(end),
  ]);
  return plainTable(['CALL', 'NETWORK', 'INTERFACE', 'PLUGIN', 'DURATION', 'END'], rows, colours);
}

/** What is to be said beside the result. */
export function notesText({ notes, unwrittenStatus }: Pick<HandRun, 'notes' | 'unwrittenStatus'>): string {
  const status = unwrittenStatus
    ? ['the network status of the pod is not written by hand; --json shows what it would be']
    : [];
  return [...notes, ...status].map((note) => `  note: ${note}\n`).join('');
}
