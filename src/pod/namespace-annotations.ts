/** The annotations of a pod's Namespace object, which may name the default network of its pods: one GET. */
import * as z from 'zod/mini';
import { CniError, ErrorCode } from '../errors.ts';
import type { OpenKubeClient } from '../kube/kube-client.ts';

/** Reads the annotations of a Namespace object. Throws: code 11, or 7 when it is not allowed: they may decide. */
export type ReadNamespace = (namespace: string) => Promise<Readonly<Record<string, string>>>;

const namespaceShape = z.object({
  metadata: z.object({ annotations: z._default(z.record(z.string(), z.string()), {}) }),
});

/** Asks the API server; `startDeadline` begins what covers credentials, connection and answer. */
export function namespaceFromApiServer(open: OpenKubeClient, startDeadline: () => AbortSignal): ReadNamespace {
  return async (namespace) => {
    const deadline = startDeadline();
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
    const response = await (await open(deadline)).get(path, deadline);
    switch (response.kind) {
      case 'ok':
        return annotationsOf(response.body, namespace);
      case 'absent':
        throw unreadable(namespace, 'the API server does not know it');
      case 'refused':
        throw refused(namespace, `${response.status} ${response.message}`);
      case 'unreachable':
        throw unreadable(namespace, response.cause);
    }
  };
}

function annotationsOf(body: unknown, namespace: string): Record<string, string> {
  const parsed = namespaceShape.safeParse(body);
  if (parsed.success) return parsed.data.metadata.annotations;
  throw unreadable(namespace, 'the answer of the API server is no Namespace');
}

function unreadable(namespace: string, cause: string): CniError {
  return new CniError(ErrorCode.tryAgain, message(namespace, cause), 'or set "namespaceDefaults" to false');
}

function refused(namespace: string, cause: string): CniError {
  const hint = 'apply config/rbac/namespace-defaults.yaml, or set "namespaceDefaults" to false';
  return new CniError(ErrorCode.invalidConfig, message(namespace, cause), hint);
}

function message(namespace: string, cause: string): string {
  return `cannot read the Namespace object "${namespace}": ${cause}`;
}
