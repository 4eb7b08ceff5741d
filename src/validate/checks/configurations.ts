/** The configurations of nodes and definitions: whether the core reads them, and what it would make of their names. */
import { errorText } from '../../errors.ts';
import { listFromJson } from '../../network/list-from-json.ts';
import type { NetworkLookup, NetworkSource } from '../../network/network-source.ts';
import { isJsonObject } from '../../schema/json.ts';
import { type Configuration, ownPlugin, pluginPath } from '../configuration.ts';
import { embeddedDocument } from '../embedded-document.ts';
import type { Report } from '../finding.ts';
import type { NodeFolder } from '../given.ts';
import type { Manifest } from '../manifest.ts';
import { placeOfMessage } from '../place-of-message.ts';
import { partOf, type SourceDocument } from '../source-document.ts';

/** The configurations of a folder that can be used, with those that stand in Braid's own. */
export function checkFolder({ folder, files }: NodeFolder, report: Report): Configuration[] {
  const names = new Map<string, string>();
  return files.flatMap(({ file, document }) => {
    if (file.kind === 'broken') {
      const message = file.cause;
      report({
        rule: 'config-schema',
        place: placeOfMessage(message, document),
        message,
        hint: hintFor(document),
      });
      return [];
    }
    const { list } = file;
    const other = names.get(list.name);
    if (other !== undefined) {
      report({
        rule: 'name-twice',
        place: document.placeOf(['name']),
        message: `the network "${list.name}" stands in ${other} as well: Braid uses that one`,
        hint: 'give each configuration of a folder a name of its own',
      });
    }
    names.set(list.name, other ?? document.file);
    const configuration = { title: `network "${list.name}"`, document, list, folder };
    return [configuration, ...inlineNetworks(configuration, report)];
  });
}

function hintFor({ file, value }: SourceDocument): string {
  const isList = isJsonObject(value) && Array.isArray(value['plugins']) && !file.endsWith('.conflist');
  return isList ? 'a file with "plugins" must have a name that ends in .conflist' : '';
}

/** Multus' `delegates` hold whole configurations. */
function inlineNetworks({ document, list, folder }: Configuration, report: Report): Configuration[] {
  const own = ownPlugin(list);
  const delegates = own?.raw['delegates'];
  if (!own || !Array.isArray(delegates)) return [];
  const path = [...pluginPath(document, own.index), 'delegates'];
  return delegates.flatMap((value: unknown, index): Configuration[] => {
    const inner = partOf(document, [...path, index], value);
    const title = `delegates[${index}]`;
    try {
      const read = listFromJson(value, { origin: title, isNodeFile: false });
      return [{ title: `network "${read.name}"`, document: inner, list: read, folder }];
    } catch (cause) {
      const message = errorText(cause);
      report({
        rule: 'config-schema',
        place: placeOfMessage(message, inner),
        message: `${title}: ${message}`,
        hint: '',
      });
      return [];
    }
  });
}

/**
 * The configuration in each definition, read as Braid reads it from the API server. `nodes`: their networks; a definition that
 * stands for a file is whole where one of them has it.
 */
export async function checkDefinitions(
  manifests: readonly Manifest[],
  nodes: readonly NetworkSource[],
  report: Report,
): Promise<Configuration[]> {
  const definitions = manifests.filter(({ kind }) => kind === 'NetworkAttachmentDefinition');
  const lookups = await lookedUp(definitions, nodes);
  return definitions.flatMap((definition): Configuration[] => {
    const { namespace, name, body, document } = definition;
    const lookup = lookups.get(definition);
    const { spec } = body;
    const config = isJsonObject(spec) && typeof spec['config'] === 'string' ? spec['config'].trim() : '';
    const path = ['spec', 'config'];
    const inner = config === '' ? undefined : embeddedDocument(document, path, config);
    if (lookup?.kind === 'found') {
      // One without a configuration stands for a file of the node, which is looked at itself.
      if (inner?.kind !== 'read') return [];
      return [
        { title: `definition "${namespace}/${name}"`, document: inner.document, list: lookup.list, folder: undefined },
      ];
    }
    if (lookup === undefined || !('cause' in lookup)) return [];
    const message = lookup.cause;
    const place =
      inner?.kind === 'read'
        ? placeOfMessage(message.replace(/^spec\.config: /, ''), inner.document)
        : (inner?.place ?? document.placeOf(path));
    report({ rule: 'definition-schema', place, message, hint: '' });
    return [];
  });
}

/** On each node only those are looked up that no node before it had. */
async function lookedUp(
  definitions: readonly Manifest[],
  nodes: readonly NetworkSource[],
): Promise<ReadonlyMap<Manifest, NetworkLookup>> {
  const lookups = new Map<Manifest, NetworkLookup>();
  for (const networks of nodes) {
    const open = definitions.filter((definition) => (lookups.get(definition)?.kind ?? 'broken') === 'broken');
    const found = await networks.find(open.map(({ namespace, name }) => ({ kind: 'definition', namespace, name })));
    for (const [index, lookup] of found.entries()) {
      const definition = open[index];
      if (definition) lookups.set(definition, lookup);
    }
  }
  return lookups;
}
