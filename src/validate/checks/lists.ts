/** One list after the other against what its plugins are known to be: versions, binaries, needs. Pure. */
import { lacksOf } from '../../catalogue/host-needs.ts';
import { WHOLE_HOST } from '../../catalogue/whole-host.ts';
import type { PluginLookup } from '../../network/network-source.ts';
import { executedTypes } from '../../plan/plan-attachments.ts';
import { CNI_VERSIONS, isAtLeast } from '../../schema/cni-version.ts';
import { ipamType } from '../../schema/network-config.ts';
import { type Configuration, ownPlugin, pluginPath } from '../configuration.ts';
import type { Report } from '../finding.ts';
import type { PluginFacts } from '../plugin-facts.ts';
import type { Path } from '../source-document.ts';
import type { Knowledge } from './profiles.ts';

/** What lists are looked at by. */
export interface ListFacts extends Knowledge {
  /** The versions that a plugin speaks; `undefined` where nobody knows. */
  readonly versionsOf: (type: string) => PluginFacts['cniVersions'] | undefined;
  /** Where the plugins are; `undefined`: not looked at. */
  readonly binaries: ReadonlyMap<string, PluginLookup> | undefined;
}

/** Looks at a list; Braid's own is looked at elsewhere. */
export async function checkList(configuration: Configuration, facts: ListFacts, report: Report): Promise<void> {
  const { list, document } = configuration;
  const own = ownPlugin(list);
  if (own) {
    // In a folder of the node it is Braid's own configuration, or is found out where it is asked for.
    if (configuration.folder !== undefined) return;
    const message = `${configuration.title} would call Braid again, by its plugin "${own.type}"`;
    const hint = 'a network must not call Braid again; take that plugin out of its list';
    return report({
      rule: 'recursion',
      place: document.placeOf([...pluginPath(document, own.index), 'type']),
      message,
      hint,
    });
  }
  for (const [index, plugin] of list.plugins.entries()) {
    const path = pluginPath(document, index);
    checkVersion(configuration, { type: plugin.type, path }, facts, report);
    for (const type of executedTypes(plugin, facts.catalogue)) {
      const at: Path = type === plugin.type ? [...path, 'type'] : [...path, 'ipam', 'type'];
      checkBinary(configuration, { type, path: at }, facts, report);
    }
    await tellNeeds(configuration, index, facts, report);
  }
  if (list.cniVersion === undefined || isAtLeast(list.cniVersion, '0.4.0')) return;
  report({
    rule: 'version-check',
    place: document.placeOf(['cniVersion']),
    message: `cniVersion ${list.cniVersion} of ${configuration.title} has no CHECK: Braid leaves this network out of one`,
    hint: 'write 0.4.0 or later where its plugins speak it',
  });
}

interface At {
  readonly type: string;
  readonly path: Path;
}

function checkVersion(
  { list, document, title }: Configuration,
  { type, path }: At,
  facts: ListFacts,
  report: Report,
): void {
  const known = facts.versionsOf(type) ?? [];
  if (list.cniVersion === undefined || known.length === 0 || known.includes(list.cniVersion)) return;
  const newest = CNI_VERSIONS.findLast((version) => known.includes(version));
  const hasVersion = document.placeOf(['cniVersion']);
  report({
    rule: 'version-skew',
    place: hasVersion.line === document.placeOf([]).line ? document.placeOf([...path, 'type']) : hasVersion,
    message: `${title} is at cniVersion ${list.cniVersion}, but its plugin "${type}" speaks ${known.join(', ')}`,
    hint: `write ${newest}, or give the plugin a profile of its own if it is a newer one`,
  });
}

function checkBinary({ document }: Configuration, { type, path }: At, { binaries }: ListFacts, report: Report): void {
  const lookup = binaries?.get(type);
  if (lookup === undefined || lookup.kind === 'found') return;
  const message =
    lookup.kind === 'absent' ? `there is no plugin "${type}"` : `${lookup.path} is not executable, or is no program`;
  const hint =
    lookup.kind === 'absent' ? 'install it there, or correct "type"' : `install it anew, or chmod 755 ${lookup.path}`;
  report({ rule: 'plugin-missing', place: document.placeOf(path), message, hint });
}

/** So every file that a plugin needs is told. */
const EMPTY_HOST = { ...WHOLE_HOST, file: async () => 'absent' as const };

async function tellNeeds(
  { list, document }: Configuration,
  index: number,
  { catalogue }: ListFacts,
  report: Report,
): Promise<void> {
  const plugin = list.plugins[index];
  const profile = plugin && catalogue.ofPlugin(plugin.type);
  if (!profile) return;
  const ipam = catalogue.ofPlugin(ipamType(plugin.raw) ?? '');
  for (const known of [profile, ...(ipam ? [ipam] : [])]) {
    for (const { what, hint } of await lacksOf(known, { config: plugin.raw, isTrusted: true }, EMPTY_HOST)) {
      report({
        rule: 'host-needs',
        place: document.placeOf([...pluginPath(document, index), 'type']),
        message: `${known.name} needs ${what.replace(/ is missing$/, '')} on every node`,
        hint,
      });
    }
  }
}
