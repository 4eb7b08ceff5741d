/**
 * Whether the kernel has a module, or could load it. Touches disk, an adapter.
 *
 * A module that a plugin needs is loaded by the kernel when the plugin asks for its kind of link, so that it is not loaded
 * says nothing. That it cannot be had is certain only where the indexes of the running kernel can be read and do not name it.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import type { Presence } from './host-needs.ts';

const INDEXES = ['modules.builtin', 'modules.dep'];

/** Asks `/sys/module`, then the indexes below `/lib/modules`, which are read again when they have changed. */
export function kernelModule(name: string): Presence {
  if (existsSync(`/sys/module/${name}`)) return 'there';
  const names = loadableModules(`/lib/modules/${runningRelease()}`);
  if (names === undefined) return 'unknown';
  return names.has(name) ? 'there' : 'absent';
}

let kept: { readonly stamp: string; readonly names: ReadonlySet<string> } | undefined;

/** The names in both indexes of a folder, as `/sys/module` spells them; `undefined` where they are not both there. */
export function loadableModules(folder: string): ReadonlySet<string> | undefined {
  try {
    const files = INDEXES.map((name) => `${folder}/${name}`);
    const stamp = files.map((file) => `${file} ${statSync(file).mtimeMs}`).join(' ');
    if (kept?.stamp === stamp) return kept.names;
    const names = files.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/^\S*?([^/\s:]+)\.ko/gm)].map(([, name = '']) =>
        name.replaceAll('-', '_'),
      ),
    );
    if (names.length === 0) return undefined;
    kept = { stamp, names: new Set(names) };
    return kept.names;
  } catch {
    return undefined;
  }
}

function runningRelease(): string {
  try {
    return readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
