import { expect, test } from 'vitest';
import { gc } from '../../src/pipeline.ts';
import { memoryState } from '../samples/memory-state.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';
import { requestOf } from '../samples/request.ts';
import { scene } from './pipeline-scene.ts';

test('M19: of one name each origin collects by its own newest configuration, told every attachment of the name', async () => {
  const store = memoryState();
  const attach = (containerId: string, writtenMs: number, reference: string) => {
    const type = `${reference.replace('/', '-')}-cni`;
    const plugins = [{ type, config: { type, name: 'front', cniVersion: '1.1.0', writtenMs } }];
    const attachment = attachmentOf('front', 'eth0', { reference, plugins, phase: 'added' });
    return store.state.write(recordOf([attachment], { containerId, writtenMs }));
  };
  await attach('c1', 3, 'front');
  await attach('c2', 1, 'front');
  await attach('c3', 4, 'shop/front');
  const all = ['c1', 'c2', 'c3'].map((containerID) => ({ containerID, ifname: 'eth0' }));
  const { ports, delegates } = scene({ store });
  const valid = { 'cni.dev/valid-attachments': all };
  await gc(requestOf({ CNI_COMMAND: 'GC', CNI_CONTAINERID: '', CNI_NETNS: '', CNI_IFNAME: '' }, valid), ports);
  expect(delegates.calls.map(({ stdin }) => JSON.parse(stdin))).toMatchObject([
    { type: 'front-cni', writtenMs: 3, ...valid },
    { type: 'shop-front-cni', writtenMs: 4, ...valid },
  ]);
});
