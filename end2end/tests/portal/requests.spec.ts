// Filing, changing and following a request.

import { inDays, RequestForm } from '../../pages/request-form.ts';
import { RequestPage } from '../../pages/request.ts';
import { RequestList } from '../../pages/requests.ts';
import { people } from '../../parts/session.ts';
import { expect, test } from '../../parts/test.ts';

const subject = 'My screen flickers';

test('a filed request appears on the staff list without a refresh', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma, oscar } = await people(portal);
  const staff = await stage.signedIn(portal, oscar);
  const list = new RequestList(staff);
  await list.openAll();
  const employee = await stage.signedIn(portal, emma);
  await employee.goto('/requests/new');
  const form = new RequestForm(employee);
  await form.fill({ subject });
  await form.file.click();
  await expect(list.line(subject)).toContainText('Emma Employee');
  await expect(list.line(subject)).toContainText('New');
  await expect(list.line(subject).getByRole('cell', { name: '*', exact: true })).toBeVisible();
});

test('an owner edits a request, and the page of the operator follows', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma, oscar } = await people(portal);
  const employee = await stage.signedIn(portal, emma);
  await employee.goto('/requests/new');
  const form = new RequestForm(employee);
  await form.fill({ subject, windows: [[inDays(10, '09:00'), inDays(10, '11:30')]] });
  await form.file.click();
  const staff = await stage.signedIn(portal, oscar);
  const list = new RequestList(staff);
  await list.openAll();
  await list.open(subject);
  await employee.getByRole('link', { name: 'Edit' }).click();
  await expect(form.window(1).from).toHaveValue(inDays(10, '09:00'));
  await form.subject.fill('Both screens flicker');
  await form.save.click();
  await expect(employee.getByRole('heading', { level: 1 })).toHaveText('Both screens flicker');
  await expect(staff.getByRole('heading', { level: 1 })).toHaveText('Both screens flicker');
  await expect(new RequestPage(staff).timeline).toContainText(`${subject} → Both screens flicker`);
});

test('a form that does not hold up keeps what was typed and says why at the field', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma } = await people(portal);
  const employee = await stage.signedIn(portal, emma);
  await employee.goto('/requests/new');
  const form = new RequestForm(employee);
  await form.fill({ subject: '', description: 'It began <today> & "here".', windows: [[inDays(10, '11:00'), inDays(10, '09:00')]] });
  await form.file.click();
  await expect(form.subject).toHaveAttribute('aria-invalid', 'true');
  await expect(form.window(1).until).toHaveAttribute('aria-invalid', 'true');
  await expect(form.description).toHaveValue('It began <today> & "here".');
  await expect(form.window(1).from).toHaveValue(inDays(10, '11:00'));
  await form.subject.fill(subject);
  await form.window(1).until.fill(inDays(10, '12:00'));
  await form.file.click();
  await new RequestPage(employee).hasStatus('New');
});

test('a request is claimed, released, claimed and closed', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma, oscar } = await people(portal);
  const employee = await stage.signedIn(portal, emma);
  await employee.goto('/requests/new');
  const form = new RequestForm(employee);
  await form.fill({ subject });
  await form.file.click();
  const owner = new RequestPage(employee);
  const staff = await stage.signedIn(portal, oscar);
  const list = new RequestList(staff);
  await list.openAll();
  await list.open(subject);
  const request = new RequestPage(staff);
  await request.press('Claim');
  await owner.hasStatus('Assigned');
  await request.press('Release');
  await owner.hasStatus('New');
  await request.press('Claim');
  await request.press('Close request');
  await owner.hasStatus('Closed');
  await list.openAll();
  await expect(list.line(subject)).toHaveCount(0);
});

test('an owner cancels a request', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma } = await people(portal);
  const employee = await stage.signedIn(portal, emma);
  await employee.goto('/requests/new');
  const form = new RequestForm(employee);
  await form.fill({ subject });
  await form.file.click();
  const request = new RequestPage(employee);
  await request.press('Cancel request');
  await request.hasStatus('Cancelled');
});

test('two who change the same request at once do not overwrite each other', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma } = await people(portal);
  const first = await stage.signedIn(portal, emma);
  await first.goto('/requests/new');
  const form = new RequestForm(first);
  await form.fill({ subject });
  await form.file.click();
  await first.getByRole('link', { name: 'Edit' }).click();
  const second = await stage.signedIn(portal, emma);
  await second.goto(first.url());
  const late = new RequestForm(second);
  await form.subject.fill('The first change');
  await form.save.click();
  await new RequestPage(first).hasStatus('New');
  await late.subject.fill('The second change');
  const [answer] = await Promise.all([second.waitForResponse((response) => response.request().method() === 'POST'), late.save.click()]);
  expect(answer.status()).toBe(409);
  await expect(late.subject).toHaveValue('The second change');
});

test('messages go both ways while both look', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma, oscar } = await people(portal);
  const employee = await stage.signedIn(portal, emma);
  await employee.goto('/requests/new');
  const form = new RequestForm(employee);
  await form.fill({ subject });
  await form.file.click();
  const owner = new RequestPage(employee);
  const staff = await stage.signedIn(portal, oscar);
  const list = new RequestList(staff);
  await list.openAll();
  await list.open(subject);
  const request = new RequestPage(staff);
  await request.press('Claim');
  await request.write('Since when?');
  await expect(owner.conversation).toContainText('Since when?');
  await owner.write('Since <b>yesterday</b>.');
  await expect(request.conversation).toContainText('Since <b>yesterday</b>.');
});
