/**
 * The man page, made from the commands themselves.
 *
 *   node scripts/man-page.ts            write docs/man/braid.1
 *   node scripts/man-page.ts --check    exit status 1 when it is not what would be written
 */
import { wholeProgram } from '../src/cli.ts';
import { commandModel } from '../src/command-model/command-model.ts';
import { manPage } from '../src/command-model/man-page.ts';
import { madeEnvironment } from '../src/request/made-request.ts';
import { BRAID_VERSION } from '../src/version.ts';
import { checkMade, isCheck, writeMade } from './made-files.ts';

// Of nobody's machine: what commands take from their surroundings must not be in the page.
const page = manPage(commandModel(await wholeProgram(madeEnvironment({}, ''))), BRAID_VERSION);
const files = new Map([['docs/man/braid.1', page]]);
if (isCheck()) process.exitCode = checkMade(files, 'npm run man');
else writeMade(files);
