/** The scripted plugin that test/set-up.mjs compiles, under the names of a test's plugins. */
import { existsSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';

const program = resolve(import.meta.dirname, '../../dist/doubles/scripted-delegate');

/** Links it into a folder as `type`. Throws: an Error with the remedy when it was not built. */
export function linkScriptedDelegate(folder: string, type: string): void {
  if (!existsSync(program)) throw new Error(`${program} is missing: run node test/set-up.mjs first`);
  symlinkSync(program, join(folder, type));
}
