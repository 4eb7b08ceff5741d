/** `braid version`: our own version, and with `--json` the versions of the CNI specification that we speak. */
import { writeStdout } from '../environment/standard-streams.ts';
import { CNI_VERSIONS } from '../schema/cni-version.ts';
import { BRAID_VERSION } from '../version.ts';
import { type BuildCommand, newCommand } from './command.ts';

/** Builds `braid version`. */
export const versionCommand: BuildCommand = () =>
  newCommand('version', {
    description: 'Prints the version of Braid.',
    examples: [
      ['braid version', 'the version'],
      ['braid version --json', 'with the versions of the CNI specification that it speaks'],
    ],
  })
    .option('--json', 'print one JSON document: {"version", "cniVersions"}')
    .action(({ json }: { json?: boolean }) => {
      const text = json
        ? JSON.stringify({ version: BRAID_VERSION, cniVersions: CNI_VERSIONS })
        : `braid ${BRAID_VERSION}`;
      writeStdout(`${text}\n`);
    });
