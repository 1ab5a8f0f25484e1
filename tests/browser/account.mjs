/* Accounts: addresses confirmed by mail, forgotten passwords replaced. */

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ensure, newEmail, PASSWORD, signIn } from './shop.mjs';

const HTTP_ERROR = /Failed to load resource/;

/* The address after "#" in the newest mail to `email` whose link leads to `view`. */
const linkIn = (shop, email, view) => shop.until(async () => {
  const folder = path.join(shop.state, 'mail');
  const files = (await readdir(folder)).filter((name) => name.startsWith(email)).sort().reverse();
  for (const name of files) {
    const link = (await readFile(path.join(folder, name), 'utf8')).replaceAll('=\r\n', '').replaceAll('=\n', '').match(new RegExp(`#/${view}/[\\w-]{54}`));
    if (link) return link[0];
  }
  return null;
}, `no mail to ${email} leads to ${view}`, 120);

async function register(page, email) {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByText('Your account is ready').waitFor();
}

export const tests = {
  'an address is confirmed by the link in a mail, once': async (shop) => {
    const email = newEmail();
    const page = await shop.visit({ expected: HTTP_ERROR });
    await shop.to(page, '#/register?next=/account');
    await register(page, email);
    await page.getByText('We have sent you a link to confirm this address').waitFor();
    await page.getByRole('button', { name: 'Send it again' }).click();
    await page.getByText('The link is on its way again').waitFor();
    const link = await linkIn(shop, email, 'verify');
    await shop.to(page, link);
    await page.getByText(`${email} is confirmed`).waitFor();
    await page.getByRole('link', { name: 'To your account' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    ensure(!(await page.getByText('We have sent you a link').isVisible()), 'the account asks for what was done');
    await shop.to(page, link);
    await page.getByRole('heading', { level: 1, name: 'This link does not work' }).waitFor();
  },

  'a forgotten password is replaced, and strangers learn nothing': async (shop) => {
    const { email } = await shop.newAccount();
    const page = await shop.visit({ expected: HTTP_ERROR });
    for (const asked of [newEmail(), email]) {
      await shop.to(page, '#/sign-in');
      await page.getByRole('link', { name: 'Forgot your password?' }).click();
      await page.getByLabel('E-mail').fill(asked);
      await page.getByRole('button', { name: 'Send me a link' }).click();
      await page.getByText(`If there is an account with ${asked}`).waitFor();
    }
    const link = await linkIn(shop, email, 'reset-password');
    await shop.to(page, link);
    await page.getByLabel('Password', { exact: true }).fill('another bowl of lentils');
    await page.getByRole('button', { name: 'Use this password' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await shop.to(page, '#/sign-in');
    await signIn(page, email);
    await page.getByText('E-mail or password is wrong').waitFor();
    await page.getByLabel('Password', { exact: true }).fill('another bowl of lentils');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'Account', exact: true }).waitFor();
    await shop.to(page, link);
    await page.getByLabel('Password', { exact: true }).fill('a third bowl of lentils');
    await page.getByRole('button', { name: 'Use this password' }).click();
    await page.getByText('This link was used before or is too old').waitFor();
  },

  'an address that has an account already is treated like any other': async (shop) => {
    const { email } = await shop.newAccount();
    const page = await shop.visit();
    await shop.to(page, '#/register');
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password', { exact: true }).fill('quite another password');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByText('Your account is ready').waitFor();
  },
};
