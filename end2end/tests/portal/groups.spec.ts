// Device groups: made, filled and used to narrow lists; and searching inside words.

import type { Page } from '@playwright/test';
import { DeviceList } from '../../pages/devices.ts';
import { RequestForm } from '../../pages/request-form.ts';
import { RequestPage } from '../../pages/request.ts';
import { RequestList } from '../../pages/requests.ts';
import { people } from '../../parts/session.ts';
import { expect, test } from '../../parts/test.ts';

async function makeGroup(page: Page, name: string): Promise<void> {
  await page.goto('/administration');
  await page.getByRole('link', { name: 'Device groups' }).click();
  await page.getByRole('link', { name: 'New device group' }).click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Save device group' }).click();
  await expect(page.getByRole('link', { name, exact: true })).toBeVisible();
}

async function file(page: Page, subject: string): Promise<void> {
  await page.goto('/requests/new');
  const form = new RequestForm(page);
  await form.fill({ subject });
  await form.file.click();
  await new RequestPage(page).hasStatus('New');
}

test('a group is made, offered where a device is enrolled, and removed', async ({ stage }) => {
  const portal = await stage.portal();
  const ada = portal.addPerson('administrator', 'ada', 'Ada Administrator');
  const page = await stage.signedIn(portal, ada);
  await makeGroup(page, 'Shop floor');
  await page.goto('/devices');
  const offered = page.getByRole('region', { name: 'Enrol a device' }).getByLabel('Device group', { exact: true });
  await offered.selectOption({ label: 'Shop floor' });
  await page.getByRole('button', { name: 'Create token' }).click();
  await expect(page.getByRole('heading', { name: 'Token for a device of Ada Administrator' })).toBeVisible();
  await page.goto('/device-groups');
  await page.getByRole('link', { name: 'Shop floor', exact: true }).click();
  await page.getByRole('button', { name: 'Remove device group' }).click();
  await expect(page.getByText('There are no device groups yet')).toBeVisible();
});

test('a name that is taken is said at its field, and what was typed stays', async ({ stage }) => {
  const portal = await stage.portal();
  const ada = portal.addPerson('administrator', 'ada', 'Ada Administrator');
  const page = await stage.signedIn(portal, ada);
  await makeGroup(page, 'Shop floor');
  await page.goto('/device-groups/new');
  await page.getByLabel('Name', { exact: true }).fill('Shop floor');
  await page.getByLabel('Note', { exact: true }).fill('Behind the counter');
  await page.getByRole('button', { name: 'Save device group' }).click();
  await expect(page.getByLabel('Name', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Note', { exact: true })).toHaveValue('Behind the counter');
});

test('devices are moved alone and together, and the lists show a group only', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma } = await people(portal);
  const ada = portal.addPerson('administrator', 'ada', 'Ada Administrator');
  const first = await stage.linuxDevice(portal, emma);
  const page = await stage.signedIn(portal, ada);
  await makeGroup(page, 'Shop floor');
  await makeGroup(page, 'Offices');
  const devices = new DeviceList(page);
  await devices.open();
  await devices.move(first.name, 'Offices');
  await expect(devices.group(first.name).locator('option:checked')).toHaveText('Offices');
  await devices.moveTogether([first.name], 'Shop floor');
  await devices.show('Offices');
  await expect(page.getByText('No device there')).toBeVisible();
  await devices.show('Shop floor');
  await expect(devices.line(first.name)).toBeVisible();
});

test('the staff list is narrowed to a group and says so', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma, oscar } = await people(portal);
  const ada = portal.addPerson('administrator', 'ada', 'Ada Administrator');
  await makeGroup(await stage.signedIn(portal, ada), 'Shop floor');
  await file(await stage.signedIn(portal, emma), 'Somewhere else');
  const staff = await stage.signedIn(portal, oscar);
  const list = new RequestList(staff);
  await list.openAll();
  await expect(list.line('Somewhere else')).toBeVisible();
  await staff.getByText('Filter', { exact: true }).click();
  await staff.getByLabel('Device group', { exact: true }).selectOption({ label: 'Shop floor' });
  await staff.getByRole('button', { name: 'Apply' }).click();
  await expect(staff.getByText('No request fits')).toBeVisible();
  await staff.getByRole('link', { name: 'Remove filter: Device group Shop floor' }).click();
  await expect(list.line('Somewhere else')).toBeVisible();
});

test('a search finds what stands inside a word, after what fits better', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma, oscar } = await people(portal);
  const employee = await stage.signedIn(portal, emma);
  await file(employee, 'Print is empty');
  await file(employee, 'Fingerprint refused');
  await file(employee, '印刷機が動かない');
  const staff = await stage.signedIn(portal, oscar);
  await staff.goto('/requests?q=print');
  const rows = staff.locator('#request-rows tbody tr');
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(0)).toContainText('Print is empty');
  await expect(rows.nth(1)).toContainText('Fingerprint refused');
  await staff.goto(`/requests?q=${encodeURIComponent('動か')}`);
  await expect(rows).toHaveCount(1);
});
