// A stand-alone relay: the real `deskside-relay` binary.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, relayBinary } from './places.ts';
import { Program } from './program.ts';

export class Relay {
  private program?: Program;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly media: number,
  ) {}

  static async create(folder: string): Promise<Relay> {
    mkdirSync(folder, { recursive: true });
    return new Relay(folder, await freePort(), await freePort());
  }

  /** Where browsers and agents reach it. */
  get publicUrl(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Where the portal reaches it. */
  get linkUrl(): string {
    return `ws://127.0.0.1:${this.port}/relay/link`;
  }

  /** Which portal it obeys. */
  trust(portalKey: string): void {
    const lines = [
      `listen = "127.0.0.1:${this.port}"`,
      `udp = "127.0.0.1:${this.media}"`,
      `tcp = "127.0.0.1:${this.media}"`,
      `portal_key = "${portalKey}"`,
    ];
    writeFileSync(join(this.folder, 'relay.toml'), lines.join('\n') + '\n');
  }

  async start(): Promise<void> {
    const program = Program.start('relay', relayBinary, ['--config', join(this.folder, 'relay.toml')], join(this.folder, 'relay.log'));
    this.program = program;
    await program.until('answers', async () => {
      try {
        return (await fetch(`${this.publicUrl}/healthz`)).ok;
      } catch {
        return false;
      }
    });
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.program?.stop(signal);
  }
}
