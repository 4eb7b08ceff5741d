/** `braid completion`: what a shell needs to complete braid's commands and options, made from the commands themselves. */
import { Argument, type Command } from 'commander';
import { commandModel } from '../command-model/command-model.ts';
import { bashCompletion } from '../command-model/completion-bash.ts';
import { fishCompletion } from '../command-model/completion-fish.ts';
import { zshCompletion } from '../command-model/completion-zsh.ts';
import { writeStdout } from '../environment/standard-streams.ts';
import { type BuildCommand, newCommand, runCommand } from './command.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** Builds `braid completion`. */
export const completionCommand: BuildCommand = (context) =>
  newCommand('completion', {
    description: 'Prints the script by which a shell completes the commands and options of braid.',
    examples: [
      ['source <(braid completion bash)', 'for this bash; the same line in ~/.bashrc is for every one'],
      ['braid completion zsh > /usr/local/share/zsh/site-functions/_braid', 'for zsh; any folder of its fpath will do'],
      ['braid completion fish > ~/.config/fish/completions/braid.fish', 'for fish'],
    ],
  })
    .addArgument(new Argument('[shell]', 'the shell').choices(Object.keys(SHELLS)))
    .option('--json', 'no script: all commands with their options and arguments as a document, for other tools')
    .action((shell: keyof typeof SHELLS | undefined, { json }: { json?: true }, command: Command) => {
      if ((shell === undefined) === (json === undefined)) command.error('error: give a shell, or --json');
      return runCommand('completion', context, async () => {
        const model = commandModel(await context.wholeProgram());
        writeStdout(shell === undefined ? `${JSON.stringify(model, undefined, 2)}\n` : SHELLS[shell](model));
        return 0;
      });
    });
