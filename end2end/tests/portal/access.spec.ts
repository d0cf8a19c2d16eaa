// Who may see what, as a browser shows it.

import type { Page } from '@playwright/test';
import { RequestForm } from '../../pages/request-form.ts';
import { SignIn } from '../../pages/sign-in.ts';
import { people } from '../../parts/session.ts';
import { expect, test } from '../../parts/test.ts';

async function status(page: Page, path: string): Promise<number | undefined> {
  return (await page.goto(path))?.status();
}

test('who is not signed in is asked to, and arrives where they wanted', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma } = await people(portal);
  const page = await stage.visitor(portal);
  await page.goto('/requests/new');
  expect(new URL(page.url()).pathname).toBe('/sign-in');
  await new SignIn(page).as(emma);
  await expect(page.getByRole('heading', { name: 'New request' })).toBeVisible();
});

test('a wrong password is refused in words, and the login stays typed', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma } = await people(portal);
  const page = await stage.visitor(portal);
  const form = new SignIn(page);
  await form.open();
  await form.as(emma, 'not her password');
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(page.getByLabel('Login', { exact: true })).toHaveValue('emma');
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
});

test('signing out ends the sign-in', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma } = await people(portal);
  const page = await stage.signedIn(portal, emma);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.goto('/my-requests');
  expect(new URL(page.url()).pathname).toBe('/sign-in');
});

test("another's request, the staff list and what does not exist look alike to an employee", async ({ stage }) => {
  const portal = await stage.portal();
  const { emma } = await people(portal);
  const erik = portal.addPerson('employee', 'erik', 'Erik Employee');
  const owner = await stage.signedIn(portal, emma);
  await owner.goto('/requests/new');
  const form = new RequestForm(owner);
  await form.fill({ subject: 'Mine alone' });
  await form.file.click();
  await owner.getByRole('heading', { level: 1, name: 'Mine alone' }).waitFor();
  const hers = new URL(owner.url()).pathname;
  const other = await stage.signedIn(portal, erik);
  const absent = '/requests/01900000-0000-7000-8000-000000000000';
  for (const path of [hers, `${hers}/edit`, '/requests', absent, '/no-such-page']) {
    expect(await status(other, path), path).toBe(404);
  }
});

test('a form from another site changes nothing', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma } = await people(portal);
  const page = await stage.signedIn(portal, emma);
  const answer = await page.request.post('/sign-out', { headers: { origin: 'http://elsewhere.example' } });
  expect(answer.status()).toBe(403);
  await page.goto('/my-requests');
  await expect(page.getByRole('heading', { name: 'My requests' })).toBeVisible();
});
