/** The namespace helper `braid-netns` built from its sources, and namespaces on a test node for it to look at. */
import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import type { ExecOptions } from './enter-node.ts';
import type { PodNetns } from './pod-netns.ts';
import { pollUntil } from './poll-until.ts';
import { type Ability, hasRealNetworking } from './real-requirements.ts';
import { createTestNode, type TestNode } from './test-node.ts';

const project = resolve(import.meta.dirname, '../..');
const sources = join(project, 'src/netns');

/** A way to build the helper. `build` writes the program to a path. Throws: an Error with the compiler's words. */
export interface HelperBuild {
  readonly name: string;
  readonly ability: Ability;
  readonly build: (path: string) => void;
}

/** As it is shipped. */
export const SHIPPED: HelperBuild = {
  name: 'as shipped',
  ability: needing('musl-gcc', 'musl-gcc is not installed (Debian: musl-tools)', ['-dumpversion']),
  build: (path) => run('sh', [join(project, 'src/native/build.sh'), 'netns', path], { BRAID_REQUIRE_REAL: '1' }),
};

/** With sanitizers, which end it with words on stderr, and with the variables of test/doubles/odd-kernel.c. */
export const SANITIZED: HelperBuild = {
  name: 'with sanitizers',
  ability: needing('gcc', 'gcc has no sanitizers', ['-fsanitize=address,undefined', '-x', 'c', '-o', '/dev/null', '-']),
  build: (path) =>
    run('gcc', [
      ...['-std=c11', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror', '-g', '-O1'],
      ...['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-Wl,--wrap=send,--wrap=recv', '-o', path],
      ...readdirSync(sources)
        .filter((name) => name.endsWith('.c'))
        .map((name) => join(sources, name)),
      join(project, 'test/doubles/odd-kernel.c'),
    ]),
};

/** Real networking, and a compiler that accepts these arguments for an empty program. */
function needing(compiler: string, why: string, args: readonly string[]): Ability {
  const tried = spawnSync(compiler, args, { input: 'int main(void) { return 0; }' });
  return tried.status === 0 ? hasRealNetworking() : { ok: false, why };
}

function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? stderr}`);
}

const factsSchema = z.strictObject({
  links: z.array(
    z.strictObject({
      name: z.string(),
      index: z.number(),
      mac: z.string().optional(),
      mtu: z.number(),
      up: z.boolean(),
    }),
  ),
  addresses: z.array(
    z.strictObject({ dev: z.string(), address: z.string(), scope: z.string(), flags: z.array(z.string()) }),
  ),
  routes: z.array(
    z.strictObject({
      dst: z.string(),
      dev: z.string(),
      gateway: z.string().optional(),
      metric: z.number(),
      scope: z.number(),
      protocol: z.number(),
    }),
  ),
});

/** What the helper answered, with everything that it may not leave out or add. */
export type HelperFacts = z.infer<typeof factsSchema>;

const failureSchema = z.strictObject({
  cniVersion: z.literal('1.0.0'),
  code: z.number(),
  msg: z.string(),
  details: z.string(),
});

/** How the helper is called: through its environment and stdin unless there are arguments. `odd`: see odd-kernel.c. */
export interface HelperCall {
  readonly netns?: string;
  readonly stdin?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly odd?: Readonly<Record<string, string>>;
  /** A program, with its arguments, that starts the helper. */
  readonly through?: readonly string[];
}

/** A node with the helper on it. */
export class HelperScene {
  readonly node: TestNode;
  readonly binary: string;
  #pods = 0;

  constructor(node: TestNode, binary: string) {
    this.node = node;
    this.binary = binary;
  }

  /** A namespace without link-local addresses, changed by these lines of `ip -batch`. */
  async pod(...lines: readonly string[]): Promise<PodNetns> {
    this.#pods += 1;
    const pod = await this.node.createPodNetns(`pod${this.#pods}`);
    await pod.exec(['sh', '-c', 'echo 1 >/proc/sys/net/ipv6/conf/default/addr_gen_mode']);
    await change(pod, lines);
    return pod;
  }

  /** One with eth0 and eth1, both up, of both families, the routers' addresses ending in 1; and routes. */
  async twoNetworks(...routes: readonly string[]): Promise<PodNetns> {
    const links = [0, 1].flatMap((number) => [
      `link add name eth${number} type veth peer name peer${number}`,
      `link set peer${number} up`,
      `link set eth${number} up`,
    ]);
    const pod = await this.pod(...links);
    // The kernel notices in the background that there is a carrier, and changes routes then.
    const countUp = async () => (await pod.exec(['ip', '-br', 'link', 'show', 'up'])).stdout.split(' UP ').length - 1;
    await pollUntil(async () => ((await countUp()) === 4 ? true : undefined), { withinMs: 20_000, what: 'carriers' });
    const addresses = [0, 1].flatMap((number) => [
      `addr add 10.${number + 1}.0.2/24 dev eth${number}`,
      `addr add fd00:${number + 1}::2/64 dev eth${number} nodad`,
    ]);
    await change(pod, [...addresses, ...routes]);
    return pod;
  }

  /** Calls it and wants the facts. */
  async facts(call: HelperCall): Promise<HelperFacts> {
    const { code, stdout, stderr } = await this.call(call);
    if (code !== 0 || stderr !== '') throw new Error(`the helper failed (${code}): ${stdout}${stderr}`);
    return factsSchema.parse(JSON.parse(stdout));
  }

  /** Calls it and wants an error. */
  async failure(call: HelperCall): Promise<z.infer<typeof failureSchema>> {
    const { code, stdout, stderr } = await this.call(call);
    if (code !== 1 || stderr !== '') throw new Error(`not an error of the helper (${code}): ${stdout}${stderr}`);
    return failureSchema.parse(JSON.parse(stdout));
  }

  call({ netns, stdin = '', args = [], env = {}, odd = {}, through = [] }: HelperCall) {
    const variables = { ...(netns === undefined ? {} : { CNI_NETNS: netns }), ...env, ...odd };
    const options: ExecOptions = { stdin, env: variables };
    return this.node.exec([...through, this.binary, ...args], options);
  }

  dispose(): Promise<void> {
    return this.node.dispose();
  }
}

/** Runs lines of `ip -batch`; those that begin with a family come last, since only the program takes it. */
async function change(pod: PodNetns, lines: readonly string[]): Promise<void> {
  const prefixOf = (line: string) => /^-[46] /.exec(line)?.[0] ?? '';
  for (const prefix of ['', '-4 ', '-6 ']) {
    const batch = lines.filter((line) => prefixOf(line) === prefix).map((line) => `${line.slice(prefix.length)}\n`);
    if (batch.length === 0) continue;
    const argv = ['ip', ...(prefix === '' ? [] : [prefix.trim()]), '-batch', '-'];
    const { code, stderr } = await pod.exec(argv, { stdin: batch.join('') });
    if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
  }
}

/** A node, and the helper built for it. */
export async function createHelperScene(build: HelperBuild): Promise<HelperScene> {
  const node = await createTestNode('netns-helper');
  // So that a user without privilege can start what lies in it.
  chmodSync(node.dir, 0o755);
  const binary = join(node.dir, 'braid-netns');
  build.build(binary);
  return new HelperScene(node, binary);
}

/** The default routes of the main table, a line each as `ip route` writes them, next hops included. */
export async function defaultRoutes(pod: PodNetns, family: '4' | '6'): Promise<string[]> {
  const { stdout } = await pod.exec(['ip', `-${family}`, 'route', 'show', 'default']);
  const routes = stdout.replaceAll(/\n\t/g, ' ').split('\n');
  return routes.map((line) => line.replaceAll(/\s+/g, ' ').trim()).filter((line) => line !== '');
}

/** Every route of every table, exactly as `ip` tells it, in the kernel's order. */
export async function allRoutes(pod: PodNetns): Promise<string> {
  const ask = (family: string) => pod.exec(['ip', '-d', '-j', family, 'route', 'show', 'table', 'all']);
  const [ipv4, ipv6] = [await ask('-4'), await ask('-6')];
  return ipv4.stdout + ipv6.stdout;
}
