import { describe, expect, test } from 'vitest';
import type { DelegateCall } from '../../src/execute/run-delegate.ts';
import { explainAdd } from '../../src/explain-add.ts';
import { add } from '../../src/pipeline.ts';
import { failure } from '../samples/failure.ts';
import { requestOf } from '../samples/request.ts';
import { scene } from './pipeline-scene.ts';

const NETWORKS = {
  front: {
    plugins: [
      { type: 'front-cni', capabilities: ['portMappings'], raw: { type: 'front-cni', mtu: 1400 } },
      { type: 'after-cni', capabilities: [], raw: { type: 'after-cni' } },
    ],
  },
  back: { reference: 'shop/back', origin: 'definition shop/back' },
};

describe('explainAdd', () => {
  test('says what ADD then does: the same files, variables and stdin, but for what a plugin before has answered', async () => {
    const request = requestOf({}, { runtimeConfig: { portMappings: [{ hostPort: 80 }] } });
    const { calls } = await explainAdd(request, scene({ networks: NETWORKS }).ports);
    const done: DelegateCall[] = [];
    const { ports, delegates } = scene({ networks: NETWORKS });
    await add(request, {
      ...ports,
      runDelegate: (call) => {
        done.push(call);
        return delegates.run(call);
      },
    });
    expect(done).toHaveLength(3);
    expect(calls.flat()).toEqual(
      done.map(({ path, variables, stdin }) => {
        const { prevResult: _answered, ...config } = JSON.parse(stdin);
        return { path, variables, stdin: JSON.stringify(config) };
      }),
    );
  });

  test('pairs each attachment with what it came from', async () => {
    const { plan, networks, decidedBy } = await explainAdd(requestOf(), scene({ networks: NETWORKS }).ports);
    expect(decidedBy).toBe('cni-genie');
    expect(plan.attachments.map(({ network }) => network)).toEqual(['front', 'back']);
    expect(networks.map(({ list, selection }) => [list.origin, selection.why])).toEqual([
      ['/etc/cni/net.d/front.conflist', 'annotation "cni", item 1'],
      ['definition shop/back', 'annotation "cni", item 2'],
    ]);
  });

  test('touches nothing', async () => {
    const { ports, store, delegates, events } = scene();
    await explainAdd(requestOf(), ports);
    expect([store.log, delegates.log, events]).toEqual([[], [], []]);
  });

  test.each([
    ['a network that is not there', { networks: { front: {} } }, {}],
    ['a plugin that is not there', { missing: ['back-cni'] }, {}],
    ['a status that cannot be written', { status: 'none' }, { statusWriteBack: 'required' }],
    ['an annotation that cannot be read', { annotations: { cni: 'a,,b' } }, {}],
  ] as const)('fails for %s as ADD fails', async (_what, setting, config) => {
    const request = requestOf({}, config);
    const { code, message, details } = await failure(() => add(request, scene(setting).ports));
    expect(await failure(() => explainAdd(request, scene(setting).ports))).toMatchObject({ code, message, details });
  });

  test('does not wait for the readiness file, and says that ADD would', async () => {
    const { ports, log } = scene();
    const isThere = () => false;
    await explainAdd(requestOf({}, { readinessFile: '/run/ready' }), { ...ports, isThere });
    expect(log.warnings).toContain('the readiness file /run/ready is not there: an ADD would wait for it');
  });
});
