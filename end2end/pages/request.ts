import { expect, type Locator, type Page } from '@playwright/test';

export type Status = 'New' | 'Assigned' | 'Waiting for connection' | 'In progress' | 'Inactive' | 'Closed' | 'Cancelled';

/** The page of one request. */
export class RequestPage {
  readonly timeline: Locator;
  readonly conversation: Locator;

  constructor(private readonly page: Page) {
    this.timeline = page.getByRole('region', { name: 'Timeline' });
    this.conversation = page.getByRole('region', { name: 'Conversation' });
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  async press(name: string): Promise<void> {
    await this.button(name).click();
  }

  async hasStatus(status: Status, timeout?: number): Promise<void> {
    await expect(this.page.locator('#request-head .status')).toHaveText(status, { timeout });
  }

  /** The question that the owner sees while an operator asks to connect. */
  question(operator: string): Locator {
    return this.page.getByRole('heading', { name: `${operator} asks to connect` });
  }

  async write(text: string): Promise<void> {
    await this.conversation.getByLabel('Message', { exact: true }).fill(text);
    await this.conversation.getByRole('button', { name: 'Send', exact: true }).click();
  }
}
