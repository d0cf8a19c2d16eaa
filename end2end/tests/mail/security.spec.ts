// Mail servers that want TLS and a login.

import { RequestForm } from '../../pages/request-form.ts';
import { people } from '../../parts/session.ts';
import { until } from '../../parts/program.ts';
import type { Portal } from '../../parts/portal.ts';
import { expect, test, type Stage } from '../../parts/test.ts';

const login = { username: 'help', password: 'a pass phrase for mail' };

/** Emma files a request, which is one mail to her. */
async function fileOne(stage: Stage, portal: Portal): Promise<string> {
  const { emma } = await people(portal);
  const employee = await stage.signedIn(portal, emma);
  await employee.goto('/requests/new');
  const form = new RequestForm(employee);
  await form.fill({ subject: 'The scanner jams' });
  await form.file.click();
  return emma.email;
}

for (const security of ['starttls', 'tls'] as const) {
  test(`mails go out over ${security} with a login`, async ({ stage }) => {
    const mailbox = await stage.mailbox({ security, certificate: stage.certificate(), ...login });
    const portal = await stage.portal({ mailbox });
    const emma = await fileOne(stage, portal);
    const [mail] = await mailbox.of(emma, 1);
    expect(mail).toMatchObject({ secure: true, user: login.username });
  });

  test(`over ${security} a server that only a stranger vouches for gets no mail`, async ({ stage }) => {
    const mailbox = await stage.mailbox({ security, certificate: stage.certificate(), ...login });
    const { authority } = stage.certificate('stranger');
    const portal = await stage.portal({ mailbox, mailAuthority: authority });
    await fileOne(stage, portal);
    await until('the portal says so', () => /could not be sent yet.*certificate/i.test(portal.log()));
    expect(mailbox.mails).toEqual([]);
  });
}

test('a mail whose login was refused waits until it is right', async ({ stage }) => {
  const guard = { security: 'tls' as const, certificate: stage.certificate(), ...login };
  const mailbox = await stage.mailbox(guard);
  const portal = await stage.portal({ mailbox });
  guard.password = 'changed since';
  const emma = await fileOne(stage, portal);
  await until('a sign-in is refused', () => mailbox.refused > 0);
  expect(mailbox.mails).toEqual([]);
  guard.password = login.password;
  await mailbox.of(emma, 1, 60_000);
  expect(mailbox.mails).toHaveLength(1);
});
