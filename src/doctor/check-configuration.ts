/** Braid's own file: is it there, whole, the first that a runtime takes, for root alone; and does anybody else want its place? */
import { basename, dirname, join } from 'node:path/posix';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { ConfigFile } from '../network/match-network.ts';
import { isOwnPlugin } from '../schema/own-type.ts';
import type { ExaminedNode, OwnFile } from './examined-node.ts';
import { type Check, type Finding, shortList } from './finding.ts';

const CILIUM_SUFFIX = '.cilium_bak';
/** Permissions of others than the owner. */
const OTHERS = 0o077;

export const checkConfiguration: Check = {
  name: 'configuration',
  async run(node) {
    const own = await node.own();
    const files = await node.configFiles(node.runtimeDir);
    const catalogue = await (await node.ports()).openCatalogue();
    return [
      ...ownFindings(own, node),
      ...(own.kind === 'found'
        ? [...orderFindings(own.file, files, catalogue), ...secondFindings(own.file, files)]
        : []),
      ...(await ciliumFindings(node)),
      ...(await binaryFindings(node, catalogue)),
    ];
  },
};

function ownFindings(own: OwnFile, { runtimeDir }: ExaminedNode): Finding[] {
  if (own.kind === 'absent') {
    return [
      {
        id: 'configuration/missing',
        severity: 'error',
        what: 'no configuration file here has a plugin of the type "braid"',
        why: 'runtimes never call Braid: pods get the one network of whatever file is first',
        mend: 'put 00-braid.conflist there (config/00-braid.conflist of the project), or name the folder with --conf-dir',
        where: runtimeDir,
      },
    ];
  }
  if (own.kind === 'broken') {
    return [
      {
        id: 'configuration/broken',
        severity: 'error',
        what: `Braid's configuration cannot be used: ${own.cause}`,
        why: 'no pod can be started on this node',
        mend: 'correct it; the keys are listed in README.md',
        where: own.file,
      },
    ];
  }
  const { request, file, mode } = own;
  const unused = request.warnings.map(
    (warning): Finding => ({
      id: 'configuration/key',
      severity: 'note',
      what: warning,
      why: 'what it was meant to do is not done',
      mend: 'correct the key, or take it away',
      where: file,
    }),
  );
  if (request.config.kube?.token === undefined || (mode & OTHERS) === 0) return unused;
  return [
    {
      id: 'configuration/readable',
      severity: 'warning',
      what: `it holds a token of the API server and has mode ${octal(mode)}`,
      why: 'everybody on this node can use the token',
      mend: `chmod 0600 ${file}`,
      where: file,
    },
    ...unused,
  ];
}

function orderFindings(own: string, files: readonly ConfigFile[], catalogue: Catalogue): Finding[] {
  const place = files.findIndex(({ file }) => file === own);
  const folder = dirname(own);
  if (place < 0) {
    return [
      {
        id: 'configuration/elsewhere',
        severity: 'warning',
        what: "Braid's configuration is not in the folder in which runtimes look, or its name ends in none of .conflist, .conf, .json",
        why: 'runtimes do not see it',
        mend: `move it to ${files[0] ? dirname(files[0].file) : 'the folder of --conf-dir'}`,
        where: own,
      },
    ];
  }
  return files.slice(0, place).map((earlier): Finding => {
    const name = basename(earlier.file);
    const mend = `name Braid's file so that it comes before, such as 00-braid.conflist, or take ${name} out of ${folder}`;
    if (earlier.kind === 'broken') {
      return {
        id: 'configuration/broken-before',
        severity: 'error',
        what: `${name} comes before ${basename(own)} and is broken: ${earlier.cause}`,
        why: 'containerd takes no network at all then, and CRI-O passes over it',
        mend,
        where: earlier.file,
      };
    }
    const other = earlier.list.plugins.find(({ type }) => isMultiplexer(type, catalogue));
    return {
      id: other ? 'configuration/other-multiplexer' : 'configuration/not-first',
      severity: 'error',
      what: `${name} (${shortList(earlier.list.plugins.map(({ type }) => type))}) comes before ${basename(own)}`,
      why: `runtimes take the first file by name: pods get that network${other ? `, from ${other.type}` : ''}, and Braid is not called`,
      mend,
      where: earlier.file,
    };
  });
}

function secondFindings(own: string, files: readonly ConfigFile[]): Finding[] {
  const others = files.filter(
    (other) => other.file !== own && other.kind === 'read' && other.list.plugins.some(isOwnPlugin),
  );
  return others.map(({ file }) => ({
    id: 'configuration/second',
    severity: 'warning',
    what: `${basename(file)} is a second configuration of Braid beside ${basename(own)}`,
    why: 'runtimes use the first only: what is changed in the other has no effect, until somebody removes the first',
    mend: 'keep one of the two',
    where: file,
  }));
}

/** Cilium renames what it finds beside its own file, each time that its agent starts. */
async function ciliumFindings(node: ExaminedNode): Promise<Finding[]> {
  const names = (await node.namesIn(node.runtimeDir)).filter((name) => name.endsWith(CILIUM_SUFFIX));
  const findings = names.map(async (name): Promise<Finding> => {
    const file = join(node.runtimeDir, name);
    const isOurs = /"type"\s*:\s*"braid(?:-standalone)?"/.test(await node.read(file).catch(() => ''));
    return {
      id: isOurs ? 'configuration/taken-by-cilium' : 'configuration/renamed-by-cilium',
      severity: isOurs ? 'error' : 'warning',
      what: `Cilium has renamed ${isOurs ? "Braid's configuration" : 'a configuration'}: ${name}`,
      why: isOurs
        ? 'runtimes do not see it: pods get the network of Cilium alone'
        : 'its network cannot be asked for, and the next start of the Cilium agent does the same to ours',
      mend: `set cni.exclusive to false in Cilium's values, then rename it to ${name.slice(0, -CILIUM_SUFFIX.length)}`,
      where: file,
    };
  });
  return Promise.all(findings);
}

async function binaryFindings(node: ExaminedNode, catalogue: Catalogue): Promise<Finding[]> {
  const folders = await node.searchPath();
  const found = await Promise.all(
    folders.map(async (folder) => {
      const names = (await node.namesIn(folder)).filter((name) => isMultiplexer(name, catalogue));
      return names.map((name) => join(folder, name));
    }),
  );
  const files = found.flat();
  if (files.length === 0) return [];
  return [
    {
      id: 'configuration/leftover-binary',
      severity: 'note',
      what: `programs of other multiplexers are still installed: ${shortList(files.map((file) => basename(file)))}`,
      why: 'they do nothing by themselves; pods that they attached need them for DEL',
      mend: 'remove them when no such pod is left',
      where: files[0] ?? '',
    },
  ];
}

/** True for a plugin that runs others as Braid does. */
export function isMultiplexer(type: string, catalogue: Catalogue): boolean {
  return catalogue.ofPlugin(type)?.kind === 'meta-multiplexer';
}

export function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}
