/** `braid agent`: the resident agent in the foreground, until SIGTERM or SIGINT. */
import type { Server } from 'node:http';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { Agent } from '../agent/agent.ts';
import { parseHealthAddress, startHealthServer } from '../agent/health-server.ts';
import { loadWarmConfig } from '../agent/warm-config.ts';
import type { Environment } from '../environment/environment.ts';
import { writeStderr, writeStdout } from '../environment/standard-streams.ts';
import { errorText } from '../errors.ts';
import { LOG_LEVELS, type Log, type LogLevel } from '../log/log.ts';
import { openLog } from '../log/pino-log.ts';

const DEFAULT_LIMIT = 64;
const DEFAULT_WAITING = 1024;

const HELP = `Usage: braid agent [option]...

Serves the launcher's calls on this node until SIGTERM. It needs no privilege but
reading and writing what the calls' configurations name, and no configuration of its
own: each call brings the node's along. docs/agent.md tells how to run it.

  --socket PATH     where launchers connect         /run/braid/agent.sock
  --conf FILE       Braid's network configuration: its kubeconfig is used to know pods
                    and definitions before the first call
                                                    /etc/cni/net.d/00-braid.conflist
  --node NAME       this node's name at the API server   $NODE_NAME, or the host's name
  --listen ADDRESS  /healthz, /readyz, /metrics: 127.0.0.1:PORT, [::1]:PORT or unix:/PATH
                    (off: none)                     127.0.0.1:9476
  --limit N         ADDs served at once, and as many
                    other calls                     ${DEFAULT_LIMIT}
  --waiting N       calls that may wait beyond      ${DEFAULT_WAITING}
  --log-level L     ${LOG_LEVELS.join(', ')}   info
  -h, --help        print this

Example:
  braid agent --conf /etc/cni/net.d/00-braid.conflist --listen unix:/run/braid/http.sock

Exit status: 0 ended by a signal, 1 failure, 2 wrong usage.
`;

/** Runs the agent with these arguments; answers the exit status when it has ended. */
export async function agentCommand(environment: Environment, args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    const read = readOptions(environment, args);
    if (read === 'help') return writeStdout(HELP) ? 0 : 1;
    options = read;
  } catch (cause) {
    writeStderr(`braid agent: ${errorText(cause).split('. ')[0]}\nTry braid agent --help.\n`);
    return 2;
  }
  const log = openLog({ level: options.logLevel, file: undefined, hasStderr: true, writeStderr, bound: {} });
  endOnFault(log);
  try {
    await serve(options, log);
    return 0;
  } catch (cause) {
    writeStderr(`braid agent: ${errorText(cause)}\n`);
    return 1;
  } finally {
    await log.close();
  }
}

interface Options {
  readonly socketPath: string;
  readonly conf: string | undefined;
  readonly nodeName: string;
  readonly health: ReturnType<typeof parseHealthAddress> | undefined;
  readonly limit: number;
  readonly waiting: number;
  readonly logLevel: LogLevel;
}

/** Throws: Error, or code 7, with what is wrong. */
function readOptions({ variables }: Environment, args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      socket: { type: 'string', default: '/run/braid/agent.sock' },
      conf: { type: 'string' },
      node: { type: 'string', default: variables['NODE_NAME'] || hostname() },
      listen: { type: 'string', default: '127.0.0.1:9476' },
      limit: { type: 'string', default: String(DEFAULT_LIMIT) },
      waiting: { type: 'string', default: String(DEFAULT_WAITING) },
      'log-level': { type: 'string', default: 'info' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    socketPath: absolute('--socket', values.socket),
    conf: values.conf,
    nodeName: values.node,
    health: values.listen === 'off' ? undefined : parseHealthAddress(values.listen),
    limit: wholeNumber('--limit', values.limit, 1),
    waiting: wholeNumber('--waiting', values.waiting, 0),
    logLevel: logLevel(values['log-level']),
  };
}

function absolute(option: string, path: string): string {
  if (path.startsWith('/')) return path;
  throw new Error(`${option} must be an absolute path, not "${path}"`);
}

function wholeNumber(option: string, text: string, least: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= 100_000) return number;
  throw new Error(`${option} must be a whole number from ${least} to 100000, not "${text}"`);
}

function logLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text);
  if (level) return level;
  throw new Error(`--log-level must be one of ${LOG_LEVELS.join(', ')}, not "${text}"`);
}

/**
 * A call leaves little that outlives it, so its garbage needs no more room than V8 begins with, and no more of what seems to
 * outlive it than the calls of one burst; by itself V8 would take 48 MiB for the one, let the other grow threefold before it
 * looks, and keep both. Flags, for a resource limit would end the agent where this only collects more often.
 */
function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=40');
}

async function serve(options: Options, log: Log): Promise<void> {
  keepHeapSmall();
  const agent = new Agent({ ...options, log });
  const warm = await loadWarmConfig(options.conf);
  if (warm) agent.knowStateDir(warm.stateDir);
  if (warm?.kube) agent.clusters.of(warm.kube);
  const ended = endSignal(log);
  await agent.start();
  let health: Server | undefined;
  try {
    health = options.health && (await startHealthServer(agent, options.health));
    await ended;
  } finally {
    // Also when only the metrics cannot be served: calls may have come by then.
    await agent.stop();
    health?.close();
    health?.closeAllConnections();
  }
}

/** A fault of our own is told and ends the process: who knows what it left undone. Its supervisor starts it afresh. */
function endOnFault(log: Log): void {
  // Rejections that nobody handles come here, too.
  process.on('uncaughtException', (cause) => {
    log.error({ cause: cause instanceof Error ? cause.stack : String(cause) }, 'a fault in Braid ends the agent');
    void log.flush().finally(() => process.exit(1));
  });
}

/** Resolves with the first signal; a second one ends the process at once. */
function endSignal(log: Log): Promise<void> {
  return new Promise((resolve) => {
    let isTold = false;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (isTold) process.exit(1);
        isTold = true;
        log.info({ signal }, 'no more calls are taken; those under way are finished');
        resolve();
      });
    }
  });
}
