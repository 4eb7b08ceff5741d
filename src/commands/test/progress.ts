/** A progress bar on stderr for runs that take their time; on a terminal only. */
import { Presets, SingleBar } from 'cli-progress';

/** Runs that end before are shown no bar, in ms. */
const PATIENCE_MS = 500;

/** A bar that begins when it is worth it. */
export interface Progress {
  readonly show: (done: number, count: number) => void;
  readonly close: () => void;
}

/** Opens it; nothing is drawn yet. */
export function openProgress(): Progress {
  if (process.stderr.isTTY !== true) return { show: () => undefined, close: () => undefined };
  const bar = new SingleBar(
    { format: '{bar} {value} of {total}', clearOnComplete: true, hideCursor: true, stream: process.stderr },
    Presets.shades_classic,
  );
  const started = performance.now();
  let isDrawn = false;
  return {
    show(done, count) {
      if (isDrawn) return bar.update(done);
      if (performance.now() - started < PATIENCE_MS) return;
      isDrawn = true;
      bar.start(count, done);
    },
    close: () => bar.stop(),
  };
}
