/** The configuration lists that other systems put on nodes: each is found by its names, and planned as it stands. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { HostFacts } from '../../src/catalogue/host-needs.ts';
import { openCatalogue } from '../../src/catalogue/open-catalogue.ts';
import { networkSource } from '../../src/network/from-all-sources.ts';
import { planRequest } from '../../src/stages/plan-request.ts';
import { scene } from '../pipeline/pipeline-scene.ts';
import { hostWith } from '../samples/catalogue.ts';
import { failure } from '../samples/failure.ts';
import { requestOf } from '../samples/request.ts';

const confDir = resolve(import.meta.dirname, '../../config/net.d');
const FILES = readdirSync(confDir).filter((file) => file.endsWith('list'));

interface Listed {
  readonly name: string;
  readonly cniVersion: string;
  readonly plugins: readonly { readonly type: string; readonly capabilities?: Record<string, boolean> }[];
}

const listIn = (file: string): Listed => JSON.parse(readFileSync(join(confDir, file), 'utf8'));

/** What a pod's CNI-Genie annotation comes to on a node that has all these files. */
function plan(cni: string, host: { has?: HostFacts; missing?: string[] } = {}) {
  const openKnown = openCatalogue(undefined);
  const source = networkSource({
    confDir,
    ownType: 'braid',
    api: undefined,
    isPluginThere: async () => true,
    openCatalogue: openKnown,
  });
  const { ports, log } = scene({ annotations: { cni }, missing: host.missing ?? [] });
  const runtimeConfig = { portMappings: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }] };
  const planned = planRequest(requestOf({}, { runtimeConfig }), {
    ...ports,
    ...(host.has ? { host: host.has } : {}),
    networks: source,
  });
  return { planned, log };
}

test('the chains of the issue are there', () => {
  const names = ['cilium', 'calico', 'canal', 'flannel', 'kindnet', 'kuberouter', 'weave', 'podman-bridge'];
  expect(FILES.map((file) => file.replace(/^\d+-(.*)\.conflist$/, '$1')).toSorted()).toEqual(names.toSorted());
});

describe.each(FILES)('%s', (file) => {
  const list = listIn(file);
  const nameInFile = file.replace(/^\d+-(.*)\.conflist$/, '$1');

  test('is planned as it stands, with what the runtime gives for its capabilities', async () => {
    const { planned, log } = plan(nameInFile);
    const { plan: made } = await planned;
    expect(made.attachments).toHaveLength(1);
    expect(made.attachments[0]).toMatchObject({ network: list.name, ifName: 'eth0', cniVersion: list.cniVersion });
    expect(made.attachments[0]?.plugins.map(({ type }) => type)).toEqual(list.plugins.map(({ type }) => type));
    for (const [index, { capabilities, ...keys }] of list.plugins.entries()) {
      const config = made.attachments[0]?.plugins[index]?.config;
      expect(config).toMatchObject({ ...keys, name: list.name, cniVersion: list.cniVersion });
      expect(config?.['runtimeConfig'] !== undefined).toBe(capabilities?.['portMappings'] === true);
    }
    expect(log.warnings.filter((text) => !text.includes('stands in several files'))).toEqual([]);
  });

  test('is known by its plugins, and its system by its file’s name or its plugin’s', async () => {
    const catalogue = await openCatalogue(undefined)();
    for (const { type } of list.plugins) expect(catalogue.ofPlugin(type)?.name, type).toBeDefined();
    const words = [nameInFile, list.plugins[0]?.type ?? ''];
    expect(words.some((word) => catalogue.named(word) !== undefined)).toBe(true);
  });
});

test('names that people have for a plugin find the one list of it', async () => {
  const attached = async (cni: string) => (await plan(cni).planned).plan.attachments.map(({ network }) => network);
  expect(await attached('weave-net')).toEqual(['weave']);
  expect(await attached('cilium')).toEqual(['cilium']);
  expect(await attached('cilium-cni')).toEqual(['cilium']);
  expect(await attached('kindnet,podman-bridge')).toEqual(['kindnet', 'podman']);
});

test('flannel without its daemon says what is missing, before anything runs', async () => {
  const { planned } = plan('flannel', { has: hostWith() });
  expect(await failure(() => planned)).toMatchObject({
    code: 11,
    message: `annotation "cni": network "cbr0" (${confDir}/10-flannel.conflist): flannel: /run/flannel/subnet.env is missing: is flanneld running on this node?`,
  });
});

test('flannel without bridge, kube-router without host-local say what is to be installed', async () => {
  expect(await failure(() => plan('flannel', { missing: ['bridge'] }).planned)).toMatchObject({
    code: 7,
    message: expect.stringContaining('flannel needs the plugin "bridge", which is not in CNI_PATH'),
    details: 'install bridge beside flannel',
  });
  expect(await failure(() => plan('kuberouter', { missing: ['host-local'] }).planned)).toMatchObject({
    code: 7,
    message: expect.stringContaining('failed to find plugin "host-local"'),
  });
});
