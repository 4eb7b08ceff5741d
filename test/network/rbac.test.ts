/** The roles that we ship allow what Braid asks for, and nothing else. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';

const folder = resolve(import.meta.dirname, '../../config/rbac');

const ROLES: Readonly<Record<string, readonly string[]>> = {
  'agent.yaml': [
    'list pods',
    'watch pods',
    'list network-attachment-definitions.k8s.cni.cncf.io',
    'watch network-attachment-definitions.k8s.cni.cncf.io',
    'list logicalnetworks.alpha.network.k8s.io',
    'list physicalnetworks.alpha.network.k8s.io',
    'watch logicalnetworks.alpha.network.k8s.io',
    'watch physicalnetworks.alpha.network.k8s.io',
    'list namespaces',
    'watch namespaces',
  ],
  'braid.yaml': ['get pods', 'patch pods/status'],
  'definitions.yaml': [
    'get network-attachment-definitions.k8s.cni.cncf.io',
    'list network-attachment-definitions.k8s.cni.cncf.io',
  ],
  'logical-networks.yaml': ['get logicalnetworks.alpha.network.k8s.io', 'get physicalnetworks.alpha.network.k8s.io'],
  'namespace-defaults.yaml': ['get namespaces'],
};

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules?: readonly { apiGroups: string[]; resources: string[]; verbs: string[] }[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly object[];
}

function manifests(file: string): Manifest[] {
  return parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => document.toJS() as Manifest);
}

test('each file has its row here', () => {
  expect(readdirSync(folder).toSorted()).toEqual(Object.keys(ROLES));
});

describe.each(Object.keys(ROLES))('%s', (file) => {
  const all = manifests(file);
  const role = all.find(({ kind }) => kind === 'ClusterRole');

  test('allows what its feature asks for', () => {
    const allowed = (role?.rules ?? []).flatMap(({ apiGroups, resources, verbs }) =>
      verbs.flatMap((verb) =>
        resources.flatMap((resource) => apiGroups.map((group) => `${verb} ${resource}${group && `.${group}`}`)),
      ),
    );
    expect(allowed).toEqual(ROLES[file]);
  });

  test('binds it to the one account', () => {
    const binding = all.find(({ kind }) => kind === 'ClusterRoleBinding');
    expect(binding?.metadata.name).toBe(role?.metadata.name);
    expect(binding?.roleRef).toMatchObject({ kind: 'ClusterRole', name: role?.metadata.name });
    expect(binding?.subjects).toEqual([{ kind: 'ServiceAccount', name: 'braid', namespace: 'kube-system' }]);
  });

  test('each rule says what it is for', () => {
    const lines = readFileSync(join(folder, file), 'utf8').split('\n');
    const rules = lines.flatMap((line, index) => (line.startsWith('  - apiGroups') ? [lines[index - 1]] : []));
    expect(rules.every((above) => above?.startsWith('  # '))).toBe(true);
  });
});
