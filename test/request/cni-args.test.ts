import { describe, expect, test } from 'vitest';
import { parseCniArgs, podIdentity } from '../../src/request/cni-args.ts';

describe('parseCniArgs', () => {
  test.each([
    ['', []],
    [';;', []],
    ['A=b', [['A', 'b']]],
    ['A=b;', [['A', 'b']]],
    ['A=b=c', [['A', 'b=c']]],
    ['A', []],
    ['A=', [['A', '']]],
    [
      'A=1;B=2;A=3',
      [
        ['A', '3'],
        ['B', '2'],
      ],
    ],
    [
      '__proto__=x;constructor=y',
      [
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ],
    ],
  ])('P11: our own reading of %o is lenient', (text, pairs) => {
    expect([...parseCniArgs(text)]).toEqual(pairs);
  });
});

describe('podIdentity', () => {
  test('the pod is named by its namespace and name; an empty uid is none', () => {
    expect(podIdentity(parseCniArgs('K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web;K8S_POD_UID='))).toEqual({
      namespace: 'shop',
      name: 'web',
      uid: undefined,
    });
    expect(podIdentity(parseCniArgs('K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web;K8S_POD_UID=u'))?.uid).toBe('u');
  });

  test.each(['', 'K8S_POD_NAME=web', 'K8S_POD_NAMESPACE=shop', 'K8S_POD_NAMESPACE=;K8S_POD_NAME=web'])(
    'outside Kubernetes (%o) there is none',
    (text) => {
      expect(podIdentity(parseCniArgs(text))).toBeUndefined();
    },
  );
});
