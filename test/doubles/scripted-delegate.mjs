/**
 * A CNI plugin that does what a file says and writes down every call it gets. Compiled to dist/doubles/scripted-delegate by
 * test/set-up.mjs, since the suites start it ten thousand times, and a Node takes five times as long to begin.
 *
 * Link it into a folder under any plugin's name. Beside the link:
 *   NAME.script.json   answers by verb: one answer, or a list of answers by call number (the last one repeats)
 *   calls.jsonl        one line a call: plugin, verb, CNI_* variables, stdin, and when it began
 *   made/              one file for each attachment that an ADD made and no DEL has taken back
 *
 * An answer: { stdout, stderr, exit, delayMs, hang, signal, background (ms), bytes, ignoreStdin, fillFolder (until the
 * disk of that folder is full) }.
 * `stdout` may be an object. Without an answer ADD makes the interface CNI_IFNAME, with the addresses of the
 * configuration's key "addresses".
 */
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

// The path of the link, by which it was called.
const plugin = basename(process.argv0);
const folder = dirname(process.argv0);
const verb = process.env.CNI_COMMAND ?? '';
const script = readJson(join(folder, `${plugin}.script.json`)) ?? {};
const answers = [script[verb] ?? {}].flat();
const earlier = pastCalls().filter((call) => call.plugin === plugin && call.verb === verb).length;
const answer = answers[Math.min(earlier, answers.length - 1)] ?? {};
const stdin = answer.ignoreStdin ? '' : readFileSync(0, 'utf8');
const config = stdin === '' ? {} : JSON.parse(stdin);
const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => /^(CNI_|BRAID_|TEST_)/.test(key)));

appendFileSync(
  join(folder, 'calls.jsonl'),
  `${JSON.stringify({ plugin, verb, env, stdin: config, pid: process.pid })}\n`,
);
keepAccount();
if (answer.fillFolder) spawnSync('dd', ['if=/dev/zero', `of=${answer.fillFolder}/ballast`], { stdio: 'ignore' });
if (answer.stderr !== undefined) writeSync(2, answer.stderr);
if (answer.hang) setInterval(() => undefined, 1000);
else if (answer.delayMs) setTimeout(finish, answer.delayMs);
else finish();

function finish() {
  if (answer.background)
    spawn('sleep', [String(answer.background / 1000)], { stdio: ['ignore', 'inherit', 'inherit'] }).unref();
  if (answer.signal) process.kill(process.pid, answer.signal);
  const out = answer.bytes ? 'x'.repeat(answer.bytes) : (answer.stdout ?? defaultAnswer());
  writeAll(typeof out === 'string' ? out : JSON.stringify(out));
  process.exit(answer.exit ?? 0);
}

function writeAll(text) {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') process.exit(answer.exit ?? 0);
    }
  }
}

/** An ADD that is answered with an error has made something all the same: that is what a rollback is for. */
function keepAccount() {
  const made = join(folder, 'made');
  const file = join(made, `${plugin}-${process.env.CNI_CONTAINERID}-${process.env.CNI_IFNAME}`);
  if (verb === 'ADD') {
    mkdirSync(made, { recursive: true });
    writeFileSync(file, '');
  }
  if (verb === 'DEL' && !answer.exit) rmSync(file, { force: true });
}

function defaultAnswer() {
  if (verb === 'VERSION') return { cniVersion: '1.1.0', supportedVersions: ['0.3.1', '0.4.0', '1.0.0', '1.1.0'] };
  if (verb !== 'ADD') return '';
  const before = config.prevResult ?? {};
  return {
    ...before,
    cniVersion: config.cniVersion,
    interfaces: before.interfaces ?? [{ name: process.env.CNI_IFNAME, sandbox: process.env.CNI_NETNS }],
    ips:
      before.ips ??
      (config.addresses ?? []).map((address) => ({
        interface: 0,
        address,
        version: address.includes(':') ? '6' : '4',
      })),
  };
}

function pastCalls() {
  const file = join(folder, 'calls.jsonl');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

function readJson(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
