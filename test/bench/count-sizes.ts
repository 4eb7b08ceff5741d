/** How large the files are that a node gets. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CountTable } from './report.ts';

const dist = resolve(import.meta.dirname, '../../dist');
const FILES: Readonly<Record<string, string>> = {
  launcher: 'cni/braid',
  'namespace helper': 'cni/braid-netns',
  'standalone program': 'cni/braid-standalone',
};

/** In KB of 1,000 bytes, rounded up. What is not built is not there. */
export function countSizes(): CountTable {
  const there = Object.entries(FILES).filter(([, file]) => existsSync(resolve(dist, file)));
  const rows = there.map(([title, file]) => {
    const { size } = statSync(resolve(dist, file));
    return { title, form: '', counts: { KB: Math.ceil(size / 1000) } };
  });
  return { title: 'sizes', rows };
}
