import { expect, test } from 'vitest';
import { templatePods } from '../../src/commands/explain/pod-templates.ts';
import { CniError } from '../../src/errors.ts';
import type { ClusterObject } from '../../src/testing/manifests.ts';

const TEMPLATE = { metadata: { annotations: { cni: 'front' } }, spec: { hostNetwork: false } };
const place = { file: 'a.yaml', line: 3 };

function object(kind: string, spec: object, name = 'web'): ClusterObject {
  return { kind, namespace: 'shop', name, body: { kind, spec }, place };
}

test('a workload makes a pod of its name, with the annotations of its template', () => {
  expect(templatePods([object('Deployment', { template: TEMPLATE })])).toEqual([
    {
      kind: 'Pod',
      namespace: 'shop',
      name: 'web',
      place,
      madeBy: 'Deployment web',
      body: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { annotations: { cni: 'front' }, namespace: 'shop', name: 'web' },
        spec: { hostNetwork: false },
      },
    },
  ]);
});

test('a template of a CronJob lies deeper', () => {
  const [pod] = templatePods([object('CronJob', { jobTemplate: { spec: { template: TEMPLATE } } })]);
  expect(pod).toMatchObject({ madeBy: 'CronJob web', body: { metadata: { annotations: { cni: 'front' } } } });
});

test('a name that another pod has gets the kind', () => {
  const job = object('Job', { template: TEMPLATE });
  const made = templatePods([object('Pod', {}), object('DaemonSet', { template: TEMPLATE }), job]);
  expect(made.map(({ name }) => name)).toEqual(['web-daemonset', 'web-job']);
  expect(templatePods([job, object('StatefulSet', { template: TEMPLATE })]).map(({ name }) => name)).toEqual([
    'web',
    'web-statefulset',
  ]);
});

test('what is no workload of Kubernetes makes no pod', () => {
  const job = object('Job', { tasks: [] });
  const volcano = { ...job, body: { ...job.body, apiVersion: 'batch.volcano.sh/v1alpha1' } };
  expect(templatePods([object('Service', { template: TEMPLATE }), volcano])).toEqual([]);
});

test.each([
  ['Deployment', {}, 'spec.template'],
  ['Deployment', { template: 5 }, 'spec.template'],
  ['CronJob', { jobTemplate: null }, 'spec.jobTemplate'],
])('a %s of %j has a fault in the place of its pod', (kind, spec, key) => {
  const written = object(kind, spec);
  const batch = { ...written, body: { ...written.body, apiVersion: 'batch/v1' } };
  const msg = `a.yaml:3: ${kind} shop/web has no usable template of its pods: "${key}" must be an object`;
  expect(templatePods([batch])).toEqual([
    { namespace: 'shop', name: 'web', place, madeBy: `${kind} web`, fault: new CniError(6, msg) },
  ]);
});
