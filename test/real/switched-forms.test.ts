/** A pod whose calls are served by different forms of Braid, in all pairs: as when a node is upgraded, or its agent ends. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { BRAID_FORMS, type BraidForm, COMPILED } from '../harness/braid-call.ts';
import type { NodeSnapshot } from '../harness/node-snapshot.ts';
import type { PodNetns } from '../harness/pod-netns.ts';
import { describeReal, hasRealNetworking } from '../harness/real-requirements.ts';
import { createRealScene, type RealScene } from '../harness/real-scene.ts';

const VALID = 'cni.dev/valid-attachments';
/** A bridge with the default route and a macvlan, both with host-local; the bridge twice. */
const annotations = { cni: 'front, lan@lan0, front' };

describeReal('a pod under several forms of Braid', hasRealNetworking(), () => {
  let scene: RealScene;
  let pod: PodNetns;
  let before: NodeSnapshot;
  beforeAll(async () => {
    scene = await createRealScene('switched', BRAID_FORMS.at(-1));
  });
  afterAll(() => scene?.dispose());
  beforeEach(async () => {
    pod = await scene.pod('web');
    before = await scene.node.snapshot();
  });
  afterEach(async () => {
    await call(COMPILED, 'DEL');
    await pod.remove();
  });

  const call = (form: BraidForm, verb: string, config: Record<string, unknown> = {}) =>
    scene.braid.call(form, { verb, cniVersion: '1.1.0', netns: pod.path, annotations, config });

  async function expectNothing(): Promise<void> {
    expect((await pod.links()).map(({ name }) => name)).toEqual(['lo']);
    expect(await scene.node.leftSince(before)).toEqual([]);
    expect(scene.braid.records()).toEqual([]);
  }

  /** The one of the forms that is neither. */
  const third = (first: BraidForm, second: BraidForm) =>
    BRAID_FORMS.find((form) => form !== first && form !== second) ?? COMPILED;

  const pairs = BRAID_FORMS.flatMap((adding) => BRAID_FORMS.map((deleting) => ({ adding, deleting })));

  test.each(pairs)('ADD $adding.name, CHECK and DEL $deleting.name', async ({ adding, deleting }) => {
    const other = third(adding, deleting);
    const { code, json } = await call(adding, 'ADD');
    expect(code).toBe(0);
    expect((await pod.links()).map(({ name }) => name).toSorted()).toEqual(['eth0', 'eth1', 'lan0', 'lo']);
    const check = () => call(deleting, 'CHECK', { prevResult: json });
    expect(await check()).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect((await call(other, 'ADD')).json).toMatchObject({ code: 100 });
    const collected = await call(other, 'GC', { [VALID]: [{ containerID: 'c1', ifname: 'eth0' }] });
    expect(collected).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await check()).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await call(deleting, 'DEL')).toMatchObject({ code: 0, stdout: '', stderr: '' });
    await expectNothing();
  });

  test.each(pairs)('ADD $adding.name, GC $deleting.name takes it', async ({ adding, deleting }) => {
    expect(await call(adding, 'ADD')).toMatchObject({ code: 0 });
    expect(await call(deleting, 'GC', { [VALID]: [] })).toMatchObject({ code: 0, stdout: '' });
    await expectNothing();
  });
});
