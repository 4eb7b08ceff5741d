/**
 * What Braid knows about one plugin, as it stands in `delegates/<name>/profile.yaml` or in a folder of `profileDir`. Pure.
 *
 * Strict: an unknown key is an error, for a misspelt quirk would be a quirk that is not there.
 */
import * as z from 'zod/mini';
import { errorText } from '../errors.ts';
import { CNI_VERSIONS } from './cni-version.ts';
import { firstIssue } from './issue-text.ts';
import { isNestedDeeperThan } from './json.ts';
import { isIdentifier } from './names.ts';
import { parseConfigList } from './network-config.ts';

const text = z.string().check(z.minLength(1));
const texts = z.array(text);
const MAX_FILE_NAME = 255;

/** A plugin's file name, or the name that people ask for it by. */
const pluginName = z
  .string()
  .check(z.refine((name) => isIdentifier(name) && name.length <= MAX_FILE_NAME, 'must be a plain file name'));

const path = z.string().check(z.refine((value) => value.startsWith('/'), 'must be an absolute path'));
const url = z.string().check(z.refine((value) => /^https:\/\/\S+$/.test(value), 'must be an https address'));

/** A regular expression of JavaScript, of which letters match in any case. */
const pattern = z.string().check(z.minLength(1), z.refine(isPattern, 'is no regular expression'));

const plugins = z.array(z.looseObject({ type: text })).check(
  z.minLength(1),
  z.refine((value) => !isNestedDeeperThan(20, value), 'is nested too deep'),
);

/** The keys of a profile. */
export const delegateProfileShape = z.strictObject({
  /** The folder's name: what pods and operators call it. */
  name: pluginName,
  /** Other names that mean the same, such as those that CNI-Genie has for it. */
  aliases: z._default(z.array(pluginName), []),
  /** As its project writes it. */
  title: text,
  kind: z.enum(['main', 'ipam', 'meta', 'meta-multiplexer', 'system']),
  /** One sentence: what it does. */
  summary: text,
  platforms: z.array(z.enum(['linux', 'windows'])).check(z.minLength(1)),
  status: z.strictObject({
    state: z.enum(['maintained', 'archived', 'unmaintained']),
    succeededBy: z._default(texts, []),
    /** Since when, and by whom it is looked after. */
    note: z.optional(text),
  }),
  /** Where the facts of this file come from. */
  references: z.array(z.strictObject({ url, about: text })).check(z.minLength(1)),
  binaries: z.strictObject({
    /** The file in CNI_PATH, and so the `type`. A system that has none of its own leaves it out. */
    plugin: z.optional(pluginName),
    /** Other plugins' files in CNI_PATH that it needs. */
    helpers: z._default(
      z.array(
        z.strictObject({
          name: pluginName,
          why: text,
          /** The key of the configuration that decides: unless it is there, the helper is what is run; with it, that value. */
          unless: z.optional(text),
          /** True: without the helper every ADD fails. */
          isFatal: z._default(z.boolean(), false),
        }),
      ),
      [],
    ),
    /** False: what its `ipam` names is no file of CNI_PATH, for it is run elsewhere, or is no plugin. */
    runsIpam: z._default(z.boolean(), true),
  }),
  cniVersions: z.array(z.enum(CNI_VERSIONS)),
  verbs: z.array(z.enum(['ADD', 'DEL', 'CHECK', 'GC', 'STATUS', 'VERSION'])),
  /** What it reads from `runtimeConfig`, when its configuration declares it. */
  capabilities: z._default(texts, []),
  keys: z.array(
    z.strictObject({
      /** With its parents: `ipam.ranges`. */
      key: text,
      type: z.enum(['string', 'number', 'boolean', 'object', 'list']),
      isRequired: z._default(z.boolean(), false),
      default: z.optional(z.unknown()),
      unit: z.optional(text),
      meaning: text,
    }),
  ),
  /** The key that names the network card of the node on which its interfaces sit, such as `master`. */
  hostInterfaceKey: z.optional(text),
  /** The key that it takes a device by, where it does not read `runtimeConfig.deviceID`. */
  deviceIdKey: z.optional(text),
  template: z.optional(
    z.strictObject({
      cniVersion: z.enum(CNI_VERSIONS),
      plugins,
      /**
       * True: it works on any node as it is and has addresses of its own, so that a pod can have it without a file of the
       * node. Never for what a cluster's own network runs: beside the operator's chain it would give addresses twice.
       */
      isUsableAsIs: z._default(z.boolean(), false),
      /** What an operator must or may put in the place of the values that stand there. */
      placeholders: z._default(z.array(z.strictObject({ path: text, meaning: text })), []),
    }),
  ),
  /** The configuration file that the system writes into the CNI folder. */
  configFile: z.optional(z.strictObject({ path, writtenBy: text })),
  needs: z._default(
    z.strictObject({
      files: z._default(
        z.array(
          z.strictObject({
            path,
            kind: z.enum(['file', 'folder', 'socket']),
            /** The key of the plugin's configuration that names another path. */
            key: z.optional(text),
            /** True: without it every ADD fails. */
            isFatal: z._default(z.boolean(), false),
            /** What to do, asked: `is flanneld running on this node?` */
            hint: text,
          }),
        ),
        [],
      ),
      /** `name` as in `/sys/module`. */
      kernelModules: z._default(
        z.array(
          z.strictObject({
            name: z.string().check(z.refine((value) => /^\w+$/.test(value), 'must be a name as in /sys/module')),
            why: text,
            isFatal: z._default(z.boolean(), false),
          }),
        ),
        [],
      ),
      /** Programs that must run on the node, or in the cluster. */
      daemons: z._default(z.array(z.strictObject({ name: text, why: text })), []),
    }),
    { files: [], kernelModules: [], daemons: [] },
  ),
  attachment: z.strictObject({
    /** `honoured`: CNI_IFNAME. Else the name that it makes whatever it is told, or `none`: it makes no interface. */
    interfaceName: text,
    secondary: z
      .strictObject({ is: z.enum(['possible', 'limited', 'impossible']), why: z.optional(text) })
      .check(z.refine(isExplained, 'needs a "why" unless it "is" possible')),
    /** Two networks of it in one pod. */
    twice: z
      .strictObject({
        is: z.enum(['possible', 'limited', 'impossible', 'with-own-folder']),
        why: z.optional(text),
        /** With own folders: the key that names it, and the folder where the key is not set. */
        key: z.optional(text),
        folder: z.optional(path),
      })
      .check(
        z.refine(isExplained, 'needs a "why" unless it "is" possible'),
        z.refine(
          ({ is, key, folder }) => is !== 'with-own-folder' || (key !== undefined && folder !== undefined),
          'needs "key" and "folder" where it "is" with-own-folder',
        ),
      ),
    /**
     * True: where the pod's namespace is gone, its DEL fails or frees no address, while what it made went with the
     * namespace. Braid then leaves it out and runs its IPAM plugin alone.
     */
    delNeedsNamespace: z._default(z.boolean(), false),
  }),
  /** How its results differ from what the specification asks for. */
  result: z._default(
    z.strictObject({
      interfaces: z._default(z.enum(['all', 'pod-only', 'host-only', 'none']), 'all'),
      /** False: the pod's interface is listed as if it were the node's, or with something else than its namespace. */
      hasSandbox: z._default(z.boolean(), true),
      /** False: addresses do not say which interface has them. */
      hasAddressIndex: z._default(z.boolean(), true),
      /** Names, with `*`, of entries that are no interfaces but notes to itself. */
      pseudoInterfaces: z._default(texts, []),
    }),
    { interfaces: 'all', hasSandbox: true, hasAddressIndex: true, pseudoInterfaces: [] },
  ),
  /** Lines that it writes to stderr when nothing, or something else, is wrong. */
  stderrNoise: z._default(z.array(pattern), []),
  /** What its errors mean. */
  errors: z._default(
    z.array(
      z.strictObject({
        pattern,
        hint: text,
        /** True: at DEL it says that nothing is left, which is no failure; Braid then runs its IPAM plugin alone. */
        isGoneAtDel: z._default(z.boolean(), false),
      }),
    ),
    [],
  ),
  /** Names, with `*`, of what it makes on the node. */
  hostInterfaces: z._default(z.array(z.strictObject({ name: text, what: text })), []),
  /** What it keeps, where, and by what. */
  state: z._default(
    z.array(
      z.strictObject({
        path: text,
        holds: text,
        keyedBy: z.array(z.enum(['network', 'container', 'interface', 'address', 'node'])),
      }),
    ),
    [],
  ),
});

/** A whole profile, defaults filled in. */
export type DelegateProfile = z.infer<typeof delegateProfileShape>;

/** Reads a profile. Throws: Error naming the first key that is wrong: `"kind" must be "main" or …`. */
export function parseDelegateProfile(value: unknown): DelegateProfile {
  const parsed = delegateProfileShape.safeParse(value);
  if (!parsed.success) throw new Error(firstIssue(parsed.error));
  if (parsed.data.template) checkTemplate(parsed.data);
  return parsed.data;
}

/** The template is a configuration list, which has a shape of its own. */
function checkTemplate({ name, template }: DelegateProfile): void {
  try {
    parseConfigList({ name, cniVersion: template?.cniVersion, plugins: template?.plugins });
  } catch (cause) {
    throw new Error(`"template": ${errorText(cause)}`);
  }
}

function isExplained({ is, why }: { is: string; why?: string | undefined }): boolean {
  return is === 'possible' || why !== undefined;
}

function isPattern(value: string): boolean {
  try {
    new RegExp(value, 'i');
    return true;
  } catch {
    return false;
  }
}
