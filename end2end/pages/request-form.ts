import type { Locator, Page } from '@playwright/test';

export interface Wish {
  subject: string;
  description?: string;
  device?: string;
  /** Windows as `[from, until]` in the form of a datetime-local field; absent: any time. */
  windows?: [string, string][];
  /** Absent: one-time, as preselected. */
  reusable?: boolean;
}

/** The form with which a request is filed and edited. */
export class RequestForm {
  readonly subject: Locator;
  readonly description: Locator;
  readonly device: Locator;
  readonly anyTime: Locator;
  readonly atTheseTimes: Locator;
  readonly oneTime: Locator;
  readonly addAnotherTime: Locator;
  readonly file: Locator;
  readonly save: Locator;

  constructor(private readonly page: Page) {
    this.subject = page.getByLabel('Subject', { exact: true });
    this.description = page.getByLabel('Description', { exact: true });
    this.device = page.getByRole('combobox', { name: 'Device' });
    this.anyTime = page.getByRole('radio', { name: 'Any time' });
    this.atTheseTimes = page.getByRole('radio', { name: 'At these times' });
    this.oneTime = page.getByRole('checkbox', { name: 'One-time request' });
    this.addAnotherTime = page.getByRole('button', { name: 'Add another time' });
    this.file = page.getByRole('button', { name: 'File request' });
    this.save = page.getByRole('button', { name: 'Save changes' });
  }

  /** The window with this number, from 1. */
  window(number: number): { from: Locator; until: Locator } {
    const group = this.page.getByRole('group', { name: `Time ${number}`, exact: true });
    return { from: group.getByLabel('From', { exact: true }), until: group.getByLabel('Until', { exact: true }) };
  }

  /** The tick of the window with this number, from 1: nobody is asked in it. */
  allow(number: number): Locator {
    const group = this.page.getByRole('group', { name: `Time ${number}`, exact: true });
    return group.getByRole('checkbox', { name: 'You may connect in this time without asking me again' });
  }

  /** Fills it; labels lie over the choices, as a mouse finds them. */
  async fill(wish: Wish): Promise<void> {
    await this.subject.fill(wish.subject);
    await this.description.fill(wish.description ?? `${wish.subject}, and I cannot work.`);
    if (wish.device) await this.device.selectOption({ label: wish.device });
    if (wish.windows) {
      await this.atTheseTimes.check({ force: true });
      for (const [index, [from, until]] of wish.windows.entries()) {
        const window = this.window(index + 1);
        await window.from.fill(from);
        await window.until.fill(until);
      }
    } else {
      await this.anyTime.check({ force: true });
    }
    await this.oneTime.setChecked(!wish.reusable, { force: true });
  }
}

/** A moment some days from now, in the form of a datetime-local field. */
export function inDays(days: number, time: string): string {
  const day = new Date(Date.now() + days * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  return `${day}T${time}`;
}
