// A real SMTP server that keeps what it gets.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { Certificate } from './certificate.ts';
import { freePort } from './places.ts';
import { until } from './program.ts';

export interface Mail {
  /** Envelope recipient. */
  to: string;
  subject: string;
  text: string;
  html: string;
  messageId: string;
  /** Message-IDs of the thread, oldest first. */
  references: string[];
  /** It came over TLS. */
  secure: boolean;
  /** Who signed in to send it. */
  user?: string;
}

/** How the server wants to be spoken to. Absent: in clear and by anybody. */
export interface Guard {
  security: 'starttls' | 'tls';
  certificate: Certificate;
  username: string;
  password: string;
}

export class Mailbox {
  readonly mails: Mail[] = [];
  /** How many sign-ins were refused. */
  refused = 0;
  private server?: SMTPServer;

  private constructor(
    readonly port: number,
    readonly guard?: Guard,
  ) {}

  static async create(guard?: Guard): Promise<Mailbox> {
    return new Mailbox(await freePort(), guard);
  }

  async start(): Promise<void> {
    const server = new SMTPServer({
      ...this.manners(),
      onData: (stream, session, done) => {
        simpleParser(stream).then((mail) => {
          const how = { secure: session.secure, user: typeof session.user === 'string' ? session.user : undefined };
          for (const recipient of session.envelope.rcptTo) this.mails.push({ ...kept(recipient.address, mail), ...how });
          done();
        }, done);
      },
    });
    server.listen(this.port, '127.0.0.1');
    await once(server.server, 'listening');
    // A client that hangs up is its own affair; the portal's log says why it did.
    server.on('error', () => {});
    this.server = server;
  }

  private manners(): SMTPServerOptions {
    const guard = this.guard;
    if (!guard) return { authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'] };
    return {
      secure: guard.security === 'tls',
      cert: readFileSync(guard.certificate.certificate),
      key: readFileSync(guard.certificate.key),
      onAuth: ({ username, password }, _session, done) => {
        if (username === guard.username && password === guard.password) return done(null, { user: username });
        this.refused++;
        done(Object.assign(new Error('wrong login'), { responseCode: 535 }));
      },
    };
  }

  async stop(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (server) await new Promise<void>((done) => server.close(done));
  }

  /** Waits until `email` has got `count` mails and returns them. */
  async of(email: string, count: number, patience?: number): Promise<Mail[]> {
    const theirs = () => this.mails.filter((mail) => mail.to === email);
    try {
      await until(`${count} mails to ${email}`, () => theirs().length >= count, patience);
    } catch (error) {
      const got = this.mails.map((mail) => `${mail.to}: ${mail.subject}`).join('\n');
      throw new Error(`${error instanceof Error ? error.message : error}; there are:\n${got}`);
    }
    return theirs();
  }
}

function kept(to: string, mail: ParsedMail): Omit<Mail, 'secure' | 'user'> {
  const references = mail.references ?? [];
  return {
    to,
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html || '',
    messageId: mail.messageId ?? '',
    references: Array.isArray(references) ? references : [references],
  };
}

/** The threads that mails belong to, as a mail program sees them: by the first reference, else the mail itself. */
export function threads(mails: Mail[]): Set<string> {
  return new Set(mails.map((mail) => mail.references[0] ?? mail.messageId));
}
