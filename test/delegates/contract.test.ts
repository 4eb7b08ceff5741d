/**
 * Every plugin of the catalogue as it was heard to answer, through the whole pipeline: as a pod's only network, as its
 * second one behind a bridge, and as its first one with a bridge behind.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { folderNames, readProfile } from '../../scripts/catalogue-files.ts';
import { add, check, del, gc, status } from '../../src/pipeline.ts';
import { parseResult } from '../../src/result/result-versions.ts';
import { failure } from '../samples/failure.ts';
import { requestOf } from '../samples/request.ts';
import { BESIDE, contractScene } from './contract-scene.ts';
import { type Exchange, RECORDED, readExchanges, transposed } from './exchange.ts';

interface Merged {
  readonly interfaces: readonly { readonly name: string; readonly sandbox?: string }[];
  readonly ips: readonly { readonly interface?: number }[];
  readonly routes?: readonly { readonly dst: string }[];
  readonly dns?: unknown;
}

const NETNS = { CNI_NETNS: RECORDED.CNI_NETNS };
const BESIDE_RESULT = BESIDE.calls[0]?.stdout as unknown as Merged;

let scene: ReturnType<typeof contractScene>;
beforeEach(() => {
  scene = contractScene([]);
});
afterEach(() => {
  const [fault] = scene.faults.splice(0);
  if (fault !== undefined) throw fault;
});

function request(verb: string, exchange: Exchange, config: object = {}) {
  const { runtimeConfig } = exchange;
  return requestOf(
    { CNI_COMMAND: verb, ...NETNS },
    { cniVersion: '1.0.0', ...(runtimeConfig ? { runtimeConfig } : {}), ...config },
  );
}

async function addAll(exchange: Exchange): Promise<Merged> {
  const { stdout } = await add(request('ADD', exchange), scene.ports);
  // Empty lists are not printed.
  return { interfaces: [], ips: [], ...JSON.parse(stdout) };
}

const has = ({ calls }: Exchange, verb: string) =>
  calls.some((call) => call.verb === verb && call.calledBy === undefined);

/** CHECK and DEL, as far as they were recorded; what is then left was never asked. */
async function endLife(exchange: Exchange, result: Merged): Promise<void> {
  if (has(exchange, 'CHECK'))
    await check(request('CHECK', exchange, { prevResult: { cniVersion: '1.0.0', ...result } }), scene.ports);
  else dropCalls('CHECK');
  await del(request('DEL', exchange), scene.ports);
  dropCalls('STATUS', 'GC');
  expect(scene.left.map(({ verb, plugin }) => `${verb} ${plugin}`)).toEqual([]);
}

function dropCalls(...verbs: string[]): void {
  scene.left.splice(0, scene.left.length, ...scene.left.filter(({ verb }) => !verbs.includes(verb)));
}

/** The pod's second network: its interface has another name, and its indices begin behind the first one's. */
function shifted({ interfaces, ips }: Merged, by: number, ifName: string): Pick<Merged, 'interfaces' | 'ips'> {
  const moved = transposed({ interfaces, ips }, { ...RECORDED, CNI_IFNAME: ifName });
  return { interfaces: moved.interfaces, ips: moved.ips.map((ip) => ({ ...ip, interface: (ip.interface ?? 0) + by })) };
}

/** None where they cannot be read, which is for a test of that one plugin to say. */
function exchangesOf(name: string): Exchange[] {
  try {
    return readExchanges(name);
  } catch {
    return [];
  }
}

describe.each(folderNames())('the recorded exchanges of %s', (name) => {
  const profile = readProfile(name);
  const exchanges = exchangesOf(name);
  const lives = exchanges.filter(({ merged }) => merged !== undefined);
  const failures = exchanges.filter(({ fails }) => fails !== undefined);

  test('have at least one whole life, and each of them has an end', () => {
    expect(readExchanges(name)).toEqual(exchanges);
    expect(lives.length).toBeGreaterThan(0);
    expect(lives.length + failures.length).toBe(exchanges.length);
    const { plugin } = profile.binaries;
    for (const exchange of lives) expect([has(exchange, 'ADD'), has(exchange, 'DEL')]).toEqual([true, true]);
    if (plugin !== undefined)
      expect(exchanges.flatMap(({ calls }) => calls.map((call) => call.plugin))).toContain(plugin);
  });

  test.each(lives)('as the only network: $title', async (exchange) => {
    scene = contractScene([exchange]);
    const result = await addAll(exchange);
    const merged = exchange.merged as unknown as Merged;
    const { interfaces, ips, routes = [] } = result;
    expect({ interfaces, ips, routes }).toEqual({ routes: [], ...pick(merged) });
    if (merged.dns !== undefined) expect(result.dns).toEqual(merged.dns);
    await endLife(exchange, result);
  });

  test.each(lives)('as the second network behind a bridge: $title', async (exchange) => {
    scene = contractScene([BESIDE, exchange]);
    if (profile.attachment.secondary.is === 'impossible') {
      expect(await failure(() => add(request('ADD', exchange), scene.ports))).toMatchObject({
        code: 7,
        message: expect.stringContaining(`${name} cannot be a further network of a pod`),
      });
      return;
    }
    const result = await addAll(exchange);
    const by = BESIDE_RESULT.interfaces.length;
    const second = shifted(exchange.merged as unknown as Merged, by, 'eth1');
    expect(result.interfaces).toEqual([...BESIDE_RESULT.interfaces, ...second.interfaces]);
    expect(result.ips).toEqual([...BESIDE_RESULT.ips, ...second.ips]);
    if (!has(exchange, 'CHECK')) dropCalls('CHECK');
    await endLife(exchange, result);
  });

  test.each(lives)('as the first network with a bridge behind: $title', async (exchange) => {
    scene = contractScene([exchange, BESIDE]);
    const result = await addAll(exchange);
    const merged = exchange.merged as unknown as Merged;
    const behind = shifted(BESIDE_RESULT, merged.interfaces.length, 'eth1');
    expect(result.interfaces).toEqual([...merged.interfaces, ...behind.interfaces]);
    expect(result.ips).toEqual([...merged.ips, ...behind.ips]);
    await endLife(exchange, result);
  });

  test.each(failures)('its failure is told: $title', async (exchange) => {
    scene = contractScene([exchange]);
    const { code, message, hint } = exchange.fails ?? { code: 0, message: '' };
    expect(await failure(() => add(request('ADD', exchange), scene.ports))).toMatchObject({
      code,
      message: expect.stringMatching(new RegExp(message)),
      details: expect.stringMatching(new RegExp(hint ?? '')),
    });
  });

  test('what other plugins ran by themselves printed results, too', () => {
    for (const { calls, network } of exchanges) {
      for (const { verb, exit, stdout, calledBy } of calls) {
        if (calledBy === undefined || verb !== 'ADD' || exit !== 0) continue;
        const printed = typeof stdout === 'string' ? JSON.parse(stdout) : stdout;
        expect(parseResult(printed, network.cniVersion as '1.0.0').result.ips.length).toBeGreaterThan(0);
      }
    }
  });

  test.each(exchanges.filter((exchange) => has(exchange, 'STATUS') || has(exchange, 'GC')))(
    'STATUS and GC: $title',
    async (exchange) => {
      scene = contractScene([exchange]);
      const config = { cniVersion: '1.1.0', defaultPlugin: exchange.network.name };
      if (has(exchange, 'STATUS')) await status(request('STATUS', exchange, config), scene.ports);
      if (has(exchange, 'GC'))
        await gc(request('GC', exchange, { ...config, 'cni.dev/valid-attachments': [] }), scene.ports);
      expect(scene.left.filter(({ verb }) => verb === 'STATUS' || verb === 'GC')).toEqual([]);
    },
  );
});

function pick({ interfaces, ips, routes = [] }: Merged): Pick<Merged, 'interfaces' | 'ips' | 'routes'> {
  return { interfaces, ips, routes };
}
