/** M15, M19: DEL, CHECK, GC and VERSION open no connection and load nothing that could, on the built binary. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ApiServer, startApiServer } from '../doubles/api-server.ts';
import { BRAID_FORMS, type BraidForm, BraidNode, ON_NODE, prepareForms } from '../harness/braid-call.ts';

beforeAll(prepareForms);

const tracer = resolve(import.meta.dirname, '../doubles/loaded-modules.mjs');
const VALID = 'cni.dev/valid-attachments';
const PREVIOUS = { cniVersion: '1.1.0', interfaces: [{ name: 'eth0' }] };

/** The calls that must stay on the node, after an ADD of c1: [title, verb, what differs from an ordinary call]. */
const LOCAL: ReadonlyArray<readonly [string, string, object]> = [
  ['VERSION', 'VERSION', {}],
  ['CHECK', 'CHECK', { config: { prevResult: PREVIOUS } }],
  ['GC that keeps the container', 'GC', { config: { [VALID]: [{ containerID: 'c1', ifname: 'eth0' }] } }],
  ['GC that deletes it', 'GC', { config: { [VALID]: [] } }],
  ['GC with a container that is unknown', 'GC', { config: { [VALID]: [{ containerID: 'x', ifname: 'eth0' }] } }],
  ['DEL', 'DEL', {}],
  ['DEL of a container that is unknown', 'DEL', { containerId: 'c9' }],
  ['DEL of a container that only the runtime knows', 'DEL', { containerId: 'c9', config: { prevResult: PREVIOUS } }],
];

let node: BraidNode;
let api: ApiServer;
let kubeconfig: string;

beforeEach(async () => {
  node = new BraidNode();
  node.network('front', ['bridge'], { list: { cniVersion: '1.1.0' } });
  api = await startApiServer();
  api.putPod({ namespace: 'shop', name: 'web', uid: 'u1', annotations: { cni: 'front' } });
  kubeconfig = api.writeKubeconfig(join(node.dir, 'kube'), { auth: 'tokenFile' });
});
afterEach(async () => {
  await api.stop();
  node.dispose();
});

function call(form: BraidForm, verb: string, rest: { config?: object; env?: Record<string, string> } = {}) {
  const config = { kubeconfig, logLevel: 'debug', ...rest.config };
  return node.call(form, { verb, cniVersion: '1.1.0', ...rest, config });
}

describe.each(BRAID_FORMS)('no connection of Braid $name', (form) => {
  test.each(LOCAL)('M15: %s opens none, with a kubeconfig at hand', async (_title, verb, rest) => {
    expect(await call(form, 'ADD')).toMatchObject({ code: 0 });
    const before = api.connections;
    expect(before).toBeGreaterThan(0);
    expect(await call(form, verb, rest)).toMatchObject({ code: 0 });
    expect(api.connections).toBe(before);
  });
});

describe('the modules of Braid on Node', () => {
  const traced: BraidForm = {
    name: 'traced',
    command: ON_NODE.command.toSpliced(1, 0, '--import', tracer),
  };

  /** What a call loads: the packages that stand in its files, and the files themselves. */
  async function loadedBy(verb: string, rest: object = {}): Promise<{ files: string[]; packages: Set<string> }> {
    const trace = join(node.dir, `loaded-${verb}`);
    expect(await call(traced, verb, { ...rest, env: { TEST_LOADED: trace } })).toMatchObject({ code: 0 });
    const urls = readFileSync(trace, 'utf8').trim().split('\n');
    const files = urls.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url));
    const names = files.flatMap((file) => [
      ...readFileSync(file, 'utf8').matchAll(/node_modules\/((?:@[^/\s"]+\/)?[^/\s"]+)\//g),
    ]);
    const builtIn = urls.filter((url) => url.startsWith('node:'));
    return { files, packages: new Set([...names.map(([, name]) => name ?? ''), ...builtIn]) };
  }

  test('M15: exotic credentials load the client library, so that its absence elsewhere means something', async () => {
    const [token = ''] = api.tokens;
    const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } };
    const args = [JSON.stringify(credential)];
    const exec = { apiVersion: credential.apiVersion, command: '/bin/echo', args, interactiveMode: 'Never' };
    const exotic = api.writeKubeconfig(join(node.dir, 'kube2'), { auth: 'none', user: { exec } });
    const { packages } = await loadedBy('ADD', { config: { kubeconfig: exotic } });
    expect([...packages]).toContain('@kubernetes/client-node');
  });

  test.each(LOCAL)('M15: %s loads no client library, no YAML and no TLS', async (_title, verb, rest) => {
    expect(await call(traced, 'ADD', { env: { TEST_LOADED: join(node.dir, 'loaded-before') } })).toMatchObject({
      code: 0,
    });
    const { files, packages } = await loadedBy(verb, rest);
    expect(files.some((file) => file.endsWith('dist/braid.mjs'))).toBe(true);
    expect(files.every((file) => existsSync(file))).toBe(true);
    for (const name of ['@kubernetes/client-node', 'yaml', 'node:https', 'node:tls', 'node:http'])
      expect([...packages]).not.toContain(name);
  });
});
