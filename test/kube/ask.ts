/**
 * Asks an API server as the plugin would and prints one JSON line: an array of responses, or `{error}`.
 *
 * In: one JSON argument, `{kubeconfig, steps: [{path, patch?, deadlineMs?}]}`. Run by the test under Node and under
 * Bun; that it ends by itself is part of what is tested.
 */
import { openKubeClient } from '../../src/kube/https-client.ts';
import { loadKubeAccess } from '../../src/kube/kubeconfig.ts';

/** One request; a GET unless there is a patch. */
export interface Step {
  readonly path: string;
  readonly patch?: object;
  readonly deadlineMs?: number;
}

const { kubeconfig, steps }: { kubeconfig: string; steps: Step[] } = JSON.parse(process.argv[2] ?? '{}');
const answer: unknown = await askAll().catch((error: unknown) => ({ error: String(error) }));
process.stdout.write(`${JSON.stringify(answer)}\n`);

async function askAll(): Promise<unknown[]> {
  const client = openKubeClient(await loadKubeAccess(kubeconfig));
  const responses: unknown[] = [];
  for (const { path, patch, deadlineMs = 10_000 } of steps) {
    const deadline = AbortSignal.timeout(deadlineMs);
    responses.push(await (patch === undefined ? client.get(path, deadline) : client.mergePatch(path, patch, deadline)));
  }
  client.close();
  return responses;
}
