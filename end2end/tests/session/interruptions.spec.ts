// A session survives the loss of any one part without a new question, and nothing is lost.

import { RequestPage } from '../../pages/request.ts';
import { connected, people, typed, type Case } from '../../parts/session.ts';
import type { LinuxDevice } from '../../parts/linux-device.ts';
import { expect, test } from '../../parts/test.ts';

async function worksAgain(scene: Case, device: LinuxDevice): Promise<void> {
  await scene.viewer.says('Connected:', 45_000);
  await scene.viewer.shows(1280, 800);
  expect(await typed(scene, device, 'Back again.')).toBe('Back again.');
  await new RequestPage(scene.employee).hasStatus('In progress');
}

test('the agent is killed and comes back', async ({ stage }) => {
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device);
  await device.killAgent();
  await scene.viewer.says('Interrupted, reconnecting', 30_000);
  device.startAgent();
  await worksAgain(scene, device);
});

test('the agent is killed and stays away', async ({ stage }) => {
  test.setTimeout(180_000);
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device);
  await device.killAgent();
  await scene.viewer.says('Session ended', 100_000);
  await new RequestPage(scene.employee).hasStatus('Assigned');
});

test('the portal is restarted', async ({ stage }) => {
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device);
  await portal.stop();
  await portal.start();
  await worksAgain(scene, device);
});

test('the portal is killed and started', async ({ stage }) => {
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device);
  await portal.stop('SIGKILL');
  await portal.start();
  await worksAgain(scene, device);
});

test('a stand-alone relay is restarted', async ({ stage }) => {
  const relay = await stage.relay();
  const portal = await stage.portal({ relay });
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device);
  await relay.stop();
  await relay.start();
  await worksAgain(scene, device);
});

test('media goes through a stand-alone relay while it is restarted', async ({ stage }) => {
  const relay = await stage.relay();
  const portal = await stage.portal({ relay, paths: { direct: false, relay_udp: true, relay_tcp: true } });
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device);
  await relay.stop();
  await scene.viewer.says('Interrupted, reconnecting', 30_000);
  await relay.start();
  await worksAgain(scene, device);
});
