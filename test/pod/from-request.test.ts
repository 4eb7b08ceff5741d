import { describe, expect, test } from 'vitest';
import { podFromCniArgs, podFromRuntimeConfig } from '../../src/pod/from-request.ts';
import { parseCniArgs } from '../../src/request/cni-args.ts';
import { ANNOTATIONS_CAPABILITY } from '../../src/schema/node-config.ts';
import { failure } from '../samples/failure.ts';

const identity = { namespace: 'shop', name: 'web', uid: 'u1' };
const fromRuntime = (value: unknown) => podFromRuntimeConfig({ [ANNOTATIONS_CAPABILITY]: value });

describe('podFromRuntimeConfig', () => {
  test('M27: the runtime’s map of annotations needs no API call', async () => {
    expect(await fromRuntime({ cni: 'a,b' }).find(identity)).toEqual({
      kind: 'found',
      pod: { identity, annotations: { cni: 'a,b' }, origin: 'the runtime (pod-annotations)' },
    });
  });

  test('M27: an empty map is an answer, no map is none', async () => {
    expect(await fromRuntime({}).find(identity)).toMatchObject({ kind: 'found' });
    expect(await fromRuntime(null).find(identity)).toEqual({ kind: 'silent' });
    expect(await podFromRuntimeConfig({}).find(identity)).toEqual({ kind: 'silent' });
  });

  test.each([[['cni']], ['cni=a'], [{ cni: 1 }], [{ cni: null }]])('%j is no map of strings: code 7', async (value) => {
    expect(await failure(() => fromRuntime(value).find(identity))).toMatchObject({
      code: 7,
      message: `runtimeConfig "${ANNOTATIONS_CAPABILITY}" must be a map of strings`,
    });
  });

  test('M29: a static pod, known to the runtime by its manifest’s hash, has another uid on the API server', async () => {
    const answer = await fromRuntime({ 'kubernetes.io/config.hash': 'u1' }).find(identity);
    expect(answer).toMatchObject({ kind: 'found', pod: { identity: { ...identity, uid: undefined } } });
  });
});

describe('podFromCniArgs', () => {
  const fromArgs = (text: string) => podFromCniArgs(parseCniArgs(text));

  test('K8S_ANNOT is a JSON map', async () => {
    expect(await fromArgs('K8S_ANNOT={"cni":"a"}').find(undefined)).toEqual({
      kind: 'found',
      pod: { identity: undefined, annotations: { cni: 'a' }, origin: 'K8S_ANNOT in CNI_ARGS' },
    });
  });

  test.each(['', 'K8S_ANNOT='])('without it (%o) the source is silent', async (text) => {
    expect(await fromArgs(text).find(identity)).toEqual({ kind: 'silent' });
  });

  test('what is not JSON is code 4 and is not quoted', async () => {
    expect(await failure(() => fromArgs('K8S_ANNOT={secret').find(identity))).toMatchObject({
      code: 4,
      message: 'K8S_ANNOT in CNI_ARGS is not valid JSON: unexpected character at line 1, column 2',
      details: '',
    });
  });

  test('what is JSON but no map of strings is code 7', async () => {
    expect(await failure(() => fromArgs('K8S_ANNOT=[1]').find(identity))).toMatchObject({
      code: 7,
      message: 'K8S_ANNOT in CNI_ARGS must be a map of strings',
    });
  });
});
