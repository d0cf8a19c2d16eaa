// Fresh databases in the PostgreSQL cluster that `make test` starts.

import { randomUUID } from 'node:crypto';
import { run } from './program.ts';

/** Makes an empty database and returns its URL. Without a cluster the test fails; it is never left out. */
export function newDatabase(): string {
  const cluster = process.env.DESKSIDE_TEST_POSTGRES;
  if (!cluster) throw new Error('DESKSIDE_TEST_POSTGRES names no PostgreSQL; `make test` starts one');
  const name = `e2e_${randomUUID().replaceAll('-', '')}`;
  run('psql', ['--quiet', '--no-psqlrc', '--dbname', cluster, '--command', `CREATE DATABASE ${name}`]);
  const url = new URL(cluster);
  url.pathname = `/${name}`;
  return url.href;
}
