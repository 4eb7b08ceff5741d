/** The text of a kubeconfig to its typed form, and from there to the one cluster and user of a context. */
import { keyPath } from '../schema/issue-text.ts';
import { settingError } from './kube-access.ts';
import { type Kubeconfig, type KubeconfigCluster, type KubeconfigUser, kubeconfigSchema } from './kubeconfig-schema.ts';

/** A cluster and a user with the key paths under which they stand in the file. */
export interface KubeconfigChoice {
  readonly cluster: KubeconfigCluster;
  readonly clusterKey: string;
  readonly user: KubeconfigUser;
  readonly userKey: string;
}

/**
 * Reads YAML or JSON. `source` names the file in messages, which never quote its content: it holds secrets.
 * Throws: invalidConfig.
 */
export async function parseKubeconfig(text: string, source: string): Promise<Kubeconfig> {
  const parsed = kubeconfigSchema.safeParse(await parseDocument(text, source));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const expected =
    issue?.code === 'invalid_type' ? `is not a valid value: expected ${issue.expected}` : 'is not a valid value';
  throw settingError({ source, key: issue === undefined ? '' : keyPath(issue.path) }, expected);
}

async function parseDocument(text: string, source: string): Promise<unknown> {
  if (text.trimStart().startsWith('{')) {
    try {
      return JSON.parse(text);
    } catch {
      // A YAML flow mapping starts with a brace too; if it is neither, YAML tells the line.
    }
  }
  const { readYaml } = await import('./read-yaml.ts');
  const reading = readYaml(text);
  if (reading.kind === 'read') return reading.value;
  const { line, column, code } = reading;
  throw settingError({ source, key: '' }, `is neither YAML nor JSON: line ${line}, column ${column} (${code})`);
}

/**
 * The cluster and user of a context: of `wanted`, else of `current-context`. A context without a user is anonymous.
 * Throws: invalidConfig when a name leads nowhere; the message lists the names there are.
 */
export function chooseContext(config: Kubeconfig, wanted: string | undefined, source: string): KubeconfigChoice {
  const name = wanted ?? config['current-context'] ?? '';
  const contexts = config.contexts ?? [];
  if (name === '')
    throw settingError({ source, key: 'current-context' }, `is not set: name one of the contexts ${names(contexts)}`);
  const place = { source, key: wanted === undefined ? 'current-context' : 'context' };
  const { entry, at } = find({ list: contexts, listName: 'contexts', name, place });
  const context = entry.context ?? {};
  const from = `contexts[${at}].context`;
  const clusters = { list: config.clusters ?? [], listName: 'clusters', name: context.cluster ?? '' };
  const cluster = find({ ...clusters, place: { source, key: `${from}.cluster` } });
  const clusterPart = { cluster: cluster.entry.cluster ?? {}, clusterKey: `clusters[${cluster.at}].cluster` };
  if (!context.user) return { ...clusterPart, user: {}, userKey: 'users' };
  const users = { list: config.users ?? [], listName: 'users', name: context.user };
  const user = find({ ...users, place: { source, key: `${from}.user` } });
  return { ...clusterPart, user: user.entry.user ?? {}, userKey: `users[${user.at}].user` };
}

interface Search<T> {
  readonly list: readonly T[];
  readonly listName: string;
  readonly name: string;
  readonly place: { readonly source: string; readonly key: string };
}

function find<T extends { readonly name: string }>({
  list,
  listName,
  name,
  place,
}: Search<T>): { entry: T; at: number } {
  const at = list.findIndex((entry) => entry.name === name);
  const entry = list[at];
  if (entry === undefined) throw settingError(place, `"${name}" is not among the ${listName} ${names(list)}`);
  return { entry, at };
}

function names(list: readonly { readonly name: string }[]): string {
  return list.length === 0 ? '(there are none)' : `(${list.map(({ name }) => name).join(', ')})`;
}
