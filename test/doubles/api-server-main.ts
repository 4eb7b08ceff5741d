/**
 * The API server double as a process of its own, for tests that run the plugin in other network namespaces.
 *
 * In: one argument, JSON: `ApiServerOptions` and `pods`, `kubeconfig: {dir, auth, …}`, `controlHost`, `controlPort`.
 * Out: one line of JSON when ready: `{url, port, caPem, controlUrl, tokens, kubeconfig?}`. Control: POST a JSON array
 * of commands, or one command, to `<controlUrl>`; the answer is a JSON array of their results. Ends on SIGTERM.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ApiServer, type ApiServerOptions, type PodSeed, startApiServer } from './api-server.ts';
import type { Faults } from './api-server-faults.ts';
import type { KubeconfigOptions } from './api-server-kubeconfig.ts';
import type { NewObject } from './api-server-store.ts';

interface MainOptions extends ApiServerOptions {
  readonly pods?: readonly PodSeed[];
  readonly kubeconfig?: KubeconfigOptions & { readonly dir: string };
  /** The control endpoint is plain HTTP on a port of its own, so that it works while the API server is stopped. */
  readonly controlHost?: string;
  readonly controlPort?: number;
}

/** One command of the control endpoint. */
export type ControlCommand =
  | { readonly do: 'faults'; readonly faults: Partial<Faults> }
  | { readonly do: 'deny' | 'allow'; readonly verb: string; readonly resource: string }
  | { readonly do: 'tokens'; readonly tokens: readonly string[] }
  | { readonly do: 'putPod'; readonly pod: PodSeed }
  | { readonly do: 'putObject'; readonly path: string; readonly object: NewObject }
  | { readonly do: 'pod' | 'deletePod'; readonly namespace: string; readonly name: string }
  | { readonly do: 'writeKubeconfig'; readonly dir: string; readonly options: KubeconfigOptions }
  | { readonly do: 'requests' | 'stop' | 'start' };

const options: MainOptions = JSON.parse(process.argv[2] ?? '{}');
const api = await startApiServer(options);
for (const pod of options.pods ?? []) api.putPod(pod);
const control = createServer((request, response) => void serveControl(request, response));
const controlHost = options.controlHost ?? api.host;
await new Promise<void>((resolve) => control.listen(options.controlPort ?? 0, controlHost, resolve));
announce(api, (control.address() as AddressInfo).port);

function announce({ url, port, caPem, tokens }: ApiServer, controlPort: number): void {
  const host = controlHost.includes(':') ? `[${controlHost}]` : controlHost;
  const { kubeconfig } = options;
  const path = kubeconfig === undefined ? {} : { kubeconfig: api.writeKubeconfig(kubeconfig.dir, kubeconfig) };
  const ready = {
    url,
    port,
    caPem,
    controlUrl: `http://${host}:${controlPort}/_control`,
    tokens: [...tokens],
    ...path,
  };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

async function serveControl(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const sent: ControlCommand | ControlCommand[] = JSON.parse(Buffer.concat(chunks).toString());
    const results: unknown[] = [];
    for (const command of Array.isArray(sent) ? sent : [sent]) results.push((await obey(command)) ?? null);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(results));
  } catch (error) {
    response.writeHead(400, { 'content-type': 'text/plain' }).end(`${String(error)}\n`);
  }
}

async function obey(command: ControlCommand): Promise<unknown> {
  switch (command.do) {
    case 'faults':
      return Object.assign(api.faults, command.faults);
    case 'deny':
      return api.deny(command.verb, command.resource);
    case 'allow':
      return api.allow(command.verb, command.resource);
    case 'tokens':
      api.tokens.clear();
      for (const token of command.tokens) api.tokens.add(token);
      return [...api.tokens];
    case 'putPod':
      return api.putPod(command.pod);
    case 'putObject':
      return api.putObject(command.path, command.object);
    case 'pod':
      return api.pod(command.namespace, command.name);
    case 'deletePod':
      return api.deletePod(command.namespace, command.name);
    case 'writeKubeconfig':
      return api.writeKubeconfig(command.dir, command.options);
    case 'requests':
      return { requests: api.requests, connections: api.connections };
    case 'stop':
      return api.stop();
    case 'start':
      return api.start();
    default:
      throw new Error(`no such command: ${JSON.stringify(command)}`);
  }
}
