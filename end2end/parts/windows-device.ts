// An employee's Windows computer: Wine's desktop with Notepad and the enrolled deskside-agent.exe.

import { cpSync, existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Desktop } from './desktop.ts';
import { windows, type Device } from './linux-device.ts';
import { prepared, windowsAgentBinary } from './places.ts';
import type { Person, Portal } from './portal.ts';
import { Program, run, until } from './program.ts';

const wine = '/usr/lib/wine/wine64';
const wineserver = '/usr/lib/wine/wineserver64';
const screen = '/desktop=deskside,1280x800';
/** Notepad keeps the encoding of a file that it opened; this mark makes it UTF-8. */
const utf8Mark = '\u{feff}';

export class WindowsDevice implements Device {
  private agent?: Program;

  private constructor(
    readonly name: string,
    private readonly desktop: Desktop,
    private readonly prefix: string,
  ) {}

  static async start(folder: string, portal: Portal, owner: Person, name: string): Promise<WindowsDevice> {
    const desktop = await Desktop.start(folder, { manager: false });
    const prefix = newPrefix();
    const device = new WindowsDevice(name, desktop, prefix);
    const here = join(prefix, 'drive_c/deskside');
    mkdirSync(here);
    cpSync(windowsAgentBinary, join(here, 'deskside-agent.exe'));
    cpSync(randomDll(), join(here, 'bcryptprimitives.dll'));
    const token = portal.enrolmentToken(owner, name);
    run(wine, ['C:\\deskside\\deskside-agent.exe', 'enrol', '--server', portal.agentServer, '--token', token, '--name', name, '--state', 'C:\\deskside\\state'], {
      env: device.env,
    });
    device.startAgent();
    return device;
  }

  private get env(): Record<string, string> {
    return { ...this.desktop.env, WINEPREFIX: this.prefix, WINEDEBUG: '-all', WINEDLLOVERRIDES: 'mscoree,mshtml=' };
  }

  startAgent(): void {
    this.agent = this.desktop.start(
      'deskside-agent.exe',
      wine,
      ['explorer', screen, 'C:\\deskside\\deskside-agent.exe', 'run', '--state', 'C:\\deskside\\state'],
      this.env,
    );
  }

  get agentPid(): number {
    return this.agent?.pid ?? 0;
  }

  async openEditor(): Promise<{ x: number; y: number }> {
    writeFileSync(this.file, utf8Mark);
    this.desktop.start('notepad', wine, ['explorer', screen, 'notepad', 'C:\\note.txt'], this.env);
    const { x, y, width, height } = this.desktop.rectangle(await this.desktop.window('Notepad$'));
    return { x: Math.round(x + width / 2), y: Math.round(y + height / 2) };
  }

  private get file(): string {
    return join(this.prefix, 'drive_c/note.txt');
  }

  async save(press: (key: string) => Promise<void>): Promise<void> {
    await press('Control+KeyS');
  }

  async savedText(): Promise<string> {
    const text = () => readFileSync(this.file, 'utf8').replace(utf8Mark, '');
    await until('Notepad saved', () => text() !== '');
    return text();
  }

  async accept(): Promise<void> {
    await this.answer('alt+a');
  }

  async decline(): Promise<void> {
    await this.answer('alt+d');
  }

  get downloads(): string {
    const users = join(this.prefix, 'drive_c/users');
    const user = readdirSync(users).find((name) => name !== 'Public') ?? '';
    return join(users, user, 'Downloads');
  }

  async saveFile(): Promise<void> {
    await this.answer('alt+s', windows.file);
  }

  async refuseFile(): Promise<void> {
    await this.answer('alt+r', windows.file);
  }

  private async answer(key: string, title = windows.prompt): Promise<void> {
    const prompt = await this.desktop.window(title);
    const { x, y } = this.desktop.rectangle(prompt);
    // A click near the corner gives it the keyboard without pressing anything.
    this.desktop.click(x + 8, y + 8);
    await this.desktop.pressUntilGone(key, title);
  }

  async stop(): Promise<void> {
    run(wineserver, ['--kill'], { env: this.env });
    await this.desktop.stop();
    rmSync(this.prefix, { recursive: true, force: true });
  }
}

/** A Windows of its own: hard links to a prepared one, because making one takes a quarter of a minute. */
function newPrefix(): string {
  const template = join(prepared, 'wine');
  if (!existsSync(template)) prepare(template);
  const prefix = mkdtempSync(join(prepared, 'wine-'));
  rmSync(prefix, { recursive: true });
  run('cp', ['--archive', '--link', template, prefix]);
  return prefix;
}

function prepare(template: string): void {
  mkdirSync(dirname(template), { recursive: true });
  const draft = mkdtempSync(`${template}-draft-`);
  const env = { WINEPREFIX: draft, WINEDEBUG: '-all', WINEDLLOVERRIDES: 'mscoree,mshtml=', DISPLAY: '' };
  run(wine, ['wineboot', '--init'], { env });
  run(wineserver, ['--wait'], { env });
  try {
    renameSync(draft, template);
  } catch {
    // Another worker was quicker.
    rmSync(draft, { recursive: true, force: true });
  }
}

/** The DLL that Wine lacks and Rust programs need. */
function randomDll(): string {
  const dll = join(prepared, 'bcryptprimitives.dll');
  if (!existsSync(dll)) {
    mkdirSync(prepared, { recursive: true });
    const draft = mkdtempSync(join(prepared, 'dll-'));
    run('x86_64-w64-mingw32-gcc-posix', ['-shared', '-O1', '-s', '-o', join(draft, 'made.dll'), 'wine/bcryptprimitives.c', '-ladvapi32']);
    try {
      linkSync(join(draft, 'made.dll'), dll);
    } catch {
      // Another worker was quicker.
    }
    rmSync(draft, { recursive: true });
  }
  return dll;
}
