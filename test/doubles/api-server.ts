/**
 * An API server for tests: real TLS, real status bodies, pods and any other object, and faults on demand.
 *
 * In: objects by `putPod` and `putObject`, requests over HTTPS. Out: what kube-apiserver would answer to GET of an
 * object, GET and watch of a collection, a JSON merge PATCH of an object or its `/status`. A new verb is one more case in
 * `serveResource`; a new kind of object is `putObject` under its path. Every request and every connection is counted.
 */
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { AccessRules, authenticate, type Credentials } from './api-server-access.ts';
import * as answers from './api-server-answer.ts';
import { type Certificates, certificatesFor, type KeyPair, makeClientPair } from './api-server-certificates.ts';
import { applyFaults, type Faults, noFaults } from './api-server-faults.ts';
import { type KubeconfigOptions, writeKubeconfig } from './api-server-kubeconfig.ts';
import { objectPath, parseApiRequest, parseJson, type ResourceRequest } from './api-server-request.ts';
import { isRecord, type NewObject, ObjectStore, type StoredObject } from './api-server-store.ts';
import { listAnswer, Watches } from './api-server-watches.ts';

export interface ApiServerOptions {
  /** 127.0.0.1 unless told; the server certificate is valid for it. The port is the kernel's choice unless told. */
  readonly host?: string;
  readonly port?: number;
  /** False serves plain HTTP. */
  readonly tls?: boolean;
  /** Names and addresses in the server certificate in place of the host and the usual ones. */
  readonly certificateNames?: readonly string[];
  /** The bearer tokens accepted at the start; one random token unless told. */
  readonly tokens?: readonly string[];
  readonly tokenUser?: string;
}

/** `uid` is made up when missing. */
export interface PodSeed {
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Empty when authentication was not reached or failed. */
  readonly user: string;
}

export interface ApiServer {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly caPem: string;
  readonly tokens: Set<string>;
  readonly passwords: Map<string, string>;
  readonly faults: Faults;
  readonly requests: readonly RecordedRequest[];
  /** Connections accepted so far (with TLS: handshakes completed). */
  readonly connections: number;
  putPod(pod: PodSeed): StoredObject;
  pod(namespace: string, name: string): StoredObject | undefined;
  deletePod(namespace: string, name: string): boolean;
  putObject(path: string, object: NewObject): StoredObject;
  deleteObject(path: string): boolean;
  readonly watches: Watches;
  deny(verb: string, resource: string): void;
  allow(verb: string, resource: string): void;
  clientPair(user?: string): KeyPair;
  writeKubeconfig(dir: string, options: KubeconfigOptions): string;
  /** Closes the port and every connection; `start` opens the same port again with the same objects. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Starts an API server double. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const server = new ApiServerDouble(options);
  await server.start();
  return server;
}

const USUAL_NAMES = ['localhost', '127.0.0.1', '::1', 'kubernetes', 'kubernetes.default.svc'];

class ApiServerDouble implements ApiServer {
  readonly host: string;
  readonly faults = noFaults();
  readonly requests: RecordedRequest[] = [];
  connections = 0;
  readonly #scheme: string;
  readonly #certificates: Certificates;
  readonly #credentials: Credentials;
  readonly #rules = new AccessRules();
  readonly #store = new ObjectStore();
  readonly watches = new Watches(this.#store);
  readonly #server: Server;
  readonly #sockets = new Map<number | undefined, Socket>();
  #port: number;

  constructor(options: ApiServerOptions) {
    this.host = options.host ?? '127.0.0.1';
    this.#port = options.port ?? 0;
    this.#scheme = options.tls === false ? 'http' : 'https';
    this.#certificates = certificatesFor(options.certificateNames ?? [...new Set([this.host, ...USUAL_NAMES])]);
    this.#credentials = {
      tokens: new Set(options.tokens ?? [`token-${crypto.randomUUID()}`]),
      passwords: new Map(),
      tokenUser: options.tokenUser ?? 'system:serviceaccount:kube-system:braid',
    };
    this.#server = this.#createServer();
    this.#countConnections();
  }

  get url(): string {
    return `${this.#scheme}://${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  get caPem(): string {
    return this.#certificates.caPem;
  }

  get tokens(): Set<string> {
    return this.#credentials.tokens;
  }

  get passwords(): Map<string, string> {
    return this.#credentials.passwords;
  }

  putPod({ namespace, name, uid, annotations, spec }: PodSeed): StoredObject {
    const metadata = { namespace, name, ...(uid === undefined ? {} : { uid }), ...(annotations && { annotations }) };
    return this.putObject(podPath(namespace, name), {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: spec ?? { containers: [{ name: 'main', image: 'pause' }] },
      status: { phase: 'Pending' },
    });
  }

  pod(namespace: string, name: string): StoredObject | undefined {
    return this.#store.get(podPath(namespace, name));
  }

  deletePod(namespace: string, name: string): boolean {
    return this.deleteObject(podPath(namespace, name));
  }

  putObject(path: string, object: NewObject): StoredObject {
    return this.#store.put(path, object);
  }

  deleteObject(path: string): boolean {
    return this.#store.delete(path);
  }

  deny(verb: string, resource: string): void {
    this.#rules.deny(verb, resource);
  }

  allow(verb: string, resource: string): void {
    this.#rules.allow(verb, resource);
  }

  clientPair(user = 'system:node:node-1'): KeyPair {
    return makeClientPair(this.#certificates, user);
  }

  writeKubeconfig(dir: string, options: KubeconfigOptions): string {
    const [token = ''] = this.tokens;
    return writeKubeconfig(
      dir,
      { server: this.url, caPem: this.caPem, token, clientPair: () => this.clientPair() },
      options,
    );
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, this.host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    // Also those whose TLS handshake is under way, which are no HTTP connections yet.
    for (const socket of this.#sockets.values()) socket.destroy();
    await closed;
  }

  #createServer(): Server {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      // A client that went away in the middle is what some tests are about.
      this.#handle(request, response).catch(() => response.destroy());
    };
    // As long as the real server keeps an idle connection: a client must not see it closed between two requests.
    const keepAlive = { keepAliveTimeout: 90_000 };
    if (this.#scheme === 'http') return createHttpServer(keepAlive, listener);
    const { caPem, serverCertPem, serverKeyPem } = this.#certificates;
    const pair = { ca: caPem, cert: serverCertPem, key: serverKeyPem };
    // The real server asks for a client certificate and leaves the judgement to its authenticators.
    return createHttpsServer({ ...keepAlive, ...pair, requestCert: true, rejectUnauthorized: false }, listener);
  }

  #countConnections(): void {
    this.#server.on('connection', (socket: Socket) => {
      const port = socket.remotePort;
      this.#sockets.set(port, socket);
      socket.once('close', () => this.#sockets.delete(port));
    });
    this.#server.on(this.#scheme === 'http' ? 'connection' : 'secureConnection', () => {
      this.connections += 1;
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const identity = authenticate(request, this.#credentials);
    const user = identity.kind === 'user' ? identity.name : '';
    this.requests.push({ method: request.method ?? '', path: request.url ?? '', user });
    const body = await readBody(request);
    const fault = await applyFaults(this.faults, {
      connection: this.#sockets.get(request.socket.remotePort),
      response,
    });
    if (fault.kind === 'done') return;
    if (fault.kind === 'answer') return send(response, fault.answer);
    const answer =
      identity.kind === 'invalid' ? answers.unauthorized() : this.#serve({ request, response }, user, body);
    if (answer) send(response, answer);
  }

  #serve(
    { request, response }: { request: IncomingMessage; response: ServerResponse },
    user: string,
    body: string,
  ): answers.Answer | undefined {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const asked = parseApiRequest(request.method ?? '', url);
    if (asked.kind === 'unknown') return answers.pageNotFound();
    if (!this.#rules.permits(user, asked)) return answers.forbidden(asked, user);
    if (!this.#store.serves(asked)) return answers.pageNotFound();
    const { searchParams: query } = url;
    if (asked.verb === 'list') return listAnswer(this.#store, { asked, query });
    if (asked.verb === 'watch') return this.watches.begin({ asked, query }, response);
    return this.#serveResource(asked, request.headers['content-type'] ?? '', body);
  }

  #serveResource(asked: ResourceRequest, contentType: string, body: string): answers.Answer {
    switch (asked.verb) {
      case 'get': {
        const object = this.#store.get(objectPath(asked));
        return object === undefined ? answers.notFound(asked) : { code: 200, body: object };
      }
      case 'patch':
        if (!contentType.startsWith('application/merge-patch+json')) return answers.unsupportedPatchType();
        return this.#patch(asked, body);
      default:
        return answers.methodNotAllowed();
    }
  }

  #patch(asked: ResourceRequest, body: string): answers.Answer {
    const patch = parseJson(body);
    if (!isRecord(patch)) return answers.badRequest('error decoding patch: the body is not a JSON object');
    const patched = this.#store.patch(asked, patch);
    switch (patched.kind) {
      case 'patched':
        return { code: 200, body: patched.object };
      case 'absent':
        return answers.notFound(asked);
      case 'version-conflict':
        return answers.conflict(asked);
      case 'other-uid':
        return answers.uidIsImmutable(asked, patched.objectKind, patched.uid);
    }
  }
}

function podPath(namespace: string, name: string): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}`;
}

function send(response: ServerResponse, { code, body, headers }: answers.Answer): void {
  const isText = typeof body === 'string';
  response.writeHead(code, { ...headers, 'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json' });
  response.end(isText ? body : JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  request.setEncoding('utf8');
  for await (const chunk of request) text += String(chunk);
  return text;
}
