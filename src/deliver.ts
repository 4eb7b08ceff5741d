/**
 * What those who looked on at a request have to hand over once it is answered: to a disk that may hang, to a server far away.
 *
 * The request is over: nothing of this fails it, and nobody waits for it without end.
 */

/** The runtime may wait for the end of this process, and a pod with it, in ms. */
const PATIENCE_MS = 2000;

/** Something to hand over. */
export interface Delivery {
  /** Where it goes: what goes to one place is best handed over one after the other. */
  readonly to: string;
  /** Hands it over. Rejects when it cannot; has no effect any more once `patience` has fired, if that can be helped. */
  run(patience: AbortSignal): Promise<void>;
  /** Says why it did not arrive. Called once at the most. Never throws. */
  lost(cause: unknown): void;
}

/** Hands over; resolves when that has ended or its time is up. Never throws. */
export async function deliver(
  delivery: Delivery,
): Promise<{ readonly isOverdue: boolean; readonly ended: Promise<void> }> {
  const patience = new AbortController();
  const { promise: late, resolve: onLate } = Promise.withResolvers<'late'>();
  const timer = setTimeout(onLate, PATIENCE_MS, 'late');
  const ended = delivery.run(patience.signal).catch((cause: unknown) => {
    if (!patience.signal.aborted) delivery.lost(cause);
  });
  const isOverdue = (await Promise.race([ended, late])) === 'late';
  clearTimeout(timer);
  if (isOverdue) {
    patience.abort(new Error('nobody waits for it any more'));
    delivery.lost(new Error(`it has not ended within ${PATIENCE_MS} ms`));
  }
  return { isOverdue, ended };
}
