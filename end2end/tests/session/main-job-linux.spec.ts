// The main job against a Linux computer, with a German keyboard in the operator's hands.

import { RequestForm } from '../../pages/request-form.ts';
import { RequestPage } from '../../pages/request.ts';
import { RequestList } from '../../pages/requests.ts';
import { Viewer } from '../../pages/viewer.ts';
import { threads } from '../../parts/mailbox.ts';
import { isOnline, people, subject } from '../../parts/session.ts';
import { expect, test } from '../../parts/test.ts';

const sentence = 'Grüße aus der "Straße": 5 € für {a@b} [x] | \\ ~ µ² Ä Ö Ü';

test('an employee files a request, and an operator types into her Linux desktop until it is closed', async ({ stage }) => {
  test.setTimeout(150_000);
  const mailbox = await stage.mailbox();
  const portal = await stage.portal({ mailbox });
  const { emma, oscar } = await people(portal);
  const device = await stage.linuxDevice(portal, emma);
  const desk = await stage.operatorDesk(portal, oscar, 'de');
  const staffList = new RequestList(desk.page);
  await staffList.openAll();

  const employee = await stage.signedIn(portal, emma);
  const request = new RequestPage(employee);
  await test.step('Emma files a request', async () => {
    await isOnline(employee, device.name);
    await new RequestList(employee).openMine();
    await employee.getByRole('link', { name: 'New request' }).first().click();
    const form = new RequestForm(employee);
    await form.fill({ subject, device: device.name });
    await form.file.click();
    await request.hasStatus('New');
  });

  const staff = new RequestPage(desk.page);
  const viewer = new Viewer(desk.page);
  await test.step('Oscar sees it appear, claims and launches it', async () => {
    await expect(staffList.line(subject)).toContainText('online');
    await staffList.open(subject);
    await staff.press('Claim');
    await request.hasStatus('Assigned');
    await staff.press('Launch');
    await viewer.says('Waiting for Emma Employee to accept');
    await request.hasStatus('Waiting for connection');
  });

  await test.step('Emma accepts on her device', async () => {
    await expect(request.question('Oscar Operator')).toBeVisible();
    await device.accept();
    await viewer.says('Connected: direct', 30_000);
    await viewer.shows(1280, 800);
    await request.hasStatus('In progress');
  });

  await test.step('Oscar types a sentence into her editor and saves it', async () => {
    const place = await device.openEditor();
    await desk.focus();
    await viewer.click(place.x, place.y);
    desk.desktop.type(sentence);
    await device.save(async (key) => desk.press(key));
    expect(await device.savedText()).toBe(sentence);
  });

  await test.step('They chat', async () => {
    await viewer.write('Is this the right printer?');
    await expect(request.conversation).toContainText('Is this the right printer?');
    await request.write('Yes, the one in the hall.');
    await expect(desk.page.getByText('Yes, the one in the hall.')).toBeVisible();
  });

  await test.step('Oscar ends it', async () => {
    await viewer.end();
    await viewer.says('Session ended');
    await request.hasStatus('Closed');
    await expect(request.timeline).toContainText('Oscar Operator');
  });

  for (const person of [emma, oscar]) {
    const mails = await mailbox.of(person.email, 4);
    expect(threads(mails).size, `one thread for ${person.name}`).toBe(1);
  }
});
