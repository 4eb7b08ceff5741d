/** Plugin or command line: a runtime sets CNI_COMMAND, a person does not. VERSION needs nothing else of Braid, and loads nothing else. */
import { processEnvironment } from './environment/environment.ts';
import { writeAnswer } from './environment/standard-streams.ts';
import { toCniError } from './errors.ts';
import { blockForFiles } from './files.ts';
import { errorAnswer, versionAnswer } from './result/answer.ts';

/** The verbs that do one thing after the other; STATUS must answer whatever hangs. */
const ONE_BY_ONE = new Set(['ADD', 'DEL', 'CHECK']);

const environment = processEnvironment();
const command = environment.variables['CNI_COMMAND'];

if (command === 'VERSION') {
  process.exit(writeAnswer(versionAnswer()) ? 0 : 1);
} else if (command) {
  // stdout is the answer's alone, whatever a dependency has to say.
  // biome-ignore lint/suspicious/noConsole: this is where it is kept from stdout
  console.log = console.info = console.debug = console.error;
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, endWithError);
  if (ONE_BY_ONE.has(command)) blockForFiles();
  const { interpretSchemas } = await import('./schema/interpret-schemas.ts');
  interpretSchemas();
  const { runPlugin } = await import('./plugin.ts');
  process.exit(await runPlugin(environment));
} else {
  const { runCli } = await import('./cli.ts');
  process.exit(await runCli(environment));
}

/** The last resort: whatever went wrong, the runtime gets an error that it can read. */
function endWithError(cause: unknown): never {
  writeAnswer(errorAnswer(toCniError(cause)));
  process.exit(1);
}
