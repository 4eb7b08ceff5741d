/** What of a call is measured. */
import { expect, test } from 'vitest';
import { AgentMetrics } from '../../src/agent/agent-metrics.ts';
import { measuredPorts } from '../../src/agent/measured-ports.ts';
import type { Ports } from '../../src/stages/ports.ts';
import type { StateStore } from '../../src/state/state-store.ts';
import { memoryState } from '../samples/memory-state.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';

const NO_FACTS = {
  queue: () => ({ running: 0, waiting: 0 }),
  statuses: () => 0,
  informers: () => [],
  journal: async () => ({ records: 0, bytes: 0 }),
};

const record = recordOf([attachmentOf('front', 'eth0')]);
const STEPS = [{ index: 0, phase: 'added' as const }];

test.each<[string, (state: StateStore) => Promise<unknown>]>([
  ['load', (state) => state.load(record)],
  ['write', (state) => state.write(record)],
  ['note', (state) => state.note(record, STEPS)],
  ['settle', (state) => state.settle(record, STEPS)],
  ['remove', (state) => state.remove(record)],
])('%s counts as the stage "journal"', async (_title, use) => {
  const metrics = new AgentMetrics(NO_FACTS);
  const { state } = memoryState();
  const ports = measuredPorts({ state, podSources: [], networks: {} } as unknown as Ports, 'ADD', metrics);
  await use(ports.state);
  expect(await metrics.registry.metrics()).toContain('braid_stage_seconds_count{verb="ADD",stage="journal"} 1');
});
