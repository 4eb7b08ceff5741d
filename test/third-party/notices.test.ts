/** What is told of a package that is bundled, and what keeps one from being bundled. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { whyNotAllowed } from '../../scripts/third-party/allowed-licences.ts';
import { bundledFiles } from '../../scripts/third-party/bundled-files.ts';
import { licenceText, wordsOf } from '../../scripts/third-party/notice.ts';
import { packageNotices } from '../../scripts/third-party/package-notices.ts';
import { partsOfViz } from '../../scripts/third-party/parts-of-viz.ts';
import { scratchFolder } from '../samples/scratch.ts';

const GRANT = 'Permission is hereby granted,\nfree of charge, to any person.';

/** A package with these files; gives its folder. */
function packageOf(manifest: object, files: Readonly<Record<string, string>>): string {
  const folder = join(scratchFolder(), 'node_modules/a');
  const all = { 'package.json': JSON.stringify({ name: 'a', version: '1.0.0', ...manifest }), ...files };
  for (const [name, content] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** The notices of that package, of which `index.js` is bundled. */
function noticesOf(manifest: object, files: Readonly<Record<string, string>> = {}, bundled = 'index.js') {
  const folder = packageOf(manifest, files);
  return packageNotices(folder, [join(folder, bundled)]);
}

describe('bundled files', () => {
  test('are those of packages of which something is in an output, each once', () => {
    const inputs = {
      'src/main.ts': { bytesInOutput: 9 },
      'node_modules/b/index.js': { bytesInOutput: 9 },
      'node_modules/unused/index.js': { bytesInOutput: 0 },
      'node_modules/@a/b/lib/x.js': { bytesInOutput: 1 },
      'node_modules/b/node_modules/c/x.js': { bytesInOutput: 1 },
    };
    const found = bundledFiles([{ outputs: { 'b.js': { inputs } } }, { outputs: { 'c.js': { inputs } } }]);
    expect([...found]).toEqual([
      ['node_modules/@a/b', ['node_modules/@a/b/lib/x.js']],
      ['node_modules/b', ['node_modules/b/index.js']],
      ['node_modules/b/node_modules/c', ['node_modules/b/node_modules/c/x.js']],
    ]);
  });

  test('cannot be told by a metafile of another shape', () => {
    expect(() => bundledFiles([{ outputs: { 'a.js': {} } }])).toThrow('inputs');
  });
});

describe('the text of a licence', () => {
  test('is told apart from its title and its owners, also where their names go on in the next line', () => {
    const file = `The MIT License (MIT)\r\n\r\nCopyright (c) 2011 Ann,\r\nBen\r\n © 2012 Cem\r\n${GRANT}\r\n`;
    expect(licenceText(file)).toEqual({ copyrights: ['Copyright (c) 2011 Ann, Ben', '© 2012 Cem'], text: GRANT });
  });

  test.each([
    'The above copyright notice shall be included.',
    'copyright notice and this permission notice',
    'COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM',
    '   Copyright [yyyy] [name of copyright owner]',
    '(c) You must retain all notices',
  ])('has the line "%s", which names no owner', (line) => {
    expect(licenceText(`${GRANT}\n${line}`)).toEqual({ copyrights: [], text: `${GRANT}\n${line}` });
  });

  test('is the same when it is wrapped in another way, and another when a word is', () => {
    expect(wordsOf('the "Software", as\n  it is')).toBe(wordsOf("the 'Software', as it is"));
    expect(wordsOf('with fee')).not.toBe(wordsOf('without fee'));
  });
});

describe('a package', () => {
  test('has the notices of its own licence', () => {
    const { notices, problems } = noticesOf(
      { license: 'MIT' },
      { LICENSE: `MIT License\n\nCopyright (c) Ann\n\n${GRANT}` },
    );
    expect(problems).toEqual([]);
    expect(notices).toEqual([
      { name: 'a', version: '1.0.0', licence: 'MIT', copyrights: ['Copyright (c) Ann'], text: GRANT },
    ]);
  });

  test.each([
    [{}, 'a 1.0.0: its package.json names no licence'],
    [{ license: { type: 'MIT' } }, 'a 1.0.0: its package.json names no licence'],
    [{ license: 'LGPL-3.0-only' }, 'a 1.0.0: its licence LGPL-3.0-only is none of '],
    [{ license: 'SEE LICENSE IN EULA' }, 'a 1.0.0: its licence "SEE LICENSE IN EULA" is no SPDX expression'],
  ])('with %j is refused', (manifest, problem) => {
    const found = noticesOf(manifest, { LICENSE: GRANT });
    expect(found).toEqual({ notices: [], problems: [expect.stringContaining(problem)] });
  });

  test('without a file that is its licence is refused; a notice is none', () => {
    expect(noticesOf({ license: 'MIT' }, { NOTICE: 'made by Ann' }).problems).toEqual([
      'a 1.0.0: it has no file with its licence',
    ]);
  });

  test('is asked about the code of others in it, as far as that is bundled', () => {
    const inner = { 'lib/other/COPYING': 'ask Ben', 'lib/other/deep/x.js': '', 'lib/unused/LICENSE': 'ask Cem' };
    const files = { LICENSE: GRANT, ...inner };
    expect(noticesOf({ license: 'MIT' }, files, 'lib/other/deep/x.js').problems).toEqual([
      "a 1.0.0: it holds others' code under lib/other/COPYING, which scripts/third-party does not name",
    ]);
    expect(noticesOf({ license: 'MIT' }, files).problems).toEqual([]);
  });
});

test.each([
  ['MIT OR GPL-3.0-only', true],
  ['MIT AND ISC', true],
  ['MIT AND GPL-3.0-only', false],
  ['MPL-2.0', false],
])('%s: allowed is %s', (licence, isAllowed) => {
  expect(whyNotAllowed(licence) === undefined).toBe(isAllowed);
});

test('what viz is built of has the version and the source that it was built of; what is new is asked about', () => {
  const resolvedDependencies = [
    { uri: 'https://a/R_2_8_5/expat-2.8.5.tar.gz', digest: { sha256: 'abc' } },
    { uri: 'pkg:docker/emscripten/emsdk@6.0.10?platform=linux', digest: { sha256: 'abc' } },
    { uri: 'https://a/cairo-1.18.0.tar.gz', digest: { sha256: 'abc' } },
  ];
  const { parts, problems } = partsOfViz({ predicate: { buildDefinition: { resolvedDependencies } } });
  expect(parts.map(({ name, version }) => `${name} ${version}`)).toEqual([
    'Expat 2.8.5',
    "Emscripten's runtime, with musl and parts of Node.js 6.0.10",
  ]);
  expect(parts[0]?.source).toBe('https://a/R_2_8_5/expat-2.8.5.tar.gz (SHA-256 abc)');
  expect(problems).toEqual([
    '@viz-js/viz: it was built of https://a/cairo-1.18.0.tar.gz, which scripts/third-party does not name',
  ]);
});
