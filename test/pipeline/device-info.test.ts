import { expect, test } from 'vitest';
import { add, del } from '../../src/pipeline.ts';
import { NETWORK_STATUS } from '../../src/report/network-status.ts';
import { parsePluginConfig } from '../../src/schema/network-config.ts';
import { failed } from '../samples/delegates.ts';
import { failure } from '../samples/failure.ts';
import { requestOf } from '../samples/request.ts';
import { scene } from './pipeline-scene.ts';

const FILE = '/dev-info/cni/back-c1-eth1-device.json';
const config = { deviceInfoDir: '/dev-info', statusWriteBack: 'required' };
const plugins = [
  parsePluginConfig({ type: 'back-cni', capabilities: { CNIDeviceInfoFile: true } }),
  parsePluginConfig({ type: 'tuning' }),
];

test('a plugin that wants it is told of a file; what it wrote stands in the status; the file goes with the attachment', async () => {
  const device = { type: 'pci', version: '1.1.0' };
  const { ports, delegates, events, statuses } = scene({
    networks: { front: {}, back: { plugins } },
    devices: { [FILE]: device },
  });
  await add(requestOf({}, config), ports);
  const told = delegates.calls.map(({ stdin }) => JSON.parse(stdin).runtimeConfig);
  expect(told).toEqual([undefined, { CNIDeviceInfoFile: FILE }, undefined]);
  expect(events[0]).toBe(`prepare ${FILE} from undefined`);
  expect(JSON.parse(statuses[0]?.[NETWORK_STATUS] ?? '')).toMatchObject([{}, { 'device-info': device }]);
  expect(events).not.toContain(`remove ${FILE}`);
  await del(requestOf({ CNI_COMMAND: 'DEL' }, config), ports);
  expect(events).toContain(`remove ${FILE}`);
});

test('a failed ADD removes it, a DEL that is to be repeated keeps it', async () => {
  const failing = scene({ networks: { front: {}, back: { plugins } }, script: { 'ADD tuning': failed(7, 'no') } });
  await failure(() => add(requestOf({}, config), failing.ports));
  expect(failing.events).toContain(`remove ${FILE}`);
  const stuck = scene({ networks: { front: {}, back: { plugins } }, script: { 'DEL tuning': failed(11, 'later') } });
  await add(requestOf({}, config), stuck.ports);
  await failure(() => del(requestOf({ CNI_COMMAND: 'DEL' }, config), stuck.ports));
  expect(stuck.events).not.toContain(`remove ${FILE}`);
});
