/**
 * The Network Plumbing WG's dialect: the text of an annotation as the networks that it asks for. Pure.
 *
 * In: the value, in the short form (`a, ns/b@net1`) or as a JSON list. Out: `WantedNetwork[]` in the order of the text.
 * Invariant: whatever the value, the outcome is networks whose every member is valid, or one short CniError.
 */
import { parseElement } from './npwg-element.ts';
import { invalid } from './npwg-fault.ts';
import { type ParsedItem, parseShortItem } from './npwg-item.ts';
import { parseJsonList } from './npwg-json.ts';
import type { Referrer, WantedNetwork } from './selection.ts';

/** More networks than this are a mistake, not a pod. */
const MAX_ITEMS = 100;

/** Reads one item, once it is known what names it and which namespace a bare name belongs to. */
type ReadItem = (where: string, ownNamespace: string | undefined) => ParsedItem;

/**
 * The networks of `k8s.v1.cni.cncf.io/networks`; none for an empty value and for `[]`. Throws: code 7, and code 2 for an
 * unknown key; both name the annotation, the item's number (from 1), the key and what to do.
 */
export function parseNpwgNetworks(
  value: string,
  context: { annotation: string; podNamespace: string | undefined },
): WantedNetwork[] {
  const source = `annotation "${context.annotation}"`;
  const items = splitItems(value, source);
  if (items.length > MAX_ITEMS) {
    const what = `asks for ${items.length} networks, more than ${MAX_ITEMS}`;
    throw invalid({ where: source, path: [] }, what, 'select fewer networks');
  }
  const wanted = items.map((read, index): WantedNetwork => {
    const where = `${source}, item ${index + 1}`;
    return { ...read(where, context.podNamespace), naming: 'net', where, dialect: 'npwg', referrer: 'pod' };
  });
  refuseSecondDefaultRoute(wanted);
  return wanted;
}

/**
 * The one network of a default-network annotation; a bare name is one of `networkNamespace`. Throws: as
 * `parseNpwgNetworks` but without an item's number, and code 7 for no network or several.
 */
export function parseDefaultNetwork(
  value: string,
  context: { annotation: string; networkNamespace: string; referrer: Exclude<Referrer, 'node'> },
): WantedNetwork {
  const where = `annotation "${context.annotation}"`;
  const [read, ...others] = value.trim() === '' ? [] : splitItems(value, where);
  if (!read || others.length > 0) {
    const what = read ? `names ${others.length + 1} networks, not one` : 'names no network';
    const hint = read ? 'name exactly one' : 'name one network, or remove the annotation';
    throw invalid({ where, path: [] }, what, hint);
  }
  return {
    ...read(where, context.networkNamespace),
    naming: 'net',
    where,
    dialect: 'npwg',
    referrer: context.referrer,
  };
}

/** The specification's way to tell the forms apart is left open; Multus goes by these three characters. */
function splitItems(value: string, source: string): ReadItem[] {
  if (/[[{"]/.test(value)) {
    const elements = parseJsonList(value, { where: source, path: [] });
    return elements.map(
      (element): ReadItem =>
        (where, ownNamespace) =>
          parseElement(element, where, ownNamespace),
    );
  }
  if (value === '') return [];
  return value.split(',').map(
    (item): ReadItem =>
      (where, ownNamespace) =>
        parseShortItem(item, where, ownNamespace),
  );
}

function refuseSecondDefaultRoute(wanted: readonly WantedNetwork[]): void {
  const [first, second] = wanted.filter((item) => item.options.defaultRoute !== undefined);
  if (!first || !second) return;
  const what = `${first.where} has this key already`;
  throw invalid({ where: second.where, path: ['default-route'] }, what, 'only one network can have the default route');
}
