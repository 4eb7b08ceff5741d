/** Numbers of the kernel as names, for messages. Pure. */
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';

/** `SIGTERM` for 15; `signal 99` for what has no name. */
export function signalName(number: number): string {
  const entry = Object.entries(constants.signals).find(([, value]) => value === number);
  return entry?.[0] ?? `signal ${number}`;
}

/** `ENOENT` for 2; `errno 9999` for what has no name. */
export function errnoName(number: number): string {
  const name = number > 0 ? getSystemErrorName(-number) : '';
  return name.startsWith('E') ? name : `errno ${number}`;
}
