import { describe, expect, test } from 'vitest';
import { detachAll } from '../../src/execute/detach.ts';
import type { Phase } from '../../src/state/state-store.ts';
import { contextOf, failed, keptLog, type Script, scriptedDelegates } from '../samples/delegates.ts';
import { failure } from '../samples/failure.ts';
import { memoryState } from '../samples/memory-state.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';

async function scene(phases: readonly Phase[], script: Script = {}) {
  const record = recordOf(phases.map((phase, index) => attachmentOf(`n${index}`, `eth${index}`, { phase })));
  const delegates = scriptedDelegates(script);
  const store = memoryState();
  await store.state.write(record);
  const log = keptLog();
  const context = await contextOf(
    delegates.run,
    phases.map((_phase, index) => `n${index}-cni`),
    { log },
  );
  const detach = (isRollback = false) => detachAll(record, { context, state: store.state, isRollback });
  return { delegates, store, log, detach };
}

describe('detachAll', () => {
  test('M11: deletes the last attachment first, notes each step, and removes the record at the end', async () => {
    const { delegates, store, detach } = await scene(['added', 'added']);
    expect(await detach()).toEqual([]);
    expect(delegates.log).toEqual(['DEL n1-cni eth1', 'DEL n0-cni eth0']);
    expect(store.log.slice(1)).toEqual(['note 1 deleting', 'note 1 gone, 0 deleting', 'remove']);
    expect(store.read()).toBeUndefined();
  });

  test('M14: one that fails stops no other, and stays in the record, which stays', async () => {
    const { delegates, store, detach } = await scene(['added', 'added', 'added'], { 'DEL n1-cni': failed(11, 'busy') });
    expect(await detach()).toMatchObject([{ code: 11, message: expect.stringContaining('plugin "n1-cni" DEL: busy') }]);
    expect(delegates.log).toEqual(['DEL n2-cni eth2', 'DEL n1-cni eth1', 'DEL n0-cni eth0', 'DEL n1-cni eth1']);
    expect(store.read()?.attachments.map(({ phase }) => phase)).toEqual(['gone', 'deleting', 'gone']);
  });

  test('M14: one that can only go once another has is tried again, and then nothing is left', async () => {
    let attempts = 0;
    const { delegates, store, detach } = await scene(['added', 'added'], {
      'DEL n1-cni': () => {
        attempts += 1;
        return attempts === 1 ? failed(999, 'chain is in use') : {};
      },
    });
    expect(await detach()).toEqual([]);
    expect(delegates.log).toEqual(['DEL n1-cni eth1', 'DEL n0-cni eth0', 'DEL n1-cni eth1']);
    expect(store.read()).toBeUndefined();
  });

  test('M14: where nothing goes nothing is tried twice', async () => {
    const { delegates, detach } = await scene(['added', 'added'], { DEL: failed(999, 'busy') });
    expect(await detach()).toHaveLength(2);
    expect(delegates.log).toHaveLength(2);
  });

  test('M14: what is gone is not deleted again', async () => {
    const { delegates, detach } = await scene(['gone', 'deleting', 'gone']);
    await detach();
    expect(delegates.log).toEqual(['DEL n1-cni eth1']);
  });

  test('M13: a DEL deletes what was only planned too, for its note may be lost; a rollback knows better', async () => {
    const phases: Phase[] = ['added', 'adding', 'planned'];
    const asDel = await scene(phases);
    await asDel.detach();
    expect(asDel.delegates.log).toEqual(['DEL n2-cni eth2', 'DEL n1-cni eth1', 'DEL n0-cni eth0']);
    const asRollback = await scene(phases);
    await asRollback.detach(true);
    expect(asRollback.delegates.log).toEqual(['DEL n1-cni eth1', 'DEL n0-cni eth0']);
  });

  test('a full disk keeps no address from being freed', async () => {
    const { delegates, store, log, detach } = await scene(['added']);
    store.refuses.set('note', () => true);
    expect(await detach()).toEqual([]);
    expect(delegates.log).toEqual(['DEL n0-cni eth0']);
    expect(store.read()).toBeUndefined();
    expect(log.warnings).toEqual(['cannot note a step of the clean-up']);
  });

  test('a record that cannot be removed is an error: the next DEL shall try again', async () => {
    const { store, detach } = await scene(['added']);
    store.refuses.set('remove', () => true);
    expect(await failure(() => detach())).toMatchObject({ code: 5, message: expect.stringContaining('remove') });
  });
});
