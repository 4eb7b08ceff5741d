/**
 * All kinds of network behind the one port: files of the node, objects of the API server, our own configuration.
 *
 * All choices of one `find` are looked up at once; the configuration folder is read once and only when a choice needs it,
 * each object is asked for and read once. What cannot be had is an answer; only what no choice can do without is thrown.
 */
import type { NetworkChoice } from '../selection/selection.ts';
import { type ApiAccess, type ApiObjects, openApiObjects } from './api-objects.ts';
import { type ConfFolder, type ConfSettings, openConfFolder } from './conf-folder.ts';
import { lookUpFirst, lookUpNamed, withSkipped } from './from-conf-dir.ts';
import { lookUpDefinition, lookUpDefinitionOrFile } from './from-definition.ts';
import { lookUpLogical } from './from-logical.ts';
import { lookUpChainFolder, lookUpPath } from './from-path.ts';
import { listFromJson, shortCause } from './list-from-json.ts';
import type { NetworkLookup, NetworkSource } from './network-source.ts';

/** Where networks are to be looked for; `api` is `undefined` where no API server is configured. */
export interface NetworkSourceOptions extends ConfSettings {
  readonly api: ApiAccess | undefined;
}

/** The source of every kind of network. */
export function networkSource({ api, ...settings }: NetworkSourceOptions): NetworkSource {
  return {
    async find(choices) {
      const folder = openConfFolder(settings);
      const objects = openApiObjects(api);
      const known = new Map<string, Promise<NetworkLookup>>();
      const lookUpOnce = (choice: NetworkChoice) => {
        if (choice.kind === 'inline') return lookUp(choice, objects, folder);
        const key = JSON.stringify(choice);
        const lookup = known.get(key) ?? lookUp(choice, objects, folder);
        known.set(key, lookup);
        return lookup;
      };
      const lookups = await Promise.all(choices.map(lookUpOnce));
      return withSkipped(lookups, await folder.filesRead());
    },
  };
}

async function lookUp(choice: NetworkChoice, objects: ApiObjects, folder: ConfFolder): Promise<NetworkLookup> {
  switch (choice.kind) {
    case 'named':
      return lookUpNamed(choice.name, folder);
    case 'first-in-conf-dir':
      return lookUpFirst(folder);
    case 'definition':
      return lookUpDefinition(choice, objects, folder);
    case 'definition-or-file':
      return lookUpDefinitionOrFile(choice, objects, folder);
    case 'logical':
      return lookUpLogical(choice, objects, folder);
    case 'path':
      return lookUpPath(choice.path, folder.ownType);
    case 'inline':
      return readInline(choice);
    case 'chain-folder':
      return lookUpChainFolder(choice.name, choice.besidePath);
  }
}

/** A configuration that stands in our own belongs to the operator, but is no file to which a rule could refer by name. */
function readInline({ config, place }: Extract<NetworkChoice, { kind: 'inline' }>): NetworkLookup {
  try {
    return { kind: 'found', list: listFromJson(config, { origin: place, isNodeFile: false }), warnings: [] };
  } catch (cause) {
    return { kind: 'broken', origin: place, cause: shortCause(cause) };
  }
}
