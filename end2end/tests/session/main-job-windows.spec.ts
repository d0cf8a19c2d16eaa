// The main job against deskside-agent.exe.

import { RequestPage } from '../../pages/request.ts';
import { connected, people, typed } from '../../parts/session.ts';
import { expect, test } from '../../parts/test.ts';

const sentence = 'Größe "42": 7 € @ [x] {y}';

test('an operator types into Notepad on a Windows desktop and saves', async ({ stage }) => {
  test.setTimeout(150_000);
  const portal = await stage.portal();
  const who = await people(portal);
  const device = await stage.windowsDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device);
  expect(await typed(scene, device, sentence)).toBe(sentence);
  await scene.viewer.write('All done.');
  await scene.viewer.end();
  await scene.viewer.says('Session ended');
  const request = new RequestPage(scene.employee);
  await request.hasStatus('Closed');
  await expect(request.conversation).toContainText('All done.');
});
