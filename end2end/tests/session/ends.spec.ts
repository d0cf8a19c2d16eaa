// Either side can end a session at any moment.

import { RequestPage } from '../../pages/request.ts';
import { windows } from '../../parts/linux-device.ts';
import { connected, people } from '../../parts/session.ts';
import { test } from '../../parts/test.ts';

test('the employee stops it on the device', async ({ stage }) => {
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device);
  await device.stopSession();
  await scene.viewer.says('Session ended');
  await new RequestPage(scene.employee).hasStatus('Closed');
});

test('the employee stops it in the portal', async ({ stage }) => {
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device);
  await new RequestPage(scene.employee).press('Stop session');
  await scene.viewer.says('Session ended');
  await device.desktop.without(windows.bar);
});

test('the operator ends it, and a reusable request waits for the next time', async ({ stage }) => {
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device, true);
  await scene.viewer.end();
  await scene.viewer.says('Session ended');
  await device.desktop.without(windows.bar);
  await new RequestPage(scene.employee).hasStatus('Inactive');
});

test('the operator closes the window, and a reusable request waits for the next time', async ({ stage }) => {
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device, true);
  // Playwright leaves out what a page does when it goes, unless it is asked to.
  await scene.operator.close({ runBeforeUnload: true });
  await new RequestPage(scene.employee).hasStatus('Inactive', 40_000);
});

test('the operator reloads the window, and the session goes on', async ({ stage }) => {
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device, true);
  await scene.operator.reload();
  await scene.viewer.says('Connected:', 30_000);
  await scene.operator.waitForTimeout(17_000);
  await new RequestPage(scene.employee).hasStatus('In progress');
  await scene.viewer.says('Connected:');
});
