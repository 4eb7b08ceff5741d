import { describe, expect, test } from 'vitest';
import { passVersionGate } from '../../src/request/version-gate.ts';
import { CNI_VERSIONS } from '../../src/schema/cni-version.ts';
import { failure } from '../samples/failure.ts';

const SUPPORTED = 'plugin supports ["0.1.0" "0.2.0" "0.3.0" "0.3.1" "0.4.0" "1.0.0" "1.1.0"]';

describe('passVersionGate', () => {
  test.each(CNI_VERSIONS)('P17: ADD and DEL work at %s', (version) => {
    expect(passVersionGate('ADD', version)).toBe(version);
    expect(passVersionGate('DEL', version)).toBe(version);
  });

  test.each(['1.0', 'junk', '1.2.0', 'v1.1.0', '0.3'])(
    'P17: %o must be one of the released versions exactly',
    async (version) => {
      expect(await failure(() => passVersionGate('DEL', version))).toMatchObject({
        code: 1,
        message: 'incompatible CNI versions',
        details: `config is "${version}", ${SUPPORTED}`,
      });
    },
  );

  test.each([
    ['CHECK', '0.4.0'],
    ['CHECK', '1.1.0'],
    ['GC', '1.1.0'],
    ['STATUS', '1.1.0'],
  ] as const)('P18, P19: %s works at %s', (verb, version) => {
    expect(passVersionGate(verb, version)).toBe(version);
  });

  test.each([
    ['CHECK', '0.3.1', 1, 'config version does not allow CHECK'],
    ['CHECK', '0.1.0', 1, 'config version does not allow CHECK'],
    ['CHECK', 'junk', 6, '"junk" is not a CNI version'],
    ['CHECK', '2.0.0', 1, 'plugin version does not allow CHECK'],
    ['CHECK', '1.0', 1, 'incompatible CNI versions'],
    ['CHECK', '0.5.0', 1, 'incompatible CNI versions'],
    ['GC', '1.0.0', 1, 'config version does not allow GC'],
    ['GC', '1.0.0.0', 6, '"1.0.0.0" is not a CNI version'],
    ['STATUS', '0.4.0', 1, 'config version does not allow STATUS'],
    ['STATUS', '1.1.1', 1, 'plugin version does not allow STATUS'],
  ] as const)('P18, P19: %s at %s is code %i: %s', async (verb, version, code, message) => {
    expect(await failure(() => passVersionGate(verb, version))).toMatchObject({ code, message });
  });
});
