/** What Braid knows of plugins, as pods and operators meet it: names, what the node lacks, failures, an operator's profiles. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { profileOf } from '../samples/catalogue.ts';

beforeAll(prepareForms);

describe.each(BRAID_FORMS)('what Braid $name knows of plugins', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    node.network('front', ['front-cni'], { plugin: { addresses: ['10.1.0.2/24'] } });
  });
  afterEach(() => node.dispose());

  const call = (verb: string, cni: string, config: object = {}) =>
    node.call(form, { verb, annotations: { cni }, config: { ...config } });

  /** A folder of profiles with these, `text` in the place of what stands for a profile. */
  function profileDir(profiles: Readonly<Record<string, object | string>>): string {
    const folder = join(node.dir, 'profiles');
    for (const [name, profile] of Object.entries(profiles)) {
      mkdirSync(join(folder, name), { recursive: true });
      const text = typeof profile === 'string' ? profile : stringify(profileOf(name, { ...profile }));
      writeFileSync(join(folder, name, 'profile.yaml'), text);
    }
    return folder;
  }

  test('a file that a plugin needs of the node is missed before anything runs; with it the pod comes', async () => {
    const subnetFile = join(node.dir, 'subnet.env');
    for (const type of ['bridge', 'host-local']) node.plugin(type);
    node.network('overlay', ['flannel'], { plugin: { subnetFile } });
    const answer = await call('ADD', 'front,overlay');
    expect(answer).toMatchObject({ code: 1, json: { cniVersion: '1.0.0', code: 11 } });
    expect(answer.json.msg).toContain(`flannel: ${subnetFile} is missing: is flanneld running on this node?`);
    expect([node.calls(), node.records()]).toEqual([[], []]);
    writeFileSync(subnetFile, 'FLANNEL_SUBNET=10.244.1.1/24\n');
    expect(await call('ADD', 'front,overlay')).toMatchObject({ code: 0 });
  });

  test('STATUS of a node whose default network lacks such a file is not available', async () => {
    for (const type of ['bridge', 'host-local']) node.plugin(type);
    node.network('overlay', ['flannel'], { plugin: { subnetFile: join(node.dir, 'none') } });
    const config = { defaultPlugin: 'overlay' };
    const answer = await node.call(form, { verb: 'STATUS', cniVersion: '1.1.0', config });
    expect(answer).toMatchObject({ code: 1, json: { code: 50, msg: expect.stringContaining('is flanneld running') } });
  });

  test('a multiplexer is not taken for a further network', async () => {
    node.network('more', ['multus']);
    const answer = await call('ADD', 'front,more');
    expect(answer).toMatchObject({
      code: 1,
      json: { code: 7, details: 'make it the primary network, or choose another one' },
    });
    expect(answer.json.msg).toContain('multus cannot be a further network of a pod');
    expect(node.calls()).toEqual([]);
  });

  test('a plugin without a file is run from its profile’s template, and kept for whom a rule for its name says', async () => {
    const template = { cniVersion: '1.0.0', isUsableAsIs: true, plugins: [{ type: 'own-cni', colour: 'red' }] };
    const config = { profileDir: profileDir({ 'own-cni': { aliases: ['own'], template } }) };
    node.plugin('own-cni');
    for (const name of ['own', 'own-cni']) {
      const refused = await call('ADD', 'own', { ...config, allowedNamespaces: { [name]: ['infra'] } });
      expect(refused.json).toMatchObject({ code: 7, msg: expect.stringContaining('rule "allowedNamespaces"') });
    }
    const answer = await call('ADD', 'own', config);
    expect(answer, answer.stdout).toMatchObject({ code: 0 });
    expect(node.calls()[0]?.stdin).toMatchObject({
      type: 'own-cni',
      name: 'own-cni',
      colour: 'red',
      cniVersion: '1.0.0',
    });
    expect(answer.stderr).toContain('a configuration was generated for plugin');
  });

  test('a cluster’s own network is never run without its file', async () => {
    for (const type of ['flannel', 'weave-net', 'weave-ipam', 'cilium-cni', 'bridge', 'host-local']) node.plugin(type);
    for (const name of ['flannel', 'weave', 'cilium', 'antrea']) {
      expect((await call('ADD', name)).json).toMatchObject({
        code: 7,
        details: expect.stringContaining('needs a configuration file'),
      });
    }
    expect(node.calls()).toEqual([]);
  });

  test('a plugin that needs a file is told from one that nobody knows', async () => {
    expect((await call('ADD', 'sriov')).json.details).toContain('sriov is known, but it needs a configuration file');
    expect((await call('ADD', 'nosuch')).json.details).toBe('networks there: front');
  });

  test('a plugin’s error comes with what it means', async () => {
    node.network('card', ['host-device'], { plugin: { device: 'eth9' } });
    const msg = 'failed to find host device: Link not found';
    node.plugin('host-device', { ADD: { exit: 1, stdout: { cniVersion: '1.0.0', code: 999, msg } } });
    expect((await call('ADD', 'front,card')).json).toMatchObject({
      code: 999,
      msg: `network "card" (eth1), plugin "host-device" ADD: ${msg}`,
      details: expect.stringContaining('has the node that device'),
    });
  });

  test('a DEL that finds nothing to delete is done, and its IPAM plugin is run', async () => {
    node.network('card', ['host-device'], { plugin: { device: 'eth9', ipam: { type: 'host-local' } } });
    node.plugin('host-local');
    const fails = (msg: string) => ({ exit: 1, stdout: { cniVersion: '1.0.0', code: 999, msg } });
    const scripts = {
      ADD: fails('failed to find host device: Link not found'),
      DEL: fails('failed to find "eth0": Link not found'),
    };
    node.plugin('host-device', scripts);
    expect(await call('ADD', 'card')).toMatchObject({ code: 1, json: { code: 999 } });
    expect(node.story()).toEqual(['ADD host-device eth0', 'DEL host-device eth0', 'DEL host-local eth0']);
    expect(node.records()).toEqual([]);
    expect(await call('DEL', 'card')).toMatchObject({ code: 0, stdout: '' });
  });

  test('a file is found by any name of its plugin or system', async () => {
    node.network('net', ['bridge']);
    node.conf('10-kuberouter.conflist', { cniVersion: '1.0.0', name: 'mynet', plugins: [{ type: 'bridge' }] });
    expect(await call('ADD', 'kube-router')).toMatchObject({ code: 0 });
    expect((await call('ADD', 'kubernouter')).json.code).toBe(100);
    expect(await call('DEL', '')).toMatchObject({ code: 0 });
    expect((await call('ADD', 'kuberoute')).json.details).toBe(
      'did you mean "kuberouter"? networks there: front, mynet, kuberouter, net',
    );
  });

  test('a type that is a network’s name is told its plugin’s', async () => {
    node.conf('20-w.conflist', { cniVersion: '1.0.0', name: 'w', plugins: [{ type: 'weave' }] });
    expect((await call('ADD', 'w')).json).toMatchObject({
      code: 7,
      details: 'the plugin of weave is called "weave-net": correct "type"',
    });
  });

  test('an operator’s profiles are used beside ours, and broken ones are told and skipped', async () => {
    const attachment = {
      interfaceName: 'honoured',
      secondary: { is: 'impossible', why: 'its lawyers say so' },
      twice: { is: 'possible' },
    };
    const folder = profileDir({
      'own-cni': { aliases: ['own'], attachment },
      broken: `${stringify(profileOf('broken'))}colour: red\n`,
      empty: '',
    });
    node.network('mine', ['own-cni']);
    const refused = await call('ADD', 'front,mine', { profileDir: folder });
    expect(refused.json.msg).toContain('own-cni cannot be a further network of a pod: its lawyers say so');
    const added = await call('ADD', 'own', { profileDir: folder });
    expect(added).toMatchObject({ code: 0, json: { interfaces: [{ name: 'eth0' }] } });
    expect(added.stderr).toContain(`${folder}/broken/profile.yaml: has the unknown key \\"colour\\"`);
    expect(added.stderr).toContain(`${folder}/empty/profile.yaml: must be an object`);
    expect(await call('DEL', 'own', { profileDir: folder })).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  test('a folder of profiles that cannot be read keeps no pod from coming and going', async () => {
    const config = { profileDir: join(node.dir, 'none') };
    const added = await call('ADD', 'front', config);
    expect(added).toMatchObject({ code: 0 });
    expect(added.stderr).toContain('cannot be read: ENOENT');
    expect(await call('DEL', 'front', config)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const wrong = await call('ADD', 'front', { profileDir: 'profiles' });
    expect(wrong.json).toMatchObject({
      code: 7,
      msg: expect.stringContaining('"profileDir" must be an absolute path'),
    });
  });

  test('a plugin that cannot delete without its namespace is left out where that is gone, and its address is freed', async () => {
    const card = [{ type: 'host-device', ipam: { type: 'host-local' } }, { type: 'sbr' }];
    node.conf('20-card.conflist', { cniVersion: '1.0.0', name: 'card', plugins: card });
    for (const type of ['host-device', 'host-local', 'sbr']) node.plugin(type);
    const gone = { exit: 1, stdout: { code: 999, msg: 'failed to open netns' } };
    for (const type of ['host-device', 'sbr']) node.plugin(type, { DEL: gone });
    const left = join(node.dir, 'netns');
    writeFileSync(left, '');
    // A namespace that is there, if not of networks; then what sbr leaves in its place, and nothing at all.
    for (const [netns, handedOn] of [
      [left, ''],
      [join(node.dir, 'none'), join(node.dir, 'none')],
      ['', ''],
    ] as const) {
      const request = { annotations: { cni: 'card' }, netns: '/proc/self/ns/uts' };
      expect(await node.call(form, { verb: 'ADD', ...request })).toMatchObject({ code: 0 });
      expect(await node.call(form, { verb: 'DEL', ...request })).toMatchObject({ code: 1 });
      const before = node.calls().length;
      expect(await node.call(form, { verb: 'DEL', ...request, netns })).toMatchObject({ code: 0 });
      const calls = node.calls().slice(before);
      expect(calls.map(({ verb, plugin, env }) => [verb, plugin, env['CNI_NETNS'] ?? ''])).toEqual([
        ['DEL', 'host-local', handedOn],
      ]);
      expect(node.records()).toEqual([]);
    }
  });
});
