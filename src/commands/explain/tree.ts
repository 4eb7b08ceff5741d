/** Explanations for people: a tree for each pod. Pure. */
import type { Colors } from 'picocolors/types.ts';
import { ipamType } from '../../schema/network-config.ts';
import type { ExplainedAttachment, ExplainedPlugin, PodExplanation } from './explanation.ts';
import { titleText } from './pod-title.ts';

/** How it is printed; `isVerbose`: environment and stdin of each plugin in full. */
export interface TreeStyle {
  readonly colors: Colors;
  readonly isVerbose: boolean;
}

/** A line with what hangs below it. */
interface Branch {
  readonly text: string;
  readonly below?: readonly Branch[];
}

/** One pod's tree, with a line end after the last line. */
export function podTree(explanation: PodExplanation, style: TreeStyle): string {
  const { colors } = style;
  const pod = printable(explanation);
  const { madeBy, place } = pod;
  const source = [...(madeBy === undefined ? [] : [`a pod of ${madeBy}`]), place].filter((text) => text !== undefined);
  const title = [colors.bold(titleText(pod)), ...source.map(colors.dim)].join('  ');
  return `${[title, ...lines(podBranches(pod, style))].join('\n')}\n`;
}

/** Texts of pods and definitions are anybody's, and a terminal obeys what it is sent. */
function printable<T>(value: T): T {
  const text = JSON.stringify(value, (_key, item: unknown) => (typeof item === 'string' ? withoutControl(item) : item));
  return JSON.parse(text);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;

function withoutControl(text: string): string {
  return text.replace(CONTROL, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function lines(branches: readonly Branch[], indent = ''): string[] {
  return branches.flatMap(({ text, below = [] }, index) => {
    const isLast = index === branches.length - 1;
    const deeper = `${indent}${isLast ? '   ' : '│  '}`;
    const [first = '', ...others] = text.split('\n');
    return [
      `${indent}${isLast ? '└─ ' : '├─ '}${first}`,
      ...others.map((line) => `${deeper}${line}`),
      ...lines(below, deeper),
    ];
  });
}

function podBranches(pod: PodExplanation, style: TreeStyle): Branch[] {
  const { colors } = style;
  return [
    ...outcomeBranches(pod, style),
    ...pod.warnings.map((text) => ({ text: `${colors.yellow('warning')}  ${text}` })),
    ...pod.notes.map((text) => ({ text: `${colors.cyan('note')}  ${text}` })),
  ];
}

function outcomeBranches(pod: PodExplanation, style: TreeStyle): Branch[] {
  const { colors } = style;
  switch (pod.outcome) {
    case 'host-network':
      return [{ text: "not attached: it is on the host's network, for which no runtime calls a CNI plugin" }];
    case 'failed':
    case 'unexplained': {
      const { code, msg, details } = pod.error;
      const below = details === '' ? [] : [{ text: details }];
      const what = pod.outcome === 'failed' ? `ADD fails with code ${code}:` : 'cannot be explained:';
      return [{ text: `${colors.red(what)} ${msg}`, below }];
    }
    case 'planned': {
      const { defaultRoute, decision } = pod;
      const route = defaultRoute && {
        text: `default route by ${defaultRoute.ifName}${defaultRoute.gateways.length === 0 ? ', as its network gives it' : ` and ${defaultRoute.gateways.join(', ')}`}: ${defaultRoute.why}`,
      };
      return [
        { text: `${decision.rule} ${colors.dim(`(${decision.dialect}; annotations from ${pod.annotationsFrom})`)}` },
        ...pod.attachments.map((attachment) => attachmentBranch(attachment, style)),
        ...(route ? [route] : []),
      ];
    }
  }
}

function attachmentBranch(attachment: ExplainedAttachment, style: TreeStyle): Branch {
  const { colors, isVerbose } = style;
  const { network, reference, interface: ifName, plugins } = attachment;
  const title = reference === network ? network : `${network}${colors.dim(` of ${reference}`)}`;
  const primary = attachment.isPrimary ? colors.dim('  primary') : '';
  const place = attachment.place === undefined ? '' : colors.dim(` (${attachment.place})`);
  const options = Object.entries(attachment.options).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  const changes = [
    ...attachment.changes,
    ...plugins.flatMap(({ type, changes: own }) => own.map((change) => `${type}: ${change}`)),
  ];
  const runs = isVerbose
    ? plugins.map((plugin, index) => pluginBranch(plugin, index, style))
    : [labelled('runs', plugins.map((plugin) => pluginText(plugin, colors)).join(' → '), colors)];
  return {
    text: `${colors.green(colors.bold(ifName))}  ${title}${primary}`,
    below: [
      labelled('why', attachment.why, colors),
      labelled('from', `${attachment.origin}${place}`, colors),
      ...(options.length === 0 ? [] : [labelled('asks', options.join(', '), colors)]),
      ...changes.map((change) => labelled('changed', change, colors)),
      ...runs,
    ],
  };
}

function labelled(label: string, text: string, { dim }: Colors): Branch {
  return { text: `${dim(label.padEnd(LABEL_WIDTH))} ${text}` };
}

const LABEL_WIDTH = 'changed'.length;

function pluginText({ type, stdin, capabilities }: ExplainedPlugin, { dim }: Colors): string {
  const ipam = ipamType(stdin);
  const given = Object.keys(capabilities.given);
  return `${type}${ipam === undefined ? '' : dim(` (${ipam})`)}${given.length === 0 ? '' : dim(` [given ${given.join(', ')}]`)}`;
}

function pluginBranch(plugin: ExplainedPlugin, index: number, { colors }: TreeStyle): Branch {
  const previous =
    plugin.prevResultOf === undefined ? '' : `\nand "prevResult", which is what ${plugin.prevResultOf} answers`;
  const { declared } = plugin.capabilities;
  return {
    text: `${index + 1}. ${colors.bold(plugin.type)}  ${plugin.path}`,
    below: [
      ...(declared.length === 0 ? [] : [{ text: `declares ${declared.join(', ')}; ${givenText(plugin)}` }]),
      {
        text: `${colors.dim('env')}\n${Object.entries(plugin.env)
          .map(([name, value]) => `${name}=${value}`)
          .join('\n')}`,
      },
      { text: `${colors.dim('stdin')}\n${withoutControl(jsonText(plugin.stdin))}${previous}` },
    ],
  };
}

/** JSON with what is short on one line. */
function jsonText(value: unknown, indent = ''): string {
  const short = JSON.stringify(value);
  if (typeof value !== 'object' || value === null || indent.length + short.length <= SHORT_CHARACTERS) return short;
  const deeper = `${indent}  `;
  const isList = Array.isArray(value);
  const items = isList
    ? value.map((item) => jsonText(item, deeper))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${jsonText(item, deeper)}`);
  const [open, close] = isList ? '[]' : '{}';
  return `${open}\n${items.map((item) => `${deeper}${item}`).join(',\n')}\n${indent}${close}`;
}

const SHORT_CHARACTERS = 72;

function givenText({ capabilities }: ExplainedPlugin): string {
  const given = Object.keys(capabilities.given);
  return given.length === 0 ? 'nothing of it is given' : `given ${given.join(', ')}`;
}
