/** The agent, where one runs: does it take calls, is it ready, and is it of our version? */
import { BRAID_VERSION } from '../version.ts';
import { octal } from './check-configuration.ts';
import type { AgentGreeting, ExaminedNode } from './examined-node.ts';
import type { Check, Finding } from './finding.ts';

const PATIENCE_MS = 3000;
const OTHERS = 0o077;
const RESTART = 'restart the agent (systemctl restart braid-agent)';

export const checkAgent: Check = {
  name: 'agent',
  async run(node, signal) {
    const where = node.agentSocket;
    const found = await node.facts(where);
    if (!found) return [absent(where)];
    if (!found.isSocket) return [deadSocket('what lies there is no socket', where)];
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    const greeting = await node.greetAgent(deadline);
    if (greeting.kind !== 'greeted') return [ungreeted(greeting, where)];
    return [...modeFindings(found.mode, where), ...(await healthFindings(node, deadline))];
  },
};

function absent(where: string): Finding {
  return {
    id: 'agent/none',
    severity: 'note',
    what: 'no agent runs',
    why: 'calls are served by braid-standalone, each by a program start of its own',
    mend: 'for speed run one, docs/agent.md',
    where,
  };
}

function deadSocket(what: string, where: string): Finding {
  return {
    id: 'agent/dead-socket',
    severity: 'warning',
    what,
    why: 'each call tries it, then is served by braid-standalone',
    mend: `${RESTART}, or remove the file if none is wanted`,
    where,
  };
}

function ungreeted(greeting: Exclude<AgentGreeting, { kind: 'greeted' }>, where: string): Finding {
  switch (greeting.kind) {
    case 'silent':
      return {
        id: 'agent/silent',
        severity: 'error',
        what: `the agent says nothing within ${PATIENCE_MS} ms`,
        why: 'each call waits for it for 5 s before braid-standalone serves it',
        mend: RESTART,
        where,
      };
    case 'other-version':
      return {
        id: 'agent/other-frames',
        severity: 'warning',
        what: `the agent is of a release that launchers of this one do not talk to: ${greeting.what}`,
        why: 'calls are served by braid-standalone',
        mend: `install agent and launcher of one release, then ${RESTART}`,
        where,
      };
    case 'no-agent':
      return deadSocket(`no agent of Braid answers there: ${greeting.cause}`, where);
    case 'refused':
      if (greeting.code === 'EACCES') {
        return {
          id: 'agent/not-seen',
          severity: 'note',
          what: 'the socket is for another user',
          why: 'whether an agent serves this node was not looked at',
          mend: 'run braid doctor as root',
          where,
        };
      }
      return deadSocket(`nobody listens on the agent's socket (${greeting.code})`, where);
  }
}

function modeFindings(mode: number, where: string): Finding[] {
  if ((mode & OTHERS) === 0) return [];
  return [
    {
      id: 'agent/open-socket',
      severity: 'warning',
      what: `the agent's socket has mode ${octal(mode)}`,
      why: 'users of this node other than root could have it attach and detach pods',
      mend: `chmod 0600 ${where}, and find out who changed it`,
      where,
    },
  ];
}

async function healthFindings(node: ExaminedNode, signal: AbortSignal): Promise<Finding[]> {
  const where = node.agentListen;
  try {
    const [ready, metrics] = await Promise.all([node.askAgent('/readyz', signal), node.askAgent('/metrics', signal)]);
    const version = /^braid_build_info\{[^}]*version="([^"]*)"/m.exec(metrics.text)?.[1];
    return [
      ...(ready.status === 200 ? [] : [unready(ready.text.trim(), where)]),
      ...(version === BRAID_VERSION ? [] : [otherVersion(version, where)]),
    ];
  } catch {
    return [
      {
        id: 'agent/no-health',
        severity: 'note',
        what: 'the agent serves calls, but tells nothing of its health here',
        why: 'its version and whether it knows the pods were not looked at',
        mend: 'give the address of its option --listen by the same option, if it has one',
        where,
      },
    ];
  }
}

function unready(text: string, where: string): Finding {
  return {
    id: 'agent/not-ready',
    severity: 'warning',
    what: `the agent is not ready: ${text}`,
    why: 'calls ask the API server themselves, or are left to braid-standalone',
    mend: 'does it reach the API server, and may it watch (config/rbac/agent.yaml)? Its log says more',
    where,
  };
}

function otherVersion(version: string | undefined, where: string): Finding {
  return {
    id: 'agent/other-version',
    severity: 'warning',
    what: `the agent is of version ${version ?? 'before 0.1.0, or of no Braid'}, this command of ${BRAID_VERSION}`,
    why: 'calls are decided by another release than the one that was installed',
    mend: `install one release, then ${RESTART}`,
    where,
  };
}
