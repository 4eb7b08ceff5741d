/** What a bundle holds of what passed by, and what it must not. */
import { describe, expect, test } from 'vitest';
import { hideInAnnotations, hideInArgs, hideInConfiguration, hideInObject } from '../../src/recording/hide-secrets.ts';
import { hideInText } from '../../src/schema/secrets.ts';

test('of annotations those of networks stay, without their secrets', () => {
  const hidden = hideInAnnotations({
    cni: 'front',
    'k8s.v1.cni.cncf.io/networks': '[{"name":"a","cni-args":{"token":"hush"}}]',
    'kubernetes.io/ingress-bandwidth': '10M',
    'example.com/owner': 'hush',
    'cni.example.com/password': 'hush',
    'kubectl.kubernetes.io/last-applied-configuration': '{"metadata":{"annotations":{"cni":"hush"}}}',
  });
  expect(hidden).toEqual({
    cni: 'front',
    'k8s.v1.cni.cncf.io/networks': '[{"name":"a","cni-args":{"token":"(hidden)"}}]',
    'kubernetes.io/ingress-bandwidth': '10M',
    'example.com/owner': '(hidden)',
    'cni.example.com/password': '(hidden)',
    'kubectl.kubernetes.io/last-applied-configuration': '(hidden)',
  });
});

test('a text without a secret stays as it was written, for messages tell lines and columns', () => {
  const text = '{ "a" : 1,\n  "b": [ ] }';
  expect(hideInText(text)).toBe(text);
});

test.each([
  ['JSON', '{"ipam":{"password":"hush"}}', '{"ipam":{"password":"(hidden)"}}'],
  ['JSON with a fault', '{"token": "hush", "a":', '{"token": "(hidden)", "a":'],
  ['JSON with a fault in the secret', '{"apiKey": "hu\nsh', '{"apiKey": "(hidden)"\nsh'],
  ['a line of a log', 'secret=hush, user=me', 'secret=(hidden), user=me'],
  ['a URL', 'https://me:hush@example.com', 'https://me:(hidden)@example.com'],
])('%s', (_what, text, expected) => {
  expect(hideInText(text)).toBe(expected);
});

test('of a configuration, and of the annotations in it', () => {
  const config = {
    name: 'braid',
    policy: { k8s_auth_token: 'hush' },
    runtimeConfig: { 'io.kubernetes.cri.pod-annotations': { cni: 'a', other: 'hush' }, mac: '02:00:00:00:00:01' },
  };
  expect(hideInConfiguration(config)).toEqual({
    name: 'braid',
    policy: { k8s_auth_token: '(hidden)' },
    runtimeConfig: { 'io.kubernetes.cri.pod-annotations': { cni: 'a', other: '(hidden)' }, mac: '02:00:00:00:00:01' },
  });
});

describe('of CNI_ARGS', () => {
  test('names stay, and the annotations in K8S_ANNOT as those of a pod', () => {
    const args = 'IgnoreUnknown=1;K8S_POD_NAME=web;odd;K8S_ANNOT={"cni":"a","other":"hush"};TOKEN=hush';
    expect(hideInArgs(args)).toBe(
      'IgnoreUnknown=1;K8S_POD_NAME=web;odd;K8S_ANNOT={"cni":"a","other":"(hidden)"};TOKEN=(hidden)',
    );
  });

  test('annotations that cannot be read are hidden as they are', () => {
    expect(hideInArgs('K8S_ANNOT={"other":"hush"')).toBe('K8S_ANNOT=(hidden)');
  });
});

test('of a pod nothing but names, labels and annotations', () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', uid: 'u1', labels: { app: 'web' }, annotations: {}, managedFields: [] },
    spec: { containers: [{ env: [{ name: 'PASSWORD', value: 'hush' }] }] },
    status: { podIP: '10.0.0.1' },
  };
  expect(hideInObject(pod)).toEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', uid: 'u1', labels: { app: 'web' }, annotations: {} },
  });
});

test('of a definition its configuration, without secrets', () => {
  const definition = {
    apiVersion: 'k8s.cni.cncf.io/v1',
    kind: 'NetworkAttachmentDefinition',
    metadata: { name: 'a', namespace: 'shop', labels: { x: 'y' } },
    spec: { config: '{"type":"bridge","password":"hush"}' },
  };
  expect(hideInObject(definition)).toMatchObject({ spec: { config: '{"type":"bridge","password":"(hidden)"}' } });
});
