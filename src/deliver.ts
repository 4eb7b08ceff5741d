/**
 * What those who looked on at a request have to hand over once it is answered: to a disk that may hang, to a server far away.
 *
 * The request is over: nothing of this fails it, and nobody waits for it without end.
 */
import { errorText } from './errors.ts';

/** Something to hand over. */
export interface Delivery {
  /** Files share threads, which a disk that hangs holds. */
  readonly way: 'file' | 'network';
  /** Hands it over. Rejects when it cannot; has no effect any more once `patience` has fired, if that can be helped. */
  run(patience: AbortSignal): Promise<void>;
  /** Says why it did not arrive. Called once at the most. Never throws. */
  lost(cause: unknown): void;
}

/** Hands over; resolves when that has ended or `patience` has fired. Never throws. */
export async function deliver(
  delivery: Delivery,
  patience: AbortSignal,
): Promise<{ readonly isOverdue: boolean; readonly ended: Promise<void> }> {
  const { promise: late, resolve: onLate } = Promise.withResolvers<'late'>();
  const onAbort = () => onLate('late');
  if (patience.aborted) onAbort();
  patience.addEventListener('abort', onAbort, { once: true });
  const ended = delivery.run(patience).catch((cause: unknown) => {
    if (!patience.aborted) delivery.lost(cause);
  });
  const isOverdue = (await Promise.race([ended, late])) === 'late';
  patience.removeEventListener('abort', onAbort);
  if (isOverdue) delivery.lost(new Error(errorText(patience.reason)));
  return { isOverdue, ended };
}
