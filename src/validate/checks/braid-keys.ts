/** Braid's own configuration, key for key: all faults of it, where the plugin names the first one. Pure. */
import { distance } from 'fastest-levenshtein';
import { parseNodeConfig } from '../../request/node-config.ts';
import { type CniVersion, isAtLeast, OLDEST_VERSION, resultFamily } from '../../schema/cni-version.ts';
import { isJsonObject, type JsonObject, withoutKeys } from '../../schema/json.ts';
import { keyConflict, overruledKeyWarnings } from '../../schema/key-agreement.ts';
import { nearestName } from '../../schema/nearest-name.ts';
import {
  ANNOTATIONS_CAPABILITY,
  KNOWN_KEYS,
  type NodeConfigKeys,
  parseNodeConfigKeys,
  unusedKeyWarnings,
} from '../../schema/node-config.ts';
import { type Configuration, ownPlugin, pluginPath } from '../configuration.ts';
import type { Fix, Report } from '../finding.ts';
import { placeOfMessage } from '../place-of-message.ts';
import { type Path, partOf, type SourceDocument } from '../source-document.ts';

/** Looks at Braid's own configuration, if this is one. `names`: the networks of its folder. */
export function checkBraidKeys({ document, list }: Configuration, names: readonly string[], report: Report): void {
  const own = ownPlugin(list);
  if (!own) return;
  const plugin = partOf(document, pluginPath(document, own.index), own.raw);
  const { raw, keys } = withoutFaults(own.raw, plugin, report);
  for (const key of Object.keys(own.raw)) checkKey(key, own.raw, { plugin, report });
  if (keys) {
    for (const message of overruledKeyWarnings(keys)) {
      report({ rule: 'braid-key', place: placeOfMessage(message, plugin), message, hint: '' });
    }
    checkRules(keys, names, { plugin, report });
    checkSight(raw, { plugin, report });
  }
  tellVersion(list.cniVersion ?? OLDEST_VERSION, document, report);
}

function tellVersion(version: CniVersion, document: SourceDocument, report: Report): void {
  const place = document.placeOf(['cniVersion']);
  if (resultFamily(version) === 'ip4-ip6') {
    const message = `at cniVersion ${version} a result holds one network: the runtime hears of the pod's primary one only`;
    report({ rule: 'version-result', place, message, hint: 'write 0.3.1 or later' });
  }
  if (isAtLeast(version, '1.1.0')) return;
  const message = `at cniVersion ${version} runtimes call neither GC nor STATUS of Braid`;
  report({ rule: 'version-gc', place, message, hint: 'write 1.1.0 where the runtime speaks it' });
}

interface Side {
  readonly plugin: SourceDocument;
  readonly report: Report;
}

/** What is left of the keys when each wrong one is reported and taken away. */
function withoutFaults(
  given: JsonObject,
  plugin: SourceDocument,
  report: Report,
): { raw: JsonObject; keys: NodeConfigKeys | undefined } {
  let raw = given;
  for (;;) {
    const parsed = parseNodeConfigKeys(raw);
    const fault = parsed.kind === 'read' ? keyConflict(parsed.keys) : parsed;
    if (!fault) return { raw, keys: parsed.kind === 'read' ? parsed.keys : undefined };
    const { key, message } = fault;
    report({
      rule: 'braid-config',
      place: placeOfMessage(message, plugin),
      message,
      hint: '',
      ...(fixed(key, given, plugin) ?? {}),
    });
    if (!(key in raw)) return { raw, keys: undefined };
    raw = withoutKeys(raw, (name) => name === key);
  }
}

function checkKey(key: string, raw: JsonObject, { plugin, report }: Side): void {
  for (const message of unusedKeyWarnings({ [key]: raw[key] })) {
    report({
      rule: 'braid-key',
      place: plugin.placeOfKey([key]),
      message,
      hint: '',
      ...(fixed(key, raw, plugin) ?? {}),
    });
  }
}

/** More letters than these are no slip. */
const MOST_STEPS = 2;

/** Renaming a key is right where one is by far the nearest, which nothing else in the file is or means, and which takes the value. */
function fixed(key: string, raw: JsonObject, plugin: SourceDocument): { fix: Fix } | undefined {
  const nearest = KNOWN_KEYS.includes(key) ? undefined : nearestName(key, KNOWN_KEYS);
  if (nearest === undefined || nearest in raw) return undefined;
  if (Object.keys(raw).some((other) => other !== key && nearestName(other, KNOWN_KEYS) === nearest)) return undefined;
  const steps = distance(key.toLowerCase(), nearest.toLowerCase());
  const others = KNOWN_KEYS.filter((known) => known !== nearest);
  const isDoubtful = others.some((other) => distance(key.toLowerCase(), other.toLowerCase()) <= steps + 1);
  if (isDoubtful || steps > MOST_STEPS || parseNodeConfigKeys({ [nearest]: raw[key] }).kind !== 'read')
    return undefined;
  const source = plugin.sourceOf([key], 'key');
  if (!source) return undefined;
  const { offset, length } = source;
  const what = `rename the key "${key}" to "${nearest}"`;
  return { fix: { file: plugin.file, what, edits: [{ offset, length, text: JSON.stringify(nearest) }] } };
}

/** A rule for a network that is not there is most likely one for another name. */
function checkRules({ allowedNamespaces }: NodeConfigKeys, names: readonly string[], { plugin, report }: Side): void {
  for (const name of Object.keys(allowedNamespaces)) {
    if (names.includes(name)) continue;
    const nearest = nearestName(name, names);
    report({
      rule: 'isolation-unused',
      place: plugin.placeOfKey(['allowedNamespaces', name]),
      message: `"allowedNamespaces" keeps the network "${name}", but no configuration of this folder has that name`,
      hint: nearest === undefined ? `networks there: ${names.join(', ') || 'none'}` : `did you mean "${nearest}"?`,
    });
  }
}

function checkSight(raw: JsonObject, { plugin, report }: Side): void {
  const { config } = parseNodeConfig(raw);
  if (config.kube !== undefined || config.hasPodAnnotations) return;
  const path: Path = isJsonObject(raw['capabilities']) ? ['capabilities'] : ['type'];
  report({
    rule: 'braid-blind',
    place: plugin.placeOfKey(path),
    message:
      'annotations of pods are not looked at: there is neither "kubeconfig" nor the capability of a runtime that hands them over',
    hint: `declare the capability "${ANNOTATIONS_CAPABILITY}", or set the key "kubeconfig"`,
  });
}
