/** The part of a kubeconfig that Braid reads. Not our file: unknown keys are let pass, null and "" mean "not given". */
import * as z from 'zod/mini';

const text = z.nullish(z.string());

const cluster = z.object({
  server: text,
  'certificate-authority': text,
  'certificate-authority-data': text,
  'tls-server-name': text,
  'insecure-skip-tls-verify': z.nullish(z.boolean()),
  'proxy-url': text,
});

const exec = z.object({
  apiVersion: text,
  command: z.string(),
  args: z.nullish(z.array(z.string())),
  env: z.nullish(z.array(z.object({ name: z.string(), value: z.string() }))),
  installHint: text,
  provideClusterInfo: z.nullish(z.boolean()),
});

const user = z.object({
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  as: text,
  'as-groups': z.nullish(z.array(z.string())),
  exec: z.nullish(exec),
  'auth-provider': z.nullish(z.object({ name: z.string(), config: z.nullish(z.record(z.string(), z.string())) })),
});

const context = z.object({ cluster: text, user: text });

/** A kubeconfig file. */
export const kubeconfigSchema = z.object({
  clusters: z.nullish(z.array(z.object({ name: z.string(), cluster: z.nullish(cluster) }))),
  users: z.nullish(z.array(z.object({ name: z.string(), user: z.nullish(user) }))),
  contexts: z.nullish(z.array(z.object({ name: z.string(), context: z.nullish(context) }))),
  'current-context': text,
});

export type Kubeconfig = z.infer<typeof kubeconfigSchema>;
export type KubeconfigCluster = z.infer<typeof cluster>;
export type KubeconfigUser = z.infer<typeof user>;
export type ExecSetting = z.infer<typeof exec>;
