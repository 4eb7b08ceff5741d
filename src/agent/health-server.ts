/**
 * `/healthz`, `/readyz` and `/metrics` over HTTP, on a loopback address or a unix socket only: they need no password, so
 * they must not leave the machine.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { CniError, ErrorCode, errorText } from '../errors.ts';
import type { Agent } from './agent.ts';
import { listenAlone } from './listen-alone.ts';

const SOCKET_PREFIX = 'unix:';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/** Where to listen: a path, or a loopback address with a port. */
export type HealthAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/** Reads `unix:/path`, `127.0.0.1:9476`, `[::1]:9476`. Throws: code 7 for anything else. */
export function parseHealthAddress(text: string): HealthAddress {
  if (text.startsWith(`${SOCKET_PREFIX}/`)) return { path: text.slice(SOCKET_PREFIX.length) };
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? (plain === 'localhost' ? '127.0.0.1' : (plain ?? ''));
  const family = isIP(host);
  const isLoopback = family !== 0 && LOOPBACK.check(host, family === 6 ? 'ipv6' : 'ipv4');
  if (isLoopback && Number(port) <= 65535) return { host, port: Number(port) };
  throw new CniError(
    ErrorCode.invalidConfig,
    `"${text}" is no address for --listen`,
    'write 127.0.0.1:PORT, [::1]:PORT or unix:/PATH; what is told there is for this machine only',
  );
}

/** Listens. Throws: code 5 or 7 when it cannot. The server is closed by the caller. */
export async function startHealthServer(agent: Agent, address: HealthAddress): Promise<Server> {
  const server = createServer((request, response) => {
    answer(agent, request.url ?? '', response).catch((cause: unknown) => send(response, 500, errorText(cause)));
  });
  if ('path' in address) {
    const lock = await listenAlone(server, address.path);
    return server.once('close', lock.release);
  }
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(address, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (cause) {
    throw new CniError(ErrorCode.io, `cannot listen for --listen: ${errorText(cause)}`, '', { cause });
  }
  return server;
}

async function answer(agent: Agent, url: string, response: ServerResponse): Promise<void> {
  switch (url.split('?')[0]) {
    case '/healthz':
      return send(response, 200, 'ok');
    case '/readyz':
      return sendReadiness(response, readinessFault(agent));
    case '/metrics':
      return send(response, 200, await agent.metrics.registry.metrics(), agent.metrics.registry.contentType);
    default:
      return send(response, 404, 'there is /healthz, /readyz and /metrics');
  }
}

/** Why not ready: it is stopping, or the first list of a collection is under way; without it ADDs ask the server themselves. */
function readinessFault(agent: Agent): string | undefined {
  if (!agent.isServing) return 'the agent is stopping';
  const missing = agent.clusters.all.flatMap(({ informers }) =>
    [...informers].filter(([, informer]) => !informer.isSettled).map(([collection]) => collection),
  );
  return missing.length === 0 ? undefined : `not listed yet: ${missing.join(', ')}`;
}

function send(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type });
  response.end(text.endsWith('\n') ? text : `${text}\n`);
}

function sendReadiness(response: ServerResponse, fault: string | undefined): void {
  send(response, fault === undefined ? 200 : 503, fault ?? 'ok');
}
