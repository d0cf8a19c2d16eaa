import type { Locator, Page } from '@playwright/test';

/** A list of requests: the employee's own, or the staff's. */
export class RequestList {
  constructor(private readonly page: Page) {}

  async openMine(): Promise<void> {
    await this.page.goto('/my-requests');
  }

  async openAll(): Promise<void> {
    await this.page.goto('/requests');
  }

  /** The line of the request with this subject. */
  line(subject: string): Locator {
    return this.page.getByRole('row').filter({ has: this.page.getByRole('link', { name: subject }) });
  }

  async open(subject: string): Promise<void> {
    await this.page.getByRole('link', { name: subject }).click();
    await this.page.getByRole('heading', { level: 1, name: subject }).waitFor();
  }
}
