// Lists and forms work without JavaScript.

import { inDays, RequestForm } from '../../pages/request-form.ts';
import { RequestPage } from '../../pages/request.ts';
import { RequestList } from '../../pages/requests.ts';
import { people } from '../../parts/session.ts';
import { expect, test } from '../../parts/test.ts';

test('file, edit, claim, write and close without JavaScript', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma, oscar } = await people(portal);
  const employee = await stage.signedIn(portal, emma);
  await employee.goto('/requests/new');
  const form = new RequestForm(employee);
  await form.fill({ subject: 'No scripts here', windows: [[inDays(10, '09:00'), inDays(10, '10:00')]] });
  await form.addAnotherTime.click();
  await expect(form.window(4).from).toBeVisible();
  await expect(form.subject).toHaveValue('No scripts here');
  await expect(form.window(1).until).toHaveValue(inDays(10, '10:00'));
  await form.window(4).from.fill(inDays(11, '09:00'));
  await form.window(4).until.fill(inDays(11, '10:00'));
  await form.file.click();
  await new RequestPage(employee).hasStatus('New');
  await employee.getByRole('link', { name: 'Edit' }).click();
  await form.subject.fill('Still no scripts');
  await form.save.click();
  await expect(employee.getByRole('heading', { level: 1 })).toHaveText('Still no scripts');

  const staff = await stage.signedIn(portal, oscar);
  const list = new RequestList(staff);
  await list.openAll();
  await list.open('Still no scripts');
  const request = new RequestPage(staff);
  await request.press('Claim');
  await request.hasStatus('Assigned');
  await request.write('I look at it at nine.');
  await expect(request.conversation).toContainText('I look at it at nine.');
  await request.press('Close request');
  await request.hasStatus('Closed');
  await employee.reload();
  await new RequestPage(employee).hasStatus('Closed');
});

test('a form that does not hold up says why without JavaScript', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma } = await people(portal);
  const employee = await stage.signedIn(portal, emma);
  await employee.goto('/requests/new');
  const form = new RequestForm(employee);
  await form.fill({ subject: '', description: 'Kept.' });
  await form.file.click();
  await expect(form.subject).toHaveAttribute('aria-invalid', 'true');
  await expect(form.description).toHaveValue('Kept.');
  await employee.getByRole('button', { name: 'Sign out' }).click();
  await expect(employee.getByRole('button', { name: 'Sign in' })).toBeVisible();
});

test('an owner can say no without JavaScript', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma, oscar } = await people(portal);
  const device = await stage.linuxDevice(portal, emma);
  const employee = await stage.signedIn(portal, emma);
  await expect(async () => {
    await employee.goto('/devices');
    await expect(employee.getByRole('row').filter({ hasText: device.name })).toContainText('online', { timeout: 100 });
  }).toPass();
  await employee.goto('/requests/new');
  const form = new RequestForm(employee);
  await form.fill({ subject: 'Ask me', device: device.name });
  await form.file.click();
  const staff = await stage.signedIn(portal, oscar);
  const list = new RequestList(staff);
  await list.openAll();
  await list.open('Ask me');
  const request = new RequestPage(staff);
  await request.press('Claim');
  await request.press('Launch');
  await staff.waitForURL('**/sessions/*');
  await employee.reload();
  const owner = new RequestPage(employee);
  await expect(owner.question('Oscar Operator')).toBeVisible();
  await owner.press('Decline');
  await owner.hasStatus('Assigned');
});
