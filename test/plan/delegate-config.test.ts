import { expect, test } from 'vitest';
import { delegateConfig } from '../../src/plan/delegate-config.ts';
import { parsePluginConfig } from '../../src/schema/network-config.ts';

const context = { name: 'front', cniVersion: '1.0.0', isPrimary: true, runtimeConfig: {}, asked: {} };

test('R15: every key of the plugin is kept; name and cniVersion are the list’s', () => {
  const plugin = parsePluginConfig({ type: 'x', name: 'own', cniVersion: '0.2.0', odd: { a: [1] }, args: { cni: {} } });
  expect(delegateConfig(plugin, context)).toEqual({
    type: 'x',
    name: 'front',
    cniVersion: '1.0.0',
    odd: { a: [1] },
    args: { cni: {} },
  });
});

test('R17: what the specification keeps for the runtime is not taken from disk', () => {
  const reserved = {
    prevResult: {},
    runtimeConfig: { ips: ['10.0.0.9'] },
    'cni.dev/valid-attachments': [],
    capabilities: {},
  };
  const plugin = parsePluginConfig({ type: 'x', ...reserved });
  expect(delegateConfig(plugin, context)).toEqual({ type: 'x', name: 'front', cniVersion: '1.0.0' });
});

const offered = {
  portMappings: [{ hostPort: 80 }],
  mac: '02::1',
  dns: { servers: [] },
  cgroupPath: '/x',
  'io.kubernetes.cri.pod-annotations': { a: 'b' },
};

test('R16: the primary attachment gets what its plugin declares true, and nothing that it does not', () => {
  const plugin = parsePluginConfig({
    type: 'x',
    capabilities: { portMappings: true, mac: false, dns: true, ips: true },
  });
  expect(delegateConfig(plugin, { ...context, runtimeConfig: offered })['runtimeConfig']).toEqual({
    portMappings: offered.portMappings,
    dns: offered.dns,
  });
});

test('M28: the others get only what is said of the pod as a whole', () => {
  const all = Object.fromEntries(Object.keys(offered).map((capability) => [capability, true]));
  const plugin = parsePluginConfig({ type: 'x', capabilities: all });
  expect(delegateConfig(plugin, { ...context, isPrimary: false, runtimeConfig: offered })['runtimeConfig']).toEqual({
    dns: offered.dns,
    cgroupPath: '/x',
    'io.kubernetes.cri.pod-annotations': { a: 'b' },
  });
});

test('M28: what the pod asked of this attachment goes to it, whether primary or not, and wins over what the runtime gave', () => {
  const plugin = parsePluginConfig({ type: 'x', capabilities: { mac: true, ips: true, portMappings: true } });
  const asked = { mac: '02:00:00:00:00:02', ips: ['10.0.0.9/24'], deviceID: 'x' };
  const given = (isPrimary: boolean) =>
    delegateConfig(plugin, { ...context, isPrimary, runtimeConfig: offered, asked })['runtimeConfig'];
  expect(given(false)).toEqual({ mac: asked.mac, ips: asked.ips });
  expect(given(true)).toEqual({ mac: asked.mac, ips: asked.ips, portMappings: offered.portMappings });
});
