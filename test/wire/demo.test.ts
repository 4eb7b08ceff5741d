/** `braid demo` with scripted delegates: what a person sees where no plugin and no namespace is to be had. */
import { join, resolve } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';

beforeAll(prepareForms);

const folder = resolve(import.meta.dirname, '../../fixtures/demo');

describe.each(BRAID_FORMS)('the demo of Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
  });
  afterEach(() => node.dispose());

  const demo = (...args: string[]) =>
    node.call({ ...form, command: [...form.command, 'demo', ...args] }, { verb: '', env: { TMPDIR: node.dir } });

  test('scripted, it shows the choice, the calls, the result, and that nothing is left', async () => {
    const { code, stdout, stderr } = await demo(folder, '--scripted');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('SCRIPTED: no plugin runs and no interface is made');
    expect(stdout).toContain('network "front" on eth0: annotation "cni", item 1 (the pod\'s primary network)');
    expect(stdout).toContain('network "storage" on san0: annotation "cni", item 2');
    expect(stdout).toMatch(/ADD +storage +san0 +ptp .*ok\n/);
    expect(stdout).toContain('{"interface":4,"address":"10.88.2.2/24","gateway":"10.88.2.1"}');
    expect(stdout).toMatch(/DEL +front +eth0 +bridge .*ok\n/);
    expect(stdout).toMatch(/Nothing: no interface, no lease, no record in the journal.\n$/);
  });

  test('without plugins it names the package that has them and goes on scripted', async () => {
    const { code, stdout } = await demo(folder, '--plugin-dir', folder, '--plugin-dir', node.dir);
    expect(code).toBe(0);
    expect(stdout).toContain(`There are no CNI plugins in ${folder} or ${node.dir}.`);
    expect(stdout).toContain('the package containernetworking-plugins');
  });

  test('a folder of plugins is of no use to a scripted one, and is refused', async () => {
    const { code, stdout, stderr } = await demo(folder, '--scripted', '--plugin-dir', node.dir);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain("option '--scripted' cannot be used with option '--plugin-dir <dir>'");
  });

  test('a folder that is none is one clear line', async () => {
    const { code, stdout, stderr } = await demo(join(node.dir, 'none'));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      `braid demo: there is no pod.yaml in ${join(node.dir, 'none')}; name a folder with pod.yaml and net.d/, such as fixtures/demo\n`,
    );
  });
});
