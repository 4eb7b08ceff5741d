/**
 * Preloaded into Node it notes every module that is loaded: `node --import loaded-modules.mjs program`.
 *
 * The file named by the variable TEST_LOADED gets one line a module, its URL.
 */
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

registerHooks({
  load(url, context, nextLoad) {
    appendFileSync(process.env.TEST_LOADED, `${url}\n`);
    return nextLoad(url, context);
  },
});
