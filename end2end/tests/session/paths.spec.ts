// The viewer names the path that media takes, and every path carries picture and keys.

import { connected, people, typed } from '../../parts/session.ts';
import { expect, test } from '../../parts/test.ts';

const only = { direct: false, relay_udp: false, relay_tcp: false };
const paths = [
  { words: 'direct', allowed: { ...only, direct: true } },
  { words: 'relay (UDP)', allowed: { ...only, relay_udp: true } },
  { words: 'relay (TCP)', allowed: { ...only, relay_tcp: true } },
];

for (const { words, allowed } of paths) {
  test(`a Linux desktop is controlled over: ${words}`, async ({ stage }) => {
    const portal = await stage.portal({ paths: allowed });
    const who = await people(portal);
    const device = await stage.linuxDevice(portal, who.emma);
    const scene = await connected(stage, portal, who, device);
    await scene.viewer.says(`Connected: ${words}`);
    expect(await typed(scene, device, 'This went the long way.')).toBe('This went the long way.');
  });

  test(`a Windows desktop is controlled over: ${words}`, async ({ stage }) => {
    const portal = await stage.portal({ paths: allowed });
    const who = await people(portal);
    const device = await stage.windowsDevice(portal, who.emma);
    const scene = await connected(stage, portal, who, device);
    await scene.viewer.says(`Connected: ${words}`);
    expect(await typed(scene, device, 'This went the long way.')).toBe('This went the long way.');
  });
}
