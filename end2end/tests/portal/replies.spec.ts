// Canned replies, written once and inserted where somebody writes; and what an owner answers to the mail about a closed
// request.

import type { Page } from '@playwright/test';
import { RequestForm } from '../../pages/request-form.ts';
import { RequestPage } from '../../pages/request.ts';
import { RequestList } from '../../pages/requests.ts';
import type { Portal } from '../../parts/portal.ts';
import { people, type People } from '../../parts/session.ts';
import { expect, test, type Stage } from '../../parts/test.ts';

const subject = 'The scanner hums';
const title = 'Scanner: turn it off';
const text = 'Hello {name},\nplease turn it off and on ({request}).\n{assistant}';

/** An administrator writes a reply. */
async function writeReply(stage: Stage, portal: Portal): Promise<Page> {
  const administrator = await stage.signedIn(portal, portal.addPerson('administrator', 'ada', 'Ada Administrator'));
  await administrator.goto('/administration');
  await administrator.getByRole('link', { name: 'Replies' }).click();
  await administrator.getByRole('link', { name: 'New reply' }).click();
  await administrator.getByLabel('Title').fill(title);
  await administrator.getByLabel('Text').fill(text);
  await administrator.getByRole('button', { name: 'Save reply' }).click();
  await expect(administrator.getByText('The reply is saved.')).toBeVisible();
  await expect(administrator.getByRole('link', { name: title })).toBeVisible();
  return administrator;
}

/** Emma files a request, and Oscar claims it; his page shows it. */
async function claimed(stage: Stage, portal: Portal, { emma, oscar }: People): Promise<Page> {
  const employee = await stage.signedIn(portal, emma);
  await employee.goto('/requests/new');
  const form = new RequestForm(employee);
  await form.fill({ subject });
  await form.file.click();
  await new RequestPage(employee).hasStatus('New');
  const staff = await stage.signedIn(portal, oscar);
  const list = new RequestList(staff);
  await list.openAll();
  await list.open(subject);
  const request = new RequestPage(staff);
  await request.press('Claim');
  await request.hasStatus('Assigned');
  return staff;
}

/** The message field, the field that chooses a reply for it, and the button. */
function writing(page: Page) {
  const form = page.locator('form.talk-form').filter({ has: page.getByRole('button', { name: 'Send', exact: true }) });
  return {
    message: form.getByLabel('Message', { exact: true }),
    reply: form.getByLabel('Reply to insert'),
    insert: form.getByRole('button', { name: 'Insert' }),
    form,
  };
}

const filled = /Hello Emma Employee,\nplease turn it off and on \(R-\d+\)\.\nOscar Operator/;

test('a reply goes in at the cursor, filled in, without a new page', async ({ stage }) => {
  const portal = await stage.portal();
  const who = await people(portal);
  await writeReply(stage, portal);
  const staff = await claimed(stage, portal, who);
  await staff.reload();
  const { message, reply, insert } = writing(staff);
  await expect(insert).toHaveAttribute('aria-controls', 'text');
  await message.fill('Before. After.');
  await message.evaluate((field: HTMLTextAreaElement) => field.setSelectionRange(8, 8));
  await reply.fill('turn it');
  await insert.click();
  await expect(message).toHaveValue(new RegExp(`^Before\\. ${filled.source}After\\.$`));
  await expect(message).toBeFocused();
  await expect(reply).toHaveValue('');
  await new RequestPage(staff).press('Send');
  await expect(new RequestPage(staff).conversation).toContainText('please turn it off and on');
});

test('a reply that nobody knows is told at its field, and what was typed stays', async ({ stage }) => {
  const portal = await stage.portal();
  const who = await people(portal);
  await writeReply(stage, portal);
  const staff = await claimed(stage, portal, who);
  await staff.reload();
  const { message, reply, insert, form } = writing(staff);
  await expect(insert).toHaveAttribute('aria-controls', 'text');
  await message.fill('Typed so far.');
  await reply.fill('coffee');
  await reply.press('Enter');
  await expect(form.getByRole('status')).toContainText('No reply has this title.');
  await expect(message).toHaveValue('Typed so far.');
});

test('an administrator deletes a reply after a question', async ({ stage }) => {
  const portal = await stage.portal();
  const administrator = await writeReply(stage, portal);
  await administrator.getByRole('link', { name: title }).click();
  await administrator.getByRole('link', { name: 'Delete reply' }).click();
  await expect(administrator.getByText('cannot be brought back')).toBeVisible();
  await administrator.getByRole('button', { name: 'Delete reply' }).click();
  await expect(administrator.getByText('The reply is deleted.')).toBeVisible();
  await expect(administrator.getByText('There are no replies yet')).toBeVisible();
});

test('an owner rates from the mail on a phone and opens the request again', async ({ stage }) => {
  const mailbox = await stage.mailbox();
  const portal = await stage.portal({ mailbox });
  const who = await people(portal);
  const staff = await claimed(stage, portal, who);
  await new RequestPage(staff).press('Close request');
  // Filed, claimed, closed.
  const mails = await mailbox.of(who.emma.email, 3, 60_000);
  const closing = mails.find((mail) => mail.text.includes('How content are you'));
  const content = /Content: (http\S+)/.exec(closing?.text ?? '')?.[1] ?? '';
  expect(content).toContain('?stars=4');
  const phone = await stage.visitor(portal);
  await phone.setViewportSize({ width: 360, height: 640 });
  await phone.goto(content);
  await expect(phone.getByRole('radio', { name: 'Content', exact: true })).toBeChecked();
  await phone.getByLabel('What should we know?').fill('It was quick.');
  await phone.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(phone.getByText('Thank you. Your answer is kept.')).toBeVisible();
  await staff.reload();
  await expect(staff.getByText('It was quick.')).toBeVisible();
  await phone.goto(content.replace('?stars=4', '?reopen'));
  await phone.getByRole('button', { name: 'Open again' }).click();
  await expect(phone.getByText('The request was opened again')).toBeVisible();
  await new RequestPage(staff).hasStatus('New');
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the page comes back with the reply below what was typed', async ({ stage }) => {
    const portal = await stage.portal();
    const who = await people(portal);
    await writeReply(stage, portal);
    const staff = await claimed(stage, portal, who);
    const { message, reply, insert } = writing(staff);
    await message.fill('Typed so far.');
    await reply.fill(title);
    await insert.click();
    await expect(message).toHaveValue(new RegExp(`^Typed so far\\.\\n\\n${filled.source}$`));
    await new RequestPage(staff).press('Send');
    await expect(new RequestPage(staff).conversation).toContainText('please turn it off and on');
  });
});
