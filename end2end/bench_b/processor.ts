// Processor time of a program and everything it started, from /proc.

import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100;

interface Entry {
  parent: number;
  seconds: number;
}

/** Seconds of processor time that `pid` and its descendants have used. */
export function secondsUsed(pid: number): number {
  const all = new Map<number, Entry>();
  for (const name of readdirSync('/proc')) {
    if (/^\d+$/.test(name)) {
      const entry = read(Number(name));
      if (entry) all.set(Number(name), entry);
    }
  }
  let seconds = 0;
  for (const [id, entry] of all) if (descends(all, id, pid)) seconds += entry.seconds;
  return seconds;
}

function descends(all: Map<number, Entry>, id: number, ancestor: number): boolean {
  for (let at: number | undefined = id; at; at = all.get(at)?.parent) if (at === ancestor) return true;
  return false;
}

function read(pid: number): Entry | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ').map(Number);
    return { parent: fields[1] ?? 0, seconds: ((fields[11] ?? 0) + (fields[12] ?? 0)) / ticksPerSecond };
  } catch {
    return undefined;
  }
}
