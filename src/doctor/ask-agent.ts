/** The agent as a launcher and as Prometheus see it. Touches its sockets. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { encodeFrame } from '../agent/encode-frame.ts';
import { agentFrames } from '../agent/frame-decoder.ts';
import { FrameError } from '../agent/frames.ts';
import { parseHealthAddress } from '../agent/health-server.ts';
import { errorText } from '../errors.ts';
import type { AgentGreeting, HttpAnswer } from './examined-node.ts';

const MOST_BYTES = 4 * 1024 * 1024;

/** Connects, waits for its HELLO, greets back and goes, which is no call to the agent. Never throws. */
export function greetAgent(path: string, signal: AbortSignal): Promise<AgentGreeting> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const end = (greeting: AgentGreeting) => {
      signal.removeEventListener('abort', onAbort);
      if (greeting.kind !== 'greeted') socket.destroy();
      resolve(greeting);
    };
    const onAbort = () => end({ kind: 'silent' });
    signal.addEventListener('abort', onAbort, { once: true });
    const frames = agentFrames();
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const frame of frames.push(chunk)) {
          if (frame.kind !== 'hello') continue;
          socket.end(encodeFrame({ kind: 'hello', version: frame.version, silenceMs: 0 }), () => socket.destroy());
          end({ kind: 'greeted' });
        }
      } catch (cause) {
        const isOther = cause instanceof FrameError && cause.fault === 'other-version';
        end(isOther ? { kind: 'other-version', what: cause.message } : { kind: 'no-agent', cause: errorText(cause) });
      }
    });
    socket.once('end', () => end({ kind: 'no-agent', cause: 'it ended the connection without a word' }));
    socket.once('error', (cause: NodeJS.ErrnoException) => end({ kind: 'refused', code: cause.code ?? cause.message }));
  });
}

/** GET of a path at an address as `--listen` has it. Throws when there is no answer. */
export function askAgent(listen: string, path: string, signal: AbortSignal): Promise<HttpAnswer> {
  const address = parseHealthAddress(listen);
  const place = 'path' in address ? { socketPath: address.path } : address;
  return new Promise((resolve, reject) => {
    const asked = request({ ...place, path, agent: false, signal }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MOST_BYTES) asked.destroy(new Error('its answer has no end'));
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.on('error', reject).end();
  });
}
