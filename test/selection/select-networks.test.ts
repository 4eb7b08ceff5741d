import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CniError } from '../../src/errors.ts';
import { ifNameFault } from '../../src/schema/names.ts';
import { selectNetworks } from '../../src/selection/select-networks.ts';
import { failure } from '../samples/failure.ts';

const NPWG = 'k8s.v1.cni.cncf.io/networks';

function select(annotations: Record<string, string>, networks?: readonly string[], ifName = 'eth0') {
  return selectNetworks({ identity: undefined, annotations, origin: 'a test' }, { networks, ifName });
}

describe('which dialect decides', () => {
  test('a list is complete: no default is added to it', () => {
    const { selections, warnings } = select({ cni: 'a, b@net1' }, ['z']);
    expect(selections).toEqual([
      {
        network: { kind: 'named', name: 'a' },
        ifName: 'eth0',
        isPrimary: true,
        why: 'annotation "cni", item 1',
        dialect: 'cni-genie',
      },
      {
        network: { kind: 'named', name: 'b' },
        ifName: 'net1',
        isPrimary: false,
        why: 'annotation "cni", item 2',
        dialect: 'cni-genie',
      },
    ]);
    expect(warnings).toEqual([]);
  });

  test('without an annotation the node’s defaults hold', () => {
    expect(select({}, ['z', 'y']).selections).toMatchObject([
      {
        network: { name: 'z' },
        ifName: 'eth0',
        why: 'configuration key "defaultPlugin", item 1',
        dialect: 'node-default',
      },
      { network: { name: 'y' }, ifName: 'eth1' },
    ]);
  });

  test('without a default the first configuration of the folder is taken', () => {
    expect(select({}).selections).toMatchObject([
      { network: { kind: 'first-in-conf-dir' }, ifName: 'eth0', isPrimary: true },
    ]);
  });

  test.each(['', '   '])('an empty "cni" (%o) means the defaults, and a warning says so', (cni) => {
    const { selections, warnings } = select({ cni }, ['z']);
    expect(selections).toMatchObject([{ network: { name: 'z' } }]);
    expect(warnings).toEqual([expect.stringContaining('annotation "cni" is empty: choosing by load is not available')]);
  });

  test.each(['', '[]', ' '])('the Network Plumbing WG’s annotation decides even when it is %o', (value) => {
    const { selections, warnings } = select({ cni: 'a', [NPWG]: value }, ['z']);
    expect(selections).toMatchObject([{ network: { name: 'z' }, dialect: 'node-default' }]);
    expect(warnings).toEqual([`annotation "cni" is ignored: "${NPWG}" is present and decides`]);
  });

  test.each([
    [{ [NPWG]: 'macvlan' }, NPWG, 'macvlan'],
    [{ cni: 'a', [NPWG]: 'macvlan' }, NPWG, 'macvlan'],
    [{ cni: ' ', networks: 'net1' }, 'networks', 'net1'],
  ])('%j is a dialect that we do not have: code 2 with key and value', async (annotations, key, value) => {
    expect(await failure(() => select(annotations, ['z']))).toMatchObject({
      code: 2,
      message: `annotation "${key}": "${value}" is not supported by this version of Braid`,
      details: 'select the networks with the annotation "cni" instead',
    });
  });

  test('"networks" beside a list, or alone, is none of CNI-Genie’s dialects', () => {
    expect(select({ cni: 'a', networks: 'x' }).selections).toMatchObject([{ network: { name: 'a' } }]);
    expect(select({ networks: 'x' }, ['z']).selections).toMatchObject([{ network: { name: 'z' } }]);
  });

  test('a wrong default names the configuration key', async () => {
    expect(await failure(() => select({}, ['a', '']))).toMatchObject({
      code: 7,
      message: 'configuration key "defaultPlugin", item 2: is empty',
    });
  });

  test('M1: a pod whose networks leave CNI_IFNAME free is warned of', () => {
    expect(select({ cni: 'a@net0' }).warnings).toEqual([
      'no network has the interface name "eth0" that the runtime asks for; containerd refuses a pod without it',
    ]);
  });

  test('annotations with the names of object members are no annotations', () => {
    const annotations = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>;
    expect(select(annotations, ['z']).selections).toHaveLength(1);
  });
});

test('M8: any list is refused with a CNI error or gives unique valid names, one primary, and that first', () => {
  const character = fc.constantFrom(...'ab1@, ,@./:-_é\0\t'.split(''));
  const item = fc.tuple(fc.constantFrom('a', 'b', 'net-1'), fc.constantFrom('', '@eth0', '@eth1', '@ x ', '@eth2'));
  const plausible = fc
    .array(
      item.map((parts) => parts.join('')),
      { minLength: 1, maxLength: 8 },
    )
    .map((list) => list.join(','));
  const text = fc.oneof(fc.string(), fc.string({ unit: character }), plausible);
  fc.assert(
    fc.property(text, fc.constantFrom('eth0', 'eth1', 'net0'), (cni, ifName) => {
      let selections: ReturnType<typeof select>['selections'];
      try {
        ({ selections } = select({ cni }, ['z'], ifName));
      } catch (cause) {
        expect(cause).toBeInstanceOf(CniError);
        expect(cause).toMatchObject({ code: 7, message: expect.stringMatching(/^annotation "cni"/) });
        return;
      }
      const names = selections.map((selection) => selection.ifName);
      expect(names).toHaveLength(cni.trim() === '' ? 1 : cni.split(',').length);
      expect(new Set(names).size).toBe(names.length);
      expect(names.map(ifNameFault)).toEqual(names.map(() => undefined));
      expect(selections.map((selection) => selection.isPrimary)).toEqual(names.map((_name, index) => index === 0));
      if (names.includes(ifName)) expect(names[0]).toBe(ifName);
    }),
    { numRuns: 2000 },
  );
});
