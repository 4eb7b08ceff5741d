/** What is hidden of a configuration before it is shown, and what is not. */
import { expect, test } from 'vitest';
import { argsWithoutSecrets, withoutSecrets } from '../../src/schema/secrets.ts';

test.each([
  ['a key that names one', { apiToken: 't', etcd_password: 'p', psk: 'k' }],
  ['the data of a kubeconfig', { users: [{ user: { 'client-key-data': 'Zm9v' } }] }],
  ['a kubeconfig in one text', { kubeconfig: 'apiVersion: v1\nusers:\n- user: {token: t}\n' }],
  ['a key in PEM', { key: '-----BEGIN EC PRIVATE KEY-----\nx\n' }],
  ['the token of a web', { header: 'Bearer abc', x: 'eyJhbGciOi.eyJzdWIi.c2ln' }],
  ['headers of HTTP', { headers: { 'x-team': 'p' } }],
  ['a list of them', { secrets: ['a', 'b'] }],
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
  expect(argsWithoutSecrets('IgnoreUnknown=1;K8S_POD_NAME=web;K8S_ANNOT={"a":"b"};PASSWORD=x=y;odd')).toBe(
    'IgnoreUnknown=1;K8S_POD_NAME=web;K8S_ANNOT=(hidden);PASSWORD=(hidden);odd',
  );
});
