/**
 * Braid that is killed at a chosen step of its journal: `node killed-braid.ts STEP`, otherwise exactly the plugin.
 *
 * Steps count every call of the state port, before and after: step 2n is before the n-th call, 2n+1 after it. SIGKILL, so
 * nothing of ours gets to run. When the request ends first, the exit status is the plugin's own.
 */
import { processEnvironment } from '../../src/environment/environment.ts';
import { runPlugin } from '../../src/plugin.ts';
import type { StateStore } from '../../src/state/state-store.ts';

const fatalStep = Number(process.argv[2]);
let step = 0;

function countStep(): void {
  if (step === fatalStep) process.kill(process.pid, 'SIGKILL');
  step += 1;
}

async function counted<T>(work: () => Promise<T>): Promise<T> {
  countStep();
  const result = await work();
  countStep();
  return result;
}

function killing(state: StateStore): StateStore {
  return {
    ...state,
    write: (record) => counted(() => state.write(record)),
    note: (key, noted) => counted(() => state.note(key, noted)),
    settle: (key, steps) => counted(() => state.settle(key, steps)),
    remove: (key) => counted(() => state.remove(key)),
  };
}

process.exit(await runPlugin(processEnvironment(), { ports: (ports) => ({ ...ports, state: killing(ports.state) }) }));
