// Debian's Chromium, as a browser for tests.

import { existsSync } from 'node:fs';

/** Switches that keep Chromium from talking to the network, and let it run as root. */
export const switches = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);

/** Goes into `use` of a Playwright configuration. */
export const chromium = {
  browserName: 'chromium' as const,
  launchOptions: { executablePath, args: switches },
};
