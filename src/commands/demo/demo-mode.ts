/** How a demo is done: with real plugins, or with the answers of a script where there are none. Reads files, tries namespaces. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openCatalogue } from '../../catalogue/open-catalogue.ts';
import { networkSource } from '../../network/from-all-sources.ts';
import type { NetworkSource } from '../../network/network-source.ts';
import { USUAL_PLUGIN_DIRS } from '../../schema/installation.ts';
import { ipamType } from '../../schema/network-config.ts';
import { OWN_TYPE } from '../../schema/own-type.ts';
import { namespaceFault } from './demo-node.ts';

/** How this run does it: with real plugins from a folder, or scripted and why. */
export type DemoMode =
  | { readonly kind: 'real'; readonly pluginDirs: readonly string[] }
  | { readonly kind: 'scripted'; readonly why: string };

/** Debian's folder first: it has the reference plugins, while a node's installers may have put others into the usual one. */
export const DEMO_PLUGIN_DIRS: readonly string[] = USUAL_PLUGIN_DIRS.toReversed();

/** What the command line says of it. */
export interface ModeOptions {
  readonly pluginDirs: readonly string[] | undefined;
  /** True: no real plugins, even where there are some. */
  readonly isScripted: boolean;
}

/** Real plugins where they and namespaces can be had, else scripted. */
export async function chooseMode(folder: string, options: ModeOptions): Promise<DemoMode> {
  if (options.isScripted) return { kind: 'scripted', why: '--scripted was given.' };
  const networks = demoNetworks(folder);
  const names = readdirSync(join(folder, 'net.d'))
    .toSorted()
    .map((file) => file.replace(/^[^-]*-/, '').replace(/\.[^.]*$/, ''));
  const lookups = await networks.find(names.map((name) => ({ kind: 'named', name })));
  const types = lookups.flatMap((lookup) => (lookup.kind === 'found' ? lookup.list.plugins : []));
  const ipams = types.flatMap(({ raw }) => ipamType(raw) ?? []);
  const plugins = findPluginDirs([...new Set([...types.map(({ type }) => type), ...ipams])], options.pluginDirs);
  if (plugins.kind === 'none') {
    const why = `There are no CNI plugins in ${plugins.dirs.join(' or ')}. Debian and Ubuntu have them in the package containernetworking-plugins; elsewhere give their folder with --plugin-dir.`;
    return { kind: 'scripted', why };
  }
  const fault = namespaceFault();
  if (fault !== undefined)
    return { kind: 'scripted', why: `This machine lets us make no network namespace: ${fault}.` };
  return { kind: 'real', pluginDirs: plugins.dirs };
}

/**
 * The folders to run plugins from: those given, else the first that has any of `types`. That some are lacking there is no
 * matter: then Braid itself says what is missing.
 */
function findPluginDirs(
  types: readonly string[],
  given: readonly string[] | undefined,
): { kind: 'found' | 'none'; dirs: readonly string[] } {
  const dirs = given ?? DEMO_PLUGIN_DIRS;
  const dir = dirs.find((candidate) => types.some((type) => existsSync(join(candidate, type))));
  return dir === undefined ? { kind: 'none', dirs } : { kind: 'found', dirs: given ?? [dir] };
}

/** The files of the fixture and nothing else: no API server, nothing generated. */
export function demoNetworks(folder: string): NetworkSource {
  const confDir = join(folder, 'net.d');
  return networkSource({
    confDir,
    ownType: OWN_TYPE,
    isPluginThere: async () => false,
    openCatalogue: openCatalogue(undefined),
    api: undefined,
  });
}
