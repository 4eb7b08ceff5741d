/** One case at a time: a node, its delegates, calls that are looked over as they come back. */
import type { Answer, Call } from './braid-in-process.ts';
import { runBraid } from './braid-in-process.ts';
import { type FuzzedDelegates, fuzzedDelegates } from './delegates.ts';
import { checkAnswer, checkPrototypes, must, shown } from './expectations.ts';
import { ordinaryCall } from './ordinary-call.ts';
import type { ConfEntry, Sandbox } from './sandbox.ts';

/** Longer than anything in this process may take; the watchdog sees to what blocks it altogether. */
const DEADLINE_MS = 5000;

/** The node of one case. */
export class Scene {
  readonly sandbox: Sandbox;
  readonly delegates: FuzzedDelegates = fuzzedDelegates();

  constructor(sandbox: Sandbox, entries?: readonly ConfEntry[]) {
    this.sandbox = sandbox;
    sandbox.reset(entries);
  }

  /** Makes a call and checks all that holds for any call. */
  async call(call: Call): Promise<Answer> {
    const answer = await withDeadline(runBraid(this.sandbox, call, this.delegates.run), call);
    checkAnswer(call.variables['CNI_COMMAND'], answer);
    checkPrototypes();
    this.sandbox.checkUntouched();
    if (call.variables['CNI_COMMAND'] === 'ADD' && answer.status !== 0) this.checkNothingLeft('a failed ADD');
    return answer;
  }

  /** An ordinary call. */
  ordinary(verb: string, config: object = {}): Promise<Answer> {
    return this.call(ordinaryCall(this.sandbox, verb, config));
  }

  /** Deletes what `call` may have added, with delegates that behave, and checks that all is gone. */
  async cleanUp(call: Call): Promise<void> {
    this.delegates.behave(() => undefined);
    const { variables, stdin } = call;
    if (variables['CNI_COMMAND'] !== 'ADD') return;
    const answer = await this.call({ variables: { ...variables, CNI_COMMAND: 'DEL' }, stdin });
    if (answer.status === 0) this.checkNothingLeft('DEL');
    else
      must(this.delegates.made.size === 0, `DEL failed and left ${[...this.delegates.made]}: ${shown(answer.stdout)}`);
  }

  checkNothingLeft(after: string): void {
    const left = [
      ...this.delegates.made,
      ...this.sandbox.stateFiles().filter((file) => /\.(json|steps|tmp)$/.test(file)),
    ];
    must(left.length === 0, `after ${after} there is still: ${left.join(', ')}`);
  }
}

async function withDeadline(work: Promise<Answer>, call: Call): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${DEADLINE_MS} ms: ${shown(call)}`)), DEADLINE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
