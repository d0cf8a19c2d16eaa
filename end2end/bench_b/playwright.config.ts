// `make bench`: measurements, one at a time, on released binaries.

import { defineConfig } from '@playwright/test';
import { chromium } from '../parts/browser.ts';
import type { Settings } from '../parts/test.ts';

export default defineConfig<Settings>({
  testDir: '.',
  testMatch: '*.bench.ts',
  outputDir: '../test-results/bench',
  workers: 1,
  timeout: 300_000,
  expect: { timeout: 20_000 },
  reporter: [['./report.ts']],
  use: { ...chromium, locale: 'en-GB', timezoneId: 'Europe/Berlin', database: 'sqlite', actionTimeout: 20_000 },
});
