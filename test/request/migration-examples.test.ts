/**
 * What operators of other meta-plugins are told: the examples of `config/from-*`, a configuration before and after the
 * change of its `type`, and the tables of docs/migration.md.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parseNodeConfig } from '../../src/request/node-config.ts';
import { GENIE_KEYS, IGNORED_GENIE_KEYS } from '../../src/schema/genie-keys.ts';
import { IGNORED_MULTUS_KEYS, MULTUS_KEYS } from '../../src/schema/multus-keys.ts';
import { unusedKeyWarnings } from '../../src/schema/node-config.ts';

const folder = resolve(import.meta.dirname, '../../config');

function example(name: string, file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, name, file), 'utf8')) as Record<string, unknown>;
}

const FLANNEL = {
  cniVersion: '0.3.1',
  name: 'default-cni-network',
  plugins: [
    { type: 'flannel', name: 'flannel.1', delegate: { isDefaultGateway: true, hairpinMode: true } },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
};

const EXPECTED = {
  'from-cni-genie': {
    type: 'genie',
    config: {
      confDir: '/etc/cni/net.d',
      defaultNetworks: undefined,
      logLevel: 'info',
      kube: {
        kubeconfig: '/etc/cni/net.d/genie-kubeconfig',
        apiRoot: 'https://__KUBERNETES_SERVICE_HOST__:__KUBERNETES_SERVICE_PORT__',
        token: '__SERVICEACCOUNT_TOKEN__',
      },
    },
    warnings: [
      'the CNI-Genie key "datastore_type" is ignored: Braid keeps its state in stateDir',
      'the CNI-Genie key "hostname" is ignored: Braid needs no node name',
      'the CNI-Genie key "romana_root" is ignored: put it into the configuration of romana itself',
      'the CNI-Genie key "segment_label_name" is ignored: put it into the configuration of romana itself',
    ],
  },
  'from-multus': {
    type: 'multus',
    config: {
      confDir: '/etc/cni/multus/net.d',
      stateDir: '/var/lib/cni/braid',
      defaultNetworks: [{ kind: 'inline', config: FLANNEL, place: 'configuration key "delegates[0]"' }],
      extraNetworks: [],
      kube: { kubeconfig: '/etc/cni/net.d/multus.d/multus.kubeconfig' },
    },
    warnings: [],
  },
  'from-multus-cluster-network': {
    type: 'multus',
    config: {
      confDir: '/etc/cni/multus/net.d',
      binDirs: ['/opt/cni/bin'],
      isBinDirFirst: true,
      stateDir: '/var/lib/cni/multus/braid',
      defaultNetworks: [{ kind: 'name-or-path', text: '/etc/cni/net.d/99-flannel.conf' }],
      extraNetworks: [
        { kind: 'name-or-path', text: 'sidecarCRD' },
        { kind: 'name-or-path', text: 'exampleNetwork' },
        { kind: 'chain-folder', name: 'cni-chain-config', besidePath: '/etc/cni/net.d/99-flannel.conf' },
      ],
      systemNamespaces: ['kube-system', 'admin'],
      networkNamespace: 'kube-system',
      isolation: { isIsolated: false },
      hasGenieAnnotations: false,
      logLevel: 'debug',
      logFile: '/var/log/multus.log',
    },
    warnings: [
      'the Multus key "logOptions" is ignored: use logrotate on logFile (without copytruncate: Braid opens the file for each call)',
    ],
  },
};

test('every example is expected here', () => {
  const folders = readdirSync(folder).filter((name) => name.startsWith('from-'));
  expect(folders.toSorted()).toEqual(Object.keys(EXPECTED));
});

test.each(Object.entries(EXPECTED))(
  '%s: only the type changes, and everything that can be is honoured',
  (name, expected) => {
    const [before, after] = [example(name, 'before.conf'), example(name, 'after.conf')];
    expect(before['type']).toBe(expected.type);
    expect(after).toEqual({ ...before, type: 'braid' });
    const { config, warnings } = parseNodeConfig(after);
    expect(config).toMatchObject(expected.config);
    expect(warnings).toEqual(expected.warnings);
  },
);

/** The keys of the tables in docs/migration.md, top-level ones, with what their row says of them. */
function documentedKeys(): Map<string, string> {
  const document = readFileSync(join(folder, '../docs/migration.md'), 'utf8');
  const rows = [...document.matchAll(/^\| (`[^|]+`) \| (.+) \|$/gm)];
  const entries = rows.flatMap(([, keys = '', meaning = '']) =>
    [...keys.matchAll(/`(\w+)[^`]*`/g)].map(([, key = '']): [string, string] => [key, meaning]),
  );
  return new Map(entries);
}

test('every key of the two has a row in the document', () => {
  const keys = [GENIE_KEYS, IGNORED_GENIE_KEYS, MULTUS_KEYS, IGNORED_MULTUS_KEYS].flatMap((table) =>
    Object.keys(table),
  );
  // It stands only in an old sample of Multus' documentation.
  const expected = keys.filter((key) => key !== 'allowTryDeleteOnErr');
  expect([...documentedKeys().keys()]).toEqual(expect.arrayContaining(expected));
});

test('a key is ignored with a warning where its row says so, and nowhere else', () => {
  for (const [key, meaning] of documentedKeys()) {
    const isIgnored = meaning.startsWith('ignored with a warning');
    expect([key, unusedKeyWarnings({ [key]: 'x' }).length]).toEqual([key, isIgnored ? 1 : 0]);
  }
});
