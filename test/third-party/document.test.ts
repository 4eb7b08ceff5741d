/** THIRD-PARTY.md. */
import { describe, expect, test } from 'vitest';
import { type ThirdParty, thirdPartyDocument } from '../../scripts/third-party/document.ts';
import type { Notice } from '../../scripts/third-party/notice.ts';

function notice(name: string, text: string): Notice {
  return { name, version: '1.0.0', licence: 'MIT', copyrights: [`Copyright (c) ${name}`, 'Copyright (c) A|B'], text };
}

const packages = [notice('b', 'Do what\nyou like.'), notice('a', 'Ask first.'), notice('B', 'Do what you like.')];
const given: ThirdParty = {
  packages,
  parts: [{ name: 'p', version: '', within: 'a', licence: 'X', copyrights: [], source: 'https://p' }],
  bunList: 'https://list',
};
const document = thirdPartyDocument(given);

describe('the document', () => {
  test('is the same in whichever order packages are found', () => {
    expect(thirdPartyDocument({ ...given, packages: packages.toReversed() })).toBe(document);
  });

  test('has a line for each package with its owners, and one for each part with its source', () => {
    expect(document.split('\n').filter((line) => line.startsWith('| '))).toEqual([
      '| package | version | licence | owners, as its licence has them |',
      '| --- | --- | --- | --- |',
      '| B | 1.0.0 | [MIT](#mit) | Copyright (c) B<br>Copyright (c) A\\|B |',
      '| a | 1.0.0 | [MIT (2)](#mit-2) | Copyright (c) a<br>Copyright (c) A\\|B |',
      '| b | 1.0.0 | [MIT](#mit) | Copyright (c) b<br>Copyright (c) A\\|B |',
      '| part | within | version | licence | owners | source |',
      '| --- | --- | --- | --- | --- | --- |',
      '| p | a |  | X |  | https://p |',
    ]);
  });

  test('has each text once', () => {
    expect(document.split('## Texts\n\n')[1]).toBe(
      '### MIT\n\n````text\nDo what you like.\n````\n\n### MIT (2)\n\n````text\nAsk first.\n````\n',
    );
  });
});
