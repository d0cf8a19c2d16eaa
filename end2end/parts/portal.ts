// A portal: the real `deskside` binary with a data folder and ports of its own.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import type { Certificate } from './certificate.ts';
import type { Mailbox } from './mailbox.ts';
import { freePort, portalBinary, site } from './places.ts';
import { newDatabase } from './postgres.ts';
import { Program, run } from './program.ts';
import type { Relay } from './relay.ts';

export type Role = 'employee' | 'operator' | 'administrator';

export interface Person {
  login: string;
  name: string;
  email: string;
  password: string;
  role: Role;
}

export interface PortalSettings {
  database: 'sqlite' | 'postgres';
  /** The server that mails go to; absent: they go to files. */
  mailbox?: Mailbox;
  /** PEM file of the authority that the mail server's certificate must come from; absent: the one it came from. */
  mailAuthority?: string;
  /** For https. */
  tls?: Certificate;
  paths?: { direct: boolean; relay_udp: boolean; relay_tcp: boolean };
  /** A stand-alone relay, instead of the one in the portal. */
  relay?: Relay;
}

const timeZone = 'Europe/Berlin';

export class Portal {
  private program?: Program;

  private constructor(
    readonly url: string,
    readonly folder: string,
    private readonly configuration: string,
    /** Where agents connect: the stand-alone relay if there is one. */
    readonly agentServer: string,
    /** PEM file of the authority that vouches for the portal, where it is not a public one. */
    readonly authority?: string,
  ) {}

  static async create(folder: string, settings: PortalSettings): Promise<Portal> {
    mkdirSync(folder, { recursive: true });
    const port = await freePort();
    const relay = await freePort();
    const url = `${settings.tls ? 'https' : 'http'}://127.0.0.1:${port}`;
    const lines = [
      `public_url = "${url}"`,
      `data_dir = "${join(folder, 'data')}"`,
      ...(site ? [`site_dir = "${site}"`] : []),
      '[listen]',
      `address = "127.0.0.1:${port}"`,
      ...(settings.tls ? [`tls_certificate = "${settings.tls.certificate}"`, `tls_key = "${settings.tls.key}"`] : []),
      '[relay]',
      `udp = "127.0.0.1:${relay}"`,
      `tcp = "127.0.0.1:${relay}"`,
    ];
    if (settings.relay) {
      lines.push('mode = "remote"', `url = "${settings.relay.linkUrl}"`, `public_url = "${settings.relay.publicUrl}"`);
    }
    if (settings.paths) {
      lines.push('[relay.paths]', ...Object.entries(settings.paths).map(([path, allowed]) => `${path} = ${allowed}`));
    }
    lines.push('[mail]', 'from = "Deskside <deskside@example.org>"');
    if (settings.mailbox) {
      lines.push('transport = "smtp"', '[mail.smtp]', 'host = "127.0.0.1"', ...smtp(settings.mailbox, settings.mailAuthority));
    } else {
      lines.push('transport = "file"');
    }
    if (settings.database === 'postgres') lines.push('[database]', `url = "${newDatabase()}"`);
    const configuration = join(folder, 'deskside.toml');
    writeFileSync(configuration, lines.join('\n') + '\n');
    const portal = new Portal(url, folder, configuration, settings.relay?.publicUrl ?? url, settings.tls?.authority);
    if (settings.relay) {
      settings.relay.trust(portal.command(['relay-key']).trim());
      await settings.relay.start();
    }
    return portal;
  }

  async start(): Promise<void> {
    const program = Program.start('portal', portalBinary, ['serve', '--config', this.configuration], join(this.folder, 'portal.log'), {
      cwd: this.folder,
    });
    this.program = program;
    await program.until('answers', () => this.isHealthy());
  }

  private async isHealthy(): Promise<boolean> {
    const address = `${this.url}/healthz`;
    const { authority } = this;
    try {
      return authority === undefined ? (await fetch(address)).ok : await answers(address, authority);
    } catch {
      return false;
    }
  }

  /** What the portal has written so far. */
  log(): string {
    return this.program?.log() ?? '';
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.program?.stop(signal);
  }

  get pid(): number {
    return this.program?.pid ?? 0;
  }

  /** Runs the command line of the portal against its data. */
  command(args: string[], input?: string): string {
    const [verb, ...rest] = args;
    const verbs = verb === 'admin' || verb === 'audit' ? [verb, ...rest.splice(0, 1)] : [verb ?? ''];
    return run(portalBinary, [...verbs, '--config', this.configuration, ...rest], { input, cwd: this.folder });
  }

  /** Adds an account that can sign in. */
  addPerson(role: Role, login: string, name: string): Person {
    const person = { login, name, role, email: `${login}@example.org`, password: `a pass phrase of ${login}` };
    this.command(
      ['admin', 'create', '--login', login, '--name', name, '--email', person.email, '--role', role, '--time-zone', timeZone],
      person.password,
    );
    return person;
  }

  /** A token with which one agent of `owner` can enrol. */
  enrolmentToken(owner: Person, deviceName: string): string {
    return this.command(['enrolment-token', '--owner', owner.login, '--device-name', deviceName]).trim();
  }
}

function smtp({ port, guard }: Mailbox, authority = guard?.certificate.authority): string[] {
  if (!guard) return [`port = ${port}`, 'security = "none"'];
  return [
    `port = ${port}`,
    `security = "${guard.security}"`,
    `ca_certificate = "${authority}"`,
    `username = "${guard.username}"`,
    `password = "${guard.password}"`,
  ];
}

/** Whether an https address answers with success; fetch takes no authority. */
function answers(address: string, authority: string): Promise<boolean> {
  return new Promise((done, fail) => {
    get(address, { ca: readFileSync(authority) }, (answer) => {
      answer.resume();
      done(answer.statusCode === 200);
    }).on('error', fail);
  });
}
