// Every page in every language, right to left, with large letters and in the narrowest window that counts: nothing
// leaves the page, and axe finds nothing.

import type { Page } from '@playwright/test';
import axe from 'axe-core';
import { inDays, RequestForm } from '../../../pages/request-form.ts';
import { RequestPage } from '../../../pages/request.ts';
import { people } from '../../../parts/session.ts';
import { expect, test, type Stage } from '../../../parts/test.ts';
import type { Portal } from '../../../parts/portal.ts';

const languages = [
  { code: 'de', signIn: 'Anmelden' },
  { code: 'fr', signIn: 'Se connecter' },
  { code: 'es', signIn: 'Iniciar sesión' },
  { code: 'ja', signIn: 'サインイン' },
] as const;

const employeePages = ['/my-requests', '/requests/new', '/devices', '/help', '/account', '/no-such-page'];
const staffPages = ['/requests', '/requests?q=chair&show=history', '/overview', '/requests/new-for?q=emma'];
const administratorPages = ['/administration', '/people', '/people/new', '/roles', '/roles/new', '/directories', '/directories/new', '/articles', '/articles/new', '/device-groups', '/device-groups/new', '/replies', '/replies/new'];

async function sideways(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** A portal with one claimed request with a window, and three people who look at it. */
async function populated(stage: Stage) {
  const portal = await stage.portal();
  const { emma, oscar } = await people(portal);
  const ada = portal.addPerson('administrator', 'ada', 'Ada Administrator');
  const employee = await stage.signedIn(portal, emma);
  await employee.goto('/requests/new');
  const form = new RequestForm(employee);
  await form.fill({ subject: 'My chair squeaks', windows: [[inDays(3, '09:00'), inDays(3, '11:00')]] });
  await form.file.click();
  await new RequestPage(employee).hasStatus('New');
  const request = new URL(employee.url()).pathname;
  const staff = await stage.signedIn(portal, oscar);
  await staff.goto(request);
  await new RequestPage(staff).press('Claim');
  await new RequestPage(staff).hasStatus('Assigned');
  const administrator = await stage.signedIn(portal, ada);
  const walks: [Page, string[]][] = [
    [employee, [...employeePages, request, `${request}/edit`]],
    [staff, [...staffPages, request, `${request}/manage`]],
    [administrator, administratorPages],
  ];
  return { portal, walks };
}

async function choose(page: Page, code: string): Promise<void> {
  await page.goto('/account');
  await page.locator('#language').selectOption(code);
  await page.locator('form[action="/account/language"] button').click();
  await page.waitForURL('**/account?done=language');
}

test('every page fits in every language on a phone and has its language in its document', async ({ stage }) => {
  test.setTimeout(300_000);
  const { walks } = await populated(stage);
  const found: string[] = [];
  for (const { code } of languages) {
    for (const [page, paths] of walks) {
      await choose(page, code);
      await page.setViewportSize({ width: 360, height: 800 });
      for (const path of paths) {
        await page.goto(path);
        const language = await page.locator('html').getAttribute('lang');
        if (language !== code) found.push(`${path}: is in ${language}, not in ${code}`);
        const over = await sideways(page);
        if (over > 0) found.push(`${path} (${code}): scrolls sideways by ${over} px`);
      }
    }
  }
  expect(found).toEqual([]);
});

test('axe has no objection to the pages in another language', async ({ stage }) => {
  test.setTimeout(300_000);
  const { walks } = await populated(stage);
  const found: string[] = [];
  for (const [page, paths] of walks) {
    await choose(page, 'ja');
    for (const path of paths) {
      await page.goto(path);
      await page.evaluate(axe.source);
      const result = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ['violations'] }));
      found.push(...result.violations.map((rule) => `${path}: ${rule.id}: ${rule.nodes.map((node) => node.target.join(' ')).join(', ')}`));
    }
  }
  expect(found).toEqual([]);
});

test('a stranger is spoken to in the language of the browser', async ({ stage }) => {
  const portal: Portal = await stage.portal();
  for (const { code, signIn } of languages) {
    const page = await stage.visitor(portal, { locale: code });
    await page.goto('/sign-in');
    await expect(page.locator('html')).toHaveAttribute('lang', code);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(signIn);
  }
});

test('right to left, in 320 pixels, and with letters of double size nothing leaves the page', async ({ stage }) => {
  test.setTimeout(300_000);
  const { walks } = await populated(stage);
  const found: string[] = [];
  for (const [page, paths] of walks) {
    for (const path of paths) {
      for (const [name, width, change] of [
        ['right to left, wide', 1280, () => (document.documentElement.dir = 'rtl')],
        ['right to left, phone', 360, () => (document.documentElement.dir = 'rtl')],
        ['320 pixels', 320, () => undefined],
        ['200 %', 640, () => undefined],
        ['letters of double size', 1280, () => (document.documentElement.style.fontSize = '200%')],
      ] as const) {
        await page.setViewportSize({ width, height: 800 });
        await page.goto(path);
        await page.evaluate(change);
        const over = await sideways(page);
        if (over > 0) found.push(`${path} (${name}): scrolls sideways by ${over} px`);
      }
    }
  }
  expect(found).toEqual([]);
});

test('with reduced motion nothing moves', async ({ stage }) => {
  const { walks } = await populated(stage);
  const found: string[] = [];
  for (const [page, paths] of walks) {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    for (const path of paths) {
      await page.goto(path);
      const moving = await page.evaluate(() =>
        [...document.querySelectorAll('*')]
          .filter((element) => {
            const style = getComputedStyle(element);
            const lasts = (times: string) => times.split(',').some((time) => parseFloat(time) > 0.01);
            return (style.animationName !== 'none' && lasts(style.animationDuration)) || lasts(style.transitionDuration);
          })
          .map((element) => `${element.tagName.toLowerCase()}.${element.className}`),
      );
      found.push(...moving.map((element) => `${path}: ${element}`));
    }
  }
  expect(found).toEqual([]);
});
