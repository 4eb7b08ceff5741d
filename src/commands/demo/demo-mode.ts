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
  | { readonly kind: 'real'; readonly pluginDir: string }
  | { readonly kind: 'scripted'; readonly why: string };

/** Debian's folder first: it has the reference plugins, while a node's installers may have put others into the usual one. */
export const DEMO_PLUGIN_DIRS: readonly string[] = USUAL_PLUGIN_DIRS.toReversed();

/** What the command line says of it. */
export interface ModeOptions {
  readonly pluginDir: string | undefined;
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
  const plugins = findPluginDir([...new Set([...types.map(({ type }) => type), ...ipams])], options.pluginDir);
  if (plugins.kind === 'none') {
    const why = `There are no CNI plugins in ${plugins.dirs.join(' or ')}. Debian and Ubuntu have them in the package containernetworking-plugins; elsewhere give their folder with --plugin-dir.`;
    return { kind: 'scripted', why };
  }
  const fault = namespaceFault();
  if (fault !== undefined)
    return { kind: 'scripted', why: `This machine lets us make no network namespace: ${fault}.` };
  return { kind: 'real', pluginDir: plugins.dir };
}

/**
 * The folder to run plugins from: the one given, else the first that has any of `types`. One that lacks some is the right
 * one all the same: then Braid itself says what is missing.
 */
function findPluginDir(
  types: readonly string[],
  given: string | undefined,
): { kind: 'found'; dir: string } | { kind: 'none'; dirs: readonly string[] } {
  const dirs = given === undefined ? DEMO_PLUGIN_DIRS : [given];
  const dir = dirs.find((candidate) => types.some((type) => existsSync(join(candidate, type))));
  return dir === undefined ? { kind: 'none', dirs } : { kind: 'found', dir };
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
