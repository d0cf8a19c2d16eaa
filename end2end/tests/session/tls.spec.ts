// Portal and agent over TLS, with the certificate of a private authority.

import { connected, people, typed } from '../../parts/session.ts';
import { expect, test } from '../../parts/test.ts';

test('over https the operator sees and controls the device as well', async ({ stage }) => {
  const portal = await stage.portal({ tls: stage.certificate() });
  const who = await people(portal);
  const device = await stage.linuxDevice(portal, who.emma);
  const scene = await connected(stage, portal, who, device);
  expect(await typed(scene, device, 'Over TLS')).toBe('Over TLS');
  await scene.viewer.end();
  await scene.viewer.says('Session ended');
});
