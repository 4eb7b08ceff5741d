import { describe, expect, test } from 'vitest';
import { add, del } from '../../src/pipeline.ts';
import { failed } from '../samples/delegates.ts';
import { failure } from '../samples/failure.ts';
import { requestOf } from '../samples/request.ts';
import { scene } from './pipeline-scene.ts';

describe('rollback', () => {
  test('M12: the second network fails: both are deleted, the failing one first, and its own error is told', async () => {
    const { ports, delegates, store, statuses } = scene({ script: { 'ADD back-cni': failed(50, 'no subnet') } });
    expect(await failure(() => add(requestOf(), ports))).toMatchObject({
      code: 50,
      message: 'network "back" (eth1), plugin "back-cni" ADD: no subnet',
      details: '',
    });
    expect(delegates.log).toEqual([
      'ADD front-cni eth0',
      'ADD back-cni eth1',
      'DEL back-cni eth1',
      'DEL front-cni eth0',
    ]);
    expect(store.records.size).toBe(0);
    expect(statuses).toEqual([]);
  });

  test('M14: a DEL of the rollback fails: the record stays, details say so, and the next DEL finishes', async () => {
    let isBusy = true;
    const script = {
      'ADD back-cni': failed(50, 'no subnet'),
      'DEL front-cni': () => (isBusy ? failed(11, 'busy') : {}),
    };
    const { ports, store, delegates } = scene({ script });
    expect(await failure(() => add(requestOf(), ports))).toMatchObject({
      code: 50,
      message: expect.stringContaining('no subnet'),
      details: expect.stringMatching(
        /not everything could be taken back, the next DEL tries again: .*plugin "front-cni" DEL: busy/,
      ),
    });
    expect(store.read()?.attachments.map(({ phase }) => phase)).toEqual(['deleting', 'gone']);
    expect(await failure(() => add(requestOf(), ports))).toMatchObject({ code: 100 });
    isBusy = false;
    delegates.log.length = 0;
    await del(requestOf({ CNI_COMMAND: 'DEL' }), ports);
    expect(delegates.log).toEqual(['DEL front-cni eth0']);
    expect(store.records.size).toBe(0);
  });

  test('M10, R72: an answer that its version cannot carry takes everything back', async () => {
    const { ports, delegates, store } = scene({
      annotations: { cni: 'front' },
      script: { 'ADD front-cni': { stdout: { cniVersion: '1.0.0' } } },
    });
    expect(await failure(() => add(requestOf({}, { cniVersion: '0.2.0' }), ports))).toMatchObject({
      code: 999,
      message: 'cannot convert: no valid IP addresses',
    });
    expect(delegates.log).toEqual(['ADD front-cni eth0', 'DEL front-cni eth0']);
    expect(store.records.size).toBe(0);
  });

  test('M12: an exception that is no CNI error takes everything back too', async () => {
    const { ports, delegates, store } = scene();
    const writeStatus = () => Promise.reject(new TypeError('x is undefined'));
    const request = requestOf({}, { statusWriteBack: 'required' });
    expect(await failure(() => add(request, { ...ports, writeStatus }))).toMatchObject({
      code: 999,
      message: 'internal error: x is undefined',
    });
    expect(delegates.log.slice(2)).toEqual(['DEL back-cni eth1', 'DEL front-cni eth0']);
    expect(store.records.size).toBe(0);
  });
});
