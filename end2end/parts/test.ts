// The `test` of every spec: it brings a stage on which a test builds the parts that it needs.

import { test as base, type Browser, type Page, type TestInfo } from '@playwright/test';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignIn } from '../pages/sign-in.ts';
import { newCertificate, type Certificate } from './certificate.ts';
import { LinuxDevice } from './linux-device.ts';
import { Mailbox, type Guard } from './mailbox.ts';
import { OperatorDesk } from './operator-desk.ts';
import { Portal, type Person, type PortalSettings } from './portal.ts';
import { Relay } from './relay.ts';
import { WindowsDevice } from './windows-device.ts';

export interface Settings {
  /** The engine under the portal. */
  database: 'sqlite' | 'postgres';
}

interface Stoppable {
  stop(): Promise<void>;
}

/** Builds real parts for one test and takes them down again, the last one first. */
export class Stage {
  readonly folder = mkdtempSync(join(tmpdir(), 'deskside-e2e-'));
  private readonly parts: Stoppable[] = [];

  constructor(
    private readonly browser: Browser,
    private readonly settings: Settings,
  ) {}

  /** A running portal with fresh data. */
  async portal(settings: Partial<PortalSettings> = {}): Promise<Portal> {
    const portal = await Portal.create(this.room('portal'), { ...this.settings, ...settings });
    this.parts.push(portal);
    await portal.start();
    return portal;
  }

  /** A running mail server. */
  async mailbox(guard?: Guard): Promise<Mailbox> {
    const mailbox = await Mailbox.create(guard);
    this.parts.push(mailbox);
    await mailbox.start();
    return mailbox;
  }

  /** A server certificate for this machine from an authority of its own. */
  certificate(name = 'certificate'): Certificate {
    return newCertificate(this.room(name));
  }

  /** A stand-alone relay, started by the portal that uses it, whose key it needs. */
  async relay(): Promise<Relay> {
    const relay = await Relay.create(this.room('relay'));
    this.parts.push(relay);
    return relay;
  }

  /** An employee's Linux computer with the agent connected. */
  async linuxDevice(portal: Portal, owner: Person, name = `${owner.login}-linux`, size = {}): Promise<LinuxDevice> {
    const device = await LinuxDevice.start(this.room(name), portal, owner, name, size);
    this.parts.push(device);
    return device;
  }

  /** An employee's Windows computer (Wine) with the agent connected. */
  async windowsDevice(portal: Portal, owner: Person, name = `${owner.login}-windows`): Promise<WindowsDevice> {
    const device = await WindowsDevice.start(this.room(name), portal, owner, name);
    this.parts.push(device);
    return device;
  }

  /** A browser window of its own in which `person` is signed in. */
  async signedIn(portal: Portal, person: Person): Promise<Page> {
    const page = await this.visitor(portal);
    await signIn(page, person);
    return page;
  }

  /** A browser window of its own in which nobody is signed in; its browser may ask for another language. */
  async visitor(portal: Portal, language: { locale?: string } = {}): Promise<Page> {
    const context = await this.browser.newContext({ baseURL: portal.url, ignoreHTTPSErrors: portal.authority !== undefined, ...language });
    this.parts.push({ stop: () => context.close() });
    return context.newPage();
  }

  /** An operator's desk with a real keyboard of the given layout and a browser in which they are signed in. */
  async operatorDesk(portal: Portal, person: Person, layout: string): Promise<OperatorDesk> {
    const desk = await OperatorDesk.open(this.room('operator'), portal, layout);
    this.parts.push(desk);
    await signIn(desk.page, person);
    return desk;
  }

  /** Stops everything and forgets its data. */
  async clear(): Promise<void> {
    for (const part of this.parts.reverse()) await part.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Attaches what every part wrote. */
  async attachLogs(info: TestInfo): Promise<void> {
    for (const file of readdirSync(this.folder, { recursive: true, encoding: 'utf8' })) {
      if (!/^[^/]+\/[^/]+\.log$/.test(file)) continue;
      await info.attach(file, { body: readFileSync(join(this.folder, file)), contentType: 'text/plain' });
    }
  }

  private room(name: string): string {
    return join(this.folder, name);
  }
}

async function signIn(page: Page, person: Person): Promise<void> {
  const form = new SignIn(page);
  await form.open();
  await form.as(person);
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

export const test = base.extend<Settings & { stage: Stage }>({
  database: ['sqlite', { option: true }],
  stage: async ({ browser, database }, use, info) => {
    const stage = new Stage(browser, { database });
    await use(stage);
    if (info.status !== info.expectedStatus) await stage.attachLogs(info);
    await stage.clear();
  },
});

export { expect } from '@playwright/test';
