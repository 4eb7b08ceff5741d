/**
 * What the agent counts, for Prometheus. Names begin with `braid_`; times are in seconds, as Prometheus has them.
 *
 * Gauges are asked when they are scraped. docs/agent.md lists all of them.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { BRAID_VERSION } from '../version.ts';

const CALL_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const STAGE_BUCKETS = [0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10, 60];

const LAG_PRECISION_MS = 500;

/** A collection of the API server as the agent knows it; `ageSeconds` is absent before the first list. */
export interface InformerFacts {
  readonly collection: string;
  readonly ageSeconds: number | undefined;
  readonly objects: number;
}

/** What is asked when somebody scrapes. */
export interface ScrapedFacts {
  readonly queue: () => { readonly running: number; readonly waiting: number };
  readonly statuses: () => number;
  readonly informers: () => readonly InformerFacts[];
  readonly journal: () => Promise<{ readonly records: number; readonly bytes: number }>;
}

/** The counters; each agent has its own registry. */
export class AgentMetrics {
  readonly registry = new Registry();
  readonly calls = new Histogram({
    name: 'braid_call_seconds',
    help: 'From the request to the answer, the wait for its turn included.',
    labelNames: ['verb'] as const,
    buckets: CALL_BUCKETS,
    registers: [this.registry],
  });
  readonly stages = new Histogram({
    name: 'braid_stage_seconds',
    help: 'Time of a call by stage: queue, lock, pod, namespace, networks, plugins, journal, probe, delegates, status.',
    labelNames: ['verb', 'stage'] as const,
    buckets: STAGE_BUCKETS,
    registers: [this.registry],
  });
  readonly delegates = new Histogram({
    name: 'braid_delegate_seconds',
    help: 'Run time of delegates, as the launcher ran them.',
    labelNames: ['plugin', 'verb'] as const,
    buckets: CALL_BUCKETS,
    registers: [this.registry],
  });
  readonly failures = new Counter({
    name: 'braid_failures_total',
    help: 'Calls that were answered with an error, by its code.',
    labelNames: ['verb', 'code'] as const,
    registers: [this.registry],
  });
  readonly rollbacks = new Counter({
    name: 'braid_rollbacks_total',
    help: 'ADDs that failed after a delegate had run, and were taken back.',
    registers: [this.registry],
  });
  readonly handOvers = new Counter({
    name: 'braid_hand_overs_total',
    help: 'Calls that were left to the standalone program.',
    labelNames: ['reason'] as const,
    registers: [this.registry],
  });
  readonly lostLaunchers = new Counter({
    name: 'braid_lost_launchers_total',
    help: 'Calls that the launcher ended before their answer, and connections that broke the protocol.',
    registers: [this.registry],
  });
  readonly liveGets = new Counter({
    name: 'braid_live_gets_total',
    help: 'Questions to the API server that a call waited for, by why no watch answered them.',
    labelNames: ['collection', 'reason'] as const,
    registers: [this.registry],
  });
  readonly statusWrites = new Counter({
    name: 'braid_status_writes_total',
    help: 'Network statuses of pods by what became of them: written, retried, dropped.',
    labelNames: ['outcome'] as const,
    registers: [this.registry],
  });

  constructor(facts: ScrapedFacts) {
    // Its own precision would wake an idle agent a hundred times a second.
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: LAG_PRECISION_MS });
    new Gauge({
      name: 'braid_build_info',
      help: 'Always 1; its label tells the version of Braid.',
      labelNames: ['version'] as const,
      registers: [this.registry],
    }).set({ version: BRAID_VERSION }, 1);
    this.#gauge('braid_calls_running', 'Calls that are being served.', () => facts.queue().running);
    this.#gauge('braid_queue_depth', 'Calls that wait for their turn.', () => facts.queue().waiting);
    this.#gauge('braid_status_queue_depth', 'Network statuses that are not written yet.', facts.statuses);
    this.#informerGauges(facts);
    this.#journalGauges(facts);
  }

  #gauge(name: string, help: string, value: () => number): void {
    new Gauge({ name, help, registers: [this.registry], collect: observe((gauge) => gauge.set(value())) });
  }

  #informerGauges({ informers }: ScrapedFacts): void {
    const shared = { labelNames: ['collection'] as const, registers: [this.registry] };
    new Gauge({
      name: 'braid_informer_age_seconds',
      help: 'For how long nothing was heard of the API server about a collection.',
      ...shared,
      collect: observe((gauge) => {
        gauge.reset();
        for (const { collection, ageSeconds } of informers()) {
          if (ageSeconds !== undefined) gauge.set({ collection }, ageSeconds);
        }
      }),
    });
    new Gauge({
      name: 'braid_informer_objects',
      help: 'Objects that are known of a collection.',
      ...shared,
      collect: observe((gauge) => {
        gauge.reset();
        for (const { collection, objects } of informers()) gauge.set({ collection }, objects);
      }),
    });
  }

  #journalGauges({ journal }: ScrapedFacts): void {
    // Both gauges are asked at the same time, and either may be the first.
    let looking: ReturnType<ScrapedFacts['journal']> | undefined;
    const look = () => {
      looking ??= journal().finally(() => {
        looking = undefined;
      });
      return looking;
    };
    this.#journalGauge('braid_journal_bytes', 'Size of the journal.', async () => (await look()).bytes);
    const help = 'Attachment records in the journal, one for each container interface of a runtime.';
    this.#journalGauge('braid_journal_records', help, async () => (await look()).records);
  }

  #journalGauge(name: string, help: string, value: () => Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect: async function (this: Gauge) {
        this.set(await value());
      },
    });
  }
}

/** prom-client hands the gauge over as `this`. */
function observe(work: (gauge: Gauge) => void): (this: Gauge) => void {
  return function (this: Gauge) {
    work(this);
  };
}
