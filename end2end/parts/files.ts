// Files with known bytes, and what became of them.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { until } from './program.ts';

/** Bytes that look different everywhere. */
export function pattern(size: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, (_, at) => (at * 31 + (at >> 8)) & 255));
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Makes a file and returns its path. */
export function made(path: string, bytes: Buffer): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

/** The hash of a file, once it is there. */
export async function hashOf(path: string): Promise<string> {
  await until(`${path} is there`, () => existsSync(path), 30_000);
  return sha256(readFileSync(path));
}
