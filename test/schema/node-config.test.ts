import { describe, expect, test } from 'vitest';
import { parseNodeConfigKeys, unusedKeyWarnings } from '../../src/schema/node-config.ts';

describe('parseNodeConfigKeys', () => {
  test('what is not set has its default, where no other key decides it', () => {
    expect(parseNodeConfigKeys({})).toEqual({
      kind: 'read',
      keys: {
        namespaceDefaults: false,
        allowedNamespaces: {},
        deviceInfoDir: '/var/run/k8s.cni.cncf.io/devinfo',
        statusWriteBack: 'best-effort',
        apiTimeoutMs: 10_000,
        delegateTimeoutMs: 60_000,
        capabilities: {},
        runtimeConfig: {},
      },
    });
  });

  test.each(['NamespaceIsolation', 'GLOBALNAMESPACES', 'allowednamespaces'])(
    'a rule for isolation that is spelt "%s" is refused: warned of and ignored, it would leave the namespaces open',
    (key) => {
      expect(parseNodeConfigKeys({ [key]: true })).toMatchObject({
        kind: 'wrong',
        key,
        message: expect.stringMatching(
          /^"\w+" must be spelt "(namespaceIsolation|globalNamespaces|allowedNamespaces)"$/,
        ),
      });
    },
  );

  test.each([
    ['confDir', 'net.d', '"confDir" must be an absolute path, not "net.d"'],
    ['confDir', 1, '"confDir" must be a string, not 1'],
    ['confDir', null, '"confDir" must be a string, not null'],
    ['binDir', ['/a', 'b'], '"binDir[1]" must be an absolute path, not "b"'],
    ['stateDir', '', '"stateDir" must be an absolute path, not ""'],
    ['kubeconfig', '', '"kubeconfig" must not be empty, not ""'],
    ['defaultPlugin', 1, '"defaultPlugin" must be a list of strings or a comma-separated string, not 1'],
    ['default_plugin', [1], '"default_plugin" must be a list of strings or a comma-separated string, not a list'],
    ['resultMode', 'all', '"resultMode" must be "merged" or "primary", not "all"'],
    ['statusWriteBack', true, '"statusWriteBack" must be "best-effort" or "required" or "off", not true'],
    ['apiTimeoutMs', '5', '"apiTimeoutMs" must be a number, not "5"'],
    ['apiTimeoutMs', 0, '"apiTimeoutMs" must be at least 1, not 0'],
    ['apiTimeoutMs', 1.5, '"apiTimeoutMs" must be a whole number, not 1.5'],
    ['delegateTimeoutMs', 600_001, '"delegateTimeoutMs" must be at most 600000, not 600001'],
    ['logLevel', 'loud', '"logLevel" must be "debug" or "info"'],
    ['logFile', 'braid.log', '"logFile" must be an absolute path, not "braid.log"'],
    ['capabilities', { ips: 1 }, '"capabilities.ips" must be a boolean, not 1'],
    ['runtimeConfig', [], '"runtimeConfig" must be an object, not a list'],
    ['kubernetes', 'x', '"kubernetes" must be an object, not "x"'],
    ['disableCheck', 1, '"disableCheck" must be true or false, not 1'],
    ['networkNamespace', 'Net', '"networkNamespace" must be the name of a namespace, not "Net"'],
    ['networkNamespace', '', '"networkNamespace" must be the name of a namespace, not ""'],
    ['networkNamespace', 'a'.repeat(64), '"networkNamespace" must be the name of a namespace'],
    ['namespaceDefaults', 'yes', '"namespaceDefaults" must be a boolean, not "yes"'],
    ['allowedNamespaces', ['shop'], '"allowedNamespaces" must be an object, not a list'],
    ['allowedNamespaces', { front: 'shop' }, '"allowedNamespaces.front" must be a list, not "shop"'],
    ['allowedNamespaces', { front: ['*'] }, '"allowedNamespaces.front[0]" must be the name of a namespace, not "*"'],
    ['allowedNamespaces', { 'a b': ['shop'] }, '"allowedNamespaces.a b" is not the name of a network'],
    ['readinessFile', 'ready', '"readinessFile" must be an absolute path, not "ready"'],
    ['clusterNetwork', 1, '"clusterNetwork" must be a string, not 1'],
    ['clusterNetwork', 'net.d/10-a.conf', '"clusterNetwork" must be the name of a network or an absolute path, not'],
    ['clusterNetwork', 'shop/front', '"clusterNetwork" must be the name of a network or an absolute path, not'],
    ['clusterNetwork', '/a\0b', '"clusterNetwork" must be the name of a network or an absolute path, not'],
    ['defaultNetworks', 'a,b', '"defaultNetworks" must be a list, not "a,b"'],
    ['defaultNetworks', ['a', ''], '"defaultNetworks[1]" must be the name of a network or an absolute path, not ""'],
    ['defaultNetworks', ['a', 1], '"defaultNetworks[1]" must be a string, not 1'],
    ['delegates', { type: 'bridge' }, '"delegates" must be a list, not an object'],
    ['delegates', [{}, 'flannel'], '"delegates[1]" must be an object, not "flannel"'],
    ['delegates', [[]], '"delegates[0]" must be an object, not a list'],
    ['delegates', [null], '"delegates[0]" must be an object, not null'],
    ['auxiliaryCNIChainName', '../a', '"auxiliaryCNIChainName" must be the name of a folder, not "../a"'],
    ['cniDir', 'multus', '"cniDir" must be an absolute path, not "multus"'],
    ['cniDir', '', '"cniDir" must be an absolute path, not ""'],
    ['namespaceIsolation', 'true', '"namespaceIsolation" must be a boolean, not "true"'],
    ['globalNamespaces', 'a,B', '"globalNamespaces" must be names of namespaces, separated by commas, not "a,B"'],
    ['globalNamespaces', 'a,', '"globalNamespaces" must be names of namespaces, separated by commas, not "a,"'],
    ['globalNamespaces', ['a', 'b.c'], '"globalNamespaces[1]" must be the name of a namespace, not "b.c"'],
    ['globalNamespaces', true, '"globalNamespaces" must be a list of strings or a comma-separated string, not true'],
    ['systemNamespaces', 'kube-system', '"systemNamespaces" must be a list, not "kube-system"'],
    ['systemNamespaces', ['-a'], '"systemNamespaces[0]" must be the name of a namespace, not "-a"'],
    ['multusNamespace', '', '"multusNamespace" must be the name of a namespace, not ""'],
    ['readinessindicatorfile', 'x', '"readinessindicatorfile" must be an absolute path, not "x"'],
    ['logToStderr', 'no', '"logToStderr" must be a boolean, not "no"'],
    ['logFile', '/dev/stdout', '"logFile" must be a file, stdout is for the answer, not "/dev/stdout"'],
    ['retryDeleteOnError', 1, '"retryDeleteOnError" must be a boolean, not 1'],
    ['trace', '/var/log/t', '"trace" must be an object, not "/var/log/t"'],
    ['trace', { file: 't' }, '"trace.file" must be an absolute path, not "t"'],
    ['trace', { file: '/dev/stdout' }, '"trace.file" must be a file, stdout is for the answer'],
    ['trace', { file: '/t', maxFileMb: 0 }, '"trace.maxFileMb" must be at least 1, not 0'],
  ])('a wrong %s (%j) is named with its value', (key, value, message) => {
    const parsed = parseNodeConfigKeys({ [key]: value });
    expect(parsed).toMatchObject({ kind: 'wrong', key });
    expect(parsed.kind === 'wrong' ? parsed.message : '').toContain(message);
  });

  test.each([
    [{}, '"trace" needs "file" or "endpoint"'],
    [{ fil: '/t' }, '"trace" has the unknown key "fil"'],
    [{ endpoint: 'collector:4318' }, '"trace.endpoint" must be an http or https URL'],
    [{ endpoint: 'grpc://u:s3cret@c' }, '"trace.endpoint" must be an http or https URL'],
    [{ endpoint: 'http://c', headers: { 'a b': 's3cret' } }, '"trace.headers.a b" is not the name of a header'],
    [{ endpoint: 'http://c', headers: { a: 's3cret\n' } }, '"trace.headers.a" must be the value of a header'],
    [
      { endpoint: 'http://c', headers: { 'Transfer-Encoding': 'x' } },
      '"trace.headers.Transfer-Encoding" must be left to Braid',
    ],
    [{ endpoint: 'http://c', headers: { a: 1 } }, '"trace.headers.a" must be a string'],
  ])('a wrong trace is named without what may be a secret: %j', (trace, message) => {
    expect(parseNodeConfigKeys({ trace })).toEqual({ kind: 'wrong', key: 'trace', message });
  });

  test.each([
    [{ policy: { k8s_auth_token: ['s3cret'] } }, '"policy.k8s_auth_token" must be a string'],
    [{ policy: ['s3cret'] }, '"policy" must be an object'],
    [{ policy: 's3cret' }, '"policy" must be an object'],
  ])('credentials are never quoted: %j', (raw, message) => {
    expect(parseNodeConfigKeys(raw)).toEqual({ kind: 'wrong', key: 'policy', message });
  });
});

test('of a value without end its beginning is quoted, of one too deep to be printed nothing', () => {
  const message = (value: unknown) => {
    const parsed = parseNodeConfigKeys({ confDir: value });
    return parsed.kind === 'wrong' ? parsed.message : '';
  };
  expect(message('x'.repeat(1_000_000))).toBe(`"confDir" must be an absolute path, not "${'x'.repeat(199)}…`);
  const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  expect(message(deep)).toBe('"confDir" must be a string, not a list');
});

describe('unusedKeyWarnings', () => {
  test('known keys, the standard ones, those of the runtime and both spellings are silent', () => {
    const keys = [
      'confDir',
      'cniVersion',
      'dns',
      'default_plugin',
      'log_level',
      'kubernetes',
      'cni.dev/valid-attachments',
      'clusterNetwork',
      'defaultNetworks',
      'delegates',
      'auxiliaryCNIChainName',
      'cniDir',
      'namespaceIsolation',
      'globalNamespaces',
      'systemNamespaces',
      'multusNamespace',
      'readinessindicatorfile',
      'logToStderr',
      'retryDeleteOnError',
      'networkNamespace',
      'namespaceDefaults',
      'allowedNamespaces',
      'readinessFile',
    ];
    expect(unusedKeyWarnings(Object.fromEntries(keys.map((key) => [key, 1])))).toEqual([]);
  });

  test.each([
    ['confdir', 'unknown key "confdir" is ignored; did you mean "confDir"?'],
    ['statedir', 'unknown key "statedir" is ignored; did you mean "stateDir"?'],
    ['delegateTimeout', 'unknown key "delegateTimeout" is ignored; did you mean "delegateTimeoutMs"?'],
    ['zzzzzzzz', 'unknown key "zzzzzzzz" is ignored'],
    [
      'readinessIndicatorFile',
      'unknown key "readinessIndicatorFile" is ignored; did you mean "readinessindicatorfile"?',
    ],
    ['NamespaceIsolation', 'unknown key "NamespaceIsolation" is ignored; did you mean "namespaceIsolation"?'],
    ['etcd_endpoints', 'the CNI-Genie key "etcd_endpoints" is ignored: Braid keeps its state in stateDir'],
    [
      'logOptions',
      'the Multus key "logOptions" is ignored: use logrotate on logFile (without copytruncate: Braid opens the file for each call)',
    ],
    [
      'cniConf',
      'the Multus key "cniConf" is ignored: Multus does not read it either; the folder of network configurations is "confDir"',
    ],
    ['socketDir', 'the Multus key "socketDir" is ignored: it is for the daemon of Multus, and Braid runs without one'],
  ])('%s: %s', (key, warning) => {
    expect(unusedKeyWarnings({ [key]: 'x' })).toEqual([warning]);
  });

  test.each([
    ...['logOptions', 'allowTryDeleteOnErr', 'cniConf', 'socketDir', 'daemonSocketDir', 'chrootDir', 'connectionLimit'],
    ...['metricsPort', 'enablePprof', 'perNodeCertificate', 'cniConfigDir', 'multusConfigFile', 'multusAutoconfigDir'],
    ...['multusMasterCNI', 'forceCNIVersion', 'overrideNetworkName'],
  ])('the Multus key %s is ignored with a reason, whatever its value', (key) => {
    for (const value of [null, 1, '', {}]) {
      expect(unusedKeyWarnings({ [key]: value })).toEqual([
        expect.stringMatching(new RegExp(`^the Multus key "${key}" is ignored: .`)),
      ]);
    }
  });

  test.each(['constructor', 'toString', '__proto__'])('a key called %s is as unknown as any other', (key) => {
    const raw = JSON.parse(`{"${key}": 1}`) as Record<string, unknown>;
    const [warning] = unusedKeyWarnings(raw);
    expect(warning).toMatch(new RegExp(`^unknown key "${key}" is ignored`));
  });
});
