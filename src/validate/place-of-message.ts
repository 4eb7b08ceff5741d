/**
 * Where in a document the key stands that a message of the core names. Pure.
 *
 * Only for the place: what a finding is, and whether there is one, never hangs on a text.
 */
import type { Place } from './finding.ts';
import type { Path, SourceDocument } from './source-document.ts';

const PLUGIN = /^plugins\[(\d+)\]/;
const QUOTED = /["']([^"']+)["']/g;

/** The place of the first quoted key that is there, at `path`; that of what stands at `path` where none is. */
export function placeOfMessage(message: string, document: SourceDocument, path: Path = []): Place {
  const [, plugin] = PLUGIN.exec(message) ?? [];
  const base = plugin === undefined ? path : [...path, 'plugins', Number(plugin)];
  const around = document.placeOf(base);
  for (const [, quoted = ''] of message.matchAll(QUOTED)) {
    const place = document.placeOfKey([...base, ...keysIn(quoted)]);
    if (place.line !== around.line || place.column !== around.column) return place;
  }
  return around;
}

/** `plugins[0].ipam` as a path. */
function keysIn(text: string): (string | number)[] {
  return [...text.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, position, key]) =>
    position === undefined ? (key ?? '') : Number(position),
  );
}
