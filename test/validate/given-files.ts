/** Files of a test, and what `braid validate` says of them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RuleId } from '../../src/validate/rules.ts';
import { severityOf } from '../../src/validate/rules.ts';
import { type ValidateOptions, type Validation, validate } from '../../src/validate/validate.ts';
import { scratchFolder } from '../samples/scratch.ts';

/** By path: a text, or what becomes JSON. */
export type Files = Readonly<Record<string, unknown>>;

/** Writes the files below a fresh folder; gives its path. */
export function folderWith(files: Files): string {
  const folder = scratchFolder();
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    const isText = typeof content === 'string' || Buffer.isBuffer(content);
    writeFileSync(file, isText ? content : JSON.stringify(content, undefined, 2));
  }
  return folder;
}

/** Looks at the files. */
export function validated(files: Files, options: Partial<ValidateOptions> = {}): Promise<Validation> {
  return validateFolder(folderWith(files), options);
}

/** Looks at a folder. */
export function validateFolder(folder: string, options: Partial<ValidateOptions> = {}): Promise<Validation> {
  return validate({ paths: [folder], pluginDirs: [], readStdin: () => '', ...options });
}

/** The rules of which something is found, notes left out unless they are asked for. */
export async function rulesOf(files: Files, options: Partial<ValidateOptions> = {}): Promise<RuleId[]> {
  const { findings } = await validated(files, options);
  return findings.map(({ rule }) => rule);
}

/** The same without notes. */
export async function gravesOf(files: Files, options: Partial<ValidateOptions> = {}): Promise<RuleId[]> {
  return (await rulesOf(files, options)).filter((rule) => severityOf(rule) !== 'note');
}

/** A network of one plugin as a list of the node. */
export function network(name: string, plugin: object = {}, list: object = {}): object {
  return { cniVersion: '1.0.0', name, ...list, plugins: [{ type: 'bridge', ...plugin }] };
}

/** Braid's own list. */
export function braid(keys: object = {}, list: object = {}): object {
  return {
    cniVersion: '1.1.0',
    name: 'braid',
    ...list,
    plugins: [{ type: 'braid', kubeconfig: '/etc/kubeconfig', ...keys }],
  };
}

/** A pod of namespace shop as YAML. */
export function pod(annotations: Readonly<Record<string, string>>, name = 'web'): string {
  const rows = Object.entries(annotations).map(([key, value]) => `    ${key}: ${JSON.stringify(value)}\n`);
  return `---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\n  namespace: shop\n  annotations:\n${rows.join('')}`;
}

/** A definition of namespace shop as YAML, its configuration in a block. */
export function definition(name: string, config: unknown, namespace = 'shop'): string {
  const text = typeof config === 'string' ? config : JSON.stringify(config, undefined, 2);
  const block = text.replaceAll(/^/gm, '    ');
  return `---\napiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\nspec:\n  config: |\n${block}\n`;
}
