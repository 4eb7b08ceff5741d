/** A thread that ends the process when its main thread has stood still: what no timer of that thread could see. */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

const STILL_MS = 20_000;
const POLL_MS = 500;

const beats = new Int32Array(workerData.beats as SharedArrayBuffer);
let last = -1;
let stillMs = 0;

setInterval(() => {
  const now = Atomics.load(beats, 0);
  stillMs = now === last ? stillMs + POLL_MS : 0;
  last = now;
  if (stillMs < STILL_MS) return;
  const target = String(workerData.targets).split(',')[Atomics.load(beats, 1)];
  const seed = String(workerData.seed);
  writeSync(2, `fuzz: FINDING: hangs in "${target}", seed ${seed}, case ${now}: no case ended within ${STILL_MS} ms\n`);
  process.kill(process.pid, 'SIGKILL');
}, POLL_MS);
