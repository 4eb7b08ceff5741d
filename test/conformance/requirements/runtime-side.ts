/** What a container runtime owes its plugins, R1 … R72: Braid owes it to its delegates. */
import type { Requirement } from '../requirement.ts';

const JOURNAL = 'our own journal, one record for a container with all its networks, takes the place of this cache';

/** Every requirement of the runtime side, in order. */
export const RUNTIME_SIDE: readonly Requirement[] = [
  // Loading configuration
  {
    id: 'R1',
    line: 'A network is looked for in the .conflist files of one folder, not below it, in the order of their names as bytes.',
    deviation: 'A missing folder is an error that names the key "confDir": a node without it can attach nothing.',
  },
  {
    id: 'R2',
    line: 'Only then among .conf and .json files, in one order by name; a match becomes a list of one plugin.',
    deviation:
      'The name in the file decides first; as with CNI-Genie, the file name after its first "-" or the plugin type may then match too.',
  },
  {
    id: 'R3',
    line: 'A broken file in front of the match ends the load; one after it is never read.',
    deviation:
      'A broken file that nobody asked for is skipped and logged: it must not take the network of every pod down.',
  },
  {
    id: 'R4',
    line: 'Finding nothing is an error that tells an empty folder from a name that is not there.',
    deviation: 'In our own words, with code 7, naming who asked and the networks that could have been meant.',
  },
  { id: 'R5', line: 'A list in a .conf or .json file lacks its type; of files with one name the first is used.' },
  {
    id: 'R6',
    line: 'Container runtimes choose a default network from all three extensions in one order by name, skipping broken files.',
  },
  {
    id: 'R7',
    line: 'A list is a JSON object with a name and a non-empty array of plugin objects that each have a type.',
    deviation: 'An empty or invalid name is refused when the file is read, not when the network is added.',
  },
  {
    id: 'R8',
    line: 'The typed keys capabilities, ipam and dns must have their types in every plugin object.',
  },
  {
    id: 'R9',
    line: 'disableCheck, disableGC and loadOnlyInlinedPlugins are booleans or the words true and false in any case.',
  },
  {
    id: 'R10',
    line: 'Unless a list says loadOnlyInlinedPlugins, the .conf files of the folder with its name are chained to it.',
  },
  {
    id: 'R11',
    line: 'A name is used as a folder without being checked.',
    deviation: 'It is checked first: a name such as ../evil would load plugins from outside the folder.',
  },
  {
    id: 'R12',
    line: 'The stored bytes of a list lack the plugins that were chained from its folder.',
    deviation: 'The record holds the whole merged chain, so that DEL takes back what ADD made.',
  },
  // Version selection
  {
    id: 'R13',
    line: 'A list runs at the highest of its cniVersions that we speak, else at its cniVersion.',
    deviation:
      'Only the seven released versions count, anything else is refused before it runs; a list without a version has that of the request.',
  },
  {
    id: 'R14',
    line: 'A runtime may intersect a list’s versions with what its plugins answer to VERSION.',
    deviation: 'Not during ADD, as the reference library; STATUS asks, since an old plugin would not know that verb.',
  },
  // Request configuration
  {
    id: 'R15',
    line: 'A plugin gets its own object with every key, the list’s name and version, prevResult and runtimeConfig where there are any.',
  },
  {
    id: 'R16',
    line: 'runtimeConfig holds what the runtime gave for the capabilities that the plugin declares true, and replaces what is on disk.',
    deviation: 'A runtimeConfig that stands on disk never reaches a plugin, also when there is none to replace it.',
  },
  {
    id: 'R17',
    line: 'Keys that the specification reserves for the runtime do not come from disk.',
    deviation:
      'As the specification says and unlike the reference library: capabilities, prevResult, runtimeConfig and cni.dev/* are left out; args stays.',
  },
  { id: 'R18', line: 'GC and STATUS add the name, the version and the keys of GC: no runtimeConfig, no prevResult.' },
  // Environment
  {
    id: 'R19',
    line: 'A plugin inherits the environment, with all six CNI variables set, even to nothing, and none twice.',
  },
  {
    id: 'R20',
    line: 'CNI_ARGS is k=v joined by ";" in the order given, CNI_PATH the searched folders joined by ":".',
    deviation:
      'A pair that a plugin’s parser would choke on, a repeated key, and for secondary networks IP, MAC and GATEWAY are left out.',
  },
  {
    id: 'R21',
    line: 'GC and STATUS have empty container variables; VERSION has dummies and only a version on stdin.',
  },
  {
    id: 'R22',
    line: 'A plugin that calls a plugin changes CNI_COMMAND alone and searches CNI_PATH.',
    deviation:
      'Braid calls its delegates as a runtime does, with all six variables of their attachment; they find their own helpers in CNI_PATH.',
  },
  { id: 'R23', line: 'A trace context in the environment passes through.' },
  // Finding and executing
  {
    id: 'R24',
    line: 'A plugin is the first regular file of its name in the folders, links followed; a name with "/" is none.',
    deviation:
      'Empty folders of CNI_PATH, which mean the working directory, are dropped, control characters refused, and a missing or non-executable file is found before anything runs.',
  },
  { id: 'R25', line: 'stdin is the request, stdout and stderr are told apart, and a plugin need not read its stdin.' },
  {
    id: 'R26',
    line: 'A binary that is open for writing is tried six times, a second apart, afresh each time.',
    deviation: 'After the last attempt it is an error; in the reference library it falls through as a success.',
  },
  {
    id: 'R27',
    line: 'A plugin that passes its deadline is killed.',
    deviation:
      'With everything it started, with code 101; a grandchild that holds stdout delays nobody, and output is bounded.',
  },
  {
    id: 'R28',
    line: 'A plugin’s stderr reaches ours and decides nothing.',
    deviation: 'Always, as the specification says; the reference library drops it when the plugin fails.',
  },
  // Interpreting output
  {
    id: 'R29',
    line: 'A failed plugin’s error object keeps its code; without one the error is made from its status and stderr.',
    deviation: 'An error without a code of its own has code 999, never 0.',
  },
  {
    id: 'R30',
    line: 'A failed plugin that prints an empty object, null or a result gives an error without a message.',
    deviation: 'The message is made from its status and its stderr.',
  },
  { id: 'R31', line: 'A successful ADD prints one JSON object or null; the stdout of the other verbs is ignored.' },
  {
    id: 'R32',
    line: 'A result without a usable version of its own has the version of the list; one that is no released version is refused.',
  },
  {
    id: 'R33',
    line: 'A plugin may answer in another version than it was asked in.',
    deviation: 'Its result is converted to the list’s version after each step, so that the next plugin can read it.',
  },
  {
    id: 'R34',
    line: 'An error object with exit status 0 is taken for an empty success.',
    deviation: 'It is taken for the error that it says it is.',
  },
  // Operations on a list
  {
    id: 'R35',
    line: 'ADD runs forward, each plugin with the result of the one before, and stops at the first error.',
    deviation:
      'All networks are checked before the first plugin runs, and a failed ADD is taken back at once instead of waiting for the runtime’s DEL.',
  },
  {
    id: 'R36',
    line: 'The cache is written after success; when that fails, the ADD fails although interfaces exist.',
    deviation:
      'The journal is written before the first plugin runs: when it cannot be, nothing has run; a result is noted as soon as it is there.',
  },
  {
    id: 'R37',
    line: 'CHECK runs forward with the final result of ADD; disableCheck skips it, a list below 0.4.0 has none.',
    deviation:
      'Every network is checked against its own recorded result and all failures are named; lists below 0.4.0 are skipped; a container without a record is code 3.',
  },
  {
    id: 'R38',
    line: 'DEL runs in reverse with the recorded result from 0.4.0 on; the first error ends it and the cache stays.',
    deviation:
      'The error ends that network’s list only, the others are deleted all the same; a damaged record is reported once and set aside.',
  },
  { id: 'R39', line: 'Operations on one container never overlap, and GC overlaps with none.' },
  {
    id: 'R40',
    line: 'Before use a list may be validated: every plugin found and asked for its versions.',
    deviation:
      'ADD finds every binary before the first one runs, but asks none for its versions; STATUS does, and skips a plugin that does not speak the list’s.',
  },
  // Cache
  {
    id: 'R41',
    line: 'The cache is a file for each network, container and interface, in a folder of mode 0700, of mode 0600.',
    deviation: `${JOURNAL}; same modes, a folder of our own ("stateDir"), file names bounded by a digest.`,
  },
  {
    id: 'R42',
    line: 'It holds the list as given, the namespace, arguments and the result.',
    deviation: `${JOURNAL}, of kind attachment/v1: the exact configuration of every plugin, arguments, folders, result, and how far it came.`,
  },
  {
    id: 'R43',
    line: 'A cache that is none is read as a bare result, a missing one is none.',
    deviation:
      'A record is checksummed: one that cannot be read is never taken for a result, but reported with code 103; a damaged one is set aside, one of another version of Braid stays.',
  },
  {
    id: 'R44',
    line: 'The cached arguments and capability arguments take the place of those of the call.',
    deviation:
      'DEL and CHECK run entirely from the record: configuration, arguments and runtimeConfig as ADD had them.',
  },
  {
    id: 'R45',
    line: 'Listing attachments skips what cannot be read.',
    deviation:
      'GC lists the journal and reports a record that it cannot read; foreign files beside the records are ignored.',
  },
  {
    id: 'R46',
    line: 'The cache is written in place.',
    deviation: 'A temporary file, rename and fsync: a record is there whole or not at all.',
  },
  // GC
  {
    id: 'R47',
    line: 'GC deletes every recorded attachment that is not valid, then runs GC along every list of 1.1.0, all errors joined; disableGC means none.',
    deviation:
      'Stale attachments are deleted with the configuration of their own record, also those of lists with disableGC, whose plugins get no GC.',
  },
  {
    id: 'R48',
    line: 'Plugins get the valid attachments under both names of the key.',
    deviation:
      'Without the key in the request nothing is touched (code 7), for "everything is stale" must be said; with a container that we do not know no plugin’s GC runs.',
  },
  { id: 'R49', line: 'GC is no substitute for DEL and runs while no ADD or DEL is in flight.' },
  // STATUS
  {
    id: 'R50',
    line: 'STATUS runs forward and stops at the first error, whose code survives.',
    deviation: 'The message says which network and plugin it is from.',
  },
  { id: 'R51', line: 'STATUS of a list below 1.1.0 is a success for which nothing runs.' },
  {
    id: 'R52',
    line: 'The debugging tool of the reference library takes its input from NETCONFPATH, CAP_ARGS and defaults of its own.',
    deviation: 'Braid is called as a plugin and takes none of these; it serves that tool’s calls as any runtime’s.',
  },
  // Result model and conversion
  { id: 'R60', line: 'Within one format only the version string changes.' },
  { id: 'R61', line: '0.1/0.2 → 0.3/0.4: ip4 then ip6 become ips, their routes one list; there are no interfaces.' },
  { id: 'R62', line: 'Between 0.1/0.2 and 1.x results go by way of the format between.' },
  { id: 'R63', line: '0.3/0.4 → 1.x: the version of an address is dropped, everything else stays.' },
  {
    id: 'R64',
    line: '1.x → 0.3/0.4: the version comes from the address; mtu, socketPath and pciID are lost, routes keep everything.',
  },
  {
    id: 'R65',
    line: '0.3/0.4 → 0.1/0.2: the first address of each family by its version label, its routes with dst and gw; no address at all is an error.',
    deviation: 'An address without a label counts by what it is instead of being dropped.',
  },
  { id: 'R66', line: 'Keys that the format does not know are lost.' },
  {
    id: 'R67',
    line: 'An interface index of 0 is printed, an absent one stays absent, any integer passes, anything else is refused.',
    deviation: 'To the runtime goes no index that points nowhere: it would panic on one.',
  },
  {
    id: 'R68',
    line: 'table and scope keep 0; mtu, advmss and priority drop it; an empty name is printed, an empty list is not.',
  },
  {
    id: 'R69',
    line: 'Addresses and destinations are CIDR with host bits kept, gateways plain; IPv6 is canonical, IPv4-mapped becomes IPv4.',
  },
  {
    id: 'R70',
    line: 'A missing address or destination is printed as <nil>, a null entry survives.',
    deviation: 'Both are refused with an error that names the plugin and the place.',
  },
  {
    id: 'R71',
    line: 'A result’s own version decides how its content is read, and content of another format is not taken for it.',
  },
  {
    id: 'R72',
    line: 'A conversion that fails after the side effects leaves them behind.',
    deviation: 'Everything is taken back before the error is answered.',
  },
];
