// Who gets which mail, in which thread, and that none is lost or sent twice.

import type { Page } from '@playwright/test';
import { RequestForm } from '../../pages/request-form.ts';
import { RequestPage } from '../../pages/request.ts';
import { RequestList } from '../../pages/requests.ts';
import { threads, type Mail, type Mailbox } from '../../parts/mailbox.ts';
import type { Portal } from '../../parts/portal.ts';
import { people, type People } from '../../parts/session.ts';
import { expect, test, type Stage } from '../../parts/test.ts';

const subject = 'The scanner jams';

/** File, edit, claim, release, claim, close. */
async function wholeFlow(stage: Stage, portal: Portal, { emma, oscar }: People): Promise<Page> {
  const employee = await stage.signedIn(portal, emma);
  await employee.goto('/requests/new');
  const form = new RequestForm(employee);
  await form.fill({ subject });
  await form.file.click();
  await employee.getByRole('link', { name: 'Edit' }).click();
  await form.description.fill('On every page, since Monday.');
  await form.save.click();
  const owner = new RequestPage(employee);
  await owner.hasStatus('New');
  const staff = await stage.signedIn(portal, oscar);
  const list = new RequestList(staff);
  await list.openAll();
  await list.open(subject);
  const request = new RequestPage(staff);
  await request.press('Claim');
  await request.hasStatus('Assigned');
  await request.press('Release');
  await request.hasStatus('New');
  await request.press('Claim');
  await request.hasStatus('Assigned');
  await request.press('Close request');
  await owner.hasStatus('Closed');
  return employee;
}

/** To the owner for every change, to the assistant for every change while they assist. */
const counts = { emma: 6, oscar: 4 };

async function all(mailbox: Mailbox, { emma, oscar }: People): Promise<{ toEmma: Mail[]; toOscar: Mail[] }> {
  const [toEmma, toOscar] = [await mailbox.of(emma.email, counts.emma, 60_000), await mailbox.of(oscar.email, counts.oscar, 60_000)];
  return { toEmma, toOscar };
}

test('every change is mailed to owner and assistant, in one thread', async ({ stage }) => {
  const mailbox = await stage.mailbox();
  const portal = await stage.portal({ mailbox });
  const who = await people(portal);
  await wholeFlow(stage, portal, who);
  const { toEmma, toOscar } = await all(mailbox, who);
  expect(mailbox.mails).toHaveLength(counts.emma + counts.oscar);
  expect([threads(toEmma).size, threads(toOscar).size]).toEqual([1, 1]);
  for (const mail of mailbox.mails) {
    expect(mail.subject).toContain(subject);
    expect(mail.text).toContain(`${portal.url}/requests/`);
    expect(mail.html.replaceAll('&#x2f;', '/')).toContain(`href="${portal.url}/requests/`);
  }
  expect(toEmma.map((mail) => mail.text).join('\n')).toContain('New → Assigned');
});

test('while the mail server is away nothing is lost, and afterwards nothing comes twice', async ({ stage }) => {
  const mailbox = await stage.mailbox();
  await mailbox.stop();
  const portal = await stage.portal({ mailbox });
  const who = await people(portal);
  const employee = await wholeFlow(stage, portal, who);
  await portal.stop('SIGKILL');
  await portal.start();
  await mailbox.start();
  const { toEmma, toOscar } = await all(mailbox, who);
  // One more change, whose mails come after all that could still be on their way.
  await employee.goto('/requests/new');
  const form = new RequestForm(employee);
  await form.fill({ subject: `${subject} again` });
  await form.file.click();
  await mailbox.of(who.emma.email, counts.emma + 1, 60_000);
  const ids = mailbox.mails.map((mail) => `${mail.to} ${mail.messageId}`);
  expect(new Set(ids).size).toBe(ids.length);
  expect([toEmma.length, toOscar.length]).toEqual([counts.emma, counts.oscar]);
});
