/**
 * Network statuses that are written after the answer: what waits for one pod is merged, what fails is tried again later.
 *
 * Bounded: beyond so many pods the one that waits longest is dropped, with a line in the log. Each has an hour; then the
 * status is old news.
 */
import { CallDeadlines } from '../../deadline.ts';
import { deriveBackOffMs } from '../../kube/back-off.ts';
import type { OpenKubeClient } from '../../kube/kube-client.ts';
import type { Log } from '../../log/log.ts';
import { type StatusFault, statusToApiServer, type WriteStatus } from '../../report/status-writer.ts';
import type { PodIdentity } from '../../request/cni-args.ts';

const MOST_PODS = 1000;
const AT_ONCE = 4;
const ATTEMPT_MS = 10_000;
const LIFE_MS = 3_600_000;
/** Between attempts that a client has already repeated by itself. */
const PAUSE_FACTOR = 20;
const FAULT = 'cannot write the network status to the pod';

interface Waiting {
  readonly pod: PodIdentity;
  open: OpenKubeClient;
  readonly since: number;
  annotations: Readonly<Record<string, string>>;
  attempts: number;
  /** When it may be tried; by `performance.now()`. */
  dueAt: number;
}

/** Counts what became of the statuses. */
export type OnStatus = (outcome: 'written' | 'dropped' | 'retried') => void;

/** A queue over all clusters. */
export class StatusQueue {
  readonly #log: Log;
  readonly #onStatus: OnStatus;
  /** By the pod's names and uid, longest waiting first. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #closing = new AbortController();
  /** What is being written: a newer status of such a pod waits, or the older one could come last. */
  readonly #underWay = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Log, onStatus: OnStatus) {
    this.#log = log;
    this.#onStatus = onStatus;
  }

  /** Statuses that are not written yet. */
  get depth(): number {
    return this.#waiting.size + this.#underWay.size;
  }

  /** A writer that puts them here. */
  writer(open: OpenKubeClient): WriteStatus {
    return async (pod, annotations) => {
      const key = keyOf(pod);
      const earlier = this.#waiting.get(key);
      // A newer call may know another way to the server.
      if (earlier) Object.assign(earlier, { open, dueAt: 0, annotations: { ...earlier.annotations, ...annotations } });
      else this.#waiting.set(key, { pod, open, since: performance.now(), annotations, attempts: 0, dueAt: 0 });
      this.#dropBeyondBound();
      this.#work();
      return undefined;
    };
  }

  /** Resolves when all are written, or after `limitMs`; then the rest is given up. */
  async drain(limitMs: number): Promise<void> {
    for (const waiting of this.#waiting.values()) waiting.dueAt = 0;
    const until = performance.now() + limitMs;
    while (this.depth > 0 && performance.now() < until) {
      this.#work();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.#closing.abort();
    clearTimeout(this.#timer);
    if (this.depth > 0) this.#log.warn({ pods: this.depth }, 'network statuses are left unwritten');
  }

  #dropBeyondBound(): void {
    for (const [key, { pod }] of this.#waiting) {
      if (this.#waiting.size <= MOST_PODS) return;
      this.#drop(key, pod, `more than ${MOST_PODS} wait`);
    }
  }

  #drop(key: string, pod: PodIdentity, cause: string): void {
    this.#waiting.delete(key);
    this.#onStatus('dropped');
    this.#log.warn({ pod: nameOf(pod), cause }, FAULT);
  }

  #work(): void {
    const now = performance.now();
    for (const [key, waiting] of this.#waiting) {
      if (this.#underWay.size >= AT_ONCE) return;
      if (waiting.dueAt > now || this.#underWay.has(key)) continue;
      this.#waiting.delete(key);
      this.#underWay.add(key);
      void this.#attempt(key, waiting).finally(() => {
        this.#underWay.delete(key);
        this.#work();
      });
    }
    this.#wakeLater(now);
  }

  #wakeLater(now: number): void {
    clearTimeout(this.#timer);
    // The end of what is under way wakes us as well.
    const free = [...this.#waiting].filter(([key]) => !this.#underWay.has(key));
    if (free.length === 0 || this.#closing.signal.aborted) return;
    const next = Math.min(...free.map(([, { dueAt }]) => dueAt));
    this.#timer = setTimeout(() => this.#work(), Math.max(next - now, 10)).unref();
  }

  async #attempt(key: string, waiting: Waiting): Promise<void> {
    const deadlines = new CallDeadlines(this.#closing.signal);
    const write = statusToApiServer(waiting.open, () => deadlines.start(ATTEMPT_MS));
    const fault = await write(waiting.pod, waiting.annotations);
    deadlines.end();
    if (!fault) return this.#onStatus('written');
    this.#again(key, waiting, fault);
  }

  #again(key: string, waiting: Waiting, { cause, isFinal }: StatusFault): void {
    const now = performance.now();
    if (isFinal || now - waiting.since > LIFE_MS) {
      this.#drop(key, waiting.pod, cause);
      return;
    }
    this.#onStatus('retried');
    if (waiting.attempts === 0) this.#log.warn({ pod: nameOf(waiting.pod), cause }, `${FAULT} yet`);
    waiting.attempts += 1;
    waiting.dueAt = now + PAUSE_FACTOR * deriveBackOffMs(waiting.attempts, Math.random());
    // What came in the meantime is newer.
    const newer = this.#waiting.get(key);
    if (newer) newer.annotations = { ...waiting.annotations, ...newer.annotations };
    else this.#waiting.set(key, waiting);
    this.#dropBeyondBound();
  }
}

function nameOf({ namespace, name }: PodIdentity): string {
  return `${namespace}/${name}`;
}

function keyOf({ namespace, name, uid = '' }: PodIdentity): string {
  return `${namespace}/${name}/${uid}`;
}
