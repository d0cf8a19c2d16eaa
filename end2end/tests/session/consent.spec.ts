// Nobody sees a screen without a yes.

import { RequestPage } from '../../pages/request.ts';
import { windows } from '../../parts/linux-device.ts';
import { claimed, launch, people } from '../../parts/session.ts';
import { expect, test } from '../../parts/test.ts';

test('a yes in the portal begins the session and closes the prompt on the device', async ({ stage }) => {
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await claimed(stage, portal, who, device);
  await launch(scene);
  await device.desktop.window(windows.prompt);
  await new RequestPage(scene.employee).press('Accept');
  await scene.viewer.says('Connected:', 30_000);
  await device.desktop.without(windows.prompt);
  await device.desktop.window(windows.bar);
});

test('a no on the device ends the attempt, and the operator can ask again', async ({ stage }) => {
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await claimed(stage, portal, who, device);
  await launch(scene);
  await device.decline();
  await scene.viewer.says('Declined');
  await new RequestPage(scene.employee).hasStatus('Assigned');
  await scene.operator.goBack();
  await launch(scene);
  await device.accept();
  await scene.viewer.says('Connected:', 30_000);
});

test('a no in the portal ends the attempt and closes the prompt', async ({ stage }) => {
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await claimed(stage, portal, who, device);
  await launch(scene);
  await device.desktop.window(windows.prompt);
  const request = new RequestPage(scene.employee);
  await request.press('Decline');
  await scene.viewer.says('Declined');
  await device.desktop.without(windows.prompt);
  await request.hasStatus('Assigned');
});

test('silence is no', async ({ stage }) => {
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await claimed(stage, portal, who, device);
  await launch(scene);
  await device.desktop.window(windows.prompt);
  await scene.viewer.says('No answer', 45_000);
  await device.desktop.without(windows.prompt);
  await new RequestPage(scene.employee).hasStatus('Assigned');
  await expect(scene.viewer.screen).not.toBeVisible();
});
