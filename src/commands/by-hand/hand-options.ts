/** The options that the verbs by hand share, and how they are read. Pure but for looking which folders there are. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Environment } from '../../environment/environment.ts';
import type { PodIdentity } from '../../request/cni-args.ts';
import { USUAL_FILE } from '../../schema/installation.ts';
import { givenText } from '../command.ts';
import { pluginDirOption, USUALLY, usualPluginDirs } from '../plugin-dirs.ts';

/** What every verb takes. */
export interface NodeOptions {
  readonly conf: string;
  readonly pluginDir?: readonly string[];
  readonly json?: boolean;
}

/** What the verbs about one container take beside that. */
export interface ContainerOptions extends NodeOptions {
  readonly netns?: string;
  readonly containerId?: string;
  readonly ifname: string;
}

/** Adds the options of every verb. */
export function withNodeOptions(command: Command): Command {
  return command
    .option('--conf <file>', "Braid's configuration", USUAL_FILE)
    .addOption(pluginDirOption('where plugins are', USUALLY))
    .option('--json', 'print the document that a runtime gets, with what ran under the key "braid"');
}

/** Adds those that name the container. */
export function withContainerOptions(command: Command, netns: string): Command {
  return command
    .option('--netns <name|path>', netns, givenText)
    .option('--container-id <id>', 'CNI_CONTAINERID (default: made from the namespace)', givenText)
    .option('--ifname <name>', 'CNI_IFNAME', 'eth0');
}

/** The hint of commands about a recorded container. */
export const NO_NAMES = 'Name the container by --container-id or --netns; braid attachments POD tells the id.';

/** What somebody types who expects a command to take a name as other commands do: `hint` tells the option for it. */
export function withoutNames(command: Command, hint: string): Command {
  return command.allowExcessArguments().hook('preAction', () => {
    if (command.args.length > 0) command.error(`error: what is "${command.args.join(' ')}"? ${hint}`);
  });
}

/** CNI_PATH for a call. */
export function cniPathOf({ pluginDir }: NodeOptions, environment: Pick<Environment, 'variables'>): string {
  return (pluginDir ?? usualPluginDirs(environment)).join(':');
}

/** For `-a`: `key=value`, several times. */
export function annotation(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at > 0) return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
  throw new InvalidArgumentError('It must be key=value.');
}

/** For `--args`: one pair, several times. */
export function argsPair(text: string, before: readonly string[] = []): string[] {
  if (/^[^=;]+=[^;]*$/.test(text)) return [...before, text];
  throw new InvalidArgumentError('It must be key=value without ";".');
}

/** For `--pod`. */
export function podName(text: string): PodIdentity {
  const [, namespace, name] = /^([^/]+)\/([^/]+)$/.exec(text) ?? [];
  if (namespace !== undefined && name !== undefined) return { namespace, name, uid: undefined };
  throw new InvalidArgumentError('It must be namespace/name.');
}
