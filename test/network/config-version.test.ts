import { expect, test } from 'vitest';
import { selectVersion } from '../../src/network/config-version.ts';
import { fault } from '../samples/failure.ts';

test.each([
  ['', [], undefined],
  ['0.4.0', [], '0.4.0'],
  ['', ['0.4.0', '1.0.0'], '1.0.0'],
  ['', ['0.4.0', '99.0.0', '1.0.0'], '1.0.0'],
  ['0.3.1', ['1.0.0', '0.4.0'], '1.0.0'],
  ['1.1.0', ['0.4.0'], '1.1.0'],
  ['9.0.0', ['0.4.0'], '0.4.0'],
  ['0.3.1', ['0.3.7'], '0.3.1'],
  ['', ['0.3.7', '0.3.1'], '0.3.1'],
])('R13: cniVersion %o with cniVersions %j runs at %s', (version, versions, chosen) => {
  expect(selectVersion(version, versions)).toBe(chosen);
});

test.each([
  ['9.0.0', [], '"cniVersion" is "9.0.0"; Braid speaks 0.1.0, 0.2.0'],
  ['1.0', [], '"cniVersion" is "1.0"'],
  ['9.0.0', ['8.0.0'], '"cniVersion" is "9.0.0"'],
  ['', ['8.0.0', '1.0'], '"cniVersions" is "8.0.0, 1.0"; Braid speaks 0.1.0'],
  ['', ['junk', '1.0.0'], '"cniVersions" holds "junk", which is no version'],
  ['bad', ['1.0.0'], '"cniVersions" holds "bad"'],
])('R13: cniVersion %o with cniVersions %j is refused: %s', (version, versions, text) => {
  expect(fault(() => selectVersion(version, versions))).toContain(text);
});
