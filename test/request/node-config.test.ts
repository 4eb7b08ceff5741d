import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CniError } from '../../src/errors.ts';
import { parseNodeConfig, parseNodeConfigLeniently } from '../../src/request/node-config.ts';
import { failure } from '../samples/failure.ts';

const config = (raw: Record<string, unknown>) => parseNodeConfig(raw).config;

describe('parseNodeConfig', () => {
  test.each([
    [{}, 'warn'],
    [{ logLevel: 'warning' }, 'warn'],
    [{ logLevel: 'none' }, 'off'],
    [{ log_level: 'debug' }, 'debug'],
    [{ logLevel: 'info', log_level: 'debug' }, 'info'],
    [{ logLevel: 'verbose' }, 'info'],
    [{ logLevel: 'panic' }, 'error'],
    [{ logLevel: 'Debug' }, 'debug'],
    [{ logLevel: 'debug', logToStderr: false }, 'off'],
    [{ logLevel: 'debug', logToStderr: false, logFile: '' }, 'off'],
    [{ logLevel: 'debug', logToStderr: false, logFile: '/l' }, 'debug'],
  ])('the log level of %j is %s', (raw, level) => {
    expect(config(raw).logLevel).toBe(level);
  });

  test.each([
    [{}, undefined, true],
    [{ logFile: '' }, undefined, true],
    [{ logFile: '/l' }, '/l', false],
    [{ logFile: '/l', logToStderr: true }, '/l', true],
    [{ logFile: '/l', logToStderr: false }, '/l', false],
    [{ logToStderr: true }, undefined, true],
    [{ logToStderr: false }, undefined, false],
  ])('the log of %j goes to the file %s, to stderr: %s', (raw, logFile, hasStderrLog) => {
    expect(config(raw)).toMatchObject({ logFile, hasStderrLog });
  });

  const FOR_MULTUS = { clusterNetwork: 'front' };

  test.each([
    [{}, { confDir: '/etc/cni/net.d', binDirs: [], isBinDirFirst: false, stateDir: '/var/lib/cni/braid' }],
    [{ binDir: '/a' }, { binDirs: ['/a'], isBinDirFirst: false }],
    [{ clusterNetwork: '' }, { confDir: '/etc/cni/net.d', binDirs: [], isBinDirFirst: false }],
    [{ defaultNetworks: ['a'] }, { confDir: '/etc/cni/net.d', binDirs: [], isBinDirFirst: false }],
    [FOR_MULTUS, { confDir: '/etc/cni/multus/net.d', binDirs: ['/opt/cni/bin'], isBinDirFirst: false }],
    [{ delegates: [{}] }, { confDir: '/etc/cni/multus/net.d', binDirs: ['/opt/cni/bin'], isBinDirFirst: false }],
    [
      { ...FOR_MULTUS, confDir: '/c', binDir: '/a' },
      { confDir: '/c', binDirs: ['/a'], isBinDirFirst: true },
    ],
    [FOR_MULTUS, { stateDir: '/var/lib/cni/braid' }],
    [{ cniDir: '/var/lib/cni/multus' }, { stateDir: '/var/lib/cni/multus/braid' }],
    [{ cniDir: '/var/lib//cni/' }, { stateDir: '/var/lib/cni/braid' }],
    [{ cniDir: '/m', stateDir: '/s/' }, { stateDir: '/s' }],
  ])('the folders of %j are %j', (raw, folders) => {
    expect(config(raw)).toMatchObject(folders);
  });

  test.each([
    [{}, { isIsolated: false, globalNamespaces: ['default'], allowedNamespaces: {} }],
    [{ namespaceIsolation: true }, { isIsolated: true, globalNamespaces: ['default'] }],
    [{ namespaceIsolation: false }, { isIsolated: false }],
    [{ globalNamespaces: 'default, shop' }, { globalNamespaces: ['default', 'shop'] }],
    [{ globalNamespaces: ['shop'] }, { globalNamespaces: ['shop'] }],
    [{ globalNamespaces: '' }, { globalNamespaces: ['default'] }],
    [{ globalNamespaces: [] }, { globalNamespaces: [] }],
    [{ allowedNamespaces: { front: ['a', 'b'], x: [] } }, { allowedNamespaces: { front: ['a', 'b'], x: [] } }],
  ])('the isolation of %j is %j', (raw, isolation) => {
    expect(config(raw).isolation).toMatchObject(isolation);
  });

  test('no network has allowed namespaces by inheritance', () => {
    const raw = JSON.parse('{"allowedNamespaces": {"__proto__": ["shop"], "front": ["shop"]}}') as Record<
      string,
      unknown
    >;
    const { allowedNamespaces } = config(raw).isolation;
    expect(Object.keys(allowedNamespaces)).toEqual(['front']);
    for (const name of ['constructor', 'toString', '__proto__', '0']) expect(allowedNamespaces[name]).toBeUndefined();
  });

  test.each([
    [{}, 'systemNamespaces', ['kube-system']],
    [{ systemNamespaces: ['kube-system', 'admin'] }, 'systemNamespaces', ['kube-system', 'admin']],
    [{ systemNamespaces: [] }, 'systemNamespaces', []],
    [{}, 'networkNamespace', 'kube-system'],
    [{ multusNamespace: 'networks' }, 'networkNamespace', 'networks'],
    [{ networkNamespace: 'networks' }, 'networkNamespace', 'networks'],
    [{ networkNamespace: 'networks', multusNamespace: 'networks' }, 'networkNamespace', 'networks'],
    [{}, 'hasNamespaceDefaults', false],
    [{ namespaceDefaults: true }, 'hasNamespaceDefaults', true],
    [{}, 'readinessFile', undefined],
    [{ readinessindicatorfile: '' }, 'readinessFile', undefined],
    [{ readinessindicatorfile: '/r' }, 'readinessFile', '/r'],
    [{ readinessFile: '/r' }, 'readinessFile', '/r'],
    [{ readinessFile: '', readinessindicatorfile: '/r' }, 'readinessFile', '/r'],
  ] as const)('%j: %s is %j', (raw, field, value) => {
    expect(config(raw)[field]).toEqual(value);
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

  test.each([
    [
      { multusNamespace: 'a', networkNamespace: 'b' },
      '"multusNamespace" and "networkNamespace" mean the same and differ',
    ],
    [{ auxiliaryCNIChainName: 'chain' }, '"auxiliaryCNIChainName" needs "clusterNetwork" to be the path of a file'],
    [{ defaultPlugin: 'a', delegates: [{}] }, '"defaultPlugin" and "delegates" both name the default network'],
  ])('keys that contradict each other are code 7 and named: %j', async (raw, message) => {
    expect(await failure(() => parseNodeConfig(raw))).toMatchObject({
      code: 7,
      message: expect.stringContaining(`invalid configuration: ${message}`),
    });
  });

  test('warnings are of unknown keys, ignored ones and overruled ones', () => {
    const raw = { unheardOf: 1, cniConf: '/c', retryDeleteOnError: false };
    expect(parseNodeConfig(raw).warnings).toEqual([
      'unknown key "unheardOf" is ignored',
      expect.stringContaining('the Multus key "cniConf" is ignored'),
      expect.stringContaining('"retryDeleteOnError": false has no effect'),
    ]);
  });

  test('any JSON object is a configuration or a CNI error', () => {
    const keys = Object.keys(EVERY_KEY);
    const plausible = fc.constantFrom<unknown>(
      '',
      'a',
      '/a',
      'a,b',
      [],
      ['a'],
      [{}],
      [{ type: 'x' }],
      {},
      true,
      false,
      null,
    );
    const objects = fc.dictionary(
      fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...keys) }, fc.string(), fc.constant('__proto__')),
      fc.oneof(plausible, fc.jsonValue()),
    );
    fc.assert(
      fc.property(objects, (raw) => {
        for (const parse of [parseNodeConfig, parseNodeConfigLeniently]) {
          try {
            const { config: read, warnings } = parse(raw);
            expect(read.stateDir.startsWith('/')).toBe(true);
            expect(warnings.every((warning) => typeof warning === 'string')).toBe(true);
          } catch (cause) {
            expect(cause).toBeInstanceOf(CniError);
            expect(cause).toMatchObject({ code: 7 });
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** A wrong value for each key that can have one. */
const EVERY_KEY = {
  confDir: 'x',
  binDir: 1,
  kubeconfig: '',
  defaultPlugin: 1,
  default_plugin: 1,
  networkNamespace: '*',
  namespaceDefaults: 1,
  allowedNamespaces: 1,
  readinessFile: 'x',
  resultMode: 'x',
  statusWriteBack: 'x',
  apiTimeoutMs: 0,
  delegateTimeoutMs: 0,
  logLevel: 'x',
  log_level: 'x',
  logFile: 'x',
  logToStderr: 'x',
  capabilities: 1,
  runtimeConfig: 1,
  clusterNetwork: 'a/b',
  defaultNetworks: 'a',
  delegates: [1],
  auxiliaryCNIChainName: '/',
  namespaceIsolation: 'x',
  globalNamespaces: 'A',
  systemNamespaces: 'a',
  multusNamespace: '',
  readinessindicatorfile: 'x',
  retryDeleteOnError: 'x',
  kubernetes: 1,
  policy: 1,
  trace: { fil: '/t' },
};

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

  test.each(Object.entries(EVERY_KEY))('a wrong %s (%j) is left out with a warning', (key, value) => {
    const lenient = parseNodeConfigLeniently({ [key]: value });
    expect(lenient.config).toEqual(parseNodeConfig({}).config);
    expect(lenient.warnings).toEqual([expect.stringMatching(new RegExp(`^invalid configuration: "${key}.* is used$`))]);
  });

  test('all of them at once are left out', () => {
    const lenient = parseNodeConfigLeniently(EVERY_KEY);
    expect(lenient.config).toEqual(parseNodeConfig({}).config);
    expect(lenient.warnings).toHaveLength(Object.keys(EVERY_KEY).length);
  });

  test.each([
    ['auxiliaryCNIChainName', { auxiliaryCNIChainName: 'a', clusterNetwork: 'b' }],
    ['multusNamespace', { multusNamespace: 'a', networkNamespace: 'b' }],
    ['readinessindicatorfile', { readinessindicatorfile: '/a', readinessFile: '/b' }],
    ['defaultPlugin', { defaultPlugin: 'a', clusterNetwork: 'b' }],
    ['default_plugin', { default_plugin: 'a', delegates: [{}] }],
    ['delegates', { delegates: [] }],
  ])('of keys that contradict each other %s is left out: %j', (key, raw) => {
    const { [key as keyof typeof raw]: _dropped, ...rest } = raw;
    const lenient = parseNodeConfigLeniently(raw);
    expect(lenient.config).toEqual(parseNodeConfig(rest).config);
    expect(lenient.warnings).toEqual([expect.stringMatching(new RegExp(`; "${key}" is left out$`))]);
  });

  test('a wrong cniDir is an error where it places the records, and left out beside stateDir', async () => {
    expect(await failure(() => parseNodeConfigLeniently({ cniDir: 'here' }))).toMatchObject({
      code: 7,
      message: expect.stringContaining('"cniDir" must be an absolute path, not "here"'),
    });
    expect(parseNodeConfigLeniently({ cniDir: 'here', stateDir: '/s' })).toMatchObject({
      config: { stateDir: '/s' },
      warnings: [expect.stringContaining('"cniDir" must be an absolute path')],
    });
  });

  test('a wrong stateDir is still an error, for then nothing can be found', async () => {
    expect(await failure(() => parseNodeConfigLeniently({ stateDir: 'here', confDir: 1 }))).toMatchObject({
      code: 7,
      message: expect.stringContaining('"stateDir" must be an absolute path, not "here"'),
    });
  });
});
