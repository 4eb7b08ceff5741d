/** What a CNI plugin owes the runtime that calls it: the specification's and the reference library's plugin side. */
import type { Requirement } from '../requirement.ts';

/** P1–P37. */
export const PLUGIN_SIDE: readonly Requirement[] = [
  { id: 'P1', line: 'CNI_COMMAND is one of six words in capitals; any other is error 4, once stdin has been read' },
  {
    id: 'P2',
    line: 'without CNI_COMMAND: the about text and the supported versions on stderr, exit status 0, stdin unread',
  },
  {
    id: 'P3',
    line: 'each command requires its own set of variables, and only that',
    deviation:
      'the specification has CNI_PATH optional; it is required for all but VERSION, as the reference library has it: without it no plugin can be found',
  },
  { id: 'P4', line: 'unset or empty is missing; all missing variables are named at once, in a fixed order, error 4' },
  { id: 'P5', line: 'an invalid variable is reported at once and before any that are missing' },
  { id: 'P6', line: 'a variable that the command does not require is not judged' },
  {
    id: 'P7',
    line: 'a container id begins with a letter or digit and goes on with those, ".", "_", "-", at any length',
  },
  { id: 'P8', line: 'an interface name has at most 15 bytes, is not "." or "..", and has no "/", ":" or white space' },
  { id: 'P9', line: 'CNI_NETNS has no form: a namespace that cannot be opened is the delegate’s concern' },
  {
    id: 'P10',
    line: 'ADD and DEL in the plugin’s own network namespace are error 8, unless CNI_NETNS_OVERRIDE allows it',
    deviation:
      'checked before anything runs; the reference library checks afterwards, prints a second document and leaves what was made',
  },
  {
    id: 'P11',
    line: 'CNI_ARGS that reach a delegate have one "=" in each pair, each key once, and no empty pair; our own reading is lenient',
  },
  { id: 'P12', line: 'stdin is read to its end before the command, except for VERSION; a read failure is error 5' },
  {
    id: 'P13',
    line: 'stdin that is not one JSON object with a textual name is error 6; null is an object without name',
  },
  { id: 'P14', line: 'a missing or invalid network name is error 7, for every command but VERSION' },
  { id: 'P15', line: 'no cniVersion means 0.1.0; one that is no text is error 6' },
  {
    id: 'P16',
    line: 'checks come in one order: variables, reading, JSON, name, version text, version gate, then the work',
    deviation: 'keys are case-sensitive, as JSON’s are; the reference library’s decoder takes NAME for name',
  },
  { id: 'P17', line: 'ADD and DEL take exactly the supported versions; error 1 lists them' },
  { id: 'P18', line: 'CHECK exists from 0.4.0; below, above and between the released versions it is error 1' },
  { id: 'P19', line: 'GC and STATUS exist from 1.1.0; otherwise as for CHECK' },
  { id: 'P20', line: 'a version is one to three integers between dots, signs included, missing ones 0; else error 6' },
  { id: 'P21', line: 'all seven released versions are advertised, oldest first' },
  { id: 'P22', line: 'a command for which there is nothing to do passes the version gate and succeeds in silence' },
  {
    id: 'P23',
    line: 'VERSION is one line of JSON and needs neither stdin nor any variable',
    deviation:
      'cniVersion is our own newest, as in the reference library; to echo the request’s, stdin would have to be read, where runtimes send anything or nothing',
  },
  {
    id: 'P24',
    line: 'a failure is exit status 1 and one JSON object on stdout with cniVersion, code, msg, and details if any',
    deviation:
      'on stdout, as the reference library has it (one sentence of the specification says stderr); cniVersion is written, which the reference library leaves out',
  },
  { id: 'P25', line: 'codes have the specification’s meaning, ours begin at 100, 999 is internal, 0 never occurs' },
  {
    id: 'P26',
    line: 'a delegate’s own code comes through; what has no code is 999',
    deviation: 'network, interface, plugin and command are put before the message; the reference library drops them',
  },
  { id: 'P27', line: 'an error as one line of text is its message, then "; " and its details' },
  { id: 'P28', line: 'stdout has one document or nothing, whole and on success and failure alike; logs are on stderr' },
  { id: 'P29', line: 'whoever reads only the exit status learns of every failure: never 0 after an error' },
  { id: 'P30', line: 'ADD answers in the form of the request’s version; what that cannot carry leaves nothing behind' },
  {
    id: 'P31',
    line: 'ADD makes CNI_IFNAME in CNI_NETNS, adds to prevResult, and refuses what is attached or present already',
  },
  { id: 'P32', line: 'prevResult has the form of the configuration’s version, which it has too when it names none' },
  {
    id: 'P33',
    line: 'DEL succeeds again and again, whatever is gone already; delegates’ errors and bad requests still count',
    deviation:
      'it needs no prevResult, which the specification wants from 0.4.0 on: Braid’s own record has the results',
  },
  { id: 'P34', line: 'CHECK needs prevResult, asks the delegates about what is theirs, and tolerates later additions' },
  {
    id: 'P35',
    line: 'GC removes what the runtime’s list does not have, goes on after errors, reports all, tells the delegates',
    deviation:
      'a request without a list is error 7 and touches nothing; the reference library takes it for "everything is stale"',
  },
  { id: 'P36', line: 'STATUS succeeds if an ADD could: state, networks, plugins and their own STATUS; quickly' },
  {
    id: 'P37',
    line: 'delegates are searched in CNI_PATH, get the environment and their whole configuration, and every command',
    deviation: 'folders of the key binDir are searched after CNI_PATH and added to it for the delegates',
  },
];
