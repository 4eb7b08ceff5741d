import { WHOLE_HOST } from '../../src/catalogue/whole-host.ts';
import type { ChainContext } from '../../src/execute/run-chain.ts';
import type { DelegateCall, DelegateRun, RunDelegate } from '../../src/execute/run-delegate.ts';
import type { Log } from '../../src/log/log.ts';
import type { FindPlugins } from '../../src/network/network-source.ts';
import { EMPTY_CATALOGUE } from './catalogue.ts';

/** What a delegate prints and how it ends; an object is printed with status 0. */
export type Reply = Partial<DelegateRun> | { readonly stdout: object };

/** Answers by `VERB type ifName`, `VERB type`, `VERB`, or `type` for what is called without a verb; the first that is there. */
export type Script = Record<string, Reply | ((call: DelegateCall) => Reply | Promise<Reply>)>;

/** A failure as a plugin prints it. */
export function failed(code: number, msg: string): Reply {
  return { end: { kind: 'exited', status: 1 }, stdout: JSON.stringify({ code, msg }) };
}

/** Delegates without processes: `calls` has every call, `log` each as `VERB type ifName`. */
export function scriptedDelegates(script: Script = {}) {
  const calls: DelegateCall[] = [];
  const log: string[] = [];
  const run: RunDelegate = async (call) => {
    const { CNI_COMMAND: verb, CNI_IFNAME: ifName } = call.variables;
    const type = call.path.split('/').at(-1);
    calls.push(call);
    // The namespace helper is called without a verb.
    const name = verb === undefined ? String(type) : `${verb} ${type}`;
    log.push(verb === undefined ? name : `${name} ${ifName}`);
    const answer = script[`${name} ${ifName}`] ?? script[name] ?? script[String(verb)] ?? {};
    const reply = typeof answer === 'function' ? await answer(call) : answer;
    const stdout = reply.stdout ?? (verb === 'ADD' ? resultFor(call) : '');
    return {
      end: { kind: 'exited', status: 0 },
      stderr: '',
      durationMs: 1,
      ...reply,
      stdout: typeof stdout === 'string' ? stdout : JSON.stringify(stdout),
    };
  };
  return { run, calls, log };
}

/** A result with the delegate's own interface and an address that only this interface name has. */
function resultFor({ variables, stdin }: DelegateCall): object {
  const { cniVersion, prevResult } = JSON.parse(stdin) as Record<string, unknown>;
  if (prevResult !== undefined) return prevResult as object;
  const number =
    [...String(variables['CNI_IFNAME'])].reduce((sum, character) => sum + character.charCodeAt(0), 0) % 200;
  return {
    cniVersion,
    interfaces: [{ name: variables['CNI_IFNAME'], sandbox: variables['CNI_NETNS'] }],
    ips: [{ interface: 0, address: `10.${number}.0.2/24` }],
  };
}

/** Every plugin lies in /opt/cni/bin, but for those that are `missing`. */
export function pluginsExcept(...missing: string[]): FindPlugins {
  return async (types) =>
    new Map(
      types.map((type) => [
        type,
        missing.includes(type) ? { kind: 'absent' as const } : { kind: 'found' as const, path: `/opt/cni/bin/${type}` },
      ]),
    );
}

/** A log that keeps its warnings, and everything as `level message`. */
export function keptLog(): Log & { readonly warnings: string[]; readonly lines: string[] } {
  const warnings: string[] = [];
  const lines: string[] = [];
  const say = (level: string) => (_fields: object, message: string) => {
    lines.push(`${level} ${message}`);
    if (level === 'warn') warnings.push(message);
  };
  const end = async () => undefined;
  const levels = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
  return { warnings, lines, ...levels, flush: end, close: end };
}

/** What delegates of container `c1` share. */
export async function contextOf(
  run: RunDelegate,
  types: readonly string[],
  rest: Partial<ChainContext> = {},
): Promise<ChainContext> {
  return {
    containerId: 'c1',
    netns: '/run/netns/pod',
    mark: '/state:c1',
    searchPath: ['/opt/cni/bin', '/extra'],
    plugins: await pluginsExcept()(types, []),
    timeoutMs: 1000,
    signal: new AbortController().signal,
    run,
    isNamespaceGone: false,
    knowledge: { openCatalogue: async () => EMPTY_CATALOGUE, host: WHOLE_HOST },
    removeFile: async () => undefined,
    log: keptLog(),
    ...rest,
  };
}
