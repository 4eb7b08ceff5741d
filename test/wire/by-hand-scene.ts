/** A node's files with a configuration of Braid, and its command line as a person calls it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type BraidAnswer, type BraidForm, BraidNode, COMPILED } from '../harness/braid-call.ts';

/** The node of the test that runs; its namespace is a file, which is all that scripted plugins need. */
export class HandScene {
  readonly node = new BraidNode();
  readonly conf = join(this.node.dir, '00-braid.conflist');
  readonly netns = join(this.node.dir, 'netns');

  constructor() {
    // An empty one would pass for what is left of a namespace.
    writeFileSync(this.netns, 'a namespace');
    this.node.network('front', ['bridge'], { plugin: { addresses: ['10.1.0.2/24'] } });
    this.node.network('storage', ['macvlan'], { plugin: { addresses: ['10.2.0.2/24'] } });
    this.configure({});
  }

  /** Writes the configuration, with further keys. */
  configure(keys: object): void {
    const { confDir, stateDir } = this.node;
    const braid = { type: 'braid', confDir, stateDir, defaultPlugin: 'front', ...keys };
    writeFileSync(this.conf, JSON.stringify({ cniVersion: '1.1.0', name: 'braid', plugins: [braid] }));
  }

  /** Writes a file of the node's folder; answers its path. */
  file(name: string, content: string | Buffer): string {
    const path = join(this.node.dir, name);
    writeFileSync(path, content);
    return path;
  }

  /** A command with the configuration of the node. */
  run(verb: string, ...args: string[]): Promise<BraidAnswer> {
    return this.runOn(COMPILED, verb, ...args);
  }

  runOn(form: BraidForm, verb: string, ...args: string[]): Promise<BraidAnswer> {
    return this.raw(form, [verb, '--conf', this.conf, ...args]);
  }

  /** A command as it is. */
  raw(form: BraidForm, args: readonly string[], stdin = ''): Promise<BraidAnswer> {
    return this.node.call({ ...form, command: [...form.command, ...args] }, { verb: '', stdin });
  }

  /** Starts a command and leaves it running. */
  start(...args: string[]): ChildProcessWithoutNullStreams {
    return this.startWith({}, ...args);
  }

  /** The same with further variables. */
  startWith(variables: Readonly<Record<string, string>>, ...args: string[]): ChildProcessWithoutNullStreams {
    const [file = '', ...words] = [...COMPILED.command, ...args];
    return spawn(file, words, { env: { ...this.node.request({ verb: '' }).env, ...variables } });
  }
}

/** For a file of tests: a scene for each. */
export function handScene(): { current: HandScene } {
  const holder = {} as { current: HandScene };
  beforeEach(() => {
    holder.current = new HandScene();
  });
  afterEach(() => holder.current.node.dispose());
  return holder;
}
