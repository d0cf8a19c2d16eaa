// An employee's Linux computer: a desktop with an editor and the enrolled agent.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Desktop } from './desktop.ts';
import { agentBinary } from './places.ts';
import type { Person, Portal } from './portal.ts';
import { Program, run, until } from './program.ts';

/** The words that the agent shows. */
export const windows = {
  prompt: '^Deskside: connection request$',
  bar: '^Deskside: session$',
  chat: '^Deskside: chat$',
  notice: '^Deskside: allowed in advance$',
  file: '^Deskside: file$',
  chooser: '^Choose a file to send$',
};

export interface Device {
  readonly name: string;
  /** Opens an empty file in an editor and says where on the screen its text is. */
  openEditor(): Promise<{ x: number; y: number }>;
  /** Saves what was typed, with the operator's keyboard. */
  save(press: (key: string) => Promise<void>): Promise<void>;
  /** The saved text. */
  savedText(): Promise<string>;
  accept(): Promise<void>;
  decline(): Promise<void>;
  /** Where received files lie. */
  readonly downloads: string;
  /** Saves the file that the assistant offers. */
  saveFile(): Promise<void>;
  /** Refuses it. */
  refuseFile(): Promise<void>;
  stop(): Promise<void>;
}

export class LinuxDevice implements Device {
  private agent?: Program;

  private constructor(
    readonly name: string,
    readonly desktop: Desktop,
    private readonly state: string,
  ) {}

  static async start(folder: string, portal: Portal, owner: Person, name: string, size: { width?: number; height?: number } = {}): Promise<LinuxDevice> {
    const desktop = await Desktop.start(folder, size);
    const device = new LinuxDevice(name, desktop, join(folder, 'agent'));
    const token = portal.enrolmentToken(owner, name);
    const trust = portal.authority ? ['--ca', portal.authority] : [];
    run(agentBinary, ['enrol', '--server', portal.agentServer, '--token', token, '--name', name, '--state', device.state, ...trust], {
      env: desktop.env,
    });
    device.startAgent();
    return device;
  }

  startAgent(): void {
    this.agent = this.desktop.start('deskside-agent', agentBinary, ['run', '--state', this.state]);
  }

  async killAgent(): Promise<void> {
    await this.agent?.stop('SIGKILL');
  }

  /** Process id of the running agent. */
  get agentPid(): number {
    return this.agent?.pid ?? 0;
  }

  async openEditor(): Promise<{ x: number; y: number }> {
    writeFileSync(this.file, '');
    this.desktop.start('mousepad', 'mousepad', ['--disable-server', this.file]);
    const window = await this.desktop.window('note.txt.* - Mousepad$');
    const { x, y, width, height } = this.desktop.rectangle(window);
    return { x: Math.round(x + width / 2), y: Math.round(y + height / 2) };
  }

  private get file(): string {
    return join(this.desktop.folder, 'note.txt');
  }

  async save(press: (key: string) => Promise<void>): Promise<void> {
    await press('Control+KeyS');
  }

  async savedText(): Promise<string> {
    await until(`${this.file} is saved`, () => readFileSync(this.file).length > 0);
    return readFileSync(this.file, 'utf8').replace(/\n$/, '');
  }

  async accept(): Promise<void> {
    await this.answer('alt+a');
  }

  async decline(): Promise<void> {
    await this.answer('alt+d');
  }

  get downloads(): string {
    return join(this.desktop.folder, 'Downloads');
  }

  async saveFile(): Promise<void> {
    await this.answer('alt+s', windows.file);
  }

  async refuseFile(): Promise<void> {
    await this.answer('alt+r', windows.file);
  }

  /** Sends a file to the assistant, chosen by its path. */
  async sendFile(path: string): Promise<void> {
    await this.desktop.focus(await this.desktop.window(windows.bar));
    this.desktop.press('alt+f');
    await this.desktop.focus(await this.desktop.window(windows.chooser));
    this.desktop.type(path);
    await this.desktop.pressUntilGone('Return', windows.chooser);
  }

  private async answer(key: string, title = windows.prompt): Promise<void> {
    await this.desktop.focus(await this.desktop.window(title));
    await this.desktop.pressUntilGone(key, title);
  }

  /** Reads the notice of what was allowed in advance. */
  async readNotice(): Promise<void> {
    await this.answerNotice('alt+o');
  }

  /** Takes back what the notice shows. */
  async takeBackAtNotice(): Promise<void> {
    await this.answerNotice('alt+t');
  }

  private async answerNotice(key: string): Promise<void> {
    await this.desktop.focus(await this.desktop.window(windows.notice));
    await this.desktop.pressUntilGone(key, windows.notice);
  }

  /** Presses Stop on the bar that names the operator. */
  async stopSession(): Promise<void> {
    const bar = this.desktop.rectangle(await this.desktop.window(windows.bar));
    this.desktop.click(bar.x + bar.width - 50, bar.y + bar.height / 2);
    await this.desktop.without(windows.bar);
  }

  async stop(): Promise<void> {
    await this.desktop.stop();
  }
}
