// A stand-alone relay: the real `deskside-relay` binary.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, relayBinary } from './places.ts';
import { Program } from './program.ts';

export class Relay {
  private program?: Program;

  private constructor(
    readonly port: number,
    private readonly folder: string,
  ) {}

  static async create(folder: string): Promise<Relay> {
    mkdirSync(folder, { recursive: true });
    return new Relay(await freePort(), folder);
  }

  get publicUrl(): string {
    return `http://127.0.0.1:${this.port}`;
  }
}
