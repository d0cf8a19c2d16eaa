// Where the binaries under test lie, and free ports.

import { createServer } from 'node:net';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { homedir } from 'node:os';
import { join } from 'node:path';

const cache = process.env.DESKSIDE_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'deskside');
const target = process.env.CARGO_TARGET_DIR ?? join(cache, 'target');
const binaries = process.env.DESKSIDE_BINARIES ?? join(target, 'debug');

export const portalBinary = join(binaries, 'deskside');
export const relayBinary = join(binaries, 'deskside-relay');
export const agentBinary = join(binaries, 'deskside-agent');
export const windowsAgentBinary =
  process.env.DESKSIDE_AGENT_EXE ?? join(target, 'windows/deskside-agent.exe');
/** Scripts and styles; empty: those inside a released binary. */
export const site = process.env.DESKSIDE_SITE ?? join(target, 'site');
export const prepared = join(cache, 'end2end');

let next = 0;

/** A port of this worker's own range that is free for TCP and UDP now. */
export async function freePort(): Promise<number> {
  const worker = Number(process.env.TEST_PARALLEL_INDEX ?? 0);
  for (;;) {
    const port = 21_000 + worker * 1_000 + (next++ % 1_000);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const tcp = createServer();
  const udp = createSocket('udp4');
  try {
    tcp.listen(port, '127.0.0.1');
    await once(tcp, 'listening');
    udp.bind(port, '127.0.0.1');
    await once(udp, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    tcp.close();
    udp.close();
  }
}
