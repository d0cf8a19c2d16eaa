// Certificates of a private authority for servers on this machine.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './program.ts';

export interface Certificate {
  /** PEM files. */
  authority: string;
  certificate: string;
  key: string;
}

const address = '127.0.0.1';

/** An authority of its own and a certificate that it gave to 127.0.0.1. */
export function newCertificate(folder: string): Certificate {
  mkdirSync(folder, { recursive: true });
  const file = (name: string) => join(folder, name);
  const made = { authority: file('authority.pem'), certificate: file('server.pem'), key: file('server.key') };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];
  run('openssl', ['req', '-x509', ...newKey, '-keyout', file('authority.key'), '-out', made.authority, '-days', '2', '-subj', '/CN=Test authority']);
  run('openssl', ['req', ...newKey, '-keyout', made.key, '-out', file('server.csr'), '-subj', `/CN=${address}`]);
  writeFileSync(file('server.ext'), `subjectAltName = IP:${address}\nbasicConstraints = CA:false\n`);
  const signing = ['-CA', made.authority, '-CAkey', file('authority.key'), '-CAcreateserial', '-days', '2'];
  run('openssl', ['x509', '-req', '-in', file('server.csr'), ...signing, '-extfile', file('server.ext'), '-out', made.certificate]);
  return made;
}
