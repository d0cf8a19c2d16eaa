// A real SMTP server that keeps what it gets.

import { once } from 'node:events';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';
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
}

export class Mailbox {
  readonly mails: Mail[] = [];
  private server?: SMTPServer;

  private constructor(readonly port: number) {}

  static async create(): Promise<Mailbox> {
    return new Mailbox(await freePort());
  }

  async start(): Promise<void> {
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      onData: (stream, session, done) => {
        simpleParser(stream).then((mail) => {
          for (const recipient of session.envelope.rcptTo) this.mails.push(kept(recipient.address, mail));
          done();
        }, done);
      },
    });
    server.listen(this.port, '127.0.0.1');
    await once(server.server, 'listening');
    this.server = server;
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

function kept(to: string, mail: ParsedMail): Mail {
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
