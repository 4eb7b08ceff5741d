import { expect, test } from 'vitest';
import { findPod } from '../../src/pod/find-pod.ts';
import type { PodLookup, PodSource } from '../../src/pod/pod-source.ts';
import { failure } from '../samples/failure.ts';

const identity = { namespace: 'shop', name: 'web', uid: 'u1' };
const silent: PodSource = { find: async () => ({ kind: 'silent' }) };
const failed = (cause: string): PodSource => ({ find: async () => ({ kind: 'failed', cause, hint: `mend ${cause}` }) });
const found = (origin: string, annotations: Record<string, string> = {}): PodSource => ({
  find: async (asked): Promise<PodLookup> => ({ kind: 'found', pod: { identity: asked, annotations, origin } }),
});
const never: PodSource = {
  find: async () => {
    throw new Error('must not be asked');
  },
};

test('the first source that knows the pod decides, even without annotations; the others are not asked', async () => {
  expect(await findPod(identity, [silent, found('first'), never])).toEqual({
    pod: { identity, annotations: {}, origin: 'first' },
    isKnown: true,
    warnings: [],
  });
});

test('a source that failed before one answered is a warning', async () => {
  const { pod, warnings } = await findPod(identity, [failed('no route'), found('K8S_ANNOT')]);
  expect(pod.origin).toBe('K8S_ANNOT');
  expect(warnings).toEqual(['no route; going on with K8S_ANNOT']);
});

test('M29: when a source that should know fails and no other answers, it is code 11', async () => {
  expect(await failure(() => findPod(identity, [failed('no route'), silent, failed('gone')]))).toMatchObject({
    code: 11,
    message: "cannot read the pod's annotations: no route; gone",
    details: 'mend no route; mend gone',
  });
});

test('where nobody knows of a pod and nothing is wrong, it has no annotations', async () => {
  expect(await findPod(undefined, [silent])).toEqual({
    pod: { identity: undefined, annotations: {}, origin: 'no source of annotations' },
    isKnown: false,
    warnings: [],
  });
});
