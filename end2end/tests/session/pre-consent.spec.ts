// An owner who allowed it in advance is not asked, and takes it back wherever they are.

import type { Page } from '@playwright/test';
import { inDays, RequestForm } from '../../pages/request-form.ts';
import { RequestPage } from '../../pages/request.ts';
import { RequestList } from '../../pages/requests.ts';
import { Viewer } from '../../pages/viewer.ts';
import { windows } from '../../parts/linux-device.ts';
import { isOnline, launch, people, subject, type Case, type People } from '../../parts/session.ts';
import type { Device } from '../../parts/linux-device.ts';
import type { Portal } from '../../parts/portal.ts';
import { expect, test, type Stage } from '../../parts/test.ts';

/** Emma files a request that may be answered without her from yesterday until tomorrow; Oscar claims it. */
async function allowed(stage: Stage, portal: Portal, { emma, oscar }: People, device: Device): Promise<Case> {
  const employee = await stage.signedIn(portal, emma);
  await isOnline(employee, device.name);
  await employee.goto('/requests/new');
  const form = new RequestForm(employee);
  await form.fill({ subject, device: device.name, windows: [[inDays(-1, '00:00'), inDays(1, '23:59')]], reusable: true });
  await form.allow(1).check({ force: true });
  await form.file.click();
  const own = new RequestPage(employee);
  await own.hasStatus('New');
  const operator = await stage.signedIn(portal, oscar);
  const list = new RequestList(operator);
  await list.openAll();
  await list.open(subject);
  const request = new RequestPage(operator);
  await request.press('Claim');
  await request.hasStatus('Assigned');
  return { employee, operator, request, viewer: new Viewer(operator) };
}

function facts(page: Page) {
  return page.locator('#request-facts');
}

test('within a time that was allowed in advance the session begins without a question', async ({ stage }) => {
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await allowed(stage, portal, who, device);
  await device.desktop.window(windows.notice);
  await expect(facts(scene.operator)).toContainText('The device has shown this.');
  await device.readNotice();
  await expect(scene.operator.locator('#request-head')).toContainText('The owner allowed you to connect now without asking.');
  await scene.request.press('Launch');
  await scene.operator.waitForURL('**/sessions/*');
  await scene.viewer.says('Connected:', 30_000);
  await device.desktop.window(windows.bar);
  expect(device.desktop.windows(windows.prompt)).toEqual([]);
  await expect(new RequestPage(scene.employee).timeline).toContainText('Connected without asking, as the owner allowed in advance');
});

test('stop on the device takes it back, and the next launch asks', async ({ stage }) => {
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await allowed(stage, portal, who, device);
  await device.readNotice();
  await expect(facts(scene.operator)).toContainText('The device has shown this.');
  await scene.request.press('Launch');
  await scene.viewer.says('Connected:', 30_000);
  await device.stopSession();
  await new RequestPage(scene.employee).hasStatus('Inactive');
  await expect(new RequestPage(scene.employee).timeline).toContainText('was taken back on the device');
  await scene.operator.goBack();
  await launch(scene);
  await device.desktop.window(windows.prompt);
});

test('what is taken back at the notice on the device asks at the next launch', async ({ stage }) => {
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await allowed(stage, portal, who, device);
  await device.takeBackAtNotice();
  await expect(scene.request.timeline).toContainText('was taken back on the device');
  await launch(scene);
  await device.desktop.window(windows.prompt);
});

test('what the owner takes back on the page asks at the next launch', async ({ stage }) => {
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await allowed(stage, portal, who, device);
  await device.readNotice();
  await new RequestPage(scene.employee).press('Take it back');
  await expect(facts(scene.operator)).not.toContainText('without asking');
  await launch(scene);
  await device.desktop.window(windows.prompt);
});
