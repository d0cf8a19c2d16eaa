// Files go both ways during a session: only after a yes, whole, and over an interruption.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RequestPage } from '../../pages/request.ts';
import { hashOf, made, pattern, sha256 } from '../../parts/files.ts';
import { connected, people, typed, type Case } from '../../parts/session.ts';
import { expect, test } from '../../parts/test.ts';

const threeMegabytes = 3_000_000;

async function saved(scene: Case, name: string, timeout = 60_000): Promise<void> {
  await expect(scene.viewer.file(name)).toContainText('Saved on the device.', { timeout });
}

test('a dropped file arrives whole in Downloads on Linux', async ({ stage }) => {
  test.setTimeout(150_000);
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device);
  const bytes = pattern(threeMegabytes);
  await scene.viewer.drop('report.pdf', threeMegabytes);
  await expect(scene.viewer.file('report.pdf')).toContainText('Waiting for Emma Employee to accept it');
  expect(existsSync(device.downloads) ? readdirSync(device.downloads) : []).toEqual([]);
  await device.saveFile();
  await saved(scene, 'report.pdf');
  expect(await hashOf(join(device.downloads, 'report.pdf'))).toBe(sha256(bytes));
  const timeline = new RequestPage(scene.employee).timeline;
  await expect(timeline).toContainText('A file was sent to the device');
  await expect(timeline).toContainText(sha256(bytes));
});

test('a chosen file arrives whole beside one of the same name', async ({ stage }) => {
  test.setTimeout(150_000);
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device);
  const bytes = pattern(threeMegabytes);
  made(join(device.downloads, 'report.pdf'), bytes);
  await scene.viewer.send(made(join(stage.folder, 'operator', 'report.pdf'), bytes));
  await device.saveFile();
  await saved(scene, 'report.pdf');
  expect(await hashOf(join(device.downloads, 'report (2).pdf'))).toBe(sha256(bytes));
});

test('a dropped file arrives whole in Downloads on Windows', async ({ stage }) => {
  test.setTimeout(150_000);
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.windowsDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device);
  await scene.viewer.drop('report.pdf', threeMegabytes);
  await device.saveFile();
  await saved(scene, 'report.pdf');
  expect(await hashOf(join(device.downloads, 'report.pdf'))).toBe(sha256(pattern(threeMegabytes)));
});

test('an employee sends a file, and the assistant saves it', async ({ stage }) => {
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device);
  const bytes = pattern(threeMegabytes);
  await device.sendFile(made(join(device.desktop.folder, 'log.txt'), bytes));
  const line = scene.viewer.file('log.txt');
  await expect(line).toContainText('Emma Employee wants to send you this file.');
  const downloading = scene.operator.waitForEvent('download');
  await line.getByRole('button', { name: 'Save: log.txt' }).click();
  expect(await hashOf(await (await downloading).path())).toBe(sha256(bytes));
  await expect(line).toContainText('Received whole.');
  await expect(new RequestPage(scene.employee).timeline).toContainText('A file was sent to the assistant');
});

test('a refused file is not written, and both sides know it', async ({ stage }) => {
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device);
  await scene.viewer.drop('report.pdf', 1000);
  await device.refuseFile();
  await expect(scene.viewer.file('report.pdf')).toContainText('Emma Employee refused it.');
  expect(existsSync(device.downloads) ? readdirSync(device.downloads) : []).toEqual([]);
  await expect(new RequestPage(scene.employee).timeline).toContainText('A file was not sent');
});

test('a blocked type is not even offered, and the sentence says what to do', async ({ stage }) => {
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device);
  await scene.viewer.drop('setup.exe', 1000);
  await expect(scene.viewer.file('setup.exe')).toContainText('Files of type .exe may not be sent. Ask your administrator.');
  await scene.viewer.send(made(join(stage.folder, 'operator', 'notes.txt'), Buffer.from('MZ renamed')));
  await expect(scene.viewer.file('notes.txt')).toContainText('programs may not be sent');
});

test('a file goes on after an interruption, and its hash holds', async ({ stage }) => {
  test.setTimeout(180_000);
  const relay = await stage.relay();
  const portal = await stage.portal({ relay, paths: { direct: false, relay_udp: true, relay_tcp: true } });
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device);
  const bytes = pattern(20_000_000);
  await scene.viewer.send(made(join(stage.folder, 'operator', 'large.bin'), bytes));
  await device.saveFile();
  const progress = scene.viewer.file('large.bin').getByRole('progressbar');
  await expect.poll(async () => Number(await progress.getAttribute('value')), { intervals: [20] }).toBeGreaterThan(0);
  await relay.stop();
  await scene.viewer.says('Interrupted, reconnecting', 30_000);
  await expect(scene.viewer.file('large.bin')).toContainText('Interrupted.');
  expect(readdirSync(device.downloads)).toEqual(['large.bin.part']);
  await relay.start();
  await scene.viewer.says('Connected:', 45_000);
  await saved(scene, 'large.bin', 90_000);
  expect(await hashOf(join(device.downloads, 'large.bin'))).toBe(sha256(bytes));
});

test('typing goes on while a file does', async ({ stage }) => {
  test.setTimeout(150_000);
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device);
  const bytes = pattern(50_000_000);
  await scene.viewer.send(made(join(stage.folder, 'operator', 'large.bin'), bytes));
  await device.saveFile();
  expect(await typed(scene, device, 'Still quick.')).toBe('Still quick.');
  await saved(scene, 'large.bin', 90_000);
});

test('a second file of a session arrives as the first did', async ({ stage }) => {
  test.setTimeout(150_000);
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device);
  for (const name of ['first.pdf', 'second.pdf']) {
    await scene.viewer.drop(name, threeMegabytes);
    await device.saveFile();
    await saved(scene, name);
  }
});
