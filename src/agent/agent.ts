/**
 * The resident agent: launchers connect, each with one call, and the pipeline serves it as in every other form.
 *
 * In: options. Out: a running agent that ends by `stop`. Touches a socket file, the journal, the API server. Invariant: a
 * call that is not answered by an error or a result was left to the standalone program before anything was done for it.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { withDeadline } from '../deadline.ts';
import type { Environment } from '../environment/environment.ts';
import { CniError, ErrorCode, errorText } from '../errors.ts';
import type { Log } from '../log/log.ts';
import { openLog } from '../log/pino-log.ts';
import { openWatch } from '../open-watch.ts';
import { parseRequest } from '../request/cni-request.ts';
import { errorAnswer } from '../result/answer.ts';
import { type GivenAnswer, NotServedHere, serveRequest } from '../serve-request.ts';
import { overlapError } from '../state/container-lock.ts';
import type { KernelLock } from '../state/kernel-lock.ts';
import { AgentMetrics } from './agent-metrics.ts';
import { agentPorts, isShortage } from './agent-ports.ts';
import { CallQueue, type Place } from './call-queue.ts';
import { Clusters } from './cluster/clusters.ts';
import { StatusQueue } from './cluster/status-queue.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import type { RequestFrame } from './frames.ts';
import { journalSize } from './journal-size.ts';
import { LauncherSession } from './launcher-session.ts';
import { listenAlone } from './listen-alone.ts';

/** As many as may connect at the same instant. */
const BACKLOG = 4096;
/** How long an agent that was told to stop waits for calls that have begun. */
const DRAIN_MS = 25_000;
/** How long, after that, for what those calls left to be written or sent. */
const LEFT_OVER_MS = 3000;

/**
 * What only a process in the host's own context can do: GC deletes what killed calls left, with their surviving processes;
 * STATUS is to say whether an ADD would work there, asks all default networks at once, and must not wait for its turn.
 */
const HANDED_OVER: ReadonlyMap<string, string> = new Map([
  ['GC', 'garbage collection'],
  ['STATUS', 'status'],
]);

/** How an agent is to run. */
export interface AgentOptions {
  readonly socketPath: string;
  /** The name of its node at the API server, for watching this node's pods only. */
  readonly nodeName: string | undefined;
  /** Calls that are served at once; others wait. */
  readonly limit: number;
  /** Calls that may wait; beyond, they are told to come again (code 11). */
  readonly waiting: number;
  readonly log: Log;
}

/** A call that may have to wait for another one of its container. */
interface Turn {
  readonly place: Place;
  readonly frame: RequestFrame<Buffer>;
  readonly work: () => Promise<void>;
}

/** A running agent. */
export class Agent {
  readonly clusters: Clusters;
  readonly metrics: AgentMetrics;
  readonly #options: AgentOptions;
  readonly #server: Server;
  readonly #queue: CallQueue;
  readonly #statuses: StatusQueue;
  readonly #deliveries = new DeliveryQueue();
  readonly #sessions = new Set<LauncherSession>();
  /** State folders of the calls that were served, and of the node's configuration. */
  readonly #stateDirs = new Set<string>();
  #lock: KernelLock | undefined;
  #isStopping = false;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#queue = new CallQueue({ running: options.limit, waiting: options.waiting });
    this.clusters = new Clusters({ ...options, onLiveGet: (labels) => this.metrics.liveGets.inc(labels) });
    this.metrics = new AgentMetrics({
      queue: () => ({ running: this.#queue.running, waiting: this.#queue.depth }),
      statuses: () => this.#statuses.depth,
      informers: () => this.#informerFacts(),
      journal: () => journalSize(this.#stateDirs),
    });
    this.#statuses = new StatusQueue(options.log, (outcome) => this.metrics.statusWrites.inc({ outcome }));
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** True until it is told to stop. */
  get isServing(): boolean {
    return this.#server.listening && !this.#isStopping;
  }

  /** True while a disk may not have ended what it was told to write: a Node process cannot end by itself before it does. */
  get isHeldUp(): boolean {
    return this.#deliveries.isWriting;
  }

  /** Counts the journal of this folder in the metrics, before a call has named it. */
  knowStateDir(stateDir: string): void {
    this.#stateDirs.add(stateDir);
  }

  /** Listens. Throws: code 7 when another agent does there already, code 5 when the socket cannot be made. */
  async start(): Promise<void> {
    this.#lock = await listenAlone(this.#server, this.#options.socketPath, BACKLOG);
    this.#options.log.info({ socket: this.#options.socketPath, limit: this.#options.limit }, 'the agent listens');
  }

  /**
   * Takes no more calls, leaves those that wait to the standalone program, and returns when those that have begun are
   * answered, at the latest after 25 s.
   */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    // The socket file is gone by now: another agent may take its place while our calls come to their end.
    this.#lock?.release();
    for (const session of this.#sessions) if (!this.#isBusy.has(session)) session.close();
    const timer = setTimeout(() => {
      for (const session of this.#sessions) session.destroy();
    }, DRAIN_MS);
    await closed;
    clearTimeout(timer);
    await Promise.all([this.#statuses.drain(LEFT_OVER_MS), this.#deliveries.drain(LEFT_OVER_MS)]);
    this.clusters.close();
    this.#options.log.info({}, 'the agent has ended');
  }

  /** Sessions whose call has got its turn. */
  readonly #isBusy = new Set<LauncherSession>();

  #accept(socket: Socket): void {
    const session: LauncherSession = new LauncherSession(socket, {
      onRequest: (frame) => {
        this.#serve(session, frame).catch((cause: unknown) => {
          this.#options.log.error({ cause: String(cause) }, 'a call was lost');
          session.close();
        });
      },
      onClose: (fault) => {
        this.#sessions.delete(session);
        if (!session.isEnded && !session.isKnock) this.metrics.lostLaunchers.inc();
        if (fault !== undefined) this.#options.log.warn({ fault }, 'a launcher broke the protocol');
      },
    });
    this.#sessions.add(session);
  }

  async #serve(session: LauncherSession, frame: RequestFrame<Buffer>): Promise<void> {
    const { variables } = frame;
    const verb = variables['CNI_COMMAND'] ?? '';
    if (this.#isStopping) return session.close();
    const foreign = HANDED_OVER.get(verb);
    if (foreign !== undefined) return this.#handOver(session, foreign);
    const startedAt = performance.now();
    const place: Place = { key: variables['CNI_CONTAINERID'] ?? '', lane: verb === 'ADD' ? 'ADD' : 'other' };
    if (this.#queue.isFullFor(place)) return this.#refuse(session, verb, this.#fullError());
    const work = () => {
      this.metrics.stages.observe({ verb, stage: 'queue' }, secondsSince(startedAt));
      return this.#serveNow(session, frame);
    };
    await this.#inTurn(session, { place, frame, work });
    // Whoever got no turn is gone, or is to be gone.
    if (session.isOpen) session.close();
    // What was left to do after the answer nobody waited for.
    const { answeredAt } = session;
    if (answeredAt !== undefined) this.metrics.calls.observe({ verb }, (answeredAt - startedAt) / 1000);
  }

  /** A call waits for another one on its container as long as it would for the lock, and a wrong one is told so at once. */
  async #inTurn(session: LauncherSession, { place, frame, work }: Turn): Promise<void> {
    if (!this.#queue.isRunning(place.key)) return this.#queue.run(place, session.stop, work);
    const waitMs = lockWaitMs(frame);
    if (waitMs === undefined) return work();
    const hadItsTurn = await withDeadline(session.stop, waitMs, (patience) =>
      this.#queue.run(place, patience, () => work().then(() => true)),
    );
    if (hadItsTurn || !session.isOpen) return;
    this.#refuse(
      session,
      frame.variables['CNI_COMMAND'] ?? '',
      overlapError(`another operation on container ${place.key}`),
    );
  }

  async #serveNow(session: LauncherSession, frame: RequestFrame<Buffer>): Promise<void> {
    if (this.#isStopping || !session.isOpen) return;
    this.#isBusy.add(session);
    const verb = frame.variables['CNI_COMMAND'] ?? '';
    try {
      const { deliveries, close } = await serveRequest({
        environment: environmentOf(frame),
        openLog: (options) => openLog({ ...options, writeStderr: (line) => this.#writeStderr(session, line) }),
        openWatch,
        openPorts: (request, log, watch) => {
          this.#stateDirs.add(request.config.stateDir);
          const { clusters, metrics } = this;
          return agentPorts(request, session, { clusters, metrics, statuses: this.#statuses, log, watch });
        },
        passOn: (error) => {
          if (isShortage(error) && !session.hasBegun) throw new NotServedHere('no file descriptor left');
        },
        answer: (answer) => this.#answer(session, verb, answer),
      });
      // The next call of the container need not wait for them.
      this.#deliveries.take(deliveries, () =>
        close().catch((cause: unknown) => this.#options.log.warn({ cause: errorText(cause) }, 'after the answer')),
      );
    } catch (cause) {
      if (!(cause instanceof NotServedHere)) throw cause;
      this.#handOver(session, cause.message);
    } finally {
      this.#isBusy.delete(session);
    }
  }

  #handOver(session: LauncherSession, reason: string): void {
    this.metrics.handOvers.inc({ reason });
    session.close();
  }

  #answer(session: LauncherSession, verb: string, { exitCode, stdout }: GivenAnswer): boolean {
    if (exitCode !== 0) this.metrics.failures.inc({ verb, code: codeIn(stdout) });
    return session.done(exitCode, stdout);
  }

  #fullError(): CniError {
    return new CniError(ErrorCode.tryAgain, `${this.#options.waiting} calls wait already`, 'try again');
  }

  #refuse(session: LauncherSession, verb: string, error: CniError): void {
    this.#answer(session, verb, { exitCode: 1, stdout: errorAnswer(error) });
  }

  /** What a call still has to say after its answer is ours to keep. */
  #writeStderr(session: LauncherSession, line: string): void {
    if (!session.log(line)) this.#options.log.warn({ line: line.trimEnd() }, 'after the answer');
  }

  #informerFacts() {
    return this.clusters.all.flatMap(({ informers }) =>
      [...informers].map(([collection, { ageMs, size }]) => ({
        collection,
        ageSeconds: ageMs === undefined ? undefined : ageMs / 1000,
        objects: size,
      })),
    );
  }
}

function environmentOf({ variables, stdin, netns }: RequestFrame<Buffer>): Environment {
  return {
    variables,
    argv: [],
    program: [],
    readStdin: () => stdin.toString('utf8'),
    // The launcher has looked; the agent may live in a namespace of its own.
    isOwnNetns: () => netns === 'own',
  };
}

/** How long the call may wait for its container; undefined when it is wrong, and will not need it. */
function lockWaitMs(frame: RequestFrame<Buffer>): number | undefined {
  try {
    return parseRequest(environmentOf(frame))?.config.delegateTimeoutMs;
  } catch {
    return undefined;
  }
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}

/** Errors are printed by us, so the code is there. */
function codeIn(stdout: string): string {
  return /"code":(\d+)/.exec(stdout)?.[1] ?? 'none';
}
