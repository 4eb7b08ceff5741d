/** A call of a program as data, and the bytes in which `native/calls.c` reads it. */

/** What a program is started with; `argv[0]` is its absolute path. */
export interface ProgramCall {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
}

/** Calls that run back to back, in the format that the head of `native/calls.h` describes. */
export function encodeChain(calls: readonly ProgramCall[]): Buffer {
  return Buffer.concat([numbers(calls.length), ...calls.map(encodeCall)]);
}

/** Chains that run at once, as a request to the stop-watch. */
export function encodeRequest(chains: ReadonlyArray<readonly ProgramCall[]>): Buffer {
  const body = Buffer.concat([numbers(chains.length), ...chains.map(encodeChain)]);
  return Buffer.concat([numbers(body.length), body]);
}

function encodeCall({ argv, env, stdin }: ProgramCall): Buffer {
  const strings = [...argv, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
  const input = Buffer.from(stdin);
  const block = Buffer.from(strings.map((text) => `${text}\0`).join(''));
  return Buffer.concat([numbers(argv.length, Object.keys(env).length, input.length), block, input]);
}

function numbers(...values: readonly number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer);
}
