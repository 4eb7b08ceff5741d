/** Calls of the Container Runtime Interface over a unix socket, described by cri.proto beside this file. */
import { join } from 'node:path';
import { Client, credentials, type MethodDefinition, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** The two services of cri.proto that the tests call. */
export type CriService = 'RuntimeService' | 'ImageService';

const protoFile = join(import.meta.dirname, 'cri.proto');

/** A connection to one runtime. Answers are plain objects as proto3 has them: defaults filled in, enums as names. */
export class CriClient {
  readonly #client: Client;
  readonly #definitions = loadSync(protoFile, { keepCase: false, enums: String, longs: Number, defaults: true });

  constructor(socketPath: string) {
    // The socket is not there yet when a test starts the runtime; the default is to try again after a second.
    const options = { 'grpc.initial_reconnect_backoff_ms': 20, 'grpc.max_reconnect_backoff_ms': 100 };
    this.#client = new Client(`unix:${socketPath}`, credentials.createInsecure(), options);
  }

  /**
   * One unary call.
   * Throws: the runtime's error, with its gRPC code; also when `timeoutMs` have passed.
   */
  call(
    method: string,
    request: object,
    { service = 'RuntimeService' as CriService, timeoutMs = 60_000 } = {},
  ): Promise<unknown> {
    const { path, requestSerialize, responseDeserialize } = this.#method(service, method);
    const deadline = Date.now() + timeoutMs;
    return new Promise((resolve, reject) => {
      const answered = (error: ServiceError | null, value?: object): void =>
        error === null ? resolve(value) : reject(error);
      this.#client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, { deadline }, answered);
    });
  }

  /** Closes the connection. */
  close(): void {
    this.#client.close();
  }

  #method(service: CriService, name: string): MethodDefinition<object, object> {
    const definition = this.#definitions[`runtime.v1.${service}`];
    if (definition === undefined || 'format' in definition) throw new Error(`cri.proto has no service ${service}`);
    const method = definition[name];
    if (method === undefined) throw new Error(`cri.proto has no method ${service}.${name}`);
    return method;
  }
}
