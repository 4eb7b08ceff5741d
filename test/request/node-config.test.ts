import { describe, expect, test } from 'vitest';
import { parseNodeConfig, parseNodeConfigLeniently } from '../../src/request/node-config.ts';
import { failure } from '../samples/failure.ts';

const config = (raw: Record<string, unknown>) => parseNodeConfig(raw).config;

describe('parseNodeConfig', () => {
  test.each([
    [{ defaultPlugin: 'a, b' }, ['a', ' b']],
    [{ defaultPlugin: ['a', 'b'] }, ['a', 'b']],
    [{ default_plugin: 'weave' }, ['weave']],
    [{ defaultPlugin: 'a', default_plugin: 'b' }, ['a']],
    [{ defaultPlugin: '' }, undefined],
    [{ defaultPlugin: [] }, undefined],
    [{ default_plugin: '' }, undefined],
    [{}, undefined],
  ])('the default networks of %j are %j', (raw, networks) => {
    expect(config(raw).defaultNetworks).toEqual(networks);
  });

  test.each([
    [{}, 'warn'],
    [{ logLevel: 'warning' }, 'warn'],
    [{ logLevel: 'none' }, 'off'],
    [{ log_level: 'debug' }, 'debug'],
    [{ logLevel: 'info', log_level: 'debug' }, 'info'],
  ])('the log level of %j is %s', (raw, level) => {
    expect(config(raw).logLevel).toBe(level);
  });

  test('one binDir or several', () => {
    expect(config({ binDir: '/a' }).binDirs).toEqual(['/a']);
    expect(config({ binDir: ['/a', '/b'] }).binDirs).toEqual(['/a', '/b']);
  });

  test('without a kubeconfig or an API root there is no API server', () => {
    const empty = {
      kubernetes: { kubeconfig: '', k8s_api_root: '' },
      policy: { k8s_auth_token: 't', k8s_api_root: '' },
    };
    expect(config({}).kube).toBeUndefined();
    expect(config(empty).kube).toBeUndefined();
  });

  test('CNI-Genie’s inline settings stand beside its kubeconfig, our key wins', () => {
    const genie = {
      kubernetes: { kubeconfig: '/etc/genie.conf', k8s_api_root: 'https://a' },
      policy: { k8s_api_root: 'https://b', k8s_auth_token: 't', k8s_client_key: '/k', k8s_client_certificate: '' },
    };
    expect(config(genie).kube).toEqual({
      kubeconfig: '/etc/genie.conf',
      apiRoot: 'https://a',
      token: 't',
      clientKey: '/k',
      clientCertificate: undefined,
      certificateAuthority: undefined,
    });
    expect(config({ ...genie, kubeconfig: '/etc/ours.conf' }).kube?.kubeconfig).toBe('/etc/ours.conf');
  });

  test('a wrong value is code 7, says which key and where to correct it', async () => {
    expect(await failure(() => parseNodeConfig({ apiTimeoutMs: 'soon' }))).toMatchObject({
      code: 7,
      message: 'invalid configuration: "apiTimeoutMs" must be a number, not "soon"',
      details: 'correct this key in the CNI configuration file of Braid',
    });
  });
});

describe('parseNodeConfigLeniently', () => {
  test('P33: a clean-up goes on with defaults where values are wrong, and says so for each', () => {
    const raw = { confDir: 1, delegateTimeoutMs: 0, stateDir: '/state', binDir: '/a', unheardOf: 1 };
    const { config: lenient, warnings } = parseNodeConfigLeniently(raw);
    expect(lenient).toMatchObject({
      confDir: '/etc/cni/net.d',
      delegateTimeoutMs: 60_000,
      stateDir: '/state',
      binDirs: ['/a'],
    });
    expect(warnings).toEqual([
      'invalid configuration: "confDir" must be a string, not 1; its default is used',
      'invalid configuration: "delegateTimeoutMs" must be at least 1, not 0; its default is used',
      'unknown key "unheardOf" is ignored',
    ]);
  });

  test('a wrong stateDir is still an error, for then nothing can be found', async () => {
    expect(await failure(() => parseNodeConfigLeniently({ stateDir: 'here', confDir: 1 }))).toMatchObject({
      code: 7,
      message: expect.stringContaining('"stateDir" must be an absolute path, not "here"'),
    });
  });
});
