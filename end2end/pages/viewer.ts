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

  /** The line of a file in the list. */
  file(name: string): Locator {
    return this.page.getByRole('complementary', { name: 'Files' }).getByRole('listitem').filter({ hasText: name });
  }

  /** Sends files with the button. */
  async send(...paths: string[]): Promise<void> {
    const choosing = this.page.waitForEvent('filechooser');
    await this.page.getByRole('button', { name: 'Send file' }).click();
    await (await choosing).setFiles(paths);
  }

  /** Drops a file onto the picture; its bytes are those of `pattern` in `parts/files.ts`. */
  async drop(name: string, size: number): Promise<void> {
    const data = await this.page.evaluateHandle(
      ({ name, size }) => {
        const bytes = Uint8Array.from({ length: size }, (_, at) => (at * 31 + (at >> 8)) & 255);
        const data = new DataTransfer();
        data.items.add(new File([bytes], name));
        return data;
      },
      { name, size },
    );
    await this.screen.dispatchEvent('dragover', { dataTransfer: data });
    await expect(this.page.getByText('Drop files here')).toBeVisible();
    await this.screen.dispatchEvent('drop', { dataTransfer: data });
    await expect(this.page.getByText('Drop files here')).not.toBeVisible();
  }

  async end(): Promise<void> {
    await this.page.getByRole('button', { name: 'End session' }).click();
  }

  async write(text: string): Promise<void> {
    const field = this.page.getByLabel('Message', { exact: true });
    if (!(await field.isVisible())) await this.page.getByRole('button', { name: 'Chat' }).click();
    await field.fill(text);
    await this.page.getByRole('button', { name: 'Send', exact: true }).click();
  }
}
