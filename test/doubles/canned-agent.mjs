#!/usr/bin/env node
/**
 * An agent without a mind, for tests that need one in a process of its own: canned-agent.mjs SOCKET MODE [HEX [UID]]
 *
 *   says     answers each connection with these bytes, and prints how many bytes it got when that is closed
 *   stands   stops itself as soon as it listens, with little room for who waits
 *
 * With UID it listens as that user, whose name the kernel gives to whoever connects.
 */
import { createServer } from 'node:net';

const [socketPath, mode, hex = '', uid] = process.argv.slice(2);

if (uid) process.seteuid(Number(uid));

const server = createServer((socket) => {
  let received = 0;
  socket.on('data', (chunk) => {
    received += chunk.length;
  });
  socket.on('error', () => undefined);
  socket.on('close', () => process.stdout.write(`got ${received}\n`));
  socket.write(Buffer.from(hex, 'hex'));
});
server.listen({ path: socketPath, backlog: 1, readableAll: true, writableAll: true }, () => {
  process.stdout.write('listens\n');
  if (mode === 'stands') process.kill(process.pid, 'SIGSTOP');
});
