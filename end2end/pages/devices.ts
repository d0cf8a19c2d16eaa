import type { Locator, Page } from '@playwright/test';

/** The devices page, as somebody sees it who may put devices into groups. */
export class DeviceList {
  constructor(private readonly page: Page) {}

  async open(): Promise<void> {
    await this.page.goto('/devices');
  }

  line(device: string): Locator {
    return this.page.getByRole('row').filter({ hasText: device });
  }

  /** The choice of a group in the line of a device. */
  group(device: string): Locator {
    return this.page.getByLabel(`Group of ${device}`, { exact: true });
  }

  async move(device: string, group: string): Promise<void> {
    await this.group(device).selectOption({ label: group });
    await this.line(device).getByRole('button', { name: 'Move', exact: true }).click();
    await this.said();
  }

  async moveTogether(devices: string[], group: string): Promise<void> {
    for (const device of devices) {
      await this.page.getByLabel(`Choose ${device}`, { exact: true }).check();
    }
    await this.page.getByLabel('Move the ticked devices to').selectOption({ label: group });
    await this.page.locator('#move-devices').getByRole('button', { name: 'Move', exact: true }).click();
    await this.said();
  }

  async show(group: string): Promise<void> {
    await this.page.getByLabel('Device group', { exact: true }).first().selectOption({ label: group });
    await this.page.getByRole('button', { name: 'Show', exact: true }).click();
  }

  private async said(): Promise<void> {
    await this.page.getByText('The devices are in their group.').waitFor();
  }
}
