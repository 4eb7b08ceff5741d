/** The rules of `braid validate`: stable ids, how grave a finding of each is, and what it means. docs/validate.md has them all. */
import type { Severity } from './finding.ts';

/** A rule. `about`: one sentence, as SARIF and the documentation have it. */
export interface Rule {
  readonly severity: Severity;
  readonly about: string;
}

export const RULES = {
  unreadable: { severity: 'error', about: 'A file or folder cannot be read, or is larger than a runtime would take.' },
  encoding: { severity: 'error', about: 'A file is not UTF-8.' },
  syntax: {
    severity: 'error',
    about: 'A file is neither YAML nor JSON, whichever its name promises, or refers to itself.',
  },
  'duplicate-key': { severity: 'warning', about: 'A key stands twice in one JSON object; readers take the last one.' },
  unrecognised: { severity: 'warning', about: 'A file that was named holds nothing that Braid reads.' },
  'config-schema': {
    severity: 'error',
    about: 'A network configuration is one that no runtime, nor Braid, would load.',
  },
  'braid-config': {
    severity: 'error',
    about: "A key of Braid's own configuration has a wrong value, or contradicts another one.",
  },
  'braid-key': { severity: 'warning', about: "A key of Braid's own configuration is unknown, or has no effect." },
  'braid-blind': {
    severity: 'warning',
    about: "Braid's own configuration gives it no way to see the annotations of pods.",
  },
  'definition-schema': {
    severity: 'error',
    about: 'A NetworkAttachmentDefinition, or the configuration in it, cannot be used.',
  },
  'object-schema': { severity: 'error', about: 'A manifest of a kind that Braid reads lacks what every object has.' },
  'object-twice': {
    severity: 'warning',
    about: 'Two manifests have the same kind, namespace and name: the last one applied wins.',
  },
  'profile-schema': { severity: 'error', about: 'A profile of a plugin is wrong; Braid would leave it out.' },
  'profile-clash': {
    severity: 'warning',
    about: 'A name in a profile belongs to another one; Braid would leave it out.',
  },
  'fixture-schema': { severity: 'error', about: 'A fixture of `braid test` is wrong and would not be run.' },
  'name-twice': {
    severity: 'warning',
    about: 'Two configurations of one folder have the same name: Braid takes the first one.',
  },
  'subnet-invalid': { severity: 'error', about: 'A range of addresses is none.' },
  'subnet-overlap': { severity: 'warning', about: 'Two networks give addresses of overlapping ranges.' },
  'version-skew': {
    severity: 'warning',
    about: 'A list has a cniVersion that one of its plugins does not speak, by its profile.',
  },
  'version-check': { severity: 'note', about: 'The cniVersion of a list has no CHECK.' },
  'version-result': {
    severity: 'note',
    about: "The cniVersion of Braid's own list has results of one network only.",
  },
  'version-gc': { severity: 'note', about: "The cniVersion of Braid's own list has no GC and no STATUS." },
  'host-needs': { severity: 'note', about: 'A plugin needs a file on every node, by its profile.' },
  'plugin-missing': { severity: 'error', about: 'The file of a plugin is not in --plugin-dir, or cannot be executed.' },
  recursion: { severity: 'error', about: 'A network would call Braid again.' },
  isolation: {
    severity: 'error',
    about: 'A pod may not have a network: rule namespaceIsolation or allowedNamespaces.',
  },
  'isolation-unused': {
    severity: 'warning',
    about: 'allowedNamespaces names a network that no file has, so it protects nothing.',
  },
  annotation: { severity: 'error', about: 'An annotation that chooses networks cannot be read.' },
  'annotation-clash': {
    severity: 'error',
    about: 'What a pod asks for contradicts itself: one interface name for two networks, two default routes.',
  },
  'network-absent': { severity: 'error', about: 'A network that is asked for is not among the files.' },
  'network-broken': { severity: 'error', about: 'A network that is asked for cannot be used.' },
  'network-unchecked': {
    severity: 'note',
    about: 'Whether networks exist was not looked at, for no file of that kind was given.',
  },
  'option-uncarried': {
    severity: 'error',
    about: 'A pod asks a network for something that none of its plugins declares as a capability.',
  },
  'plugin-unsuited': { severity: 'error', about: 'A plugin cannot be what a pod makes of it, by its profile.' },
  plan: { severity: 'error', about: 'An ADD of this pod would be refused before anything runs, for another reason.' },
  'pod-doubt': { severity: 'warning', about: 'An ADD of this pod would go on and put a warning into the log.' },
} as const satisfies Record<string, Rule>;

/** A rule's id; never given another meaning. */
export type RuleId = keyof typeof RULES;

/** How grave a finding of this rule is. */
export function severityOf(rule: RuleId): Severity {
  return RULES[rule].severity;
}
