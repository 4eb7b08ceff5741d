/** Plugin or command line: a runtime sets CNI_COMMAND, a person does not. Nothing else is decided here. */
import { processEnvironment } from './environment/environment.ts';
import { writeAnswer } from './environment/standard-streams.ts';
import { toCniError } from './errors.ts';
import { errorAnswer } from './result/answer.ts';

const environment = processEnvironment();

if (environment.variables['CNI_COMMAND']) {
  // stdout is the answer's alone, whatever a dependency has to say.
  // biome-ignore lint/suspicious/noConsole: this is where it is kept from stdout
  console.log = console.info = console.debug = console.error;
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, endWithError);
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
