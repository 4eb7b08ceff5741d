/** What is in Bun's runtime, by Bun's own LICENSE.md and what it tells of itself, as far as its builds for Linux have it. Kept by hand. */
import * as z from 'zod/mini';
import { type Part, textOf } from './known-parts.ts';

const versionsShape = z.object({ bun: z.string(), webkit: z.string(), tinycc: z.string(), icu: z.string() });

/** What Bun tells about itself (`process.versions`): its release, and releases or commits of what it is made of. */
export type BunVersions = z.infer<typeof versionsShape>;

/** Reads it. Throws: ZodError when something is not told any more. */
export function bunVersions(versions: unknown): BunVersions {
  return versionsShape.parse(versions);
}

const LIBRARIES: readonly (readonly [name: string, licence: string, source: string])[] = [
  ['BoringSSL', 'several, see its LICENSE', 'https://boringssl.googlesource.com/boringssl'],
  ['Brotli', 'MIT', 'https://github.com/google/brotli'],
  ['c-ares', 'MIT', 'https://github.com/c-ares/c-ares'],
  ['Highway', 'Apache-2.0', 'https://github.com/google/highway'],
  ['libarchive', 'several, see its COPYING', 'https://github.com/libarchive/libarchive'],
  ['libbase64', 'BSD-2-Clause', 'https://github.com/aklomp/base64'],
  [
    'libc++abi, its fallback of __cxa_thread_atexit',
    'Apache-2.0 WITH LLVM-exception',
    'https://github.com/llvm/llvm-project',
  ],
  ['libdeflate', 'MIT', 'https://github.com/ebiggers/libdeflate'],
  ['libjpeg-turbo', 'BSD-3-Clause AND IJG AND Zlib', 'https://github.com/libjpeg-turbo/libjpeg-turbo'],
  ['libspng', 'BSD-2-Clause', 'https://github.com/randy408/libspng'],
  ['libwebp', 'BSD-3-Clause', 'https://github.com/webmproject/libwebp'],
  ['LOL HTML', 'BSD-3-Clause', 'https://github.com/cloudflare/lol-html'],
  ['ls-hpack', 'MIT', 'https://github.com/litespeedtech/ls-hpack'],
  ['ls-qpack', 'MIT', 'https://github.com/litespeedtech/ls-qpack'],
  ['LSQUIC', 'MIT AND BSD-3-Clause', 'https://github.com/litespeedtech/lsquic'],
  ['mimalloc', 'MIT', 'https://github.com/microsoft/mimalloc'],
  ['picohttpparser', 'MIT', 'https://github.com/h2o/picohttpparser'],
  ['simdutf', 'Apache-2.0', 'https://github.com/simdutf/simdutf'],
  ['SQLite', 'public domain', 'https://www.sqlite.org'],
  ['TigerBeetle, parts of its I/O', 'Apache-2.0', 'https://github.com/tigerbeetle/tigerbeetle'],
  ['uSockets and a fork of uWebSockets', 'Apache-2.0', 'https://github.com/uNetworking/uSockets'],
  ['uucode', 'MIT', 'https://github.com/jacobsandlund/uucode'],
  ['zlib-ng', 'Zlib', 'https://github.com/zlib-ng/zlib-ng'],
  ['Zstandard', 'BSD-3-Clause', 'https://github.com/facebook/zstd'],
];

/** Bun and what it links statically. Touches disk for texts. */
export function partsOfBun({ bun, webkit, tinycc, icu }: BunVersions): Part[] {
  const within = { within: 'Bun', copyrights: [] };
  return [
    {
      name: 'Bun',
      version: bun,
      licence: 'MIT',
      within: 'braid-standalone',
      copyrights: [],
      source: `https://github.com/oven-sh/bun/tree/bun-v${bun}`,
      text: textOf('MIT'),
    },
    {
      ...within,
      name: 'JavaScriptCore and parts of WebKit',
      version: webkit,
      licence: 'LGPL-2.0',
      source: `https://github.com/oven-sh/WebKit/tree/${webkit}`,
      text: textOf('LGPL-2.0'),
    },
    {
      ...within,
      name: 'TinyCC',
      version: tinycc,
      licence: 'LGPL-2.1',
      source: `https://github.com/oven-sh/tinycc/tree/${tinycc}`,
      text: textOf('LGPL-2.1'),
    },
    { ...within, name: 'ICU', version: icu, licence: 'Unicode-3.0', source: 'https://github.com/unicode-org/icu' },
    ...LIBRARIES.map(([name, licence, source]) => ({ ...within, name, version: '', licence, source })),
  ];
}
