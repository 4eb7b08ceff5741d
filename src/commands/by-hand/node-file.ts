/**
 * Braid's own configuration file as a runtime loads it, and what of it a plugin gets on stdin.
 *
 * In: a file, and what the runtime would add. Out: the configuration of one call. Touches disk by reading.
 */
import { CniError, ErrorCode } from '../../errors.ts';
import { fileFault } from '../../file-fault.ts';
import { type OwnConfig, readOwnConfig } from '../../network/own-config.ts';
import { delegateConfig } from '../../plan/delegate-config.ts';
import { parseNodeConfigLeniently } from '../../request/node-config.ts';
import { type CniVersion, isAtLeast, NEWEST_VERSION, OLDEST_VERSION } from '../../schema/cni-version.ts';
import type { JsonObject } from '../../schema/json.ts';
import { ANNOTATIONS_CAPABILITY } from '../../schema/node-config.ts';

/** The file. */
export interface NodeFile extends OwnConfig {
  readonly file: string;
  readonly cniVersion: CniVersion;
}

/** What a call adds to the file's own keys. */
export interface CallConfig {
  readonly runtimeConfig: JsonObject;
  /** Handed over whatever capabilities the file declares. */
  readonly annotations: Readonly<Record<string, string>> | undefined;
  readonly prevResult?: JsonObject;
  readonly validAttachments?: readonly { containerId: string; ifName: string }[];
}

/** Loads a list or a single plugin. Throws: code 7 naming the file and what to do. */
export async function loadNodeFile(file: string): Promise<NodeFile> {
  try {
    const own = await readOwnConfig(file);
    return { ...own, file, cniVersion: own.cniVersion ?? OLDEST_VERSION };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new CniError(
      ErrorCode.invalidConfig,
      code === 'ENOENT' ? `there is no file ${file}` : `cannot use ${file}: ${fileFault(cause)}`,
      code === 'EACCES'
        ? ''
        : 'name the configuration of Braid by --conf, such as config/00-braid.conflist of the project',
      { cause },
    );
  }
}

/** The configuration of one call. GC and STATUS are never below the version that has them. Pure. */
export function callConfig({ name, plugin, ...node }: NodeFile, verb: string, call: CallConfig): JsonObject {
  const cniVersion = verbVersion(verb, node);
  const { runtimeConfig, annotations, prevResult, validAttachments } = call;
  const config = delegateConfig(plugin, { name, cniVersion, isPrimary: true, runtimeConfig, asked: {} });
  const valid = validAttachments?.map(({ containerId, ifName }) => ({ containerID: containerId, ifname: ifName }));
  const given = (config['runtimeConfig'] ?? {}) as JsonObject;
  return {
    ...config,
    // The runtimes' library leaves it in.
    ...(plugin.raw['capabilities'] === undefined ? {} : { capabilities: plugin.raw['capabilities'] }),
    runtimeConfig: { ...given, ...(annotations && { [ANNOTATIONS_CAPABILITY]: annotations }) },
    ...(prevResult && { prevResult }),
    ...(valid && { 'cni.dev/valid-attachments': valid, 'cni.dev/attachments': valid }),
  };
}

/** At which version a verb is called. Pure. */
function verbVersion(verb: string, { cniVersion }: Pick<NodeFile, 'cniVersion'>): CniVersion {
  const isNew = verb === 'GC' || verb === 'STATUS';
  return isNew && !isAtLeast(cniVersion, NEWEST_VERSION) ? NEWEST_VERSION : cniVersion;
}

/** What is to be said of a file before a call by it. Pure. */
export function nodeFileNotes(
  node: NodeFile,
  verb: string,
  { runtimeConfig = {}, hasPod = false }: { runtimeConfig?: JsonObject; hasPod?: boolean },
): string[] {
  const undeclared = Object.keys(runtimeConfig).filter((key) => !node.plugin.capabilities.includes(key));
  const version = verbVersion(verb, node);
  return [
    ...(node.otherTypes.length > 0
      ? [`a runtime runs the whole list of ${node.file}; here only Braid runs, not ${node.otherTypes.join(', ')}`]
      : []),
    ...undeclared.map((key) => `${node.file} declares no capability "${key}", so a runtime does not hand it over`),
    ...(version === node.cniVersion
      ? []
      : [
          `${node.file} has "cniVersion" ${node.cniVersion}, by which runtimes never call ${verb}; taken for ${version}`,
        ]),
    ...(hasPod && isBlind(node)
      ? [
          `${node.file} names no kubeconfig and declares no "${ANNOTATIONS_CAPABILITY}": for a runtime's call no annotation counts`,
        ]
      : []),
  ];
}

function isBlind({ plugin }: NodeFile): boolean {
  const { kube, hasPodAnnotations } = parseNodeConfigLeniently(plugin.raw).config;
  return kube === undefined && !hasPodAnnotations;
}
