// Results and their table.

import type { Answer } from './probe.ts';

export interface Result {
  size: string;
  scene: string;
  /** From key press to pixel, milliseconds; absent where nobody types. */
  keys?: { count: number; p50: number; p95: number; p99: number; stages: Record<string, number> };
  framesPerSecond: number;
  bytesPerSecond: number;
  /** Of one processor, percent. */
  processor: { agent: number; portal: number };
}

const stages = ['send', 'wait', 'capture', 'convert', 'encode', 'travel', 'decode', 'present'] as const;

/** The value below which the given part of the numbers lies. */
export function percentile(numbers: number[], part: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? NaN;
}

export function keys(answers: Answer[]): Result['keys'] {
  const totals = answers.map((answer) => answer.total);
  const median = (stage: (typeof stages)[number]) => percentile(answers.flatMap((answer) => answer[stage] ?? []), 0.5);
  return {
    count: answers.length,
    p50: percentile(totals, 0.5),
    p95: percentile(totals, 0.95),
    p99: percentile(totals, 0.99),
    stages: Object.fromEntries(stages.map((stage) => [stage, median(stage)])),
  };
}

/** Rows of equal columns. */
export function table(results: Result[]): string {
  const head = ['size', 'scene', 'p50 ms', 'p95', 'p99', ...stages, 'fps', 'kB/s', 'agent %', 'portal %'];
  const rows = results.map((result) => [
    result.size,
    result.scene,
    ...[result.keys?.p50, result.keys?.p95, result.keys?.p99].map(short),
    ...stages.map((stage) => short(result.keys?.stages[stage])),
    short(result.framesPerSecond),
    short(result.bytesPerSecond / 1000),
    short(result.processor.agent),
    short(result.processor.portal),
  ]);
  const widths = head.map((word, column) => Math.max(word.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows].map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ')).join('\n');
}

function short(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '–' : value.toFixed(1);
}
