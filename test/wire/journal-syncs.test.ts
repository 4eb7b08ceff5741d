/** What a call waits for the disk: its fsyncs, as strace sees them. Built binary. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { BRAID_FORMS, type BraidForm, BraidNode, requireBuild } from '../harness/braid-call.ts';
import { startFormAgent } from '../harness/form-agent.ts';

beforeAll(requireBuild);

const isTracing = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0;

const SYNCS = 'trace=fsync,fdatasync,sync,syncfs,sync_file_range';

async function scene(form: BraidForm) {
  const node = new BraidNode();
  // A tmpfs, where the name of a file is as safe as the file; elsewhere the folder may be synced too.
  const stateDir = mkdtempSync('/dev/shm/braid-syncs-');
  const trace = join(node.dir, 'trace');
  const strace = ['strace', '-f', '-qq', '-y', '-A', '-o', trace, '-e', SYNCS];
  // The agent writes the journal, so it is what has to be traced; strace would leave it alive.
  const agent = form.agent && (await startFormAgent([...strace, 'setpriv', '--pdeathsig', 'KILL']));
  onTestFinished(async () => {
    await agent?.stop();
    rmSync(stateDir, { recursive: true });
    node.dispose();
  });
  const traced = agent ? form : { ...form, command: [...strace, ...form.command] };
  const call = async (verb: string, containerId: string, cni: string) => {
    if (existsSync(trace)) truncateSync(trace);
    const answer = await node.call(traced, { verb, containerId, annotations: { cni }, config: { stateDir } });
    const synced = readFileSync(trace, 'utf8')
      .split('\n')
      .flatMap((line) => /sync\w*\(\d+<([^>]*)>/.exec(line)?.[1] ?? []);
    return { code: answer.code, synced: synced.map((file) => file.split('.').at(-1)) };
  };
  return { node, call };
}

// Without strace, or where it may not trace, there is nothing to count with.
describe.runIf(isTracing).each(BRAID_FORMS)('fsyncs of Braid $name', (form) => {
  test.each([
    ['one network', 'a'],
    ['three networks', 'a,b,c'],
  ])('M13: an ADD of %s waits twice, for the plan and for the results; its DEL never', async (_what, cni) => {
    const { node, call } = await scene(form);
    for (const name of ['a', 'b', 'c']) node.network(name, [name], { plugin: { addresses: [] } });
    // The first record of a node makes the folder as well.
    expect(await call('ADD', 'first', 'a')).toMatchObject({ code: 0 });
    expect(await call('ADD', 'c1', cni)).toEqual({ code: 0, synced: ['json', 'json'] });
    expect(await call('DEL', 'c1', cni)).toEqual({ code: 0, synced: [] });
  });
});
