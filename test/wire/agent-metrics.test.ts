/** What the agent tells of itself: /healthz, /readyz, /metrics as docs/agent.md promises them. */
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { BRAID_VERSION } from '../../src/version.ts';
import { describeReal } from '../harness/real-requirements.ts';
import { RunningAgent } from '../harness/running-agent.ts';
import { scratchFolder } from '../samples/scratch.ts';
import { AgentScene, hasLauncher } from './agent-scene.ts';

/** The names in the table of docs/agent.md. */
function documented(): string[] {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs/agent.md'), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| `braid_'));
  return rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(braid_\w+)`/g)].map(([, name = '']) => name));
}

/** The values of /metrics by name and labels. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => /^\w/.test(line));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

test('an agent without calls is healthy, ready, and has all metrics that are documented, and no others', async () => {
  const agent = await RunningAgent.start({ dir: scratchFolder() });
  expect(await agent.ask('/healthz')).toEqual({ status: 200, text: 'ok\n' });
  expect(await agent.ask('/readyz?verbose')).toEqual({ status: 200, text: 'ok\n' });
  expect(await agent.ask('/')).toMatchObject({ status: 404 });
  const { status, text } = await agent.ask('/metrics');
  expect(status).toBe(200);
  const told = [...text.matchAll(/^# TYPE (braid_\w+) /gm)].map(([, name]) => name);
  expect(told.toSorted()).toEqual(documented().toSorted());
  expect(text).toContain('\nprocess_resident_memory_bytes ');
});

test('it is not ready before the first lists', async () => {
  const scene = new AgentScene();
  const api = await scene.withApi();
  api.faults.hang = 2;
  const agent = await scene.startAgent(['--conf', scene.conf]);
  expect(await agent.ask('/readyz')).toEqual({
    status: 503,
    text: 'not listed yet: /api/v1/pods, /apis/k8s.cni.cncf.io/v1/network-attachment-definitions\n',
  });
  expect(await agent.ask('/healthz')).toMatchObject({ status: 200 });
});

describeReal('the metrics', hasLauncher(), () => {
  test('count calls by stage, delegates, failures, rollbacks, and what is known and kept', async () => {
    const scene = new AgentScene();
    await scene.withApi();
    const agent = await scene.startReadyAgent();
    scene.node.plugin('ptp', { ADD: [{}, { stdout: { code: 42, msg: 'no more addresses' }, exit: 1 }] });
    const kept = { ...scene.config, 'cni.dev/valid-attachments': [{ containerID: 'c1', ifname: 'eth0' }] };
    expect(await scene.call('ADD')).toMatchObject({ code: 0 });
    expect(await scene.call('ADD', { containerId: 'c2' })).toMatchObject({ code: 1, json: { code: 42 } });
    expect(await scene.call('GC', { cniVersion: '1.1.0', config: kept })).toMatchObject({ code: 0 });
    await agent.metricIs('braid_status_writes_total{outcome="written"}', 1);
    const samples = samplesOf((await agent.ask('/metrics')).text);
    expect(Object.fromEntries(samples)).toMatchObject({
      'braid_call_seconds_count{verb="ADD"}': 2,
      ...stageCounts({ queue: 2, lock: 2, pod: 4, networks: 2, plugins: 4, delegates: 6, status: 1 }),
      'braid_delegate_seconds_count{plugin="bridge",verb="ADD"}': 2,
      'braid_delegate_seconds_count{plugin="ptp",verb="ADD"}': 2,
      'braid_delegate_seconds_count{plugin="ptp",verb="DEL"}': 1,
      'braid_failures_total{verb="ADD",code="42"}': 1,
      braid_rollbacks_total: 1,
      'braid_hand_overs_total{reason="garbage collection"}': 1,
      [`braid_build_info{version="${BRAID_VERSION}"}`]: 1,
      braid_lost_launchers_total: 0,
      'braid_status_writes_total{outcome="written"}': 1,
      braid_calls_running: 0,
      braid_queue_depth: 0,
      braid_status_queue_depth: 0,
      'braid_informer_objects{collection="/api/v1/pods"}': 1,
      'braid_informer_age_seconds{collection="/api/v1/pods"}': expect.any(Number),
      braid_journal_records: 1,
    });
    expect(samples.get('braid_journal_bytes')).toBeGreaterThan(100);
  });

  test('have a call end with its answer, not when its trace is given up', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void silent.close());
    const scene = new AgentScene();
    const agent = await scene.startAgent();
    const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const config = { ...scene.config, trace: { endpoint } };
    expect(await scene.call('ADD', { config })).toMatchObject({ code: 0 });
    await agent.metricIs('braid_call_seconds_count{verb="ADD"}', 1);
    const samples = samplesOf((await agent.ask('/metrics')).text);
    // The trace is given up after a second.
    expect(samples.get('braid_call_seconds_sum{verb="ADD"}')).toBeLessThan(0.9);
  });
});

/** How often each stage of an ADD was measured. */
function stageCounts(counts: Readonly<Record<string, number>>): Record<string, number> {
  const name = (stage: string) => `braid_stage_seconds_count{verb="ADD",stage="${stage}"}`;
  return Object.fromEntries(Object.entries(counts).map(([stage, count]) => [name(stage), count]));
}
