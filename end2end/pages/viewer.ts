import { expect, type Locator, type Page } from '@playwright/test';

/** The operator's view of the device. */
export class Viewer {
  readonly status: Locator;
  readonly screen: Locator;

  constructor(readonly page: Page) {
    this.status = page.getByRole('status');
    this.screen = page.getByLabel('Remote screen');
  }

  async says(words: string | RegExp, timeout?: number): Promise<void> {
    await expect(this.status.first()).toContainText(words, { timeout });
  }

  /** Waits until pictures of the device's whole screen arrive. */
  async shows(width: number, height: number): Promise<void> {
    await expect
      .poll(() => this.screen.evaluate((video: HTMLVideoElement) => [video.videoWidth, video.videoHeight, video.currentTime > 0]), { timeout: 20_000 })
      .toEqual([width, height, true]);
  }

  /** Clicks at a pixel of the device's screen. */
  async click(x: number, y: number): Promise<void> {
    const place = await this.place(x, y);
    await this.page.mouse.click(place.x, place.y);
  }

  /** Where on the page a pixel of the device's screen is shown; the picture keeps its proportions in the element. */
  async place(x: number, y: number): Promise<{ x: number; y: number }> {
    return this.screen.evaluate(
      (video: HTMLVideoElement, at) => {
        const box = video.getBoundingClientRect();
        const scale = Math.min(box.width / video.videoWidth, box.height / video.videoHeight);
        return {
          x: box.left + (box.width - video.videoWidth * scale) / 2 + (at.x + 0.5) * scale,
          y: box.top + (box.height - video.videoHeight * scale) / 2 + (at.y + 0.5) * scale,
        };
      },
      { x, y },
    );
  }

  async end(): Promise<void> {
    await this.page.getByRole('button', { name: 'End session' }).click();
  }

  async write(text: string): Promise<void> {
    const field = this.page.getByLabel('Message', { exact: true });
    if (!(await field.isVisible())) await this.page.getByRole('button', { name: 'Chat' }).click();
    await field.fill(text);
    await this.page.getByRole('button', { name: 'Send' }).click();
  }
}
