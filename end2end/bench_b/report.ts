// Prints the table when all scenes were measured, and writes the numbers as JSON.

import type { FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter';
import { writeFileSync } from 'node:fs';
import { table, type Result } from './numbers.ts';

export default class Report implements Reporter {
  private readonly results: Result[] = [];

  onTestBegin(test: TestCase): void {
    process.stderr.write(`  ${test.title} …\n`);
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    for (const error of result.errors) process.stderr.write(`${test.title}: ${error.message ?? error.value}\n`);
    for (const { name, body } of result.attachments) if (name === 'result' && body) this.results.push(JSON.parse(body.toString()));
  }

  onEnd(_result: FullResult): void {
    process.stdout.write(`\n${table(this.results)}\n\n`);
    const file = process.env.DESKSIDE_BENCH_RESULT;
    if (file) writeFileSync(file, JSON.stringify(this.results, null, 2) + '\n');
  }
}
