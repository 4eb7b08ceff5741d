/** The real agent beside an API server that is away, refuses, changes its mind, or is behind. */
import { expect, test } from 'vitest';
import { pollUntil } from '../harness/poll-until.ts';
import { describeReal } from '../harness/real-requirements.ts';
import { AgentScene, hasLauncher, putExtra, putPod } from './agent-scene.ts';

const OK = { code: 0, stderr: '' };
const STATUS = 'k8s.v1.cni.cncf.io/network-status';
const BOTH = ['ADD bridge eth0', 'ADD ptp net1'];

/** A node, an API server, and an agent that has listed everything. */
async function ready() {
  const scene = new AgentScene();
  const api = await scene.withApi();
  const agent = await scene.startReadyAgent();
  const status = () => api.pod('shop', 'web')?.metadata.annotations?.[STATUS];
  const isWritten = () => pollUntil(status, { withinMs: 30_000, what: 'the network status' });
  /** Requests of calls: neither lists nor watches. */
  const asked = () =>
    api.requests.filter(({ path }) => !/[?&](watch|limit)=/.test(path)).map(({ method, path }) => `${method} ${path}`);
  return { scene, api, agent, status, isWritten, asked };
}

const PATCH = 'PATCH /api/v1/namespaces/shop/pods/web/status';
const GET_POD = 'GET /api/v1/namespaces/shop/pods/web';

describeReal('the agent beside an API server', hasLauncher(), () => {
  test('asks nothing for an ADD, and writes its status after the answer', async () => {
    const { scene, isWritten, asked, agent } = await ready();
    expect(await scene.call('ADD')).toMatchObject(OK);
    expect(scene.node.story()).toEqual(BOTH);
    expect(JSON.parse(await isWritten())).toMatchObject([{ name: 'front' }, { name: 'shop/extra', interface: 'net1' }]);
    expect(asked()).toEqual([PATCH]);
    await scene.delLeavesNothing();
    await agent.metricIs('braid_status_queue_depth', 0);
  });

  test('that is away goes on with what it has; the status is written when it is back', async () => {
    const { scene, api, agent, status, isWritten } = await ready();
    await api.stop();
    expect(await scene.call('ADD')).toMatchObject(OK);
    expect(scene.node.story()).toEqual(BOTH);
    const stranger = { containerId: 'c2', args: 'K8S_POD_NAMESPACE=shop;K8S_POD_NAME=new;K8S_POD_UID=u9' };
    expect(await scene.call('ADD', stranger)).toMatchObject({ code: 1, json: { code: 11 } });
    expect(await agent.metric('braid_status_queue_depth')).toBe(1);
    expect(status()).toBeUndefined();
    await api.start();
    await isWritten();
    await scene.delLeavesNothing();
  });

  test('that is not there at the start is waited for, and calls go on as they can', async () => {
    const scene = new AgentScene();
    const api = await scene.withApi();
    await api.stop();
    const agent = await scene.startAgent(['--conf', scene.conf, '--node', 'node-1']);
    expect(await scene.call('ADD')).toMatchObject({ code: 1, json: { code: 11 } });
    expect(await scene.call('ADD', { annotations: { cni: 'storage' } })).toMatchObject({ code: 0 });
    await scene.delLeavesNothing();
    await api.start();
    await agent.metricIs('braid_informer_objects{collection="/api/v1/pods"}', 1);
    expect(await scene.call('ADD')).toMatchObject({ code: 0 });
    await scene.delLeavesNothing();
  });

  test('that is behind: a pod ahead of the watch, and another one of the same name, are asked for', async () => {
    const { scene, api, asked } = await ready();
    api.watches.isSilent = true;
    putPod(api, 'u2', '');
    const second = { args: 'K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web;K8S_POD_UID=u2' };
    expect(await scene.call('ADD', { ...second, config: { ...scene.config, statusWriteBack: 'off' } })).toMatchObject(
      OK,
    );
    expect(scene.node.story()).toEqual(['ADD bridge eth0']);
    // The runtime asks for one that is gone.
    const gone = { containerId: 'c2', config: { ...scene.config, statusWriteBack: 'off' } };
    expect(
      await scene.call('ADD', { ...gone, args: 'K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web;K8S_POD_UID=u0' }),
    ).toMatchObject({
      code: 1,
      json: { code: 11, msg: expect.stringContaining('has uid u2, the runtime asks for uid u0') },
    });
    expect(asked()).toEqual([GET_POD, GET_POD]);
    await scene.delLeavesNothing();
  });

  test('a definition that is changed serves the next ADD; the DEL of the one before is its own', async () => {
    const { scene, api } = await ready();
    scene.node.plugin('tuning');
    expect(await scene.call('ADD')).toMatchObject(OK);
    putExtra(api, 'tuning');
    const changed = async () => {
      expect(await scene.call('ADD', { containerId: 'c2' })).toMatchObject(OK);
      const isChanged = scene.node.story().includes('ADD tuning net1');
      expect(await scene.call('DEL', { containerId: 'c2' })).toMatchObject(OK);
      return isChanged || undefined;
    };
    await pollUntil(changed, { withinMs: 20_000, what: 'the change' });
    await scene.delLeavesNothing();
    expect(scene.node.story().slice(-2)).toEqual(['DEL ptp net1', 'DEL bridge eth0']);
  });

  test('conflicts of the status pass', async () => {
    const { scene, api, agent, isWritten } = await ready();
    api.faults.status = { code: 409, times: 4 };
    expect(await scene.call('ADD')).toMatchObject(OK);
    await isWritten();
    expect(await agent.metric('braid_status_writes_total{outcome="retried"}')).toBe(1);
    await agent.metricIs('braid_status_writes_total{outcome="written"}', 1);
    await scene.delLeavesNothing();
  });
});
