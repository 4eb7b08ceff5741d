/** Braid as a command: what a person gets who calls it without CNI_COMMAND. */
import { parseArgs } from 'node:util';
import type { Environment } from './environment/environment.ts';
import { writeStderr, writeStdout } from './environment/standard-streams.ts';
import { errorText } from './errors.ts';
import { CNI_VERSIONS } from './schema/cni-version.ts';
import { BRAID_VERSION } from './version.ts';

const HELP = `braid ${BRAID_VERSION}: one pod, several networks, one result

A container runtime calls braid as a CNI plugin: with CNI_COMMAND set and a network
configuration on stdin. Called by hand it knows:

  braid demo [FOLDER]   attach the pod of FOLDER (pod.yaml, net.d/; fixtures/demo unless
                        given) to its networks in a fresh namespace, show what happened,
                        and take it back
      --plugin-dir DIR  real plugins from DIR; else /usr/lib/cni or /opt/cni/bin
      --scripted        no plugins: answers from FOLDER/scripted.json
  braid agent           serve the calls of this node's launchers; braid agent --help
  braid -V, --version   print the version
  braid -h, --help      print this

Exit status: 0 success, 1 failure, 2 wrong usage.
`;

/** Runs a command; answers the exit status. Without any argument it tells what it is, as the CNI specification asks. */
export async function runCli(environment: Environment): Promise<number> {
  try {
    if (environment.argv[0] === 'agent') {
      const { agentCommand } = await import('./commands/agent.ts');
      return await agentCommand(environment, environment.argv.slice(1));
    }
    const { values, positionals } = parseArgs({
      args: [...environment.argv],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'V' },
        'plugin-dir': { type: 'string' },
        scripted: { type: 'boolean' },
      },
    });
    const [command, ...rest] = positionals;
    if (values.help || command === 'help') return printed(HELP);
    if (values.version || command === 'version') return printed(`braid ${BRAID_VERSION}\n`);
    if (command === undefined) return about();
    if (command !== 'demo') return usage(`unknown command "${command}"`);
    if (rest.length > 1) return usage(`unknown argument "${rest[1]}"`);
    const { demo } = await import('./commands/demo.ts');
    return await demo(environment, {
      folder: rest[0],
      pluginDir: values['plugin-dir'],
      isScripted: values.scripted ?? false,
    });
  } catch (cause) {
    // parseArgs explains itself at length; its first sentence says what is wrong.
    return usage(errorText(cause).split('. ')[0] ?? 'wrong usage');
  }
}

function printed(text: string): number {
  return writeStdout(text) ? 0 : 1;
}

function about(): number {
  writeStderr(
    `braid ${BRAID_VERSION}: a CNI meta-plugin; try braid --help\nCNI protocol versions supported: ${CNI_VERSIONS.join(', ')}\n`,
  );
  return 0;
}

function usage(fault: string): number {
  writeStderr(`braid: ${fault}\nTry braid --help.\n`);
  return 2;
}
