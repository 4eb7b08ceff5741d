/** What only a plugin that runs other plugins meets, M1 to M32: merging, execution and state, Kubernetes. */
import type { Requirement } from '../requirement.ts';

const MERGING: readonly Requirement[] = [
  { id: 'M1', line: 'The primary network’s interfaces and addresses stand first in the merged result' },
  {
    id: 'M2',
    line: 'Interface indices of each network are shifted by the interfaces merged before; one conversion at the end',
  },
  { id: 'M3', line: 'Addresses without an interface of their own get the one that the plugin was told to make' },
  {
    id: 'M4',
    line: 'No index is negative or past the list of interfaces, no entry is null; doubled host interfaces stay',
  },
  {
    id: 'M5',
    line: 'Only one network is asked for a default route',
    deviation: 'the request is taken out of the other networks’ configuration; a plugin that sets one unasked keeps it',
  },
  {
    id: 'M6',
    line: 'Each address family has one owner of the default route; doubled destinations are kept and warned of',
    deviation: 'the owner is always the primary network: no annotation that asks for another one is read yet',
  },
  {
    id: 'M7',
    line: 'A route without gateway gets its own result’s gateway of the same family; link-scope routes stay as they are',
  },
  {
    id: 'M8',
    line: 'Every attachment’s interface name is valid, unique, fixed and recorded before the first plugin runs',
  },
  { id: 'M9', line: 'CNI_ARGS reach each network once, without doubles; addresses reach the primary network only' },
  { id: 'M10', line: 'What an old result version cannot carry is refused before anything runs, or taken back' },
  {
    id: 'M22',
    line: 'One address given by two networks is refused and taken back; one network twice in a pod is fine',
  },
  {
    id: 'M23',
    line: 'Resolver settings are joined in order, nothing twice, the first domain and the first of each option hold',
  },
  { id: 'M24', line: 'As a chained plugin the merge starts from prevResult, while each network keeps its own result' },
];

const EXECUTION: readonly Requirement[] = [
  {
    id: 'M11',
    line: 'Attachments of a container run one after the other, the primary first, and are deleted in reverse',
  },
  {
    id: 'M12',
    line: 'A failed ADD is taken back whole, the failing network too, through errors, with a deadline of its own',
  },
  { id: 'M13', line: 'What will run is on disk before it runs; a later DEL ends plugins that outlived a killed ADD' },
  { id: 'M14', line: 'A record goes only when every plugin’s DEL has succeeded; a repeated DEL does the rest' },
  {
    id: 'M15',
    line: 'DEL needs no API server, annotation, configuration file or matching uid',
    deviation:
      'without a record of ours no cache of another runtime is read: annotations and defaults are the fall-back',
  },
  { id: 'M16', line: 'A second ADD is refused and does not touch the first one’s attachments' },
  {
    id: 'M17',
    line: 'CHECK gives each network its own recorded result and honours disableCheck and versions before 0.4.0',
  },
  { id: 'M18', line: 'The journal has a folder of its own and file names of bounded length' },
  {
    id: 'M19',
    line: 'GC expands the runtime’s list to each network’s attachments, deletes the others, then runs each network’s GC',
  },
  { id: 'M20', line: 'Locks for a container and for the whole node that the kernel takes back when their holder dies' },
  {
    id: 'M21',
    line: 'STATUS is bounded, tells of the default network, the state folder and the API server; the worst code wins',
  },
  {
    id: 'M25',
    line: 'Errors keep the plugin’s code, and a DEL to be repeated is worded so that no runtime takes it for done',
  },
  { id: 'M26', line: 'A network whose chain has our own type is refused, and is never the default' },
];

const KUBERNETES: readonly Requirement[] = [
  { id: 'M27', line: 'Annotations that the runtime hands over are used without a request to the API server' },
  { id: 'M28', line: 'Capabilities are filtered for each plugin; what is pod-wide goes to the primary network only' },
  { id: 'M29', line: 'A pod that is gone or another one of its name is code 11 on ADD, and no matter on DEL' },
  {
    id: 'M30',
    line: 'A network without cniVersion has that of our own configuration; single configurations become lists',
  },
  {
    id: 'M31',
    line: 'A plugin that keeps state by container id alone is not run twice in a pod without folders of its own',
  },
  { id: 'M32', line: 'Configured plugin folders stand in the CNI_PATH that plugins get' },
];

/** Every requirement of a meta-plugin. */
export const META_PLUGIN: readonly Requirement[] = [...MERGING, ...EXECUTION, ...KUBERNETES];
