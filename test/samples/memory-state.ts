import { CniError } from '../../src/errors.ts';
import { parseRecord, printRecord } from '../../src/state/record-text.ts';
import { type AttachmentRecord, type RecordKey, type StateStore, withStep } from '../../src/state/state-store.ts';

type Method = 'write' | 'note' | 'settle' | 'remove';

const idOf = ({ containerId, ifName }: RecordKey) => `${containerId}/${ifName}`;

/** A state store in memory; records pass through their text, as on disk. `log` has every change in order. */
export function memoryState() {
  const records = new Map<string, string>();
  const log: string[] = [];
  const damaged = new Set<string>();
  const refuses = new Map<Method, (count: number) => boolean>();
  const counts = new Map<Method, number>();
  const change = (method: Method, what: string) => {
    const count = (counts.get(method) ?? 0) + 1;
    counts.set(method, count);
    log.push(what);
    if (refuses.get(method)?.(count)) throw new CniError(5, `stateDir "/state": no space left for ${method}`);
  };
  const read = (key: RecordKey): AttachmentRecord | undefined => {
    const text = records.get(idOf(key));
    return text === undefined ? undefined : parseRecord(text).record;
  };
  const state: StateStore = {
    withLock: (containerId, _signal, work) => {
      log.push(`lock ${containerId}`);
      return work();
    },
    withExclusiveLock: (_signal, work) => {
      log.push('lock all');
      return work();
    },
    list: async () => [...records.values()].map((text) => ({ kind: 'found', record: parseRecord(text).record })),
    probe: async () => {
      log.push('probe');
    },
    load: async (key) => {
      if (damaged.has(idOf(key)))
        return { kind: 'damaged', file: '/state/x.json', cause: 'its checksum does not match' };
      const record = read(key);
      return record ? { kind: 'found', record } : { kind: 'absent' };
    },
    write: async (record) => {
      change('write', `write ${record.attachments.map(({ phase }) => phase).join(',')}`);
      records.set(idOf(record), printRecord(record));
    },
    note: async (key, steps) => {
      change('note', `note ${steps.map(({ index, phase }) => `${index} ${phase}`).join(', ')}`);
      const record = read(key);
      if (record) records.set(idOf(key), printRecord(steps.reduce(withStep, record)));
    },
    settle: async (key, steps) => {
      change('settle', `settle ${steps.map(({ phase }) => phase).join(',')}`);
      const record = read(key);
      if (record) records.set(idOf(key), printRecord(steps.reduce(withStep, record)));
    },
    remove: async (key) => {
      change('remove', 'remove');
      records.delete(idOf(key));
    },
    quarantine: async (key) => {
      log.push('quarantine');
      damaged.delete(idOf(key));
      return '/state/quarantine/x.json';
    },
  };
  return {
    state,
    log,
    records,
    refuses,
    damage: (key: RecordKey) => void damaged.add(idOf(key)),
    read: (key: RecordKey = { containerId: 'c1', ifName: 'eth0' }) => read(key),
  };
}
