// A program in the background: its own process group, its own log, certainly gone in the end.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

export interface Surroundings {
  env?: Record<string, string>;
  cwd?: string;
}

/** Looks again and again until `look` gives something; says what it waited for when it never does. */
export async function until<T>(what: string, look: () => T | Promise<T>, patience = 20_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + patience;
  for (;;) {
    const seen = await look();
    if (seen) return seen as NonNullable<T>;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${patience / 1000} s`);
    await pause(50);
  }
}

/** Runs a program to its end and returns what it wrote. */
export function run(command: string, args: string[], options: Surroundings & { input?: string } = {}): string {
  const result = spawnSync(command, args, {
    encoding: 'utf8',
    input: options.input ?? '',
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    timeout: 60_000,
  });
  if (result.status !== 0) {
    throw new Error(`${command} ${args.join(' ')}: ${result.error?.message ?? `ended with ${result.status}`}\n${result.stderr}`);
  }
  return result.stdout;
}

export class Program {
  private constructor(
    readonly name: string,
    readonly logFile: string,
    private readonly child: ChildProcess,
  ) {}

  static start(name: string, command: string, args: string[], logFile: string, around: Surroundings = {}): Program {
    const log = openSync(logFile, 'a');
    // The kernel stops it when this process dies without tidying up.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', command, ...args], {
      detached: true,
      cwd: around.cwd,
      env: { ...process.env, ...around.env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    return new Program(name, logFile, child);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get running(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  /** Waits for `look`; gives up at once when the program ends. */
  async until<T>(what: string, look: () => T | Promise<T>, patience?: number): Promise<NonNullable<T>> {
    return until(`${this.name}: ${what}`, async () => {
      if (!this.running) throw new Error(`${this.name} ended before: ${what}\n${this.log().slice(-3000)}`);
      return look();
    }, patience);
  }

  /** Ends the whole group with `signal` and waits until the program is gone. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.running) {
      const gone = once(this.child, 'exit');
      this.signal(signal);
      const late = setTimeout(() => this.signal('SIGKILL'), 8_000);
      await gone;
      clearTimeout(late);
    }
    this.signal('SIGKILL');
  }

  private signal(signal: NodeJS.Signals): void {
    try {
      if (this.child.pid) process.kill(-this.child.pid, signal);
    } catch {
      // The group is gone already.
    }
  }
}
