/** `braid agent`: the resident agent in the foreground, until SIGTERM or SIGINT. */
import type { Server } from 'node:http';
import { hostname } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { InvalidArgumentError, Option } from 'commander';
import { Agent } from '../agent/agent.ts';
import { parseHealthAddress, startHealthServer } from '../agent/health-server.ts';
import { loadWarmConfig } from '../agent/warm-config.ts';
import { writeStderr } from '../environment/standard-streams.ts';
import { errorText } from '../errors.ts';
import { LOG_LEVELS, type Log, type LogLevel } from '../log/log.ts';
import { openLog } from '../log/pino-log.ts';
import { USUAL_FILE, USUAL_LISTEN, USUAL_SOCKET } from '../schema/installation.ts';
import { absolutePath, type BuildCommand, newCommand, runCommand, wholeNumber } from './command.ts';

const DEFAULT_LIMIT = 64;
const DEFAULT_WAITING = 1024;

/** Builds `braid agent`. */
export const agentCommand: BuildCommand = (context) =>
  newCommand('agent', {
    description:
      "Serves the launcher's calls on this node until SIGTERM. It needs no privilege but reading and writing what the calls' configurations name, and no configuration of its own: each call brings the node's along. docs/agent.md tells how to run it.",
    examples: [
      [
        `braid agent --conf ${USUAL_FILE} --listen unix:/run/braid/http.sock`,
        'know pods and definitions before the first call, tell Prometheus by a unix socket',
      ],
    ],
    exitStatus: '0 ended by a signal, 1 failure, 2 wrong usage',
  })
    .option('--socket <path>', 'where launchers connect', absolutePath, USUAL_SOCKET)
    .option(
      '--conf <file>',
      `Braid's network configuration: its kubeconfig is used to know pods and definitions before the first call (default: ${USUAL_FILE}, if it is there)`,
    )
    .addOption(
      new Option('--node <name>', "this node's name at the API server").default(
        context.environment.variables['NODE_NAME'] || hostname(),
        "$NODE_NAME, or the host's name",
      ),
    )
    .option(
      '--listen <address>',
      '/healthz, /readyz, /metrics: 127.0.0.1:PORT, [::1]:PORT, unix:/PATH, or off',
      healthAddress,
      USUAL_LISTEN,
    )
    .option('--limit <n>', 'ADDs served at once, and as many other calls', wholeNumber(1), DEFAULT_LIMIT)
    .option('--waiting <n>', 'calls that may wait beyond', wholeNumber(0), DEFAULT_WAITING)
    .addOption(new Option('--log-level <level>', 'what is logged to stderr').choices(LOG_LEVELS).default('info'))
    .action((given: GivenOptions) => runCommand('agent', context, () => runAgent(given)));

interface GivenOptions {
  readonly socket: string;
  readonly conf?: string;
  readonly node: string;
  readonly listen: string;
  readonly limit: number;
  readonly waiting: number;
  readonly logLevel: LogLevel;
}

function healthAddress(text: string): string {
  try {
    if (text !== 'off') parseHealthAddress(text);
    return text;
  } catch (cause) {
    throw new InvalidArgumentError(errorText(cause));
  }
}

async function runAgent({ socket, conf, node, listen, limit, waiting, logLevel }: GivenOptions): Promise<number> {
  const health = listen === 'off' ? undefined : parseHealthAddress(listen);
  const log = openLog({ level: logLevel, file: undefined, hasStderr: true, writeStderr, bound: {} });
  const agent = new Agent({ socketPath: socket, nodeName: node, limit, waiting, log });
  endOnFault(agent, log);
  try {
    await serve(agent, { conf, health }, log);
  } catch (cause) {
    if (agent.isHeldUp) log.error({ cause: errorText(cause) }, 'the agent ends');
    throw cause;
  } finally {
    await log.close();
    if (agent.isHeldUp) killSelf('SIGTERM');
  }
  return 0;
}

/**
 * The end of a process that a disk holds up: exit() would wait for the disk. Supervisors take SIGTERM for an end in order. The
 * first process of a container does not die of a signal that it has no handler for.
 */
function killSelf(signal: 'SIGTERM' | 'SIGKILL'): void {
  if (process.pid === 1) process.abort();
  process.removeAllListeners('SIGTERM');
  process.kill(process.pid, signal);
}

interface Surroundings {
  readonly conf: string | undefined;
  readonly health: ReturnType<typeof parseHealthAddress> | undefined;
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

async function serve(agent: Agent, { conf, health: address }: Surroundings, log: Log): Promise<void> {
  keepHeapSmall();
  const warm = await loadWarmConfig(conf);
  if (warm) agent.knowStateDir(warm.stateDir);
  if (warm?.kube) agent.clusters.of(warm.kube);
  const ended = endSignal(agent, log);
  await agent.start();
  let health: Server | undefined;
  try {
    health = address && (await startHealthServer(agent, address));
    await ended;
  } finally {
    // Also when only the metrics cannot be served: calls may have come by then.
    await agent.stop();
    health?.close();
    health?.closeAllConnections();
  }
}

/** A fault of our own is told and ends the process: who knows what it left undone. Its supervisor starts it afresh. */
function endOnFault(agent: Agent, log: Log): void {
  // Rejections that nobody handles come here, too.
  process.on('uncaughtException', (cause) => {
    log.error({ cause: cause instanceof Error ? cause.stack : String(cause) }, 'a fault in Braid ends the agent');
    void log.flush().finally(() => endNow(agent));
  });
}

/** Resolves with the first signal; a second one ends the process at once. */
function endSignal(agent: Agent, log: Log): Promise<void> {
  return new Promise((resolve) => {
    let isTold = false;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (isTold) endNow(agent);
        isTold = true;
        log.info({ signal }, 'no more calls are taken; those under way are finished');
        resolve();
      });
    }
  });
}

function endNow({ isHeldUp }: Agent): void {
  if (isHeldUp) killSelf('SIGKILL');
  process.exit(1);
}
