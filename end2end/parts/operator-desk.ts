// An operator's desk: a desktop with a keyboard layout, and Chromium on it, so that keys arrive as from a keyboard.

import { chromium, type Browser, type Page } from '@playwright/test';
import { executablePath, switches } from './browser.ts';
import { Desktop } from './desktop.ts';
import type { Portal } from './portal.ts';

export class OperatorDesk {
  private constructor(
    readonly desktop: Desktop,
    private readonly browser: Browser,
    readonly page: Page,
  ) {}

  static async open(folder: string, portal: Portal, layout: string): Promise<OperatorDesk> {
    const desktop = await Desktop.start(folder, { width: 1400, height: 1000, layout });
    const browser = await chromium.launch({
      executablePath,
      headless: false,
      args: [...switches, '--window-size=1380,960', '--window-position=0,0'],
      env: { ...process.env, ...desktop.env },
    });
    const context = await browser.newContext({ baseURL: portal.url, viewport: null });
    return new OperatorDesk(desktop, browser, await context.newPage());
  }

  /** Gives the keyboard to the browser's window. */
  async focus(): Promise<void> {
    await this.page.bringToFront();
    await this.desktop.focus(await this.desktop.window('Chromium$'));
  }

  /** Presses a key on this desk's keyboard, named as in Playwright: `Control+KeyS`. */
  press(key: string): void {
    const names: Record<string, string> = { Control: 'ctrl', Alt: 'alt' };
    const parts = key.split('+').map((part) => names[part] ?? part.replace(/^Key(.)$/, (_, letter: string) => letter.toLowerCase()));
    this.desktop.press(parts.join('+'));
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.desktop.stop();
  }
}
