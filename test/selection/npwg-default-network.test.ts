import { describe, expect, test } from 'vitest';
import { parseDefaultNetwork } from '../../src/selection/npwg-list.ts';
import { failure } from '../samples/failure.ts';

const ANNOTATION = 'v1.multus-cni.io/default-network';
const WHERE = `annotation "${ANNOTATION}"`;

function parse(value: string, referrer: 'pod' | 'namespace' = 'pod') {
  return parseDefaultNetwork(value, { annotation: ANNOTATION, networkNamespace: 'kube-system', referrer });
}

test('one definition, with its place and who refers to it', () => {
  expect(parse('calico', 'namespace')).toEqual({
    network: { kind: 'definition', namespace: 'kube-system', name: 'calico' },
    requestedIfName: undefined,
    naming: 'net',
    where: WHERE,
    dialect: 'npwg',
    referrer: 'namespace',
    options: {},
  });
});

test.each([
  ['calico', { namespace: 'kube-system', name: 'calico' }, undefined],
  [' net.v1 ', { namespace: 'kube-system', name: 'net.v1' }, undefined],
  ['shop/a@eth7', { namespace: 'shop', name: 'a' }, 'eth7'],
  ['[{"name":"a"}]', { namespace: 'kube-system', name: 'a' }, undefined],
  ['[{"name":"a","namespace":"shop","interface":"eth7"}]', { namespace: 'shop', name: 'a' }, 'eth7'],
])('%j', (value, network, requestedIfName) => {
  expect(parse(value)).toMatchObject({ network, requestedIfName, referrer: 'pod' });
});

test('options are those of every element', () => {
  const value = '[{"name":"a","mac":"02-00-00-00-00-01","default-route":["10.0.0.1"]}]';
  expect(parse(value).options).toEqual({ mac: '02:00:00:00:00:01', defaultRoute: ['10.0.0.1'] });
});

describe('anything but one network is an error that names the annotation', () => {
  test.each([
    ['', 7, ': names no network', 'remove the annotation'],
    [' \t', 7, ': names no network', 'remove the annotation'],
    ['[]', 7, ': names no network', 'remove the annotation'],
    ['a,b', 7, ': names 2 networks, not one', 'name exactly one'],
    ['a,', 7, ': names 2 networks, not one', 'name exactly one'],
    ['[{"name":"a"},{"name":"b"}]', 7, ': names 2 networks, not one', 'name exactly one'],
    [Array(500).fill('a').join(), 7, ': names 500 networks, not one', 'name exactly one'],
    ['{"name":"a"}', 7, ': must be a list, not an object', 'wrap it in [ ]'],
    ['[null]', 7, ': must be an object, not null', ''],
    ['[{]', 7, ': is not valid JSON', ''],
    ['A', 7, ': "A" is not the name', ''],
    ['/a', 7, ': "/a" has no namespace', ''],
    ['a@lo', 7, 'interface name "lo"', ''],
    ['/etc/cni/net.d', 7, 'has more than one /', ''],
    ['[{"name":"a","mac":"x"}]', 7, ', key "mac": "x" is not a hardware address', 'six bytes'],
    ['[{"name":"a","macs":"x"}]', 2, ', key "macs": is not a key', 'did you mean "mac"?'],
  ])('%j is code %i%s', async (value, code, message, hint) => {
    const error = await failure(() => parse(value));
    expect(error.code).toBe(code);
    expect(error.message.startsWith(WHERE)).toBe(true);
    expect(error.message).toContain(message);
    expect(error.details).toContain(hint);
  });
});
