/** Fuzzing the request: every variable, and stdin as values and as bytes. */
import fc from 'fast-check';
import type { Call } from './braid-in-process.ts';
import { damaged, jsonText, mutated, oddValues, oddWords } from './odd-json.ts';
import { ordinaryConfig, ordinaryVariables } from './ordinary-call.ts';
import type { Sandbox } from './sandbox.ts';
import { Scene } from './scene.ts';
import { target } from './target.ts';

const verbs = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('ADD', 'ADD', 'ADD', 'DEL', 'CHECK', 'GC', 'STATUS', 'VERSION') },
  { weight: 1, arbitrary: fc.oneof(fc.constantFrom('add', 'FLY', 'ADD ', '__proto__', 'constructor'), oddWords) },
);
const versions = fc.constantFrom('0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0', '1.1.0', '1.1.0');
const annotations = fc.constantFrom(
  'front',
  'storage',
  'front,storage',
  'storage@a,front',
  'front,front',
  'x',
  ',',
  ' ',
);
const args = fc.oneof(
  fc.constantFrom('', ';', '=', 'A=b=c', 'IP=10.0.0.1;;', 'K8S_ANNOT={"cni":"storage"}', 'K8S_ANNOT={', 'K8S_ANNOT=[]'),
  fc.constantFrom('__proto__=1', 'constructor=x', 'K8S_ANNOT={"__proto__":{"cni":"front"}}', 'K8S_ANNOT={"cni":7}'),
  oddWords,
);

const keysOfPodNetworks = ['confDir', 'binDir', 'defaultPlugin', 'resultMode', 'delegateTimeoutMs', 'apiTimeoutMs'];
const furtherKeys = fc.dictionary(
  fc.oneof(fc.constantFrom(...keysOfPodNetworks, 'kubernetes', 'policy', 'statusWriteBack', 'prevResult'), fc.string()),
  oddValues,
  { maxKeys: 2 },
);

const changedVariables = fc.record(
  { CNI_CONTAINERID: oddWords, CNI_NETNS: oddWords, CNI_IFNAME: oddWords, CNI_ARGS: args, CNI_PATH: oddWords },
  { requiredKeys: [] },
);

/** A whole request: mostly an ordinary one with something wrong in it. */
export function requests(sandbox: Sandbox): fc.Arbitrary<Call> {
  const config = fc
    .record({ cniVersion: versions, cni: annotations, further: furtherKeys })
    .map(({ cniVersion, cni, further }) => {
      const runtimeConfig = { 'io.kubernetes.cri.pod-annotations': { cni } };
      return ordinaryConfig(sandbox, { cniVersion, runtimeConfig, prevResult: { cniVersion }, ...further });
    });
  return fc
    .record({
      verb: verbs,
      changes: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 2, arbitrary: changedVariables }),
      stdin: damaged(mutated(config).map(jsonText)),
    })
    .map(({ verb, changes, stdin }) => ({
      variables: { ...ordinaryVariables(sandbox, verb), ...changes },
      stdin: stdin.toString('utf8'),
    }));
}

/** Any request, on a node with two good networks. */
export const requestTarget = target({
  name: 'request',
  share: 0.3,
  cases: (sandbox) => requests(sandbox),
  run: async (sandbox, call) => {
    const scene = new Scene(sandbox);
    await scene.call(call);
    await scene.cleanUp(call);
  },
});
