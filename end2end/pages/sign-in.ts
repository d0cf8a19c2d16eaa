import type { Page } from '@playwright/test';
import type { Person } from '../parts/portal.ts';

export class SignIn {
  constructor(private readonly page: Page) {}

  async open(): Promise<void> {
    await this.page.goto('/sign-in');
  }

  async as(person: Person, password = person.password): Promise<void> {
    await this.page.getByLabel('Login', { exact: true }).fill(person.login);
    await this.page.getByLabel('Password', { exact: true }).fill(password);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
  }
}
