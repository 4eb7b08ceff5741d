/** What is hidden of a configuration before it is shown, and what is not. */
import { expect, test } from 'vitest';
import { argsWithoutSecrets, hideInText, withoutSecrets } from '../../src/schema/secrets.ts';

test.each([
  ['a key that names one', { apiToken: 't', etcd_password: 'p', psk: 'k' }],
  ['the data of a kubeconfig', { users: [{ user: { 'client-key-data': 'Zm9v' } }] }],
  ['a kubeconfig in one text', { kubeconfig: 'apiVersion: v1\nusers:\n- user: {token: t}\n' }],
  ['a key in PEM', { key: '-----BEGIN EC PRIVATE KEY-----\nx\n' }],
  ['the token of a web', { header: 'Bearer abc', x: 'eyJhbGciOi.eyJzdWIi.c2ln' }],
  ['headers of HTTP', { headers: { 'x-team': 'p' } }],
  ['a list of them', { secrets: ['a', 'b'] }],
  ['a map of them', { passwords: { one: 'p' } }],
  ['a list of objects with them', { tokens: [{ value: 't' }] }],
  ['a variable', { env: [{ name: 'API_TOKEN', value: 't' }] }],
  ['a configuration in a text', { delegate: '{"type":"x","password":"p"}' }],
])('%s is hidden', (_what, config) => {
  const text = JSON.stringify(withoutSecrets(config));
  expect(text).toContain('(hidden)');
  expect(text).not.toMatch(/:"[tpk]"|Zm9v|token: t|PRIVATE|abc|eyJ|"[ab]"/);
});

test('what is needed to understand a configuration stays, and so does its shape', () => {
  const config = {
    type: 'bridge',
    kubeconfig: '/etc/kubeconfig',
    mtu: 9000,
    isTokenRequired: true,
    secretName: '',
    ipam: { type: 'host-local', ranges: [[{ subnet: '10.1.0.0/24' }]], routes: null },
  };
  expect(withoutSecrets(config)).toEqual(config);
  expect(withoutSecrets('https://u:p@h/')).toBe('https://u:(hidden)@h/');
});

test('of CNI_ARGS the pod and plain values stay', () => {
  expect(argsWithoutSecrets('IgnoreUnknown=1;K8S_POD_NAME=web;odd;K8S_ANNOT={"a":"b"};PASSWORD=x=y')).toBe(
    'IgnoreUnknown=1;K8S_POD_NAME=web;odd;K8S_ANNOT=(hidden);PASSWORD=(hidden)',
  );
});

test('an annotation with a semicolon ends its pair, and what comes after is as secret', () => {
  expect(argsWithoutSecrets('K8S_ANNOT={"cni":"a;b","password":"hush","x; y=":"hush"};K8S_POD_UID=u1')).toBe(
    'K8S_ANNOT=(hidden);(hidden);(hidden);K8S_POD_UID=u1',
  );
});

test.each([
  ['a flag', 'run --password hush --token=hush -v', 'run --password (hidden) --token=(hidden) -v'],
  ['a word in quotes', 'wrong token "hush" of me', 'wrong token "(hidden)" of me'],
  ['a quote in it', '{"password":"a\\"hush", "a": 1', '{"password":"(hidden)", "a": 1'],
  [
    'JSON in a string of a line',
    '{"msg":"{\\"password\\":\\"hush\\"}"}\n{}',
    '{"msg":"{\\"password\\":(hidden)}"}\n{}',
  ],
  ['a header', "curl -H 'X: Bearer hush'", "curl -H 'X: Bearer (hidden)'"],
  ['a web token', 'got eyJhbGciOi.eyJzdWIi.hush!', 'got (hidden)!'],
  ['a block of YAML', 'a:\n  token: |\n    hush\n\n    hush\n  b: 1\n', 'a:\n  token: (hidden)\n  b: 1\n'],
  ['a list of YAML', 'secret:\n- hush\n- hush\nb: 1\n', 'secret: (hidden)\nb: 1\n'],
])('in a text that nobody parses: %s', (_what, text, expected) => {
  expect(hideInText(text)).toBe(expected);
  expect(hideInText(expected)).toBe(expected);
});

test('a profile of a plugin stays, though it has a kind as kubeconfigs have', () => {
  const profile = 'name: x\nkind: main\nsummary: y\n';
  expect(hideInText(profile)).toBe(profile);
});

test.each([
  ['letters', 'a'],
  ['line breaks', '\n'],
  ['blanks', ' '],
  ['beginnings of a web token', 'eyJ'],
  ['beginnings of a URL', 'a://b'],
  ['keys', 'token'],
  ['flags', '--token '],
  ['keys without an end', 'token: "'],
  ['headers', 'authorization: a '],
  ['keys of YAML', 'token:\n '],
  ['backslashes', 'a\\'],
])('a long text of %s takes no longer than others', (_what, piece) => {
  const started = performance.now();
  hideInText(piece.repeat(400_000 / piece.length));
  // A look at each character from each other one would take a minute and more.
  expect(performance.now() - started).toBeLessThan(2000);
});

test.each([
  ['lists', '[', ']'],
  ['objects', '{"token":"hush","a":', '}'],
])('%s that are nested deeper than anybody can follow are a text like others', (_what, open, close) => {
  const depth = 200_000;
  const hidden = hideInText(`${open.repeat(depth)}1${close.repeat(depth)}`);
  expect(hidden).toHaveLength((open.length + close.length) * depth + 1 + (open.includes('hush') ? 4 * depth : 0));
  expect(hidden).not.toContain('hush');
});
