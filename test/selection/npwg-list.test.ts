import { describe, expect, test } from 'vitest';
import { parseNpwgNetworks } from '../../src/selection/npwg-list.ts';
import type { WantedNetwork } from '../../src/selection/selection.ts';
import { failure } from '../samples/failure.ts';

const ANNOTATION = 'k8s.v1.cni.cncf.io/networks';
const WHERE = `annotation "${ANNOTATION}"`;

function parse(value: string, podNamespace: string | undefined = 'shop'): WantedNetwork[] {
  return parseNpwgNetworks(value, { annotation: ANNOTATION, podNamespace });
}

/** The networks as short items, with their namespaces. */
function shortForm(value: string): string[] {
  return parse(value).map(({ network, requestedIfName }) => {
    const name = network.kind === 'definition' ? `${network.namespace}/${network.name}` : network.kind;
    return requestedIfName === undefined ? name : `${name}@${requestedIfName}`;
  });
}

describe('what is there', () => {
  test('an item is a definition, with its place, and asks for nothing more', () => {
    expect(parse('a, storage/b@net7')).toEqual([
      {
        network: { kind: 'definition', namespace: 'shop', name: 'a' },
        requestedIfName: undefined,
        naming: 'net',
        where: `${WHERE}, item 1`,
        dialect: 'npwg',
        referrer: 'pod',
        options: {},
      },
      {
        network: { kind: 'definition', namespace: 'storage', name: 'b' },
        requestedIfName: 'net7',
        naming: 'net',
        where: `${WHERE}, item 2`,
        dialect: 'npwg',
        referrer: 'pod',
        options: {},
      },
    ]);
  });

  test('both forms of one wish are one wish', () => {
    expect(parse('[{"name":"a"},{"namespace":"storage","name":"b","interface":"net7"}]')).toEqual(
      parse('a,storage/b@net7'),
    );
  });

  test.each(['', '[]', ' [ ] ', '\n[\n]'])('%j selects nothing', (value) => {
    expect(parse(value)).toEqual([]);
  });

  test.each([
    ['a', ['shop/a']],
    ['a,a', ['shop/a', 'shop/a']],
    [' a ,\n ns/b ', ['shop/a', 'ns/b']],
    [' ns / a @ net1 ', ['ns/a@net1']],
    ['a@net1,b@net1', ['shop/a@net1', 'shop/b@net1']],
    ['a@net2,b', ['shop/a@net2', 'shop/b']],
    ['vlan.100.corp', ['shop/vlan.100.corp']],
    ['[{"name":"vlan.100.corp"}]', ['shop/vlan.100.corp']],
    ['0/1', ['0/1']],
    ['a@Eth_0.1-x', ['shop/a@Eth_0.1-x']],
    [`a@${'i'.repeat(15)}`, [`shop/a@${'i'.repeat(15)}`]],
    [`${'n'.repeat(63)}/${'a'.repeat(253)}`, [`${'n'.repeat(63)}/${'a'.repeat(253)}`]],
    ['[{"name":"a","interfaceRequest":"net1"}]', ['shop/a@net1']],
    ['[{"name":"a","interface":"net1","interfaceRequest":"net1"}]', ['shop/a@net1']],
    ['[{"name":"a","org.foo.bar.key":{"ips":1}}]', ['shop/a']],
    ['[{"name":"b","name":"a"}]', ['shop/a']],
    [' \n[ {"name" : "a"} ]\n', ['shop/a']],
  ])('%j is %j', (value, networks) => {
    expect(shortForm(value)).toEqual(networks);
  });

  test('a hundred networks are taken', () => {
    expect(parse(Array(100).fill('a').join())).toHaveLength(100);
  });
});

describe('what no list is', () => {
  test.each([
    ['{}', 'must be a list, not an object', 'wrap it in [ ]'],
    ['{"name":"a"}', 'must be a list, not an object', 'wrap it in [ ]'],
    ['"a"', 'must be a list, not "a"', 'write a JSON list'],
    ['[{"name":"a"},]', 'is not valid JSON: unexpected "]" at line 1, column 15', 'remove the comma'],
    ['[{"name":"a",}]', 'unexpected "}" at line 1, column 14', 'remove the comma'],
    ['[\n  {"name": "a"}\n  {"name": "b"}\n]', 'unexpected "{" at line 3, column 3', 'write a JSON list'],
    ['[{"name":"a"}', 'it ends too early at line 1, column 14', 'write a JSON list'],
    ["[{'name':'a'}]", 'unexpected "\'" at line 1, column 3', 'double quotes'],
    ['[{“name”:1}]', 'unexpected "“" at line 1, column 3', 'double quotes'],
    ['[{"name":"a}]', 'unexpected "\\"" at line 1, column 10', 'a quote missing after it'],
    ['[{"name":"a" "namespace":"b"}]', 'unexpected "\\"" at line 1, column 14', 'a comma or colon missing before it'],
    ['a,"b"', 'unexpected "a" at line 1, column 1', 'names separated by commas without any [, { or "'],
    ['[{"name":"a"}] x', 'unexpected "x" at line 1, column 16', ''],
    ['[{"name":"a"}]]', 'unexpected "]" at line 1, column 15', ''],
    ['[{"name":"a"}}', 'unexpected "}" at line 1, column 14', ''],
    ['[nul]', 'unexpected "n" at line 1, column 2', ''],
    ['[{"name":"\t"}]', 'unexpected "\\"" at line 1, column 10', ''],
    ['[{"name":01}]', 'unexpected "1" at line 1, column 11', ''],
    ['["\\x"]', 'unexpected "\\"" at line 1, column 2', ''],
    ['\u00a0[]', 'at line 1, column 1', ''],
    ['[😀]', 'unexpected "😀" at line 1, column 2', ''],
  ])('%j is code 7 and names no item: %s', async (value, message, hint) => {
    const error = await failure(() => parse(value));
    expect(error.code).toBe(7);
    expect(error.message).toMatch(new RegExp(`^${WHERE}: `));
    expect(error.message).toContain(message);
    expect(error.details).toContain(hint);
  });

  test.each([
    [Array(101).fill('a').join(), 'asks for 101 networks, more than 100'],
    [`[${Array(101).fill('null').join()}]`, 'asks for 101 networks, more than 100'],
  ])('more than a hundred networks are refused', async (value, message) => {
    expect(await failure(() => parse(value))).toMatchObject({ code: 7, message: `${WHERE}: ${message}` });
  });
});

describe('items of the short form', () => {
  test.each([
    ['a,', 2, 'is empty', 'none at the end'],
    ['a,,b', 2, 'is empty', 'single commas'],
    [',', 1, 'is empty', 'single commas'],
    ['a, ,b', 2, 'is empty', 'single commas'],
    ['a@b@c', 1, '"a@b@c" has more than one @', '[namespace/]name[@interface]'],
    ['b,a@@c', 2, '"a@@c" has more than one @', '[namespace/]name[@interface]'],
    ['a/b/c', 1, '"a/b/c" has more than one /', '[namespace/]name[@interface]'],
    ['a//b', 1, '"a//b" has more than one /', '[namespace/]name[@interface]'],
    ['/a', 1, '"/a" has no namespace before the /', '[namespace/]name[@interface]'],
    ['ns/', 1, '"ns/" has no name', '[namespace/]name[@interface]'],
    ['ns/@net1', 1, '"ns/@net1" has no name', '[namespace/]name[@interface]'],
    ['@net1', 1, '"@net1" has no name', '[namespace/]name[@interface]'],
    ['a@', 1, '"a@" has no interface name after the @', '[namespace/]name[@interface]'],
    ['/', 1, '"/" has no name', ''],
    ['A', 1, '"A" is not the name of a Kubernetes object', 'lower-case'],
    ['a b', 1, '"a b" is not the name', 'lower-case'],
    ['a_b', 1, '"a_b" is not the name', 'lower-case'],
    ['-a', 1, '"-a" is not the name', 'lower-case'],
    ['a-', 1, '"a-" is not the name', 'lower-case'],
    ['a..b', 1, '"a..b" is not the name', 'lower-case'],
    ['../a', 1, '".." is not a namespace', '63 lower-case'],
    ['..', 1, '".." is not the name', 'lower-case'],
    ['a\0b', 1, '"a\\u0000b" is not the name', 'lower-case'],
    ['a\nb', 1, '"a\\nb" is not the name', 'lower-case'],
    ['a\u0085\u202eb\u2028', 1, '"a\\u{85}\\u{202e}b" is not the name', 'lower-case'],
    ['a'.repeat(254), 1, `"${'a'.repeat(100)}…" is not the name`, '253'],
    ['n.s/a', 1, '"n.s" is not a namespace', '63 lower-case'],
    [`${'n'.repeat(64)}/a`, 1, `"${'n'.repeat(64)}" is not a namespace`, '63 lower-case'],
    ['a@0123456789abcdef', 1, 'interface name "0123456789abcdef": interface name is too long', 'less than 16'],
    ['a@ééééééé€', 1, 'interface name is too long', 'less than 16'],
    ['a@b/c', 1, 'interface name "b/c": interface name contains / or :', 'another name'],
    ['a@e:0', 1, 'contains / or : or whitespace', 'another name'],
    ['a@e 0', 1, 'contains / or : or whitespace', 'another name'],
    ['a@.', 1, 'interface name is . or ..', 'another name'],
    ['b,a@lo', 2, 'interface name "lo": lo is the loopback interface', 'another name'],
    ['a@e\u0001', 1, 'interface name "e\\u0001": interface name contains control characters', 'another name'],
    ['a@e\ud800', 1, 'contains control characters', 'another name'],
    ['a@net%d', 1, 'Linux takes % for a pattern', 'another name'],
  ])('%j is code 7 at item %i: %s', async (value, item, message, hint) => {
    const error = await failure(() => parse(value));
    expect(error.code).toBe(7);
    expect(error.message).toMatch(new RegExp(`^${WHERE}, item ${item}: `));
    expect(error.message).toContain(message);
    expect(error.details).toContain(hint);
  });

  test.each(['a', '[{"name":"a"}]'])('without a pod namespace %j is in none', async (value) => {
    for (const podNamespace of [undefined, ''])
      expect(await failure(() => parseNpwgNetworks(value, { annotation: ANNOTATION, podNamespace }))).toMatchObject({
        code: 7,
        message: `${WHERE}, item 1: "a" has no namespace, and the pod's namespace is unknown`,
        details: expect.stringContaining('K8S_POD_NAMESPACE'),
      });
    expect(parseNpwgNetworks('ns/a', { annotation: ANNOTATION, podNamespace: undefined })).toMatchObject([
      { network: { namespace: 'ns', name: 'a' } },
    ]);
  });
});

describe('one default route', () => {
  test('goes to one item only; the empty list counts', async () => {
    const value = '[{"name":"a","default-route":[]},{"name":"b"},{"name":"c","default-route":["10.0.0.1"]}]';
    expect(await failure(() => parse(value))).toMatchObject({
      code: 7,
      message: `${WHERE}, item 3, key "default-route": ${WHERE}, item 1 has this key already`,
      details: 'only one network can have the default route',
    });
  });
});

describe('a megabyte', () => {
  const million = 1_000_000;
  test.each([
    ['one name', 'a'.repeat(million), 7],
    ['only commas', ','.repeat(million), 7],
    ['many items', 'a,'.repeat(million / 2), 7],
    ['many marks', 'a@'.repeat(million / 2), 7],
    ['many slashes', '/'.repeat(million), 7],
    ['one interface', `a@${'e'.repeat(million)}`, 7],
    ['open brackets', '['.repeat(million), 7],
    ['open objects', '{"a":'.repeat(million / 5), 7],
    ['nested lists', `${'['.repeat(million / 2)}${']'.repeat(million / 2)}`, 7],
    ['nulls', `[${'null,'.repeat(million / 5)}null]`, 7],
    ['a long string without end', `["${'a'.repeat(million)}`, 7],
    ['many escapes without end', `["${'\\n'.repeat(million / 2)}`, 7],
    ['an unknown key', `[{"name":"a","${'k'.repeat(million)}":1}]`, 2],
    ['many unknown keys', `[{${Array.from({ length: 60_000 }, (_, at) => `"key${at}":1`).join()}}]`, 2],
    ['a foreign key', `[{"name":"a","a.b":"${'v'.repeat(million)}"}]`, undefined],
    ['an address', `[{"name":"a","ips":["${'1:'.repeat(million / 2)}"]}]`, 7],
    ['one address often', `[{"name":"a","ips":[${'"10.0.0.1",'.repeat(80_000)}"10.0.0.1"]}]`, 7],
    ['a mac', `[{"name":"a","mac":"${'aa:'.repeat(million / 3)}aa"}]`, 7],
    ['a device', `[{"name":"a","deviceID":"${'d'.repeat(million)}"}]`, 7],
    ['blanks', ' '.repeat(million), 7],
    ['blanks in front', `${' '.repeat(million)}[`, 7],
    ['lines', `[${'\n'.repeat(million)}x`, 7],
  ])('%s is answered at once and shortly', async (_what, value, code) => {
    const started = performance.now();
    if (code === undefined) expect(parse(value).length).toBeLessThan(2);
    else {
      const error = await failure(() => parse(value));
      expect(error.code).toBe(code);
      expect(error.message.length + error.details.length).toBeLessThan(600);
    }
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
