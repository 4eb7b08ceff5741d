/**
 * What no file of a package tells: code of others inside packages, in Bun and in what musl-gcc links. Kept by hand.
 *
 * Each line was checked with the texts that it names: the licence files of viz-js, Graphviz 16, Expat 2.8, Emscripten and llhttp in
 * their repositories; Bun's LICENSE.md of its releases 1.4; Debian's copyright files of musl and libgcc, and what the linker's map
 * of both C programs lists.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Notice } from './notice.ts';

/** Something inside of something else. */
export interface Part extends Omit<Notice, 'text'> {
  readonly within: string;
  /** Where its source is to be had. */
  readonly source: string;
  /** `undefined` where its licence, or the one who made the whole, asks for no text, or it is found at the source. */
  readonly text?: string;
}

/** A licence that stands in `texts/`. Touches disk. */
export function textOf(name: string): string {
  return readFileSync(join(import.meta.dirname, 'texts', `${name}.txt`), 'utf8').trimEnd();
}

const MIT = textOf('MIT');

/** Licences of packages that have no file with it, by the package's name. */
export const GIVEN_TEXTS: Readonly<Record<string, Pick<Notice, 'copyrights' | 'text'>>> = {
  '@viz-js/viz': { copyrights: ['Copyright (c) Michael Daines'], text: MIT },
};

/** What licence files below a package's own are for, by their path. */
export const INNER_LICENCES: Readonly<Record<string, Pick<Notice, 'name' | 'licence'>>> = {
  'undici/lib/milo/LICENSE.md': { name: 'milo', licence: 'ISC' },
  'undici/lib/web/fetch/LICENSE': { name: 'undici-fetch', licence: 'MIT' },
};

/** Packages that another one has copied into its own files, where no metafile shows them. */
export const COPIED_IN: Readonly<Record<string, readonly string[]>> = {
  'jsonpath-plus': ['@jsep-plugin/assignment', '@jsep-plugin/regex', 'jsep'],
};

type KnownPart = Omit<Part, 'version' | 'source' | 'within'>;
type PartWithSource = Omit<Part, 'version' | 'within'>;

/** What @viz-js/viz is made of, by how its provenance names it; version and source are told there. */
export const PARTS_OF_VIZ: Readonly<Record<string, KnownPart>> = {
  graphviz: { name: 'Graphviz', licence: 'EPL-2.0', copyrights: [], text: textOf('EPL-2.0') },
  expat: {
    name: 'Expat',
    licence: 'MIT',
    copyrights: [
      'Copyright (c) 1998-2000 Thai Open Source Software Center Ltd and Clark Cooper',
      'Copyright (c) 2001-2026 Expat maintainers',
    ],
    text: MIT,
  },
  emsdk: {
    name: "Emscripten's runtime, with musl and parts of Node.js",
    licence: 'MIT',
    copyrights: [
      'Copyright (c) 2010-2014 Emscripten authors, see AUTHORS file.',
      'Copyright © 2005-2020 Rich Felker, et al.',
      'Copyright Joyent, Inc. and other Node contributors. All rights reserved.',
    ],
    text: MIT,
  },
};

/** What lies in undici's WebAssembly. */
export const LLHTTP: PartWithSource = {
  name: 'llhttp',
  licence: 'MIT',
  copyrights: ['Copyright Fedor Indutny, 2018.'],
  text: MIT,
  source: 'https://github.com/nodejs/llhttp',
};

/** What the linker puts into `braid` and `braid-netns`. */
export const PARTS_OF_C_PROGRAMS: readonly PartWithSource[] = [
  {
    name: 'musl',
    licence: 'MIT',
    copyrights: ['Copyright © 2005-2020 Rich Felker, et al.', 'Copyright © 2012-2018 Arm Limited (on arm64)'],
    text: MIT,
    source: 'https://musl.libc.org',
  },
  {
    name: 'libgcc and the start files of GCC',
    licence: 'GPL-3.0-or-later WITH GCC-exception-3.1',
    copyrights: [],
    source: 'https://gcc.gnu.org',
  },
];
