// What people choose to hear of, and what a browser shows of it.

import type { CDPSession, Page } from '@playwright/test';
import { people } from '../../parts/session.ts';
import { expect, test } from '../../parts/test.ts';

test('a choice of mails is kept', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma } = await people(portal);
  const page = await stage.signedIn(portal, emma);
  await page.goto('/account');
  await expect(page.getByRole('radio', { name: 'Every modification' }).first()).toBeChecked();
  await page.getByRole('radio', { name: 'One mail a day' }).check();
  await page.getByLabel('Time of the daily mail').fill('17:30');
  await page.getByRole('button', { name: 'Save notices' }).click();
  await expect(page.getByText('Your choice of notices is saved.')).toBeVisible();
  await expect(page.getByRole('radio', { name: 'One mail a day' })).toBeChecked();
  await expect(page.getByLabel('Time of the daily mail')).toHaveValue('17:30');
});

test('a browser that may not show notices says how to allow them', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma } = await people(portal);
  const page = await stage.signedIn(portal, emma);
  // Not a question of the browser's settings here: the answer to the question is no.
  await page.addInitScript(() => {
    Object.defineProperty(Notification, 'permission', { get: () => 'default' });
    Notification.requestPermission = () => Promise.resolve('denied');
  });
  await page.goto('/account');
  await page.getByRole('button', { name: 'Show notices in this browser' }).click();
  await expect(page.getByText('This browser may not show notices of the portal.')).toBeVisible();
});

test('a notice is shown, and leads to its request and nowhere else', async ({ stage }) => {
  const portal = await stage.portal();
  const { emma } = await people(portal);
  const page = await stage.signedIn(portal, emma);
  await page.context().grantPermissions(['notifications'], { origin: portal.url });
  await page.goto('/account');
  const { client, registration } = await worker(page, portal.url);
  const path = '/requests/018f0000-0000-7000-8000-000000000000';
  const sent = { title: 'R-1001', body: 'Oscar Operator asked to connect.', url: path, tag: 'one' };
  await deliver(client, registration, portal.url, JSON.stringify(sent));
  await expect.poll(() => shown(page)).toEqual([{ title: 'R-1001', body: sent.body, url: portal.url + path }]);
  const lying = { title: 'R-1001', body: 'x', url: 'https://elsewhere.example/', tag: 'one' };
  await deliver(client, registration, portal.url, JSON.stringify(lying));
  await expect.poll(() => shown(page)).toEqual([{ title: 'R-1001', body: 'x', url: `${portal.url}/` }]);
  await deliver(client, registration, portal.url, 'not JSON');
  await expect.poll(async () => (await shown(page)).map(({ title }) => title).sort()).toEqual(['Deskside', 'R-1001']);
});

/** The portal's service worker, running, and its registration as the browser calls it. */
async function worker(page: Page, origin: string): Promise<{ client: CDPSession; registration: string }> {
  const client = await page.context().newCDPSession(page);
  const found = new Promise<string>((resolve) => {
    client.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const own = registrations.find(({ scopeURL }) => scopeURL === `${origin}/`);
      if (own) resolve(own.registrationId);
    });
  });
  await client.send('ServiceWorker.enable');
  await page.evaluate(async () => {
    await navigator.serviceWorker.register('/service-worker.js');
    await navigator.serviceWorker.ready;
  });
  return { client, registration: await found };
}

async function deliver(client: CDPSession, registrationId: string, origin: string, data: string): Promise<void> {
  await client.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data });
}

/** The notifications that the portal shows now. */
async function shown(page: Page): Promise<{ title: string; body: string; url: string }[]> {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const all = await registration.getNotifications();
    return all.map(({ title, body, data }) => ({ title, body, url: data.url as string }));
  });
}
