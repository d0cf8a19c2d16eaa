// A virtual X desktop with a window manager, and hands for it (xdotool).

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Program, run, until } from './program.ts';

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

export class Desktop {
  private readonly programs: Program[] = [];

  private constructor(
    readonly folder: string,
    readonly display: string,
    readonly width: number,
    readonly height: number,
    private readonly server: Program,
  ) {}

  static async start(folder: string, { width = 1280, height = 800, layout = 'us', manager = true } = {}): Promise<Desktop> {
    mkdirSync(folder, { recursive: true });
    const server = Program.start(
      'desktop',
      'Xvfb',
      ['-displayfd', '1', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp', '-noreset'],
      join(folder, 'xvfb.log'),
    );
    const number = await server.until('has a display number', () => server.log().match(/^\d+$/m)?.[0]);
    const desktop = new Desktop(folder, `:${number}`, width, height, server);
    if (layout !== 'us') desktop.command('setxkbmap', layout);
    if (manager) await desktop.startManager();
    return desktop;
  }

  private async startManager(): Promise<void> {
    this.start('openbox', 'openbox', ['--sm-disable']);
    const check = () => this.command('xprop', '-root', '_NET_SUPPORTING_WM_CHECK').includes('window id');
    await this.until('has a window manager', check);
  }

  /** What a program on this desktop finds around it. */
  get env(): Record<string, string> {
    return {
      DISPLAY: this.display,
      HOME: this.folder,
      XDG_CONFIG_HOME: join(this.folder, '.config'),
      XDG_STATE_HOME: join(this.folder, '.state'),
      DBUS_SESSION_BUS_ADDRESS: 'disabled:',
      GSETTINGS_BACKEND: 'memory',
      NO_AT_BRIDGE: '1',
      LANG: 'C.UTF-8',
    };
  }

  /** Starts a program on this desktop. */
  start(name: string, command: string, args: string[], env: Record<string, string> = {}): Program {
    const program = Program.start(name, command, args, join(this.folder, `${name}.log`), {
      cwd: this.folder,
      env: { ...this.env, ...env },
    });
    this.programs.push(program);
    return program;
  }

  /** Runs a program on this desktop to its end. */
  command(name: string, ...args: string[]): string {
    return run(name, args, { env: this.env, cwd: this.folder });
  }

  /** Presses keys as a person at this desktop does; each is a key name or a combination such as `alt+a`. */
  press(...keys: string[]): void {
    this.command('xdotool', 'key', '--clearmodifiers', '--delay', '20', ...keys);
  }

  /** Types with the keyboard of this desktop. */
  type(text: string, delay = 40): void {
    this.command('xdotool', 'type', '--delay', `${delay}`, text);
  }

  /** Clicks with the mouse of this desktop. */
  click(x: number, y: number): void {
    this.command('xdotool', 'mousemove', `${Math.round(x)}`, `${Math.round(y)}`, 'click', '1');
  }

  /** The window whose title matches, once it is there. */
  async window(title: string, patience?: number): Promise<string> {
    return this.until(`shows a window "${title}"`, () => this.windows(title)[0], patience);
  }

  /** The visible windows whose title matches. */
  windows(title: string): string[] {
    try {
      return this.command('xdotool', 'search', '--onlyvisible', '--name', title).split('\n').filter(Boolean);
    } catch {
      return [];
    }
  }

  /** Waits until no window has this title. */
  async without(title: string, patience?: number): Promise<void> {
    await this.until(`has no window "${title}"`, () => this.windows(title).length === 0, patience);
  }

  /** Presses a key, again if need be, until no window has this title: a prompt may ignore what comes too early. */
  async pressUntilGone(key: string, title: string): Promise<void> {
    await this.until(`answered "${title}" with ${key}`, async () => {
      this.press(key);
      const deadline = Date.now() + 1_000;
      while (Date.now() < deadline) if (this.windows(title).length === 0) return true;
      return false;
    });
  }

  /** Brings a window to the front and gives it the keyboard. */
  async focus(window: string): Promise<void> {
    this.command('xdotool', 'windowactivate', '--sync', window);
    await this.until('focused the window', () => this.command('xdotool', 'getactivewindow').trim() === window);
  }

  rectangle(window: string): Rectangle {
    const shell = this.command('xdotool', 'getwindowgeometry', '--shell', window);
    const value = (name: string) => Number(shell.match(new RegExp(`^${name}=(-?\\d+)$`, 'm'))?.[1]);
    return { x: value('X'), y: value('Y'), width: value('WIDTH'), height: value('HEIGHT') };
  }

  async stop(): Promise<void> {
    for (const program of this.programs.reverse()) await program.stop();
    await this.server.stop();
  }

  private until<T>(what: string, look: () => T | Promise<T>, patience?: number): Promise<NonNullable<T>> {
    return until(`desktop ${this.display} ${what}`, look, patience);
  }
}
