/** The catalogue for people: one table of all plugins, and a page for each. Pure. */
import type { DelegateProfile } from '../src/schema/delegate-profile.ts';

const HEAD = `<!-- Written by \`npm run catalogue\` from delegates/. -->

`;

/** docs/delegates.md. */
export function delegateTable(profiles: readonly DelegateProfile[]): string {
  const rows = profiles.map((profile) => {
    const { attachment } = profile;
    return row([
      `[${profile.name}](delegates/${profile.name}.md)`,
      profile.binaries.plugin === undefined ? '' : code(profile.binaries.plugin),
      profile.kind,
      profile.summary,
      hostNeeds(profile),
      attachment.secondary.is,
      attachment.twice.is.replaceAll('-', ' '),
      profile.verbs.includes('CHECK') ? 'yes' : '',
      profile.cniVersions.at(-1) ?? '',
      profile.status.state,
    ]);
  });
  return `${HEAD}# The delegates

What Braid knows about the plugins that people put under a multiplexer. Each has a folder in
[delegates/](../delegates), with the facts (\`profile.yaml\`) and recorded calls (\`exchanges.yaml\`). Braid uses the facts
before it runs a plugin and when one fails: see [Profiles](profiles.md), which also says how to add your own.

*Second* is whether it can be a further network of a pod, *twice* whether two networks of one pod can use it. *CNI* is the
newest version of the specification that it speaks.

${table(['name', 'plugin', 'kind', 'what it does', 'needs on the node', 'second', 'twice', 'CHECK', 'CNI', 'status'], rows)}`;
}

/** docs/delegates/<name>.md. */
export function delegatePage(profile: DelegateProfile): string {
  const parts = [
    `# ${profile.title}`,
    profile.summary,
    factsOf(profile),
    ...section('Configuration', keysOf(profile), templateOf(profile)),
    ...section('What it needs on the node', needsOf(profile)),
    ...section('In a pod', placesOf(profile)),
    ...section('What it leaves on the node', tracesOf(profile)),
    ...section('When it fails', failuresOf(profile)),
    ...section('Sources', list(profile.references.map(({ url, about }) => `<${url}>: ${about}`))),
  ];
  return `${HEAD}${parts.join('\n\n')}\n`;
}

function factsOf(profile: DelegateProfile): string {
  const { binaries, status } = profile;
  const helpers = binaries.helpers.map(({ name, why }) => `${code(name)} (${why})`);
  const facts: readonly [string, string][] = [
    ['plugin', binaries.plugin === undefined ? 'none of its own' : code(binaries.plugin)],
    ['other names', profile.aliases.map(code).join(', ')],
    ['runs', helpers.join('; ')],
    ['kind', profile.kind],
    ['platforms', profile.platforms.join(', ')],
    ['CNI versions', profile.cniVersions.join(', ')],
    ['verbs', profile.verbs.join(', ')],
    ['capabilities', profile.capabilities.map(code).join(', ')],
    ['status', [status.state, status.note].filter((text) => text !== undefined).join(', ')],
    ['succeeded by', status.succeededBy.join(', ')],
    ['writes', profile.configFile ? `${code(profile.configFile.path)}, by ${profile.configFile.writtenBy}` : ''],
  ];
  return table(
    ['', ''],
    facts.filter(([, value]) => value !== '').map((fact) => row(fact)),
  ).trimEnd();
}

function keysOf({ keys }: DelegateProfile): string {
  if (keys.length === 0) return '';
  const rows = keys.map(({ key, type, isRequired, unit, meaning, ...rest }) => {
    const usual = rest.default === undefined ? '' : code(JSON.stringify(rest.default));
    return row([code(key), unit === undefined ? type : `${type}, ${unit}`, isRequired ? 'required' : usual, meaning]);
  });
  return table(['key', 'type', 'default', 'meaning'], rows).trimEnd();
}

function templateOf({ name, template }: DelegateProfile): string {
  if (!template) return '';
  const { cniVersion, plugins, isUsableAsIs, placeholders } = template;
  const json = JSON.stringify({ cniVersion, name, plugins }, undefined, 2);
  const use = isUsableAsIs
    ? 'It works on any node, so a pod can ask for it by name where there is no file for it.'
    : 'Fit it to your node.';
  const places = list(placeholders.map(({ path, meaning }) => `${code(path)}: ${meaning}`));
  return [`The least that it needs. ${use}`, `\`\`\`json\n${json}\n\`\`\``, places]
    .filter((text) => text !== '')
    .join('\n\n');
}

function needsOf({ needs }: DelegateProfile): string {
  const files = needs.files.map(({ path, kind, key, isFatal, hint }) => {
    const other = key === undefined ? '' : `, or what ${code(key)} names`;
    return `${kind} ${code(path)}${other}: ${hint}${isFatal ? ' Without it no pod can have this network, and Braid says so before anything runs.' : ''}`;
  });
  const modules = needs.kernelModules.map(({ name, why }) => `kernel module ${code(name)}: ${why}`);
  const daemons = needs.daemons.map(({ name, why }) => `${name}: ${why}`);
  return list([...files, ...modules, ...daemons]);
}

function placesOf({ attachment, result, binaries, deviceIdKey }: DelegateProfile): string {
  const { interfaceName, secondary, twice, delNeedsNamespace } = attachment;
  const because = (why: string | undefined) => (why === undefined ? '' : `: ${why}`);
  const own = twice.key === undefined ? '' : `, when each has a ${code(twice.key)} of its own`;
  const second = { possible: 'It can be', limited: 'With limits it can be', impossible: 'It cannot be' }[secondary.is];
  return list([
    nameRule(interfaceName),
    `${second} a further network of a pod${because(secondary.why)}.`,
    `${TWICE[twice.is]}${own}${because(twice.why)}.`,
    ...quirks(result),
    ...(deviceIdKey === undefined
      ? []
      : [`A device that the pod's annotation asks for stands in ${code(deviceIdKey)}.`]),
    ...(binaries.runsIpam ? [] : ['What its `ipam` names need not be a plugin on this node.']),
    ...(delNeedsNamespace
      ? [
          "Where the pod's namespace is gone, its DEL cannot go well; Braid leaves it out, and runs its IPAM plugin alone.",
        ]
      : []),
  ]);
}

const TWICE: Readonly<Record<DelegateProfile['attachment']['twice']['is'], string>> = {
  possible: 'Two networks of one pod can use it',
  limited: 'With limits two networks of one pod can use it',
  impossible: 'Two networks of one pod cannot use it',
  'with-own-folder': 'Two networks of one pod can use it',
};

function nameRule(interfaceName: string): string {
  if (interfaceName === 'honoured') return 'It gives its interface the name that it is told.';
  return interfaceName === 'none'
    ? 'It makes no interface of its own.'
    : `Its interface is ${code(interfaceName)}, whatever it is told.`;
}

function quirks(result: DelegateProfile['result']): string[] {
  const listed = {
    all: [],
    'pod-only': ["Its result lists the pod's interface only."],
    'host-only': ["Its result lists the node's interfaces only; Braid adds the pod's."],
    none: ["Its result lists no interfaces; Braid adds the pod's."],
  }[result.interfaces];
  return [
    ...listed,
    ...(result.hasSandbox ? [] : ["Its result lists the pod's interface as if it were the node's; Braid mends that."]),
    ...(result.hasAddressIndex ? [] : ['Its addresses do not say which interface has them; Braid adds that.']),
    ...result.pseudoInterfaces.map(
      (name) => `Entries ${code(name)} of its result are no interfaces; Braid leaves them out.`,
    ),
  ];
}

function tracesOf({ hostInterfaces, state }: DelegateProfile): string {
  const interfaces = hostInterfaces.map(({ name, what }) => `interface ${code(name)}: ${what}`);
  const files = state.map(({ path, holds, keyedBy }) => {
    const key = keyedBy.length === 0 ? '' : ` (for each ${keyedBy.join(' and ')})`;
    return `${path.startsWith('/') ? code(path) : path}${key}: ${holds}`;
  });
  return list([...interfaces, ...files]);
}

function failuresOf({ errors }: DelegateProfile): string {
  if (errors.length === 0) return '';
  return table(
    ['it says', 'that means'],
    errors.map(({ pattern, hint, isGoneAtDel }) =>
      row([code(pattern), isGoneAtDel ? `${hint}; Braid takes it for done` : hint]),
    ),
  ).trimEnd();
}

function section(title: string, ...parts: readonly string[]): string[] {
  const there = parts.filter((part) => part !== '');
  return there.length === 0 ? [] : [`## ${title}`, ...there];
}

function hostNeeds({ needs }: DelegateProfile): string {
  const files = needs.files.map(({ path }) => code(path));
  const modules = needs.kernelModules.map(({ name }) => `module ${code(name)}`);
  return [...files, ...modules, ...needs.daemons.map(({ name }) => name)].join(', ');
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

function table(head: readonly string[], rows: readonly string[]): string {
  return `${[row(head), row(head.map(() => '---')), ...rows].join('\n')}\n`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

function code(text: string): string {
  return text.includes('`') ? text : `\`${text}\``;
}
