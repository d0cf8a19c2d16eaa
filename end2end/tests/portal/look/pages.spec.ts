// axe finds nothing on any page, in light and dark, wide and narrow; and everything can be done with the keyboard.

import type { Page } from '@playwright/test';
import axe from 'axe-core';
import { inDays, RequestForm } from '../../../pages/request-form.ts';
import { RequestPage } from '../../../pages/request.ts';
import { people } from '../../../parts/session.ts';
import { expect, test } from '../../../parts/test.ts';

const looks = [
  { name: 'light', colorScheme: 'light', width: 1280 },
  { name: 'dark', colorScheme: 'dark', width: 1280 },
  { name: 'phone', colorScheme: 'light', width: 360 },
] as const;

/** What axe objects to on the page as it is, in words. */
async function objections(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const result = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ['violations'] }));
  return result.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary}`));
}

test('axe has no objection to any page', async ({ stage }) => {
  test.setTimeout(480_000);
  const portal = await stage.portal();
  const { emma, oscar } = await people(portal);
  const ada = portal.addPerson('administrator', 'ada', 'Ada Administrator');
  const visitor = await stage.visitor(portal);
  const employee = await stage.signedIn(portal, emma);
  const staff = await stage.signedIn(portal, oscar);
  const administrator = await stage.signedIn(portal, ada);
  const found: string[] = [];
  const look = async (page: Page, path: string) => {
    await page.goto(path);
    await everyLook(page, path);
  };
  const everyLook = async (page: Page, name: string) => {
    for (const look of looks) {
      await page.emulateMedia({ colorScheme: look.colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width: look.width, height: 800 });
      found.push(...(await objections(page)).map((objection) => `${name} (${look.name}): ${objection}`));
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (overflow > 0) found.push(`${name} (${look.name}): scrolls sideways by ${overflow} px`);
    }
  };
  await look(visitor, '/sign-in');
  await look(employee, '/my-requests');
  await look(staff, '/requests');
  await employee.goto('/requests/new');
  const form = new RequestForm(employee);
  await everyLook(employee, '/requests/new');
  await form.fill({ subject: '', windows: [[inDays(10, '11:00'), inDays(10, '09:00')]] });
  await form.file.click();
  await everyLook(employee, '/requests/new with messages');
  await form.fill({ subject: 'My chair squeaks' });
  await form.file.click();
  await new RequestPage(employee).hasStatus('New');
  const request = new URL(employee.url()).pathname;
  await everyLook(employee, 'own request');
  await look(employee, `${request}/edit`);
  await look(employee, '/my-requests');
  await look(staff, '/requests');
  await look(staff, request);
  await new RequestPage(staff).press('Claim');
  await new RequestPage(staff).hasStatus('Assigned');
  await everyLook(staff, 'claimed request');
  await look(staff, `${request}/manage`);
  await staff.getByLabel('Tags').fill('furniture');
  await staff.getByLabel('Priority').selectOption('High');
  await staff.getByRole('button', { name: 'Save changes' }).click();
  await look(staff, '/requests?q=chair&tag=furniture&sort=priority');
  await staff.getByText('Filter', { exact: true }).click();
  await everyLook(staff, 'filters');
  await look(staff, request);
  await staff.getByText('Propose a time').click();
  await staff.getByLabel('From').fill(inDays(3, '09:00'));
  await staff.getByLabel('Until').fill(inDays(3, '10:00'));
  await staff.getByRole('button', { name: 'Propose', exact: true }).click();
  await look(employee, request);
  await employee.getByRole('button', { name: 'Accept' }).click();
  await everyLook(employee, 'agreed time');
  await staff.goto(request);
  await new RequestPage(staff).press('Close request');
  await look(employee, request);
  for (const path of ['/requests/new-for?q=emma', '/overview', '/requests?show=history']) await look(staff, path);
  for (const path of ['/administration', '/people', '/people?q=emma', '/people/new', '/roles', '/roles/new', '/directories', '/directories/new', '/articles', '/articles/new', '/replies', '/replies/new']) {
    await look(administrator, path);
  }
  for (const [list, name] of [['/people?q=emma', 'Emma Employee'], ['/roles', 'Operator'], ['/directories', 'Local']] as const) {
    await administrator.goto(list);
    await administrator.getByRole('link', { name, exact: true }).click();
    await administrator.getByRole('heading', { level: 1, name }).waitFor();
    await everyLook(administrator, `${list} ${name}`);
  }
  for (const path of ['/devices', '/help', '/account', '/mail', '/no-such-page']) {
    await look(employee, path);
    await look(staff, path);
  }
  await employee.goto('/mail');
  const mail = employee.getByRole('main').getByRole('link').first();
  await mail.click();
  await employee.waitForURL('**/mail/*');
  await everyLook(employee, 'mail');
  expect(found).toEqual([]);
});

test('a request is filed with the keyboard alone', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma } = await people(portal);
  const page = await stage.visitor(portal);
  await page.goto('/sign-in');
  const keys = page.keyboard;
  await page.getByLabel('Login', { exact: true }).waitFor();
  await reach(page, page.getByLabel('Login', { exact: true }));
  await keys.type(emma.login);
  await keys.press('Tab');
  await keys.type(emma.password);
  await keys.press('Enter');
  const link = page.getByRole('link', { name: 'New request' }).first();
  await reach(page, link);
  await keys.press('Enter');
  const form = new RequestForm(page);
  await reach(page, form.subject);
  await keys.type('Only keys work');
  await keys.press('Tab');
  await keys.type('The mouse is gone.');
  await reach(page, form.file);
  await keys.press('Enter');
  await new RequestPage(page).hasStatus('New');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Only keys work');
});

test('the skip link leads past the navigation', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma } = await people(portal);
  const page = await stage.signedIn(portal, emma);
  await page.goto('/my-requests');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  const inside = await page.evaluate(() => document.querySelector('main')?.contains(document.activeElement));
  expect(inside).toBe(true);
});

/** Presses Tab until `target` has the focus; fails when it cannot be reached. */
async function reach(page: Page, target: ReturnType<Page['getByRole']>): Promise<void> {
  await target.waitFor();
  for (let presses = 0; presses < 60; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to ${target}`);
}
