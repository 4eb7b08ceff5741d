import { expect, test } from 'vitest';
import { CniError } from '../../src/errors.ts';
import { add } from '../../src/pipeline.ts';
import type { PodSource } from '../../src/pod/pod-source.ts';
import { failure } from '../samples/failure.ts';
import { requestOf } from '../samples/request.ts';
import { scene } from './pipeline-scene.ts';

const unreadable = () => Promise.reject(new CniError(7, 'cannot read the Namespace object'));

test('a pod that names all its networks does not depend on its Namespace object', async () => {
  const { ports, delegates } = scene({ annotations: { cni: 'front' } });
  await add(requestOf(), { ...ports, readNamespace: unreadable });
  expect(delegates.log).toEqual(['ADD front-cni eth0']);
});

test('any other pod does', async () => {
  const { ports, delegates } = scene({ annotations: {} });
  expect(await failure(() => add(requestOf(), { ...ports, readNamespace: unreadable }))).toMatchObject({ code: 7 });
  expect(delegates.log).toEqual([]);
});

test('the Namespace object is asked for before the pod is known', async () => {
  const order: string[] = [];
  const { ports } = scene({ annotations: { cni: 'front' } });
  const silent: PodSource = {
    async find() {
      order.push('pod');
      return { kind: 'silent' };
    },
  };
  const readNamespace = async () => {
    order.push('namespace');
    return {};
  };
  await add(requestOf(), { ...ports, podSources: [silent, ...ports.podSources], readNamespace });
  expect(order).toEqual(['namespace', 'pod']);
});
