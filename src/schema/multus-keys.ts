/** The keys of a Multus configuration: those that Braid honours, and those that have no meaning in it. Pure. */
import * as z from 'zod/mini';
import {
  absolutePath,
  folderName,
  inlineNetwork,
  namespace,
  namespaces,
  networkReference,
  pathOrEmpty,
  referenceOrEmpty,
} from './key-values.ts';

/** Honoured, beside those that Braid spells alike. */
export const MULTUS_KEYS = {
  clusterNetwork: z.optional(referenceOrEmpty),
  defaultNetworks: z.optional(z.array(networkReference)),
  delegates: z.optional(z.array(inlineNetwork)),
  auxiliaryCNIChainName: z.optional(folderName),
  cniDir: z.optional(absolutePath),
  namespaceIsolation: z.optional(z.boolean()),
  globalNamespaces: z.optional(namespaces),
  systemNamespaces: z.optional(z.array(namespace)),
  multusNamespace: z.optional(namespace),
  readinessindicatorfile: z.optional(pathOrEmpty),
  logToStderr: z.optional(z.boolean()),
  retryDeleteOnError: z.optional(z.boolean()),
};

const ALWAYS_KEPT = 'Braid always keeps the record of an attachment until its DEL succeeded';
const NO_DAEMON = 'it is for the daemon of Multus, and Braid runs without one';
const NO_GENERATOR = 'it is for the generator of this file, which Braid does not need';

/** Ignored, each with the reason and what to use instead. */
export const IGNORED_MULTUS_KEYS: Readonly<Record<string, string>> = {
  logOptions: 'use logrotate on logFile (without copytruncate: Braid opens the file for each call)',
  allowTryDeleteOnErr: ALWAYS_KEPT,
  // Written by the entrypoint of Multus, read by nobody.
  cniConf: 'Multus does not read it either; the folder of network configurations is "confDir"',
  socketDir: NO_DAEMON,
  daemonSocketDir: NO_DAEMON,
  chrootDir: `${NO_DAEMON}; paths here are those of the node`,
  connectionLimit: NO_DAEMON,
  metricsPort: NO_DAEMON,
  enablePprof: NO_DAEMON,
  perNodeCertificate: `${NO_DAEMON}; put credentials into the file that "kubeconfig" names`,
  cniConfigDir: NO_GENERATOR,
  multusConfigFile: NO_GENERATOR,
  multusAutoconfigDir: `${NO_GENERATOR}; name the default network with "clusterNetwork"`,
  multusMasterCNI: `${NO_GENERATOR}; name the default network with "clusterNetwork"`,
  forceCNIVersion: `${NO_GENERATOR}; write "cniVersion"`,
  overrideNetworkName: `${NO_GENERATOR}; write "name"`,
};

/** What `retryDeleteOnError: false` asks for and does not get. */
export const NO_RETRY_WARNING = `"retryDeleteOnError": false has no effect: ${ALWAYS_KEPT}`;
