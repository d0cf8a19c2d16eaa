// The end-to-end tests: every part is the real one, and every test has a portal of its own.

import { defineConfig } from '@playwright/test';
import { chromium } from './parts/browser.ts';
import type { Settings } from './parts/test.ts';

export default defineConfig<Settings>({
  testDir: 'tests',
  outputDir: 'test-results',
  fullyParallel: true,
  workers: Number(process.env.E2E_WORKERS ?? 2),
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: process.env.PLAYWRIGHT_JSON_OUTPUT_FILE ?? 'test-results/report.json' }]],
  use: {
    ...chromium,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    actionTimeout: 15_000,
  },
  projects: [
    { name: 'sqlite', testIgnore: 'plain/**', use: { database: 'sqlite' } },
    { name: 'postgres', testMatch: 'portal/**', testIgnore: 'portal/look/**', use: { database: 'postgres' } },
    { name: 'no-javascript', testMatch: 'plain/**', use: { database: 'sqlite', javaScriptEnabled: false } },
  ],
});
